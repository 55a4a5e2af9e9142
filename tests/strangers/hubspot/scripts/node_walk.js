// HubSpot's own JavaScript client calls every method of its CRM, users, OAuth and webhooks parts once or more.
// The last line of output tells of each: how often it went well, and what the last refusal was.
const hubspot = require("@hubspot/api-client");

const client = new hubspot.Client({ accessToken: process.env.TWIN_TOKEN, basePath: process.env.TWIN_URL, developerApiKey: process.env.TWIN_DEVELOPER_KEY });
const { crm } = client;
const told = {};
let current = "";

// Counts every call of every method of the client's parts, under its own name.
function watch(part, path, depth) {
  const names = new Set([...Object.keys(part), ...Object.getOwnPropertyNames(Object.getPrototypeOf(part))]);
  for (const name of names) {
    if (name.startsWith("_") || name === "config" || name === "constructor") continue;
    const inner = part[name];
    if (!inner || typeof inner !== "object" || Array.isArray(inner)) continue;
    if (!name.endsWith("Api")) {
      if (depth < 4) watch(inner, `${path}.${name}`, depth + 1);
      continue;
    }
    for (let of = Object.getPrototypeOf(inner); of && of !== Object.prototype; of = Object.getPrototypeOf(of)) {
      for (const method of Object.getOwnPropertyNames(of)) {
        if (method === "constructor" || method.endsWith("WithHttpInfo") || inner[method] !== of[method]) continue;
        const label = `${path}.${name}.${method}`;
        told[label] = { good: 0, refused: null };
        inner[method] = async (...given) => {
          current = label;
          try {
            const answer = await of[method].apply(inner, given);
            told[label].good += 1;
            return answer;
          } catch (error) {
            told[label].refused = `${error.code || error.name} ${(error.body && error.body.message) || error.message}`.slice(0, 200);
            throw error;
          }
        };
      }
    }
  }
}

// One stretch of work; what is refused in it is noted, and the next one goes on.
async function stretch(work) {
  try {
    await work();
  } catch (error) {
    if (!told[current] || !told[current].refused) told[`script after ${current}`] = { good: 0, refused: String(error).slice(0, 200) };
  }
}

const now = new Date().toISOString();
const NEW = {
  contacts: (n) => ({ email: `walk${n}@walk.example`, lastname: `Walk ${n}` }),
  companies: (n) => ({ name: `Walk ${n}`, domain: `walk${n}.example` }),
  deals: (n) => ({ dealname: `Walk ${n}`, dealstage: "contractsent", pipeline: "default" }),
  tickets: (n) => ({ subject: `Walk ${n}`, hs_pipeline_stage: "1" }),
  products: (n) => ({ name: `Walk ${n}`, price: "10" }),
  line_items: (n) => ({ name: `Walk ${n}`, quantity: "1", price: "10" }),
  quotes: (n) => ({ hs_title: `Walk ${n}`, hs_expiration_date: "2030-01-01" }),
  invoices: () => ({ hs_currency: "USD" }),
  taxes: (n) => ({ hs_label: `Walk ${n}`, hs_value: "5", hs_type: "PERCENT" }),
  goal_targets: (n) => ({ hs_goal_name: `Walk ${n}` }),
  calls: (n) => ({ hs_timestamp: now, hs_call_title: `Walk ${n}` }),
  emails: (n) => ({ hs_timestamp: now, hs_email_direction: "EMAIL", hs_email_subject: `Walk ${n}` }),
  meetings: (n) => ({ hs_timestamp: now, hs_meeting_title: `Walk ${n}` }),
  notes: (n) => ({ hs_timestamp: now, hs_note_body: `Walk ${n}` }),
  tasks: (n) => ({ hs_timestamp: now, hs_task_subject: `Walk ${n}` }),
  communications: (n) => ({ hs_timestamp: now, hs_communication_channel_type: "SMS", hs_communication_body: `Walk ${n}`, hs_communication_logged_from: "CRM" }),
  postal_mail: (n) => ({ hs_timestamp: now, hs_postal_mail_body: `Walk ${n}` }),
  leads: (n) => ({ hs_lead_name: `Walk ${n}` }),
};
const LEAD = (id) => [{ to: { id }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 578 }] }];

