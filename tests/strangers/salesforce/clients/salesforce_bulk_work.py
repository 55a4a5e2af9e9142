"""salesforce-bulk: Bulk 1.0 in XML over TLS, after a SOAP log-in at login.salesforce.com. Prints what it saw as JSON."""

import csv
import io
import json
import os
import sys

from salesforce_bulk import CsvDictsAdapter, SalesforceBulk
from salesforce_bulk.util import IteratorBytesIO

SF = json.loads(os.environ["SALESFORCE"])
seen: dict = {}
bulk = SalesforceBulk(username=SF["username"], password=SF["password"], security_token=SF["security_token"])
seen["host"] = bulk.endpoint.split("/services")[0]


def rows(query: str, **how: object) -> list[dict]:
    job = bulk.create_query_job("Contact", contentType="CSV", **how)
    batch = bulk.query(job, query)
    if not how.get("pk_chunking"):
        bulk.wait_for_batch(job, batch, sleep_interval=0.05)
        batches = [batch]
    else:
        batches = [b["id"] for b in bulk.get_batch_list(job) if b["state"] == "Completed"]
    bulk.close_job(job)
    found = []
    for one in batches:
        for result in bulk.get_all_results_for_query_batch(one, job):
            text = IteratorBytesIO(result).read().decode()
            found += list(csv.DictReader(io.StringIO(text)))
    return found


before = rows("SELECT Id, LastName FROM Contact")
seen["before"] = len(before)
people = [{"LastName": f"Pb{n}", "Email": f"pb{n}@bulk.example", "HubSpot_Id__c": f"pb-{n}"} for n in range(7)]
job = bulk.create_insert_job("Contact", contentType="CSV", concurrency="Serial")
batch = bulk.post_batch(job, CsvDictsAdapter(iter([*people, {**people[0], "Email": "no"}])))
bulk.wait_for_batch(job, batch, sleep_interval=0.05)
bulk.close_job(job)
result = bulk.get_batch_results(batch, job)
seen["inserted"] = [(r.success, r.created, r.error.split(":")[0]) for r in result]
job = bulk.create_upsert_job("Contact", "HubSpot_Id__c", contentType="CSV")
batch = bulk.post_batch(job, CsvDictsAdapter(iter([{"HubSpot_Id__c": "pb-1", "LastName": "P"}])))
bulk.wait_for_batch(job, batch, sleep_interval=0.05)
seen["upserted"] = [(r.success, r.created) for r in bulk.get_batch_results(batch, job)]
job = bulk.create_delete_job("Contact", contentType="CSV")
batch = bulk.post_batch(job, CsvDictsAdapter(iter([{"Id": result[0].id}])))
bulk.wait_for_batch(job, batch, sleep_interval=0.05)
seen["processed"] = bulk.batch_status(batch, job)["numberRecordsProcessed"]
bulk.close_job(job)
seen["job"] = bulk.job_status(job)["state"]
seen["after"] = len(rows("SELECT Id FROM Contact"))
seen["chunked"] = len(rows("SELECT Id FROM Contact", pk_chunking=20))
try:
    bulk.create_insert_job("Nope", contentType="CSV")
except Exception as error:
    seen["refused"] = "InvalidEntity" in str(error)
sys.stdout.write(json.dumps(seen) + "\n")
