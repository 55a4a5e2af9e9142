// jsforce on Node: a day's ordinary work. Prints what it saw as one line of JSON.
import jsforce from 'jsforce';

const sf = JSON.parse(process.env.SALESFORCE);
const seen = {};
sf.url = 'https://login.salesforce.com'; // the proxy of the environment leads there
const conn = new jsforce.Connection({ loginUrl: sf.url, version: '59.0' });
const user = await conn.login(sf.username, sf.password + sf.security_token);
seen.soap = user.organizationId.length === 18 && user.id.startsWith('005');
seen.instance = conn.instanceUrl === sf.url;

const oauth = new jsforce.Connection({
  oauth2: { loginUrl: sf.url, clientId: sf.client_id, clientSecret: sf.client_secret },
  version: '59.0', instanceUrl: sf.url, refreshToken: sf.refresh_token, accessToken: 'stale',
});
seen.refreshed = (await oauth.identity()).username;
const granted = new jsforce.Connection({ oauth2: { loginUrl: sf.url, clientId: sf.client_id, clientSecret: sf.client_secret }, version: '59.0' });
await granted.login(sf.username, sf.password + sf.security_token);
seen.password = (await granted.query('SELECT Id FROM Organization')).totalSize;
const flow = new jsforce.Connection({ instanceUrl: sf.url, oauth2: { clientId: sf.client_id, clientSecret: sf.client_secret, loginUrl: sf.url } });
await flow.authorize({ grant_type: 'client_credentials' });
seen.clientCredentials = (await flow.query('SELECT Id FROM Organization')).records.length;

// describe
const global = await conn.describeGlobal();
seen.objects = global.sobjects.map((o) => o.name).filter((n) => ['Lead', 'Contact', 'Account', 'Task'].includes(n)).sort();
const described = await conn.sobject('Lead').describe();
seen.statuses = described.fields.find((f) => f.name === 'Status').picklistValues.length;

