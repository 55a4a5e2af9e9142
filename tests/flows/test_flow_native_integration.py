"""Trueup beside HubSpot's own Salesforce integration: it comes to rest, gives up what others insist on, and says so.

Days are shortened: a few ticks of the integration, then a night's run of Trueup. Beside the integration two others
write: a policy mapped past the integration's own mapping makes them disagree on a title for good, and a flow in
Salesforce blanks an address whenever it is filled in. Merged leads come back through the inclusion list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import campaigns
import pytest
from flow_desk import Desk, desk_over_twin

from trueup.commands.apply import apply
from trueup.commands.approvals import approve
from trueup.commands.plan import plan
from trueup.commands.pull import pull
from trueup.commands.report import write_report
from trueup.commands.run import RunResult, run
from trueup.commands.workspace import Workspace
from trueup.model.changes import Action
from trueup.model.findings import Finding
from trueup.model.receipts import Outcome
from trueup.report import documents

NIGHTS, TICKS = 3, 7
"""Nights of a phase and ticks of a day: in the third night nothing may be left to write."""

PHASES = campaigns.part(10)
"""Each begins with people editing; all ten together are 210 ticks."""

WORLD: Mapping[str, Any] = {
    "hubspot": {"switches": {"salesforce_integration": True, "salesforce_recreates": True, "search_lag_seconds": 0}},
}
MORE = "by_rule: [fill_blank, normalize, conflict, link_id, owner, stage_forward]"


@dataclass
class Account:
    """Both CRMs and everybody who writes to them, with Trueup's desk beside."""

    desk: Desk
    fights: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What is fought over → (printed ref, field)."""
    leads: set[str] = field(default_factory=set)
    """The leads that there were before anything was merged."""

    def live(self, side: str, name: str) -> list[dict[str, Any]]:
        rows = self.desk.twin.control.dump(side, name)
        return [r for r in rows if not r.get("archived") and r.get("IsDeleted") in (None, False)]

    def contact_of(self, key: str, value: str) -> dict[str, Any]:
        return next(r for r in self.live("hubspot", "contacts") if r["properties"].get(key, "")[:15] == value[:15])

    def tick(self) -> None:
        """A quarter of an hour: the integration syncs, then the flow in Salesforce fires."""
        control = self.desk.twin.control
        control.clock(advance=901)
        control.state()
        ref, _ = self.fights["flow"]
        id_ = ref.rpartition("/")[2]
        held = next(r for r in self.live("salesforce", "Contact") if r["Id"] == id_)
        if held["Email"]:
            control.edit("salesforce", "Contact", id_, {"Email": None}, user=held["OwnerId"])

    def ours(self) -> int:
        """How many writes came in by requests; what the integration does by itself is not among them."""
        return len(self.desk.writes())

    def trueup(self, what: Any) -> Any:
        with Workspace.from_file(self.desk.policy) as workspace:
            return what(workspace)

    def night(self) -> tuple[RunResult, int]:
        """A night's run, and how many writes it came to."""
        before = self.ours()
        result: RunResult = self.trueup(lambda w: run(w, force=True))
        return result, self.ours() - before

    def findings(self) -> list[Finding]:
        return list(self.trueup(lambda w: w.store.open_findings()))


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with desk_over_twin(tmp_path / "desk", people=12, seed=2, world=WORLD) as desk:
        desk.edit_policy("by_rule: [fill_blank, normalize]", MORE)
        desk.edit_policy("max_share: 10%", "max_share: 100%")
        # The admin keeps job titles in Department; the integration goes on syncing Title.
        desk.edit_policy("    instance_url:", "    fields: {Contact: {title: Department}}\n    instance_url:")
        yield _prepared(Account(desk))


