// HubSpot's own server for assistants is asked for its tools, over its pipe, as an assistant would; every tool once.
// The last line of output is what the tools said, as JSON.
const { spawn } = require("child_process");
const path = require("path");

const program = path.join(process.env.NODE_PATH, "@hubspot", "mcp-server", "dist", "index.js");
const env = { ...process.env, BASE_URL_OVERRIDE: process.env.TWIN_URL, PRIVATE_APP_ACCESS_TOKEN: process.env.TWIN_TOKEN };
const server = spawn(process.execPath, [program], { env, stdio: ["pipe", "pipe", "ignore"] });
const waiting = {};
const called = new Set();
let number = 0;
let rest = "";

server.stdout.on("data", (part) => {
  const lines = (rest + part).split("\n");
  rest = lines.pop();
  for (const line of lines.filter((l) => l.trim())) {
    const message = JSON.parse(line);
    if (waiting[message.id]) waiting[message.id](message);
  }
});

function send(message) {
  server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function ask(method, params) {
  number += 1;
  const id = number;
  send({ id, method, params });
  return new Promise((resolve) => { waiting[id] = resolve; });
}

async function tool(name, given = {}) {
  called.add(`hubspot-${name}`);
  const { result, error } = await ask("tools/call", { name: `hubspot-${name}`, arguments: given });
  if (error || result.isError) throw new Error(`${name}: ${JSON.stringify(error || result.content).slice(0, 400)}`);
  return result.content.map((c) => c.text).join("\n");
}

// The JSON that a tool's text holds.
function json(text) {
  const at = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  return JSON.parse(text.slice(at, end + 1));
}

async function main() {
  const found = {};
  await ask("initialize", { protocolVersion: "2024-11-05", capabilities: {}, clientInfo: { name: "stranger", version: "1" } });
  send({ method: "notifications/initialized" });
  found.tools = (await ask("tools/list", {})).result.tools.map((t) => t.name);

  found.whose = await tool("get-user-details");
  const made = json(await tool("batch-create-objects", { objectType: "contacts", inputs: [1, 2].map((n) => (
    { properties: { email: `mcp${n}@stranger.example`, lastname: "Assisted" } })) }));
  found.made = made.results.map((r) => r.id);
  const company = json(await tool("batch-create-objects", { objectType: "companies", inputs: [{ properties: { name: "Assisted Ltd" } }] })).results[0].id;
  await tool("batch-update-objects", { objectType: "contacts", inputs: found.made.map((id) => ({ id, properties: { jobtitle: "Buyer" } })) });
  const read = json(await tool("batch-read-objects", { objectType: "contacts", inputs: found.made.map((id) => ({ id })), properties: ["jobtitle"] }));
  found.read = read.results.map((r) => r.properties.jobtitle);
  const search = json(await tool("search-objects", { objectType: "contacts", properties: ["email"], filterGroups: [{ filters: [{ propertyName: "lastname", operator: "EQ", value: "assisted" }] }] }));
  found.search = search.results.map((r) => r.id);
  const page = json(await tool("list-objects", { objectType: "contacts", limit: 100, properties: ["email"], associations: ["companies"] }));
  found.page = [page.results.length, Boolean(page.paging.next.after)];

  const kinds = json(await tool("get-association-definitions", { fromObjectType: "contacts", toObjectType: "companies" }));
  found.kinds = kinds.results.map((k) => k.typeId);
  await tool("batch-create-associations", { fromObjectType: "contacts", toObjectType: "companies",
    types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 279 }],
    inputs: found.made.map((id) => ({ from: { id }, to: { id: company } })) });
  const ties = json(await tool("list-associations", { objectType: "companies", objectId: company, toObjectType: "contacts" }));
  found.ties = ties.results.map((r) => String(r.toObjectId)).sort();

  await tool("create-property", { objectType: "contacts", name: "assisted", label: "Assisted", groupName: "contactinformation", type: "string", fieldType: "text" });
  await tool("update-property", { objectType: "contacts", propertyName: "assisted", label: "Assisted by" });
  found.property = json(await tool("get-property", { objectType: "contacts", propertyName: "assisted" })).label;
  found.properties = (await tool("list-properties", { objectType: "contacts" })).includes("assisted");

  const note = json(await tool("create-engagement", { type: "NOTE", ownerId: 51, associations: { contactIds: [Number(found.made[0])] }, metadata: { body: "Hello" } }));
  const { id } = note.engagement.engagement;
  await tool("update-engagement", { engagementId: id, associations: { companyIds: [Number(company)] }, metadata: { body: "Hello again" } });
  const engagement = json(await tool("get-engagement", { engagementId: id }));
  found.note = [engagement.metadata.body, engagement.associations.contactIds.map(String), engagement.associations.companyIds.map(String)];
  found.company = company;
  found.schemas = await tool("get-schemas");
  found.flows = await tool("list-workflows", {});
  await tool("get-link", { portalId: "1", uiDomain: "app.hubspot.com", pageRequests: [{ pagetype: "record", objectTypeId: "0-1", objectId: found.made[0] }] });
  await tool("generate-feedback-link");
  found.uncalled = found.tools.filter((name) => !called.has(name));
  console.log(JSON.stringify(found));
  server.kill();
}

main().catch((error) => {
  console.error(error);
  server.kill();
  process.exitCode = 1;
});
