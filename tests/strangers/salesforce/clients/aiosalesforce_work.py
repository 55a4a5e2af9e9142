"""aiosalesforce: SOAP and JWT log-ins, records, composite and batch. Prints what it saw as JSON."""

import asyncio
import json
import os
import sys

from aiosalesforce import ClientCredentialsFlow, JwtBearerFlow, Salesforce, SoapLogin
from aiosalesforce.exceptions import SalesforceError
from httpx import AsyncClient

SF = json.loads(os.environ["SALESFORCE"])
BASE = f"https://{SF['my_domain']}.my.salesforce.com"


async def main() -> dict:
    seen: dict = {}
    logins = {
        "soap": SoapLogin(username=SF["username"], password=SF["password"], security_token=SF["security_token"]),
        "client_credentials": ClientCredentialsFlow(client_id=SF["client_id"], client_secret=SF["client_secret"]),
        "jwt": JwtBearerFlow(
            client_id=SF["client_id"], username=SF["username"], private_key_file=SF["private_key_file"]
        ),
    }
    async with AsyncClient() as http:
        for name, auth in logins.items():
            sf = Salesforce(http, base_url=BASE, auth=auth)
            seen[name] = [r["Id"][:3] async for r in sf.query("SELECT Id FROM Organization")]
        made = await sf.sobject.create("Account", {"Name": "Aio Ltd"})
        got = await sf.sobject.get("Account", made, fields=["Id", "Name"])
        seen["got"] = got["Name"]
        await sf.sobject.update("Account", made, {"Phone": "1"})
        up = await sf.sobject.upsert("Contact", "aios-1", "HubSpot_Id__c", {"LastName": "A"})
        again = await sf.sobject.upsert("Contact", "aios-1", "HubSpot_Id__c", {"LastName": "B"})
        seen["upserted"] = [up.created, again.created, up.id == again.id]
        by_ext = await sf.sobject.get("Contact", "aios-1", "HubSpot_Id__c")
        seen["by_ext"] = by_ext["LastName"]
        async with sf.composite(all_or_none=True) as composite:
            account = composite.sobject.create("Account", {"Name": "Ref"})
            contact = composite.sobject.create("Contact", {"LastName": "C", "AccountId": repr(account.reference.id)})
            query = composite.query("SELECT Id FROM Organization")
        seen["composite"] = [account.id[:3], contact.id[:3], len(query.records)]
        async with sf.composite.batch(halt_on_error=True) as batch:
            one = batch.sobject.get("Account", made)
            two = batch.query("SELECT COUNT(Id) n FROM Account")
        seen["batch"] = [one.record["Name"], two.records[0]["n"] > 0]
        seen["limits"] = (await sf.get_limits())["DailyApiRequests"]["Max"] > 0
        await sf.sobject.delete("Account", made)
        try:
            await sf.sobject.get("Account", made)
        except SalesforceError as error:
            seen["missing"] = type(error).__name__
    return seen


sys.stdout.write(json.dumps(asyncio.run(main())) + "\n")
