// nforce: a REST client with objects of its own, log-in by OAuth's password grant, files and a session that it renews.
import { createRequire } from "node:module";

const nforce = createRequire(import.meta.url)("nforce");
const known = JSON.parse(process.env.SALESFORCE);
const seen = {};
const org = nforce.createConnection({
  clientId: known.client_id,
  clientSecret: known.client_secret,
  redirectUri: "http://localhost:3000/oauth/_callback",
  apiVersion: "v59.0",
  mode: "single",
  autoRefresh: true,
  username: known.username,
  password: known.password,
  securityToken: known.security_token,
});
const session = await org.authenticate();
seen.session = [session.token_type, typeof session.signature, session.instance_url.startsWith("https://")];
seen.identity = (await org.getIdentity()).username;
seen.expired = (await org.getPasswordStatus({ id: (await org.getIdentity()).user_id })).isExpired;
seen.described = (await org.getDescribe({ type: "Account" })).fields.some((f) => f.name === "Jigsaw");

const account = nforce.createSObject("Account", { Name: "Nforce & Söhne" });
seen.inserted = (await org.insert({ sobject: account })).success;
account.set("Site", "Ulm");
await org.update({ sobject: account });
seen.read = (await org.getRecord({ sobject: account })).get("Site");
const keyed = () => {
  const lead = nforce.createSObject("Lead", { LastName: "N", Company: "Force" });
  lead.setExternalId("HubSpot_Id__c", "nforce-1");
  return lead;
};
const [first, second] = [await org.upsert({ sobject: keyed() }), await org.upsert({ sobject: keyed() })];
seen.upserted = [first.created, second.created, first.id === second.id];
const file = nforce.createSObject("Attachment", { Name: "n.txt", attachment: { fileName: "n.txt", body: "grüße" } });
file.set("ParentId", account.getId());
const kept = await org.insert({ sobject: file });
seen.body = (await org.getAttachmentBody({ id: kept.id })).toString();
const all = await org.query({ query: "SELECT Id FROM Contact", fetchAll: true });
seen.all = all.totalSize === all.records.length;
seen.found = (await org.search({ search: "FIND {Nforce} IN NAME FIELDS RETURNING Account(Id, Name)" })).searchRecords.map((r) => r.Name);
seen.refused = await org.query({ query: "SELECT Nope FROM Account" }).catch((e) => [e.errorCode, e.statusCode]);
org.oauth.access_token = "no such session";
seen.renewed = (await org.query({ query: "SELECT Id FROM Account LIMIT 1" })).totalSize;
await org.delete({ sobject: account });
seen.gone = (await org.query({ query: `SELECT Id FROM Account WHERE Id = '${account.getId()}'` })).totalSize;
console.log(JSON.stringify(seen));