// queries
const count = (await conn.query('SELECT COUNT() FROM Contact')).totalSize;
const all = await conn.query('SELECT Id, Name, Account.Name FROM Contact ORDER BY Id', { autoFetch: true, maxFetch: 100000, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
seen.fetched = all.records.length === count && new Set(all.records.map((r) => r.Id)).size === count;
const children = await conn.sobject('Account').find({}, 'Id, Name').include('Contacts').select('Id, LastName').limit(3).end().limit(5).execute();
seen.children = children.length;
const found = await conn.sobject('Contact').find({ LastName: { $like: 'A%' }, CreatedDate: { $gt: jsforce.Date.toDateTimeLiteral('2001-01-01T00:00:00Z') } }, ['Id']).sort({ CreatedDate: -1 }).limit(3).execute();
seen.likeA = found.length <= 3;
let streamed = 0;
await new Promise((resolve, reject) => {
  conn.query('SELECT Id FROM Contact').on('record', () => { streamed += 1; }).on('end', resolve).on('error', reject).run({ autoFetch: true, maxFetch: 100000 });
});
seen.streamed = streamed === count;
try { await conn.query('SELECT Nope FROM Contact'); } catch (e) { seen.badField = [e.errorCode, e.message.includes("No such column 'Nope'")]; }
seen.explain = (await conn.query('SELECT Id FROM Contact').explain()).plans.length > 0;

// single records and collections
const made = await conn.sobject('Account').create({ Name: 'jsforce Ltd', Website: 'https://jsforce.example' });
seen.created = made.success;
const account = await conn.sobject('Account').retrieve(made.id);
seen.retrieved = [account.Name, account.attributes.type];
await conn.sobject('Account').update({ Id: made.id, Phone: '+44 20 7946 0000' });
const upserted = [
  await conn.sobject('Contact').upsert({ HubSpot_Id__c: 'js-1', LastName: 'One', AccountId: made.id }, 'HubSpot_Id__c'),
  await conn.sobject('Contact').upsert({ HubSpot_Id__c: 'js-1', LastName: 'Uno' }, 'HubSpot_Id__c'),
];
seen.upserted = upserted.map((r) => r.success);
const many = await conn.sobject('Contact').create(Array.from({ length: 450 }, (_, i) => ({ LastName: `Js${i}`, AccountId: made.id })), { allowRecursive: true });
seen.many = many.filter((r) => r.success).length;
const mixed = await conn.sobject('Contact').create([{ LastName: 'Good' }, { FirstName: 'Bad' }]);
seen.mixed = [mixed[0].success, mixed[1].success, mixed[1].errors[0].errorCode ?? mixed[1].errors[0].statusCode];
const back = await conn.sobject('Contact').retrieve(many.slice(0, 3).map((r) => r.id));
seen.back = back.map((r) => r.LastName);
const updates = await conn.sobject('Contact').update(many.slice(0, 3).map((r) => ({ Id: r.id, Title: 'CTO' })));
seen.updates = updates.every((r) => r.success);
const ups = await conn.sobject('Contact').upsert([{ HubSpot_Id__c: 'js-1', LastName: 'Eins' }, { HubSpot_Id__c: 'js-2', LastName: 'Zwei' }], 'HubSpot_Id__c');
seen.ups = ups.map((r) => r.success);
const gone = await conn.sobject('Contact').destroy(many.slice(0, 3).map((r) => r.id));
seen.gone = gone.every((r) => r.success);
seen.deletedFeed = (await conn.sobject('Contact').deleted(new Date(Date.now() - 3600e3), new Date())).earliestDateAvailable !== undefined;
seen.updatedFeed = Array.isArray((await conn.sobject('Contact').updated(new Date(Date.now() - 3600e3), new Date())).ids);
try { await conn.sobject('Account').retrieve('001000000000000AAA'); } catch (e) { seen.missing = e.errorCode; }
seen.recent = Array.isArray(await conn.recent());
seen.objectRecent = Array.isArray(await conn.sobject('Account').recent());
seen.search = (await conn.search('FIND {jsforce} IN ALL FIELDS RETURNING Account(Id, Name)')).searchRecords.length;
seen.limits = (await conn.limits()).DailyApiRequests.Max > 0;
seen.versions = (await conn.request('/services/data')).length > 10;

// the interface: tabs, layouts, list views, what was looked at, the converted status of old versions
seen.tabs = (await conn.tabs()).map((t) => t.sobjectName).includes('Lead');
seen.theme = Array.isArray((await conn.theme()).themeItems[0].colors);
const apps = await conn.soap.describeTabs();
seen.apps = [apps[0].selected, Array.isArray(apps[0].tabs[0].icons), typeof apps[0].tabs[0].custom];
const Account = conn.sobject('Account');
seen.layouts = [(await Account.layouts()).layouts.length, (await Account.compactLayouts()).compactLayouts.length];
const views = (await Account.listviews()).listviews;
seen.listview = [(await Account.listview(views[0].id).describe()).sobjectType, (await Account.listview(views[0].id).results()).done];
seen.viewExplained = (await Account.listview(views[0].id).explain()).plans[0].sobjectType;
const viewed = (await conn.query('SELECT Id, Name FROM Account ORDER BY CreatedDate DESC LIMIT 2 FOR VIEW')).records;
seen.looked = (await conn.recent(2)).map((r) => r.Id).join() === viewed.map((r) => r.Id).join();
const old = new jsforce.Connection({ instanceUrl: conn.instanceUrl, accessToken: conn.accessToken, version: '37.0' });
const status = await old.metadata.read('CustomField', 'Lead.Status');
seen.convertedStatus = status.picklist.picklistValues.filter((v) => v.converted).map((v) => v.fullName);

// SOAP: conversion, merge, undelete
const lead = await conn.sobject('Lead').create({ LastName: 'Lead', Company: 'jsforce Ltd' });
const converted = await conn.soap.convertLead({ leadId: lead.id, convertedStatus: 'Closed - Converted', doNotCreateOpportunity: true });
const one = Array.isArray(converted) ? converted[0] : converted;
seen.converted = [one.success, String(one.contactId).slice(0, 3), one.opportunityId ?? null];
const twins = await conn.sobject('Contact').create([{ LastName: 'Twin', Email: 'a@twin.example' }, { LastName: 'Twin', Email: 'b@twin.example' }]);
const merged = await conn.soap.merge({ masterRecord: { type: 'Contact', Id: twins[0].id, Email: 'b@twin.example' }, recordToMergeIds: [twins[1].id] });
const m = Array.isArray(merged) ? merged[0] : merged;
seen.merged = [m.success, m.id === twins[0].id];
seen.master = (await conn.query(`SELECT Id, MasterRecordId, IsDeleted FROM Contact WHERE Id = '${twins[1].id}'`, { scanAll: true })).records[0].MasterRecordId === twins[0].id;
const undeleted = await conn.soap.undelete([many[0].id]);
seen.undeleted = (Array.isArray(undeleted) ? undeleted[0] : undeleted).success;
seen.userInfo = (await conn.soap.getUserInfo()).userName;
seen.timestamp = typeof (await conn.soap.getServerTimestamp()).timestamp;

// bulk 1
conn.bulk.pollInterval = 50;
const loaded = await conn.bulk.load('Contact', 'insert', [{ LastName: 'B1', Email: 'b1@bulk.example' }, { LastName: 'B2', Email: 'nonsense' }]);
seen.bulk1 = loaded.map((r) => r.success);
const bulkRows = [];
await new Promise((resolve, reject) => {
  conn.bulk.query("SELECT Id, LastName, Email FROM Contact WHERE LastName = 'B1'").then((q) => {
    q.on('record', (r) => bulkRows.push(r)).on('end', resolve).on('error', reject);
  }, reject);
});
seen.bulk1Query = bulkRows.map((r) => r.Email);

// bulk 2
conn.bulk2.pollInterval = 50;
const loaded2 = await conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'insert', input: [{ LastName: 'C1', Email: 'c1@bulk.example' }, { LastName: '', Email: 'c2@bulk.example' }] });
seen.bulk2 = [loaded2.successfulResults.length, loaded2.failedResults.length, loaded2.failedResults[0].sf__Error.split(':')[0]];
const bulk2Rows = await (await conn.bulk2.query("SELECT Id, LastName, IsDeleted FROM Contact WHERE LastName = 'C1'")).toArray();
seen.bulk2Query = bulk2Rows.map((r) => [r.LastName, r.IsDeleted]);

// composite by hand, as its users do
const composite = await conn.request({ method: 'POST', url: '/services/data/v59.0/composite', body: JSON.stringify({ compositeRequest: [
  { method: 'POST', url: '/services/data/v59.0/sobjects/Account', referenceId: 'a', body: { Name: 'Composite' } },
  { method: 'POST', url: '/services/data/v59.0/sobjects/Contact', referenceId: 'c', body: { LastName: 'Ref', AccountId: '@{a.id}' } },
] }), headers: { 'content-type': 'application/json' } });
seen.composite = composite.compositeResponse.map((r) => r.httpStatusCode);
seen.usage = conn.limitInfo.apiUsage.limit > 0;
await conn.logout();
try { await conn.query('SELECT Id FROM Organization'); seen.loggedOut = false; } catch (e) { seen.loggedOut = true; }
process.stdout.write(JSON.stringify(seen) + '\n');
