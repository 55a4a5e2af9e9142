"""An integrator's client for syncing an ERP: definitions, batches with their errors, links, an import, a token that ends."""

import json
import os
import random
import sys
from pathlib import Path

from s6r_hubspot import HubspotConnection

client = HubspotConnection(token=os.environ["TWIN_TOKEN"])
seen = {"account": client.get_account_details()["portalId"]}

client._create_properties(
    "contacts",
    {"inputs": [{"name": "id_odoo", "label": "Odoo ID", "type": "string", "fieldType": "text",
                 "groupName": "contactinformation", "hasUniqueValue": True}]},
)  # fmt: skip
seen["found property"] = [p["name"] for p in client._search_properties("contacts", "odoo")]

made = client.create(
    "contacts",
    [
        {
            "properties": {"email": f"erp{n}@erp.example", "id_odoo": str(n), "firstname": "Erp"},
            "objectWriteTraceId": str(n),
        }
        for n in range(120)
    ]
    + [{"properties": {"email": "erp0@erp.example"}, "objectWriteTraceId": "again"}],
)
seen["made"], seen["errors"] = len(made), [(e["category"], e["context"]["objectWriteTraceId"]) for e in made.errors]
by_email = {row["properties"]["email"]: row["id"] for row in made}

updated = client.update("contacts", [{"id": id_, "properties": {"jobtitle": "Buyer"}} for id_ in by_email.values()])
seen["updated"] = len(updated)
read = client.read("contacts", ["7", "8"], ["jobtitle", "email"], property_name="id_odoo")
seen["read by key"] = sorted(row["properties"]["email"] for row in read)

company = client.create("companies", [{"properties": {"name": "Erp Ltd", "domain": "erp.example"}}])[0]["id"]
right = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
wrong = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 99_999}]
tied = client.association_batch_create(
    "contacts",
    "companies",
    [
        {"from": {"id": by_email["erp1@erp.example"]}, "to": {"id": company}, "types": right},
        {"from": {"id": by_email["erp2@erp.example"]}, "to": {"id": company}, "types": wrong},
    ],
)
seen["tied"], seen["not tied"] = len(tied), len(tied.errors)

found = client.search(
    "contacts",
    filters=[{"propertyName": "firstname", "operator": "EQ", "value": "Erp"}],
    properties=["email"],
    associations=["companies"],
)
seen["found"] = len(found)
seen["company of"] = sorted(row["properties"]["email"] for row in found if row.get("_companies"))
seen["owner"] = client.get_owner_by_email("ann@twin.example")["id"]
seen["stages"] = len(client.get_pipelines("deals")[0]["stages"])
seen["all companies"] = len(client.get_all("companies", ["name"]))

rows = [{"id_odoo": str(n), "email": f"erp{n}@erp.example", "city": "Lyon"} for n in range(3)]
# It writes the file that it sends to /tmp, whatever TMPDIR says, and leaves it there.
earlier = set(Path("/tmp").glob("0-1_*.csv"))
started = client.import_file("0-1", rows, [("id_odoo", "Odoo ID"), ("email", "Email"), ("city", "City")])
seen["import"] = started["state"]
for left in set(Path("/tmp").glob("0-1_*.csv")) - earlier:
    left.unlink(missing_ok=True)

kept = {}
short = HubspotConnection(
    get_token=lambda: {
        "access_token": "made up " + str(random.random()),
        "refresh_token": os.environ["TWIN_REFRESH_TOKEN"],
        "client_id": os.environ["TWIN_CLIENT_ID"],
        "client_secret": os.environ["TWIN_CLIENT_SECRET"],
    },
    set_token=lambda *tokens: kept.update(token=tokens[0]),
)
short._renew_token()
seen["renewed"] = len(short.get_owners())
client.archive("companies", [company])
json.dump(seen, sys.stdout)