def _prepared(made: Account) -> Account:
    control = made.desk.twin.control
    control.state()
    account = control.create("salesforce", "Account", {"Name": "Brightwater Tools", "Website": "brightwater.example"})
    person = {"AccountId": account, "FirstName": "Ottilie", "LastName": "Brandvold", "Title": "Buyer"}
    titled = control.create("salesforce", "Contact", {**person, "Email": "ob@brightwater.example", "Department": "CFO"})
    person = {"AccountId": account, "FirstName": "Ignaz", "LastName": "Thornbury"}
    emptied = control.create("salesforce", "Contact", {**person, "Email": "it@brightwater.example"})
    for last in ("Featherstonehaugh", "Ravensworth"):
        same = {
            "FirstName": "Wilhelmina",
            "LastName": last,
            "Company": "Brightwater Tools",
            "Title": "Head of Procurement",
            "Phone": f"+1 206 555 01{len(last)}",
            "City": "Tacoma",
            "PostalCode": "98402",
            "Country": "United States",
            "LinkedIn_URL__c": f"https://www.linkedin.com/in/wilhelmina-{last.lower()}",
        }
        for email in (f"w.{last}@brightwater.example".lower(), f"{last}-1@freemail.example".lower()):
            control.create("salesforce", "Lead", {**same, "Email": email})
    control.clock(advance=901)
    control.state()
    lists = made.desk.twin.twin.hubspot.portal.lists
    everybody = lists.create(
        {
            "name": "to Salesforce",
            "objectTypeId": "0-1",
            "processingType": "DYNAMIC",
            "filterBranch": {
                "filterBranchType": "OR",
                "filterBranches": [
                    {
                        "filterBranchType": "AND",
                        "filters": [
                            {
                                "filterType": "PROPERTY",
                                "property": "email",
                                "operation": {"operationType": "ALL_PROPERTY", "operator": "IS_KNOWN"},
                            }
                        ],
                    }
                ],
            },
        },
        1,
    )
    control.switch("hubspot", "salesforce_inclusion_list", everybody["listId"])
    shown = made.contact_of("salesforcecontactid", titled)
    made.fights = {
        "integration": (f"hubspot:contacts/{shown['id']}", "title"),
        "flow": (f"salesforce:Contact/{emptied}", "email"),
    }
    return made


def _merge(account: Account) -> None:
    """Two leads are merged by Trueup, two by a person in Salesforce."""
    leads = {r["Email"]: r["Id"] for r in account.live("salesforce", "Lead")}
    account.leads = set(leads.values())
    account.trueup(pull)
    planned = account.trueup(plan)
    merge = next(
        c
        for c in planned.plan.changes
        if c.action is Action.MERGE and leads["featherstonehaugh-1@freemail.example"] in {c.target.id, c.others[0].id}
    )
    account.trueup(lambda w: approve(w, planned.plan.id, ids=[merge.id], by="dana"))
    account.trueup(lambda w: apply(w, planned.plan.id, force=True))
    kept, gone = leads["w.ravensworth@brightwater.example"], leads["ravensworth-1@freemail.example"]
    account.desk.twin.control.merge("salesforce", "Lead", kept, [gone])


@pytest.mark.campaign
def test_beside_the_native_integration_trueup_comes_to_rest(account: Account) -> None:
    _merge(account)
    control = account.desk.twin.control
    for phase in range(PHASES):
        _people_edit(account, phase)
        written = []
        for _ in range(NIGHTS):
            for _ in range(TICKS):
                account.tick()
            result, writes = account.night()
            written.append(writes)
            _nothing_comes_back_unreported(account)
        campaigns.count("nights", NIGHTS)
        campaigns.count("writes of the first nights", sum(written[:2]))
        campaigns.count("writes of the third nights", written[-1])
        assert written[-1] == 0, written
        # Frozen within three flips: each value was written twice at most.
        _frozen_and_reported(account)
    campaigns.count("ticks of the integration", control.call("GET", "/integration")["ticks"])
    assert _not_taken(result) == []
    # Over many phases people's own edits of one field, made anew each time, come to be frozen as well.
    assert result.plan.check.by_code["FLD006"] >= len(account.fights)
    _shown_everywhere(account, result)


