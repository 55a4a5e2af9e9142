// HubSpot's own JavaScript client does a day's work; the last line of output is what it found, as JSON.
const hubspot = require("@hubspot/api-client");

const basePath = process.env.TWIN_URL;
const found = {};

async function refusal(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { code: error.code, category: error.body && error.body.category, message: error.body && error.body.message };
  }
}

async function main() {
  const client = new hubspot.Client({ accessToken: process.env.TWIN_TOKEN, basePath });
  const contacts = client.crm.contacts;

  const all = await contacts.getAll(100, undefined, ["email", "lifecyclestage"], undefined, ["companies"]);
  found.all = all.map((c) => c.id);
  found.withCompany = all.filter((c) => c.associations && c.associations.companies.results.length).length;
  found.withHistory = (await contacts.getAll(50, undefined, undefined, ["lifecyclestage"])).length;
  found.dateIsDate = all[0].createdAt instanceof Date;

  const search = { filterGroups: [{ filters: [{ propertyName: "email", operator: "CONTAINS_TOKEN", value: "*@house3.example" }] }],
    properties: ["email"], sorts: ["hs_object_id"], limit: 4 };
  const first = await contacts.searchApi.doSearch(search);
  const second = await contacts.searchApi.doSearch({ ...search, after: first.paging.next.after });
  found.search = { total: first.total, ids: [...first.results, ...second.results].map((r) => r.id) };

  const made = await contacts.batchApi.create({ inputs: [1, 2, 3].map((n) => (
    { properties: { email: `node${n}@stranger.example`, firstname: "Node", lastname: String(n) }, associations: [] })) });
  found.madeStatus = made.status;
  found.made = Object.fromEntries(made.results.map((r) => [r.properties.email, r.id]));
  const ids = Object.values(found.made);
  const read = await contacts.batchApi.read({ inputs: [...ids, "999"].map((id) => ({ id })), properties: ["email"], propertiesWithHistory: [] });
  found.read = { results: read.results.length, errors: read.numErrors, category: read.errors[0].category };
  const updated = await contacts.batchApi.update({ inputs: ids.map((id) => ({ id, properties: { jobtitle: "Buyer" } })) });
  found.updated = updated.results.every((r) => r.properties.jobtitle === "Buyer");
  const upserted = await contacts.batchApi.upsert({ inputs: ["node1@stranger.example", "node4@stranger.example"].map((id) => (
    { id, idProperty: "email", properties: { city: "Bergen" } })) });
  found.upserted = upserted.results.map((r) => r._new).sort();
  found.again = await refusal(contacts.basicApi.create({ properties: { email: "node1@stranger.example" }, associations: [] }));
  found.badValue = await refusal(contacts.basicApi.create({ properties: { nosuchproperty: "1" }, associations: [] }));
  found.missing = await refusal(contacts.basicApi.getById("999"));

  const company = await client.crm.companies.basicApi.create({ properties: { name: "Stranger Ltd", domain: "stranger.example" }, associations: [] });
  const v4 = client.crm.associations.v4;
  await v4.basicApi.create("contacts", ids[0], "companies", company.id, [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 279 }]);
  await v4.basicApi.createDefault("contacts", ids[1], "companies", company.id);
  const page = await v4.basicApi.getPage("companies", company.id, "contacts");
  found.associated = page.results.map((r) => String(r.toObjectId)).sort();
  const pairs = await v4.batchApi.getPage("contacts", "companies", { inputs: ids.map((id) => ({ id })) });
  found.pairs = { results: pairs.results.length, errors: pairs.numErrors };
  await v4.basicApi.archive("contacts", ids[1], "companies", company.id);
  found.afterArchive = (await v4.basicApi.getPage("companies", company.id, "contacts")).results.length;

  const merged = await contacts.basicApi.merge({ primaryObjectId: ids[0], objectIdToMerge: ids[1] });
  found.merged = { id: merged.id, old: (await contacts.basicApi.getById(ids[1])).id, ids };
  await contacts.basicApi.archive(ids[2]);
  found.archived = (await contacts.basicApi.getPage(10, undefined, undefined, undefined, undefined, true)).results.map((r) => r.id);

  found.pipelines = (await client.crm.pipelines.pipelinesApi.getAll("deals")).results[0].stages.length;
  found.owners = (await client.crm.owners.ownersApi.getPage()).results.map((o) => o.email).sort();
  const property = await client.crm.properties.coreApi.create("contacts", { name: "node_score", label: "Node score", type: "number",
    fieldType: "number", groupName: "contactinformation" });
  found.property = property.name;
  found.raw = (await (await client.apiRequest({ method: "GET", path: "/account-info/v3/details" })).json()).portalId;

  const app = new hubspot.Client({ basePath });
  const location = await fetch(`${basePath}/oauth/authorize?client_id=${process.env.TWIN_CLIENT_ID}&scope=oauth%20crm.objects.contacts.read`
    + "&redirect_uri=http%3A%2F%2Flocalhost%2Fback", { redirect: "manual" });
  const code = new URL(location.headers.get("location")).searchParams.get("code");
  const tokens = await app.oauth.tokensApi.create("authorization_code", code, "http://localhost/back",
    process.env.TWIN_CLIENT_ID, process.env.TWIN_CLIENT_SECRET);
  app.setAccessToken(tokens.accessToken);
  const renewed = await app.oauth.tokensApi.create("refresh_token", undefined, undefined,
    process.env.TWIN_CLIENT_ID, process.env.TWIN_CLIENT_SECRET, tokens.refreshToken);
  app.setAccessToken(renewed.accessToken);
  found.oauth = { lasts: renewed.expiresIn, reads: (await app.crm.contacts.basicApi.getPage(1)).results.length };
  found.scopes = (await app.oauth.accessTokensApi.get(renewed.accessToken)).scopes;
  found.scopeRefused = await refusal(app.crm.deals.basicApi.getPage(1));

  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