let person;
async function records(part, type) {
  const lead = type === "leads";
  const fresh = (n) => ({ properties: NEW[type](n), associations: lead ? LEAD(person) : [] });
  let made, batch;
  await stretch(async () => {
    made = await part.basicApi.create(fresh(0));
    if (type === "contacts") person = made.id;
    if (!(made.createdAt instanceof Date) || made.archived !== false) throw new Error(`${type}: not a record`);
    await part.basicApi.getById(made.id, ["hs_object_id"], ["hs_lastmodifieddate"], ["contacts"], false);
    await part.basicApi.update(made.id, { properties: { hubspot_owner_id: "51" } });
  });
  await stretch(async () => {
    const page = await part.basicApi.getPage(2, undefined, ["hs_object_id"]);
    if (!page.results.length) throw new Error(`${type}: an empty page`);
  });
  await stretch(async () => {
    batch = await part.batchApi.create({ inputs: [1, 2, 3].map(fresh) });
    const ids = batch.results.map((r) => r.id);
    const read = await part.batchApi.read({ inputs: ids.map((id) => ({ id })), properties: ["hs_object_id"], propertiesWithHistory: [] });
    if (read.results.length !== 3) throw new Error(`${type}: ${read.results.length} of 3 read`);
    await part.batchApi.update({ inputs: [{ id: ids[0], properties: { hubspot_owner_id: "52" } }] });
    await part.batchApi.archive({ inputs: [{ id: ids[2] }] });
  });
  await stretch(async () => {
    const unique = type === "contacts" ? "email" : "walk_key";
    if (unique === "walk_key") await crm.properties.coreApi.create(type, { name: "walk_key", label: "Key", type: "string", fieldType: "text", groupName: (await crm.properties.groupsApi.getAll(type)).results[0].name, hasUniqueValue: true });
    const up = await part.batchApi.upsert({ inputs: [{ id: type === "contacts" ? "up@walk.example" : "up", idProperty: unique, properties: NEW[type](9) }] });
    if (up.results[0]._new !== true) throw new Error(`${type}: not new`);
  });
  await stretch(async () => {
    const found = await part.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: "hs_object_id", operator: "EQ", value: made.id }] }], limit: 5, properties: ["hs_object_id"], sorts: [], after: "0" });
    if (found.total !== 1) throw new Error(`${type}: search found ${found.total}`);
  });
  await stretch(async () => {
    if (!part.basicApi.merge) return;
    const merged = await part.basicApi.merge({ primaryObjectId: batch.results[0].id, objectIdToMerge: batch.results[1].id });
    await part.basicApi.archive(merged.id);
  });
  await stretch(async () => type === "contacts" || part.basicApi.archive(made.id));
}

async function feedback() {
  const part = crm.objects.feedbackSubmissions;
  await stretch(() => part.basicApi.getPage(5));
  await stretch(() => part.basicApi.getById("1"));
  await stretch(() => part.batchApi.read({ inputs: [{ id: "1" }], properties: [], propertiesWithHistory: [] }));
  await stretch(() => part.searchApi.doSearch({ filterGroups: [], limit: 5, properties: [], sorts: [], after: "0" }));
}

async function associations() {
  let company, again;
  await stretch(async () => {
    company = (await crm.companies.basicApi.create({ properties: { name: "Tied" }, associations: [] })).id;
    const pair = { _from: { id: person }, to: { id: company }, type: "contact_to_company" };
    await stretch(() => crm.associations.batchApi.create("contacts", "companies", { inputs: [pair] }));
    const read = await crm.associations.batchApi.read("contacts", "companies", { inputs: [{ id: person }] });
    if (read.results[0].to[0].id !== company) throw new Error("the tie was not read");
    await crm.associations.batchApi.archive("contacts", "companies", { inputs: [pair] });
    if (!(await crm.associations.schema.typesApi.getAll("contacts", "companies")).results.length) throw new Error("no types");
  });
  const { v4 } = crm.associations;
  await stretch(async () => {
    const label = await v4.schema.definitionsApi.create("contacts", "companies", { label: "Walker", name: "walker", inverseLabel: "Walked" });
    const own = label.results.find((l) => l.label === "Walker");
    const types = [{ associationCategory: "USER_DEFINED", associationTypeId: own.typeId }];
    await v4.schema.definitionsApi.update("contacts", "companies", { label: "Walks", associationTypeId: own.typeId });
    await v4.basicApi.create("contacts", person, "companies", company, types);
    await v4.basicApi.createDefault("contacts", person, "companies", company);
    const page = await v4.basicApi.getPage("contacts", person, "companies", undefined, 10);
    if (page.results[0].associationTypes.length < 2) throw new Error("types are missing");
    const ends = { _from: { id: person }, to: { id: company } };
    await v4.batchApi.createDefault("contacts", "companies", { inputs: [ends] });
    await v4.batchApi.create("contacts", "companies", { inputs: [{ ...ends, types }] });
    await v4.batchApi.getPage("contacts", "companies", { inputs: [{ id: person }] });
    await v4.batchApi.archiveLabels("contacts", "companies", { inputs: [{ ...ends, types }] });
    await v4.batchApi.archive("contacts", "companies", { inputs: [{ _from: { id: person }, to: [{ id: company }] }] });
    await v4.basicApi.archive("contacts", person, "companies", company);
    await v4.schema.definitionsApi.getAll("contacts", "companies");
    await v4.schema.definitionsApi.remove("contacts", "companies", own.typeId);
  });
  await stretch(() => v4.reportApi.request(7));
}

