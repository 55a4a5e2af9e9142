"""hubspot3, a library of the v1 and v2 days, against the twin; the last line of output is what it found, as JSON."""

import json
import os
import sys

from hubspot3 import Hubspot3

client = Hubspot3(access_token=os.environ["TWIN_TOKEN"], api_base=os.environ["TWIN_URL"])
found = {}

found["contacts"] = [c["id"] for c in client.contacts.get_all(extra_properties=["lifecyclestage"])]
found["companies"] = [c["id"] for c in client.companies.get_all()]
found["deals"] = [d["id"] for d in client.deals.get_all()]
found["recent"] = [c["vid"] for c in client.contacts.get_recently_modified(limit=120)]
found["recent_deals"] = [d["id"] for d in client.deals.get_recently_modified(limit=30)]
found["owners"] = sorted(o["email"] for o in client.owners.get_owners())

made = client.contacts.create(
    {"properties": [{"property": "email", "value": "old@stranger.example"}, {"property": "firstname", "value": "Old"}]}
)
found["made"] = made["vid"]
client.contacts.update_by_id(made["vid"], {"properties": [{"property": "lastname", "value": "School"}]})
again = client.contacts.get_by_email("old@stranger.example")
found["read"] = {name: again["properties"][name]["value"] for name in ("firstname", "lastname", "email")}
found["upsert"] = client.contacts.create_or_update_by_email(
    "newer@stranger.example", {"properties": [{"property": "firstname", "value": "Newer"}]}
)
try:
    client.contacts.create({"properties": [{"property": "email", "value": "OLD@stranger.example"}]})
except Exception as error:
    found["conflict"] = [type(error).__name__, json.loads(error.result.body)["identityProfile"]["vid"]]
try:
    client.contacts.create({"properties": [{"property": "email", "value": "an_invalid_email"}]})
except Exception as error:
    body = json.loads(error.result.body)
    found["invalid"] = [type(error).__name__, body["validationResults"][0]["error"]]
try:
    client.contacts.get_by_id(1)
except Exception as error:
    found["missing"] = type(error).__name__

company = client.companies.create(
    {"properties": [{"name": "name", "value": "Old Co"}, {"name": "domain", "value": "old.example"}]}
)
deal = client.deals.create(
    {
        "associations": {"associatedCompanyIds": [company["companyId"]], "associatedVids": [made["vid"]]},
        "properties": [{"name": "dealname", "value": "Old deal"}, {"name": "amount", "value": "60"}],
    }
)
found["deal"] = {"id": deal["dealId"], "associations": deal["associations"]}
client.deals.update(deal["dealId"], {"properties": [{"name": "dealstage", "value": "closedwon"}]})
found["stage"] = client.deals.get(deal["dealId"])["properties"]["dealstage"]["value"]
call = client.engagements.create(
    {
        "engagement": {"type": "CALL", "timestamp": 1700000000000},
        "associations": {"contactIds": [made["vid"]], "dealIds": [None]},
        "metadata": {"body": "Talked", "status": "COMPLETED", "durationMilliseconds": 1500},
    }
)
found["call"] = call
found["associated"] = [e["engagement"]["id"] for e in client.engagements.get_associated("CONTACT", made["vid"])]
client.contacts.merge(made["vid"], found["upsert"]["vid"])
found["merged"] = client.contacts.get_by_id(made["vid"])["vid"]
client.companies.delete(company["companyId"])
found["pipelines"] = [p["pipelineId"] for p in client.crm_pipelines.get_all()]

json.dump(found, sys.stdout)
