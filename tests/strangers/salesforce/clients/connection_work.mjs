// node-salesforce-connection: SOAP in both dialects, REST and Bulk 1.0, by a client that takes XML apart by itself and
// compares messages, status texts and its own writing of every XML answer with what came.
import assert from "node:assert";
import https from "node:https";
import { createRequire } from "node:module";

const known = JSON.parse(process.env.SALESFORCE);
const there = new URL(known.tls_url);

// The client knows no proxy: its network leads every host to the twin.
const request = https.request;
https.request = (options, done) =>
  request.call(https, { ...options, host: there.hostname, port: there.port, servername: "login.salesforce.com" }, done);

const require = createRequire(import.meta.url);
const Connection = require("node-salesforce-connection");
const xml = require("node-salesforce-connection/xml.js");

let verified = 0;
globalThis.salesforceXmlParseVerifier = (text, parsed) => {
  assert.strictEqual(text, xml.stringify(parsed));
  verified += 1;
};

const seen = {};
const password = known.password + known.security_token;
const conn = new Connection();
await conn.soapLogin({ hostname: "login.salesforce.com", apiVersion: "39.0", username: known.username, password });
const enterprise = conn.wsdl("39.0", "Enterprise");
const partner = conn.wsdl("39.0", "Partner");

const people = (type) =>
  ["Joan", "Jack"].map((name) => ({
    [type]: "Contact",
    FirstName: name,
    LastName: `O'Node "${name}"`,
    Email: `${name.toLowerCase()}@node.example`,
  }));
const upsert = async (wsdl, type, more) =>
  conn.asArray(await conn.soap(wsdl, "upsert", { externalIdFieldName: "Email", sObjects: people(type) }, more));
seen.made = (await upsert(enterprise, "$type")).map((r) => [r.created, r.success]);
const headers = { AllOrNoneHeader: { allOrNone: true } };
seen.again = (await upsert(partner, "type", { headers })).map((r) => [r.created, r.success]);

const where = "from Contact where Email like '%@node.example' order by Name";
const soql = encodeURIComponent(`select Id, Name ${where}`);
const found = await conn.rest(`/services/data/v39.0/query/?q=${soql}`);
seen.names = found.records.map((r) => r.Name);
for (const wsdl of [enterprise, partner]) {
  const page = await conn.soap(wsdl, "query", { queryString: `select Id, Name, Account.Name, (select Id from Tasks) ${where}` });
  assert.strictEqual(page.size, "2");
  await conn.soap(wsdl, "describeSObject", { sObjectType: "Contact" });
  await conn.soap(wsdl, "getUserInfo", {});
}
const job = { operation: "update", object: "Contact", concurrencyMode: "Parallel", contentType: "JSON" };
const opened = await conn.rest("/services/async/39.0/job", { method: "POST", body: job, api: "bulk" });
seen.job = [opened.state, opened.numberBatchesTotal];
seen.gone = [];
for (const record of found.records) seen.gone.push(await conn.rest(record.attributes.url, { method: "DELETE" }));

const refused = async (work) => {
  try {
    await work();
  } catch (error) {
    return [error.name, error.message, error.response.statusCode, error.response.statusMessage];
  }
  return "was not refused";
};
seen.query = await refused(() => conn.rest("/services/data/v39.0/query/?q=invalid"));
const bad = { LastName: "x", Email: "not an email" };
seen.email = await refused(() => conn.rest("/services/data/v39.0/sobjects/Contact", { method: "POST", body: bad }));
seen.date = await refused(() => conn.soap(partner, "create", { sObjects: [{ type: "Contact", LastName: "x", Birthdate: "foo" }] }));
seen.type = (await refused(() => conn.soap(partner, "create", { sObjects: [{ type: "Unknown" }] })))[3];
const grant = { grant_type: "password", client_id: known.client_id, client_secret: known.client_secret };
const token = await conn.oauthToken("login.salesforce.com", { ...grant, username: known.username, password });
seen.token = token.token_type;
seen.client = (await refused(() => conn.oauthToken("login.salesforce.com", { ...grant, client_id: "no" })))[1];
seen.verified = verified;
console.log(JSON.stringify(seen));