def _not_taken(result: RunResult) -> list[str]:
    """What did not get through."""
    receipts = result.apply.applied.receipts.values() if result.apply else ()
    bad = [r for r in receipts if r.outcome in (Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN)]
    return [f"{r.outcome} {r.message}" for r in bad]


def _people_edit(account: Account, phase: int) -> None:
    control = account.desk.twin.control
    for n, row in enumerate(account.live("hubspot", "contacts")[:6]):
        control.edit(
            "hubspot", "contacts", row["id"], {"city": f"Town {phase}-{n}", "mobilephone": f"+1 206 555 {phase}{n}1"}
        )
    for n, row in enumerate(account.live("salesforce", "Lead")[3:8]):
        if not row["IsConverted"]:
            control.edit("salesforce", "Lead", row["Id"], {"Title": f"Head {phase}-{n}", "City": f"Port {phase}-{n}"})


def _frozen_and_reported(account: Account) -> None:
    found = {(str(f.subjects[0]), f.field): f for f in account.findings() if f.code == "FLD006"}
    writes = [(w.ref, w.field) for w in _written(account)]
    for who, key in account.fights.items():
        assert key in found, (who, list(found))
        assert writes.count(key) == 2
        campaigns.count(f"flips before the field was frozen ({who})", 2)
    integration, flow = (" ".join(found[account.fights[who]].evidence) for who in ("integration", "flow"))
    assert "HubSpot's own Salesforce integration (SALESFORCE, salesforce-integration) to 'Buyer'" in integration
    owner = {u["Id"]: u["Name"] for u in account.live("salesforce", "User")}
    id_ = account.fights["flow"][0].rpartition("/")[2]
    by = next(r["OwnerId"] for r in account.live("salesforce", "Contact") if r["Id"] == id_)
    assert f"Changed back by {owner[by]} ({by}) to a blank" in flow


@dataclass(frozen=True)
class Write:
    ref: str
    field: str


def _written(account: Account) -> list[Write]:
    """What the journal says that we wrote."""
    import sqlite3

    with sqlite3.connect(account.desk.store) as connection:
        rows = [Write(*row) for row in connection.execute("SELECT ref, field FROM writes")]
    connection.close()
    return rows


def _nothing_comes_back_unreported(account: Account) -> None:
    rows = account.desk.twin.control.dump("salesforce", "Lead")
    merged = {r["Email"] for r in rows if r["IsDeleted"] and r["MasterRecordId"]}
    there = account.leads
    back = {r["Email"]: r["Id"] for r in rows if r["Id"] not in there and not r["IsDeleted"] and r["Email"] in merged}
    # What a person merged, the integration made anew: its contact still stood alone, on the inclusion list.
    assert "ravensworth-1@freemail.example" in back
    reported = {str(ref) for f in account.findings() for ref in f.subjects if f.code.startswith("DUP")}
    assert {f"salesforce:Lead/{id_}" for id_ in back.values()} <= reported
    campaigns.count("nights on which a merged record was back, and reported")


def _shown_everywhere(account: Account, result: RunResult) -> None:
    """In plan and run, in the terminal, on the page and in the documents."""
    desk, refs = account.desk, {ref for ref, _ in account.fights.values()}
    before = account.ours()
    night = desk.trueup("run", "--force", "--report", "night.html").ok(0).out
    assert account.ours() == before
    page = (desk.folder / "night.html").read_text("utf-8")
    section = page[page.index('id="frozen"') : page.index('id="browse"')]
    planned = documents.plan(result.plan.plan, 0, result.plan.unfixable)["frozen"]
    account.trueup(lambda w: write_report(w, desk.folder / "night.json", format_="json"))
    document = json.loads((desk.folder / "night.json").read_text("utf-8"))
    for text in (night, section.replace("&#39;", "'"), json.dumps(planned)):
        flat = " ".join(text.split())
        assert all(ref.rpartition("/")[2] in flat for ref in refs)
        assert "HubSpot's own Salesforce integration" in flat
    assert {entry["record"] for entry in document["frozen"]} >= refs
    assert all(entry["writers"] for entry in document["frozen"])
