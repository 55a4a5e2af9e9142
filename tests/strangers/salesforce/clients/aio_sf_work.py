"""aio-sf: client credentials over TLS, queries, collections, a Bulk 2.0 export. Prints what it saw as JSON."""

import asyncio
import json
import os
import sys

from aio_sf import ClientCredentialsAuth, SalesforceClient
from aio_sf.exporter.bulk_export import bulk_query

SF = json.loads(os.environ["SALESFORCE"])


async def main() -> dict:
    seen: dict = {}
    auth = ClientCredentialsAuth(
        client_id=SF["client_id"],
        client_secret=SF["client_secret"],
        instance_url=f"https://{SF['my_domain']}.my.salesforce.com",
    )
    async with SalesforceClient(auth_strategy=auth) as sf:
        result = await sf.query.soql("SELECT Id, Name FROM Contact")
        seen["contacts"] = len(await result.collect_all())
        seen["describe"] = (await sf.describe.sobject("Contact"))["name"]
        seen["listed"] = any(o["name"] == "Lead" for o in await sf.describe.list_sobjects())
        seen["limits"] = "DailyApiRequests" in await sf.describe.get_limits()
        seen["org"] = (await sf.describe.get_organization_info())["Id"][:3]
        records = [{"LastName": f"Aio{n}", "HubSpot_Id__c": f"aio-{n}"} for n in range(250)]
        made = await sf.collections.insert(records, sobject_type="Contact", all_or_none=False)
        seen["made"] = sum(r["success"] for r in made)
        again = await sf.collections.upsert(
            [{"HubSpot_Id__c": "aio-1", "LastName": "X"}, {"HubSpot_Id__c": "aio-new", "LastName": "Y"}],
            external_id_field="HubSpot_Id__c",
            sobject_type="Contact",
        )
        seen["created"] = [r["created"] for r in again]
        ids = [r["id"] for r in made]
        changed = await sf.collections.update([{"Id": i, "Title": "T"} for i in ids[:5]], sobject_type="Contact")
        seen["changed"] = all(r["success"] for r in changed)
        seen["deleted"] = sum(r["success"] for r in await sf.collections.delete(ids))
        export = await bulk_query(sf, "SELECT Id, LastName, CreatedDate FROM Contact", batch_size=100, poll_interval=1)
        rows = [row async for row in export]
        seen["exported"] = len({row["Id"] for row in rows}) == len(rows) == export.total_records
        seen["zulu"] = rows[0]["CreatedDate"].endswith(".000Z")
    return seen


sys.stdout.write(json.dumps(asyncio.run(main())) + "\n")