async function settings() {
  await stretch(async () => {
    const owners = await crm.owners.ownersApi.getPage(undefined, undefined, 100, false);
    await crm.owners.ownersApi.getById(Number(owners.results[0].id), "id", false);
  });
  const { pipelinesApi, pipelineStagesApi, pipelineAuditsApi, pipelineStageAuditsApi } = crm.pipelines;
  await stretch(async () => {
    const stage = (label, displayOrder) => ({ label, displayOrder, metadata: { ticketState: "OPEN" } });
    const made = await pipelinesApi.create("tickets", { label: "Walk", displayOrder: 5, stages: [stage("A", 0)] });
    await pipelinesApi.getAll("tickets");
    await pipelinesApi.getById("tickets", made.id);
    await pipelinesApi.update("tickets", made.id, { label: "Walked" });
    await pipelinesApi.replace("tickets", made.id, { label: "Walk", displayOrder: 5, stages: [stage("A", 0), stage("B", 1)] });
    const added = await pipelineStagesApi.create("tickets", made.id, stage("C", 2));
    await pipelineStagesApi.getAll("tickets", made.id);
    await pipelineStagesApi.getById("tickets", made.id, added.id);
    await pipelineStagesApi.update("tickets", made.id, added.id, { label: "D", metadata: { ticketState: "CLOSED" } });
    await pipelineStagesApi.replace("tickets", made.id, added.id, stage("E", 3));
    await pipelineStageAuditsApi.getAudit("tickets", added.id);
    await pipelineStagesApi.archive("tickets", made.id, added.id);
    if (!(await pipelineAuditsApi.getAudit("tickets", made.id)).results.length) throw new Error("no audit");
    await pipelinesApi.archive("tickets", made.id);
  });
  const { coreApi, batchApi, groupsApi } = crm.properties;
  await stretch(async () => {
    await groupsApi.create("contacts", { name: "walking", label: "Walking", displayOrder: 3 });
    await groupsApi.update("contacts", "walking", { label: "Walked" });
    await groupsApi.getByName("contacts", "walking");
    await groupsApi.getAll("contacts");
    const field = (name) => ({ name, label: name, type: "string", fieldType: "text", groupName: "walking" });
    await coreApi.create("contacts", field("walk_one"));
    await coreApi.update("contacts", "walk_one", { label: "One" });
    await coreApi.getByName("contacts", "walk_one");
    await coreApi.getAll("contacts", false);
    await batchApi.create("contacts", { inputs: [field("walk_two")] });
    await batchApi.read("contacts", { archived: false, inputs: [{ name: "walk_two" }] });
    await batchApi.archive("contacts", { inputs: [{ name: "walk_two" }] });
    await coreApi.archive("contacts", "walk_one");
    await groupsApi.archive("contacts", "walking");
  });
  await stretch(async () => {
    const { coreApi: schemas } = crm.schemas;
    const made = await schemas.create({ name: "walk", labels: { singular: "Walk", plural: "Walks" }, primaryDisplayProperty: "walk_name", requiredProperties: ["walk_name"], searchableProperties: [], secondaryDisplayProperties: [], associatedObjects: ["CONTACT"], properties: [{ name: "walk_name", label: "Name", type: "string", fieldType: "text" }] });
    await schemas.getAll(false);
    await schemas.getById(made.objectTypeId);
    await schemas.update(made.objectTypeId, { labels: { singular: "Walk", plural: "Walkings" } });
    const tie = await schemas.createAssociation(made.objectTypeId, { fromObjectTypeId: made.objectTypeId, toObjectTypeId: "0-2", name: "walk_to_company" });
    await schemas.archiveAssociation(made.objectTypeId, tie.id);
    const own = await crm.objects.basicApi.create(made.objectTypeId, { properties: { walk_name: "A" }, associations: [] });
    await crm.objects.basicApi.getById(made.objectTypeId, own.id);
    await crm.objects.basicApi.getPage(made.objectTypeId);
    await crm.objects.basicApi.update(made.objectTypeId, own.id, { properties: { walk_name: "B" } });
    await crm.objects.searchApi.doSearch(made.objectTypeId, { filterGroups: [], limit: 5, properties: [], sorts: [], after: "0" });
    const batch = await crm.objects.batchApi.create(made.objectTypeId, { inputs: [{ properties: { walk_name: "C" }, associations: [] }] });
    const ids = batch.results.map(({ id }) => ({ id }));
    await crm.objects.batchApi.read(made.objectTypeId, { inputs: ids, properties: ["walk_name"], propertiesWithHistory: [] });
    await crm.objects.batchApi.update(made.objectTypeId, { inputs: [{ ...ids[0], properties: { walk_name: "D" } }] });
    const group = (await groupsApi.getAll(made.objectTypeId)).results[0].name;
    await coreApi.create(made.objectTypeId, { name: "walk_key", label: "Key", type: "string", fieldType: "text", groupName: group, hasUniqueValue: true });
    await crm.objects.batchApi.upsert(made.objectTypeId, { inputs: [{ id: "k", idProperty: "walk_key", properties: { walk_name: "E" } }] });
    await crm.objects.batchApi.archive(made.objectTypeId, { inputs: ids });
    await crm.objects.basicApi.archive(made.objectTypeId, own.id);
    for (const left of (await crm.objects.basicApi.getPage(made.objectTypeId)).results) await crm.objects.basicApi.archive(made.objectTypeId, left.id);
    await schemas.archive(made.objectTypeId);
  });
}

