"""A small Salesforce org on loopback for tests: the twin's Salesforce side, with records of known content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.transport import NO_WAITING
from trueup.connectors.salesforce.connector import SalesforceConnector
from trueup.model.policy import StoredId
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.faults import Fault, Faults
from trueup.twin.kit.pipeline import wrap
from trueup.twin.kit.recorder import Recorder
from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.kit.tls import certificate
from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.side import SalesforceSide

WORLD = Path(__file__).resolve().parents[2] / "trueup" / "twin" / "world" / "default.yaml"
STORED = tuple(
    StoredId(object=name, field="HubSpot_Id__c", system="hubspot", target_object=target)
    for name, target in (
        ("Lead", "contacts"),
        ("Contact", "contacts"),
        ("Account", "companies"),
        ("Opportunity", "deals"),
    )
)
PREFIX = {
    "Account": "001", "Contact": "003", "Lead": "00Q", "Opportunity": "006", "Task": "00T", "Event": "00U", "User": "005",
    "Group": "00G", "Campaign": "701", "CampaignMember": "00v", "OpportunityContactRole": "00K", "LeadHistory": "017",
    "OpportunityHistory": "008",
}  # fmt: skip
LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = datetime(2026, 5, 6, 12, tzinfo=UTC)


def id_(object_: str, n: int) -> str:
    return make_id(PREFIX[object_], n)


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class Org:
    """A running side, and connectors to it."""

    def __init__(self, folder: Path, world: Mapping[str, Any], *, people: int, same_stamp: bool = False) -> None:
        self.clock = Clock(START)
        self.faults = Faults()
        self.recorder = Recorder(None, self.clock)
        self.side = SalesforceSide(folder / "salesforce.db", self.clock, self.recorder, world)
        self.people = people
        _load(self.side, people, same_stamp)
        self.side.finish_loading()
        app = wrap(self.side.app, "salesforce", self.clock, self.recorder, self.faults, self.side.expire_sessions)
        pair = certificate(folder)
        self.servers = Servers([Listener("plain", app), Listener("tls", app, tls=pair)])
        self.servers.start()
        self.url, self.tls_url, self.ca_file = self.servers.urls["plain"], self.servers.urls["tls"], str(pair[0])
        self.credentials = self.side.credentials(self.url, self.tls_url)
        self._open: list[SalesforceConnector] = []

    def connector(self, flow: str = "client_credentials", **options: Any) -> SalesforceConnector:
        """A connector logged in by a flow; secrets are handed over by name."""
        c = self.credentials
        given = {
            "client_credentials": {"auth.client_id": c["client_id"], "auth.client_secret": "env:client_secret"},
            "jwt": {"auth.client_id": c["client_id"], "auth.username": c["username"], "auth.private_key": "env:private_key"},
            "password": {
                "auth.username": c["username"], "auth.password": "env:password", "auth.security_token": "env:security_token",
            },
            "password_grant": {
                "auth.username": c["username"], "auth.password": "env:password", "auth.security_token": "env:security_token",
                "auth.client_id": c["client_id"], "auth.client_secret": "env:client_secret",
            },
            "refresh_token": {
                "auth.client_id": c["client_id"], "auth.client_secret": "env:client_secret", "auth.refresh_token": "env:refresh_token",
            },
            "session": {"auth.session_id": "env:access_token"},
        }[flow]  # fmt: skip
        flags = {k: options.pop(k) for k in ("read_only", "budget", "fields", "all_fields") if k in options}
        settings = Settings(
            "salesforce",
            {
                "auth.flow": flow.removesuffix("_grant"),
                "instance_url": self.url,
                **given,
                **{k.replace("__", "."): v for k, v in options.items()},
            },
            secret=self.secret,
            stored_ids=STORED,
            **({"budget": 1.0} | flags),
        )
        connector = SalesforceConnector(settings, NO_WAITING)
        self._open.append(connector)
        return connector

    def secret(self, reference: str) -> str:
        name = reference.partition(":")[2]
        if name == "private_key":
            return Path(self.credentials["private_key_file"]).read_text(encoding="utf-8")
        return str(self.credentials[name])

    def fault(self, action: str, path: str = "/services/data/", **kwargs: Any) -> int:
        return self.faults.add(Fault(action=action, path=path, **kwargs))

    def row(self, object_: str, record_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.side.get(object_, record_id)
        return found

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        return [dict(r) for r in self.recorder.requests() if path in r["path"]]

    def close(self) -> None:
        for connector in self._open:
            connector.close()
        self.servers.stop()
        self.side.close()


@contextmanager
def running(folder: Path, *, people: int = 40, same_stamp: bool = False, **overlay: Any) -> Iterator[Org]:
    world = yaml.safe_load(WORLD.read_text(encoding="utf-8"))["salesforce"] | overlay
    org = Org(folder, world, people=people, same_stamp=same_stamp)
    try:
        yield org
    finally:
        org.close()


def pulled(
    connector: SalesforceConnector, object_: str, since: HighWater | None = None
) -> tuple[list[Page], PullSummary]:
    """Pages and summary of one pull."""
    pages: list[Page] = []
    pull = connector.pull(object_, since)
    while True:
        try:
            pages.append(next(pull))
        except StopIteration as end:
            return pages, end.value


def records(pages: list[Page]) -> dict[Ref, Record]:
    return {record.ref: record for page in pages for record in page.records}


def ref(object_: str, n: int) -> Ref:
    return Ref("salesforce", object_, id_(object_, n))


# -- content -----------------------------------------------------------------------------------------------------------


def _audit(n: int, same: bool, born: datetime = LONG_AGO) -> dict[str, Any]:
    moment = at(LONG_AGO if same else born + timedelta(minutes=n))
    user = id_("User", 1)
    return {
        "CreatedDate": moment, "CreatedById": user, "LastModifiedDate": moment, "LastModifiedById": user,
        "SystemModstamp": moment, "IsDeleted": False,
    }  # fmt: skip


def _load(side: Any, people: int, same: bool) -> None:
    owners = [id_("User", 1), id_("User", 2)]
    stamps = _audit(0, True)
    user_stamps = {k: v for k, v in stamps.items() if k != "IsDeleted"}
    side.load(
        "User",
        [
            {"Id": id_("User", n), "Username": f"u{n}@acme.example", "LastName": f"Owner{n}", "FirstName": "Olga", "Name": f"Olga Owner{n}",
             "Email": f"u{n}@acme.example", "Alias": f"u{n}", "IsActive": n != 2, "UserType": "Standard", **user_stamps}
            for n in (1, 2)
        ],
    )  # fmt: skip
    side.load(
        "Group",
        [
            {
                "Id": id_("Group", 1),
                "Name": "Inbound",
                "DeveloperName": "Inbound",
                "Type": "Queue",
                "Email": None,
                **user_stamps,
            }
        ],
    )
    accounts = max(2, people // 4)
    side.load("Account", [
        {"Id": id_("Account", n), "Name": f"Company {n}", "Website": f"https://c{n}.example", "BillingCity": "Graz", "Industry": "Banking",
         "NumberOfEmployees": 10 * n, "AnnualRevenue": 1000.0 * n, "OwnerId": owners[0], "HubSpot_Id__c": str(900 + n), **_audit(n, same)}
        for n in range(1, accounts + 1)
    ])  # fmt: skip
    side.load("Contact", [
        {"Id": id_("Contact", n), "FirstName": f"Ann{n}", "LastName": f"Contact{n}", "Name": f"Ann{n} Contact{n}", "Email": f"ann{n}@c.example",
         "Phone": "+43 316 123", "AccountId": id_("Account", 1 + n % accounts), "OwnerId": owners[0], "HubSpot_Id__c": str(100 + n),
         "HasOptedOutOfEmail": n % 5 == 0, **_audit(n, same)}
        for n in range(1, people + 1)
    ])  # fmt: skip
    side.load("Lead", [
        {"Id": id_("Lead", n), "FirstName": f"Lee{n}", "LastName": f"Lead{n}", "Name": f"Lee{n} Lead{n}", "Company": f"Firm {n}",
         "Email": f"lee{n}@f.example", "Status": "Working - Contacted", "LeadSource": "Web", "IsConverted": False, "IsUnreadByOwner": False,
         "OwnerId": id_("Group", 1) if n == 1 else owners[0], **_audit(n, same)}
        for n in range(1, people + 1)
    ])  # fmt: skip
    side.load("Opportunity", [
        {"Id": id_("Opportunity", n), "Name": f"Deal {n}", "StageName": "Qualification", "CloseDate": "2026-09-30", "Amount": 500.0 * n,
         "Probability": 10.0, "IsClosed": False, "IsWon": False, "AccountId": id_("Account", 1 + n % accounts), "OwnerId": owners[0], **_audit(n, same)}
        for n in range(1, accounts + 1)
    ])  # fmt: skip
    side.load("OpportunityContactRole", [
        {"Id": id_("OpportunityContactRole", n), "OpportunityId": id_("Opportunity", n), "ContactId": id_("Contact", n), "Role": "Decision Maker",
         "IsPrimary": True, **_audit(n, same)}
        for n in range(1, accounts + 1)
    ])  # fmt: skip
    side.load("Task", [
        {"Id": id_("Task", n), "Subject": f"Call {n}", "TaskSubtype": "Call", "CallType": "Outbound", "CallDurationInSeconds": 60 * n, "Status": "Completed",
         "IsClosed": True, "Priority": "Normal", "CompletedDateTime": at(LONG_AGO + timedelta(hours=n)), "ActivityDate": "2026-03-03", "OwnerId": owners[0],
         "WhoId": id_("Contact" if n % 2 else "Lead", n), "WhatId": id_("Opportunity", 1) if n % 2 else None, "IsArchived": False, **_audit(n, same)}
        for n in range(1, people + 1)
    ])  # fmt: skip
    side.load("Event", [
        {"Id": id_("Event", n), "Subject": f"Meeting {n}", "StartDateTime": at(START + timedelta(hours=n - 2)), "EndDateTime": at(START + timedelta(hours=n - 1)),
         "ActivityDateTime": at(START + timedelta(hours=n - 2)), "DurationInMinutes": 60, "OwnerId": owners[0], "WhoId": id_("Contact", n), "IsChild": False,
         "IsArchived": False, **_audit(n, same)}
        for n in range(1, 4)
    ])  # fmt: skip
    side.load(
        "Campaign",
        [
            {
                "Id": id_("Campaign", 1),
                "Name": "Spring",
                "Status": "In Progress",
                "StartDate": "2026-03-01",
                "OwnerId": owners[0],
                **_audit(1, same),
            }
        ],
    )
    side.load("CampaignMember", [
        {"Id": id_("CampaignMember", 1), "CampaignId": id_("Campaign", 1), "LeadId": id_("Lead", 1), "Status": "Sent", **_audit(1, same)},
        {"Id": id_("CampaignMember", 2), "CampaignId": id_("Campaign", 1), "ContactId": id_("Contact", 1), "Status": "Responded", **_audit(2, same)},
    ])  # fmt: skip
    history = []
    steps = ("Open - Not Contacted", "Marketing Qualified", "Working - Contacted")
    for n in range(1, people + 1):
        for k in (1, 2):
            moment = at(LONG_AGO + timedelta(days=k, minutes=n))
            history.append({"Id": id_("LeadHistory", 2 * n + k), "LeadId": id_("Lead", n), "Field": "Status", "OldValue": steps[k - 1], "NewValue": steps[k],
                            "CreatedDate": moment, "CreatedById": owners[0], "IsDeleted": False})  # fmt: skip
    side.load("LeadHistory", history)
    deals = []
    for n in range(1, accounts + 1):
        for k, (stage, amount) in enumerate(
            (("Prospecting", 1.0), ("Prospecting", 500.0 * n), ("Qualification", 500.0 * n))
        ):
            deals.append({"Id": id_("OpportunityHistory", 3 * n + k), "OpportunityId": id_("Opportunity", n), "StageName": stage, "Amount": amount,
                          "Probability": 10.0, "CloseDate": "2026-09-30", "CreatedDate": at(LONG_AGO + timedelta(days=k, minutes=n)), "CreatedById": owners[0],
                          "SystemModstamp": at(LONG_AGO + timedelta(days=k, minutes=n)), "IsDeleted": False})  # fmt: skip
    side.load("OpportunityHistory", deals)


__all__ = ["LONG_AGO", "START", "Org", "at", "id_", "pulled", "records", "ref", "running", "timedelta"]
