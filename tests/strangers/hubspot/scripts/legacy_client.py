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

people = client.contacts
vid = people.create({"properties": [{"property": "email", "value": "first@stranger.example"}]})["vid"]
people.add_secondary_email(vid, "second@stranger.example")
people.update_secondary_email(vid, "second@stranger.example", "third@stranger.example")
found["secondary"] = [
    people.get_secondary_emails(vid)["secondaryEmails"],
    people.get_by_email("third@stranger.example")["vid"] == vid,
    people.delete_secondary_email(vid, "third@stranger.example")["secondaryEmails"],
]
groups = client.property_groups
groups.create("companies", "strangers", "Strangers")
client.properties.create("companies", "shoe", "Shoe", "Size", "strangers", "number", "number")
found["defined"] = client.properties.update("companies", "shoe", label="Shoe size", description="Size",
                                            group_code="strangers", data_type="number", widget_type="number")["label"]  # fmt: skip
client.properties.delete("companies", "shoe")
groups.delete("companies", "strangers")
found["groups"] = "strangers" in {group["name"] for group in groups.get_all("companies")}
line = client.lines.create([{"name": "name", "value": "Hat"}, {"name": "price", "value": "5"}])["objectId"]
client.crm_associations.link_line_item_to_deal(line, deal["dealId"])
found["lines"] = client.crm_associations.get_deal_to_lines_items(deal["dealId"]) == [line]
user = client.users.create("invited@stranger.example", "1")
found["user"] = client.users.get_by_email("invited@stranger.example")["id"] == user["id"]
client.users.delete_by_email("invited@stranger.example")

json.dump(found, sys.stdout)