async function lists() {
  const { listsApi, membershipsApi, foldersApi, mappingApi } = crm.lists;
  await stretch(async () => {
    const made = (await listsApi.create({ name: "Walk", objectTypeId: "0-1", processingType: "MANUAL" })).list;
    const other = (await listsApi.create({ name: "Walk 2", objectTypeId: "0-1", processingType: "MANUAL" })).list;
    const filters = [{ filterType: "PROPERTY", property: "lastname", operation: { operationType: "MULTISTRING", operator: "IS_EQUAL_TO", values: ["Walk 0"], includeObjectsWithNoValueSet: false } }];
    const branch = { filterBranchType: "OR", filterBranches: [{ filterBranchType: "AND", filterBranches: [], filters }], filters: [] };
    const live = (await listsApi.create({ name: "Walk 3", objectTypeId: "0-1", processingType: "DYNAMIC", filterBranch: branch })).list;
    await listsApi.updateListFilters(live.listId, { filterBranch: branch });
    await listsApi.updateName(made.listId, "Walked");
    await listsApi.getById(live.listId, true);
    await listsApi.getByName("Walked", "0-1");
    await listsApi.getAll([made.listId, live.listId]);
    await listsApi.doSearch({ query: "Walk", count: 10, offset: 0, additionalProperties: [] });
    await membershipsApi.add(made.listId, [person]);
    await membershipsApi.addAllFromList(other.listId, made.listId);
    await membershipsApi.addAndRemove(made.listId, { recordIdsToAdd: [person], recordIdsToRemove: [] });
    await membershipsApi.getLists("0-1", person);
    if ((await membershipsApi.getPage(made.listId)).results[0].recordId !== person) throw new Error("not a member");
    await membershipsApi.getPageOrderedByAddedToListDate(made.listId);
    await membershipsApi.remove(made.listId, [person]);
    await membershipsApi.removeAll(other.listId);
    const folder = (await foldersApi.create({ name: "Walk" })).folder;
    const inner = (await foldersApi.create({ name: "Inner" })).folder;
    await foldersApi.move(inner.id, folder.id);
    await foldersApi.rename(inner.id, "In");
    await foldersApi.getAll("0");
    await foldersApi.moveList({ listId: made.listId, newFolderId: inner.id });
    await mappingApi.translateLegacyListIdToListId(made.listId);
    await mappingApi.translateLegacyListIdToListIdBatch([made.listId]);
    await listsApi.remove(other.listId);
    await listsApi.restore(other.listId);
    await foldersApi.moveList({ listId: made.listId, newFolderId: "0" });
    await foldersApi.remove(inner.id);
    await stretch(() => listsApi.scheduleOrUpdateConversion(made.listId, { conversionType: "CONVERSION_DATE", year: 2030, month: 1, day: 1 }));
    await stretch(() => listsApi.getConversionDetails(made.listId));
    await stretch(() => listsApi.cancelConversion(made.listId));
  });
}

