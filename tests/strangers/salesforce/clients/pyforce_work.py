"""pyforce: the SOAP partner API from log-in to delete, with describes, search and the feeds. Prints what it saw as JSON."""

import datetime
import json
import os
import sys

import pyforce

SF = json.loads(os.environ["SALESFORCE"])
seen: dict = {}
svc = pyforce.PythonClient(serverUrl=SF["url"] + "/services/Soap/u/59.0")
login = svc.login(SF["username"], SF["password"] + SF["security_token"])
seen["user"] = login["userInfo"]["userEmail"]
listed = [o.name for o in svc.describeGlobal()["sobjects"]]
seen["listed"] = [n for n in listed if n in {"Account", "Contact", "Lead"}]
fields = svc.describeSObjects("Contact")[0].fields
seen["described"] = [fields["Email"].type, fields["Email"].length, fields["AccountId"].referenceTo]
made = svc.create(
    [{"type": "Contact", "LastName": "Pyforce", "Email": "p@py.example"}, {"type": "Contact", "FirstName": "No"}]
)
seen["created"] = [[r["success"], [e["statusCode"] for e in r["errors"]]] for r in made]
one = made[0]["id"]
(row,) = svc.query("SELECT Id, LastName, Email, CreatedDate, DoNotCall FROM Contact WHERE LastName = 'Pyforce'")
seen["query"] = [row["LastName"], row["Email"], isinstance(row["CreatedDate"], datetime.datetime), row["DoNotCall"]]
seen["updated"] = svc.update({"type": "Contact", "Id": one, "Title": "x", "Email": None})[0]["success"]
(row,) = svc.retrieve("LastName,Title,Email", "Contact", [one])
seen["retrieved"] = [row["Title"], row["Email"]]
key = {"type": "Contact", "LastName": "Up", "HubSpot_Id__c": "pyforce-1"}
seen["upserted"] = [svc.upsert("HubSpot_Id__c", key)[0]["created"] for _ in range(2)]
seen["search"] = [r["LastName"] for r in svc.search("FIND {Pyforce} IN NAME FIELDS RETURNING Contact(Id, LastName)")]
seen["deleted"] = svc.delete([one])[0]["success"]
try:
    svc.query("SELECT Nope FROM Contact")
except pyforce.SoapFaultError as exc:
    seen["refused"] = exc.faultCode
seen["info"] = svc.getUserInfo()["organizationMultiCurrency"]
sys.stdout.write(json.dumps(seen) + "\n")
