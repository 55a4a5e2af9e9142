"""hubspot-sdk, the library of the dated paths, against the twin; the last line of output is what it found, as JSON."""

import json
import os
import sys

from hubspot_sdk import ConflictError, HubSpot, NotFoundError

client = HubSpot(access_token=os.environ["TWIN_TOKEN"], base_url=os.environ["TWIN_URL"], max_retries=0)
contacts = client.crm.objects.contacts
found = {}

found["contacts"] = [c.id for c in contacts.list(limit=100, properties=["email"])]
found["owners"] = sorted(o.email for o in client.crm.owners.list())
made = contacts.create(properties={"email": "dated@stranger.example"}, associations=[])
found["made"] = made.id
try:
    contacts.create(properties={"email": "dated@stranger.example"}, associations=[])
except ConflictError as error:
    found["conflict"] = error.body["message"]
try:
    contacts.get("999")
except NotFoundError as error:
    found["missing"] = error.status_code
found["updated"] = contacts.update(made.id, properties={"jobtitle": "Dated"}).properties["jobtitle"]
page = contacts.search(
    filter_groups=[{"filters": [{"property_name": "lastname", "operator": "EQ", "value": "last5"}]}],
    properties=["lastname"],
    limit=10,
    after="0",
    sorts=[],
)
found["search"] = [page.total, page.results[0].properties["lastname"]]
other = contacts.create(properties={"email": "later@stranger.example"}, associations=[])
company = client.crm.objects.companies.create(properties={"name": "Dated Ltd"}, associations=[])
client.crm.associations.create(
    to_object_id=company.id, from_object_type="contacts", from_object_id=made.id, to_object_type="companies"
)
listed = client.crm.associations.list("companies", object_type="contacts", object_id=made.id)
found["associated"] = [[str(r.to_object_id), sorted(t.type_id for t in r.association_types)] for r in listed.results]
merged = contacts.merge(primary_object_id=made.id, object_id_to_merge=other.id)
found["merged"] = [merged.id, contacts.get(other.id).id]
contacts.delete(merged.id)
found["pipelines"] = [len(p.stages) for p in client.crm.pipelines.list("deals").results]
found["properties"] = len(client.crm.properties.list("contacts").results)
found["account"] = client.account.info.get_details().portal_id if hasattr(client.account, "info") else None

json.dump(found, sys.stdout, default=str)