async function files() {
  await stretch(async () => {
    const task = await crm.exports.publicExportsApi.start({ exportType: "VIEW", exportName: "Walk", format: "CSV", language: "EN", objectType: "CONTACT", objectProperties: ["email"], associatedObjectType: "COMPANY", exportInternalValuesOptions: [], publicCrmSearchRequest: { filters: [], sorts: [], query: "walk" } });
    await crm.exports.publicExportsApi.getStatus(Number(task.id));
  });
  await stretch(async () => {
    const mapping = (columnName, propertyName) => ({ columnName, propertyName, columnObjectTypeId: "0-1" });
    const page = { hasHeader: true, columnMappings: [mapping("Email", "email"), mapping("Name", "lastname")] };
    const request = { name: "walk", files: [{ fileName: "walk.csv", fileFormat: "CSV", fileImportPage: page }] };
    const csv = { data: Buffer.from("Email,Name\nimport@walk.example,Import\n"), name: "walk.csv" };
    const made = await crm.imports.coreApi.create(csv, JSON.stringify(request));
    await crm.imports.coreApi.getById(Number(made.id));
    await crm.imports.coreApi.getPage();
    await crm.imports.publicImportsApi.getErrors(Number(made.id));
    await crm.imports.coreApi.cancel(Number(made.id));
  });
}

async function around() {
  const { usersApi, teamsApi, rolesApi } = client.settings.users;
  await stretch(async () => {
    const made = await usersApi.create({ email: "walk@walk.example", firstName: "Wal", lastName: "Ker", sendWelcomeEmail: false });
    await usersApi.getPage();
    await usersApi.getById(made.id);
    await usersApi.replace(made.id, { lastName: "King" });
    await usersApi.archive(made.id);
    await teamsApi.getAll();
    await rolesApi.getAll();
  });
  await stretch(async () => {
    const { tokensApi, accessTokensApi, refreshTokensApi } = client.oauth;
    const token = await tokensApi.create("refresh_token", undefined, undefined, process.env.TWIN_CLIENT_ID, process.env.TWIN_CLIENT_SECRET, process.env.TWIN_REFRESH_TOKEN);
    const info = await accessTokensApi.get(token.accessToken);
    await refreshTokensApi.get(token.refreshToken);
    const { settingsApi, subscriptionsApi } = client.webhooks;
    await settingsApi.configure(info.appId, { targetUrl: "https://walk.example/hook", throttling: { maxConcurrentRequests: 5 } });
    await settingsApi.getAll(info.appId);
    const hook = await subscriptionsApi.create(info.appId, { eventType: "contact.propertyChange", propertyName: "email", active: false });
    await subscriptionsApi.getAll(info.appId);
    await subscriptionsApi.getById(Number(hook.id), info.appId);
    await subscriptionsApi.update(Number(hook.id), info.appId, { active: true });
    await subscriptionsApi.updateBatch(info.appId, { inputs: [{ id: Number(hook.id), active: false }] });
    await subscriptionsApi.archive(Number(hook.id), info.appId);
    await settingsApi.clear(info.appId);
    await refreshTokensApi.archive(token.refreshToken);
  });
}

async function main() {
  watch(client.crm, "crm", 0);
  for (const name of ["settings", "oauth", "webhooks"]) watch(client[name], name, 0);
  const parts = { contacts: crm.contacts, companies: crm.companies, deals: crm.deals, tickets: crm.tickets,
    products: crm.products, line_items: crm.lineItems, quotes: crm.quotes, invoices: crm.commerce.invoices,
    taxes: crm.objects.taxes, goal_targets: crm.objects.goals, postal_mail: crm.objects.postalMail };
  for (const name of ["calls", "emails", "meetings", "notes", "tasks", "communications", "leads"]) parts[name] = crm.objects[name];
  for (const [type, part] of Object.entries(parts)) await records(part, type);
  await feedback();
  await associations();
  await settings();
  await lists();
  await files();
  await around();
  await stretch(() => crm.contacts.basicApi.archive(person));
  await stretch(() => crm.contacts.basicApi.purge({ objectId: "up@walk.example", idProperty: "email" }));
  console.log(JSON.stringify(told));
}

main();
