"""Per finding code, frames in which it is found and frames in which it is not. Each row names its case."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from frame_builder import HS, NOW, SF, Memory, clean_pair

from trueup.reconcile import checks

Case = tuple[str, str, Callable[[Memory], object], list[tuple[str, ...]]]


def two_contacts(m: Memory, *shorts: str) -> Memory:
    for short in shorts:
        m.add(short, first_name="Bo", last_name="Lind", email="bo@lind.example")
    return m.same(*shorts)


def deal(m: Memory, short: str, stage: str, *people: str, closed: str | None = None, won: str | None = None) -> Memory:
    m.add(short, name="Big one", stage=stage, is_closed=closed, is_won=won, owner="U1" if short[0] == "O" else "u1")
    for person in people:
        m.tie("deal_person", short, person)
    return m


def stage(m: Memory, lead: str, contact: str) -> Memory:
    m.records["L1"]["lifecycle_stage"] = lead
    m.records["c1"]["lifecycle_stage"] = contact
    return m


def field(m: Memory, name: str, lead: str | None, contact: str | None) -> Memory:
    m.records["L1"][name] = lead
    m.records["c1"][name] = contact
    return m


def switched(m: Memory) -> Memory:
    m.add("C1", first_name="Ann", last_name="Lee", email="ann@lee.example", foreign_ids="hubspot:contacts/c8")
    m.add("C2", first_name="Bob", last_name="Ray", email="bob@ray.example", foreign_ids="hubspot:contacts/c7")
    m.add("c7", first_name="Ann", last_name="Lee", email="ann@lee.example")
    return m.add("c8", first_name="Bob", last_name="Ray", email="bob@ray.example")


DUP: list[Case] = [
    ("two contacts of one person", "DUP001", lambda m: two_contacts(m, "c5", "c6"), [("c5", "c6")]),
    ("three make a star", "DUP001", lambda m: two_contacts(m, "c5", "c6", "c7"), [("c5", "c6"), ("c5", "c7")]),
    ("one in each system is a link, not a duplicate", "DUP001", lambda m: None, []),
    ("a lead and a contact are not the same object", "DUP001", lambda m: two_contacts(m, "L5", "C5"), []),
    ("a lead beside its contact", "DUP002", lambda m: two_contacts(m, "L5", "C5"), [("C5", "L5")]),
    ("two leads beside one contact", "DUP002", lambda m: two_contacts(m, "L5", "L6", "C5"), [("C5", "L5"), ("C5", "L6")]),
    (
        "a converted lead stands for its contact",
        "DUP002",
        lambda m: two_contacts(m, "L5", "C5").records["L5"].update(converted="true"),
        [],
    ),
    ("e-mails apart", "DUP003", lambda m: field(m, "email", "a@x.example", "b@y.example"), [("c1", "L1", "email")]),
    ("e-mails differ by case only", "DUP003", lambda m: field(m, "email", "A@X.example", "a@x.example "), []),
    ("one side has none", "DUP003", lambda m: field(m, "email", "a@x.example", None), []),
    ("a malformed one counts as none", "DUP003", lambda m: field(m, "email", "a@x.example", "nope"), []),
    (
        "a secondary address is shared",
        "DUP003",
        lambda m: field(m, "email", "a@x.example", "b@y.example").records["c1"].update(other_emails="a@x.example;z@z.example"),
        [],
    ),
    ("one company twice", "DUP004", lambda m: m.pair("A1", "A2", name="Acme"), [("A1", "A2")]),
    (
        "a parent and its subsidiary",
        "DUP004",
        lambda m: m.pair("A1", "A2", name="Acme").records["A2"].update(parent_id="Account/A1"),
        [],
    ),
]  # fmt: skip

LNK: list[Case] = [
    ("a lead alone, whatever its stage", "LNK001", lambda m: m.add("L5", lifecycle_stage="Open - Not Contacted"), [("L5",)]),
    ("a contact alone", "LNK001", lambda m: m.add("C5"), [("C5",)]),
    ("a young HubSpot contact may be alone", "LNK001", lambda m: m.add("c5", lifecycle_stage="lead"), []),
    ("a qualified one may not", "LNK001", lambda m: m.add("c5", lifecycle_stage="marketingqualifiedlead"), [("c5",)]),
    ("a recycled one may", "LNK001", lambda m: m.add("c5", lifecycle_stage="77234959"), []),
    ("a converted lead needs nobody", "LNK001", lambda m: m.add("L5", converted="true"), []),
    ("nothing is concluded from an incomplete pull", "LNK001", lambda m: m.add("L5").incomplete.add((HS, "contacts")), []),
    (
        "two contacts store one lead",
        "LNK002",
        lambda m: [m.add(c, foreign_ids="salesforce:Lead/L1") for c in ("c5", "c6")],
        [("c5", "c6", "L1")],
    ),
    (
        "two contacts store their common account",
        "LNK002",
        lambda m: [m.add(c, foreign_ids="salesforce:Account/A1") for c in ("c5", "c6")],
        [],
    ),
    (
        "target deleted",
        "LNK003",
        lambda m: m.lost("L9").records["c1"].update(foreign_ids="salesforce:Lead/L9"),
        [("c1", "foreign_ids")],
    ),
    (
        "target merged away",
        "LNK003",
        lambda m: m.lost("L9", merged_into="L1").records["c1"].update(foreign_ids="salesforce:Lead/L9"),
        [("c1", "foreign_ids")],
    ),
    ("target not there", "LNK003", lambda m: m.records["c1"].update(foreign_ids="salesforce:Lead/L9"), [("c1", "foreign_ids")]),
    ("target alive", "LNK003", lambda m: m.records["c1"].update(foreign_ids="salesforce:Lead/L1"), []),
    (
        "target not seen, but leads were not pulled whole",
        "LNK003",
        lambda m: (m.records["c1"].update(foreign_ids="salesforce:Lead/L9"), m.incomplete.add((SF, "Lead"))),
        [],
    ),
    ("pair switched", "LNK004", switched, [("c7", "c8", "C1", "C2")]),
    (
        "both sides store the switched ids",
        "LNK004",
        lambda m: (switched(m).records["c7"].update(foreign_ids="salesforce:Contact/C2"), m.records["c8"].update(foreign_ids="salesforce:Contact/C1")),
        [("c7", "c8", "C1", "C2")],
    ),
    (
        "two accounts switched",
        "LNK004",
        lambda m: (
            m.add("A1", name="Acme", foreign_ids="hubspot:companies/k2").add("k1", name="Acme"),
            m.add("A2", name="Zeta", foreign_ids="hubspot:companies/k1").add("k2", name="Zeta"),
        ),
        [("k1", "k2", "A1", "A2")],
    ),
    (
        "pair straight",
        "LNK004",
        lambda m: (switched(m).records["C1"].update(foreign_ids="hubspot:contacts/c7"), m.records["C2"].update(foreign_ids="hubspot:contacts/c8")),
        [],
    ),
    ("an account alone", "LNK005", lambda m: m.add("A1", name="Acme"), [("A1",)]),
    ("a HubSpot company alone", "LNK005", lambda m: m.add("k1", name="Acme"), []),
    ("with a deal", "LNK005", lambda m: m.add("k1", name="Acme").add("d1", company_id="companies/k1"), [("k1",)]),
    ("with an associated deal", "LNK005", lambda m: m.add("k1", name="Acme").add("d1").tie("deal_company", "d1", "k1"), [("k1",)]),
    ("a deal alone", "LNK006", lambda m: deal(m, "O1", "Prospecting"), [("O1",)]),
    ("a linked deal", "LNK006", lambda m: (deal(m, "O1", "Prospecting"), deal(m, "d1", "appointmentscheduled"), m.same("O1", "d1")), []),
]  # fmt: skip

STG: list[Case] = [
    ("stages differ", "STG001", lambda m: stage(m, "Sales Accepted", "marketingqualifiedlead"), [("c1", "L1", "lifecycle_stage")]),
    ("same stage in two spellings", "STG001", lambda m: stage(m, "Sales Accepted", "77234958"), []),
    ("off the track on one side", "STG001", lambda m: stage(m, "Recycled", "marketingqualifiedlead"), [("c1", "L1", "lifecycle_stage")]),
    ("an unmapped stage cannot differ", "STG001", lambda m: stage(m, "Whatever", "marketingqualifiedlead"), []),
    (
        "a contact with a won deal is a customer",
        "STG001",
        lambda m: (m.add("C5").add("c5", lifecycle_stage="opportunity").same("C5", "c5"), deal(m, "O1", "Closed Won", "C5", closed="true", won="true")),
        [("c5", "C5", "lifecycle_stage")],
    ),
    (
        "a contact without a deal is worked",
        "STG001",
        lambda m: m.add("C5").add("c5", lifecycle_stage="salesqualifiedlead").same("C5", "c5"),
        [],
    ),
    (
        "without all deals a contact's stage is not known",
        "STG001",
        lambda m: m.add("C5").add("c5", lifecycle_stage="customer").same("C5", "c5").incomplete.add((SF, "Opportunity")),
        [],
    ),
    (
        "moved back",
        "STG002",
        lambda m: m.event("L1", "Working - Contacted", 9).event("L1", "Sales Accepted", 5),
        [("L1", "lifecycle_stage")],
    ),
    (
        "moved back after being recycled",
        "STG002",
        lambda m: m.event("c1", "salesqualifiedlead", 9).event("c1", "77234959", 8).event("c1", "lead", 7),
        [],
    ),
    (
        "moved back with a reason",
        "STG002",
        lambda m: m.event("L1", "Working - Contacted", 9).event("L1", "Sales Accepted", 5).records["L1"].update(disqualified_reason="Bad Timing"),
        [],
    ),
    ("stamps are no history", "STG002", lambda m: m.event("c1", "customer", 9, "stamp").event("c1", "lead", 8, "stamp"), []),
    ("skipped", "STG003", lambda m: m.event("L1", "Open - Not Contacted", 9).event("L1", "Working - Contacted", 5), [("L1", "lifecycle_stage")]),
    ("skipping lead is no fault", "STG003", lambda m: m.event("c1", "subscriber", 9).event("c1", "marketingqualifiedlead", 5), []),
    ("one step is no skip", "STG003", lambda m: m.event("c1", "lead", 9).event("c1", "marketingqualifiedlead", 5), []),
    ("coming back from off the track", "STG003", lambda m: m.event("c1", "77234959", 9).event("c1", "salesqualifiedlead", 5), []),
    (
        "stuck as mql is the marketing side's",
        "STG004",
        lambda m: m.events.clear() or m.event("c1", "marketingqualifiedlead", 31).event("L1", "Marketing Qualified", 31),
        [("c1", "lifecycle_stage")],
    ),
    (
        "the newest event counts",
        "STG004",
        lambda m: m.event("c1", "marketingqualifiedlead", 31),
        [],
    ),
    (
        "stuck as sal is the sales side's",
        "STG004",
        lambda m: stage(m, "Sales Accepted", "77234958").event("c1", "77234958", 46),
        [("L1", "lifecycle_stage")],
    ),
    ("no limit, never stuck", "STG004", lambda m: stage(m, "Open - Not Contacted", "lead").event("c1", "lead", 900), []),
    (
        "no date",
        "STG005",
        lambda m: [m.events.remove(e) for e in list(m.events) if e[0].endswith("/L1")] and m.event("L1", "Open - Not Contacted", 9),
        [("L1", "lifecycle_stage")],
    ),
    ("no date before the shared stage", "STG005", lambda m: m.add("c5", lifecycle_stage="lead"), []),
    ("history not pulled at all", "STG005", lambda m: [m.events.remove(e) for e in list(m.events) if e[0].endswith("/L1")], []),
    ("history pulled in part", "STG005", lambda m: (m.events.clear(), m.event("c1", "lead", 5), m.event("L1", "Recycled", 5), m.extra_snapshots.extend([(HS, "contacts:history", False), (SF, "LeadHistory", False)])), []),
    ("stamps out of order", "STG006", lambda m: m.event("c1", "lead", 5, "stamp").event("c1", "marketingqualifiedlead", 9, "stamp"), [("c1", "lifecycle_stage")]),
    ("stamps in order", "STG006", lambda m: m.event("c1", "lead", 9, "stamp").event("c1", "marketingqualifiedlead", 5, "stamp"), []),
    ("history out of order is another matter", "STG006", lambda m: m.event("c1", "lead", 1).event("c1", "marketingqualifiedlead", 5, "stamp"), []),
    ("opportunity without a deal", "STG007", lambda m: m.add("c5", lifecycle_stage="opportunity"), [("c5", "lifecycle_stage")]),
    ("opportunity with an open deal on the other side", "STG007", lambda m: (m.add("C5").add("c5", lifecycle_stage="opportunity").same("C5", "c5"), deal(m, "O1", "Prospecting", "C5", closed="false")), []),
    ("opportunity with a lost deal", "STG007", lambda m: (m.add("c5", lifecycle_stage="opportunity"), deal(m, "d1", "closedlost", "c5")), [("c5", "lifecycle_stage")]),
    ("opportunity, deals not pulled whole", "STG007", lambda m: m.add("c5", lifecycle_stage="opportunity").incomplete.add((SF, "Opportunity")), []),
    ("customer with an open deal", "STG008", lambda m: (m.add("c5", lifecycle_stage="customer"), deal(m, "d1", "contractsent", "c5")), [("c5", "lifecycle_stage")]),
    ("customer with a won deal", "STG008", lambda m: (m.add("c5", lifecycle_stage="customer"), deal(m, "d1", "closedwon", "c5")), []),
    ("stage not in the map", "STG009", lambda m: stage(m, "Nurturing", "marketingqualifiedlead"), [("L1", "lifecycle_stage")]),
    ("deal stage not in the map", "STG009", lambda m: deal(m, "O1", "Haggling"), [("O1", "stage")]),
    ("no stage at all", "STG009", lambda m: stage(m, None, None), []),
    ("accepted without work", "STG010", lambda m: stage(m, "Sales Accepted", "77234958"), [("c1", "lifecycle_stage"), ("L1", "lifecycle_stage")]),
    ("accepted, worked on one side", "STG010", lambda m: stage(m, "Sales Accepted", "77234958").touch("T1", "L1", 1), []),
    ("accepted and worked without an owner", "STG010", lambda m: stage(m, "Sales Accepted", "77234958").touch("T1", "L1", 1).records["L1"].pop("owner_id"), [("L1", "lifecycle_stage")]),
    ("planned work is no work", "STG010", lambda m: stage(m, "Working - Contacted", "lead").touch("T1", "L1", 1, done="false"), [("L1", "lifecycle_stage")]),
    ("a contact's stage is not claimed", "STG010", lambda m: m.add("C5"), []),
    ("deal stages differ", "STG011", lambda m: (deal(m, "O1", "Prospecting"), deal(m, "d1", "contractsent"), m.same("O1", "d1")), [("d1", "O1", "stage")]),
    ("deal stages agree", "STG011", lambda m: (deal(m, "O1", "Closed Won"), deal(m, "d1", "closedwon"), m.same("O1", "d1")), []),
]  # fmt: skip

FLD: list[Case] = [
    ("required and blank on both sides", "FLD001", lambda m: field(m, "industry", None, None), [("c1", "L1", "industry")]),
    ("required and junk", "FLD001", lambda m: field(m, "industry", "N/A", None), [("c1", "L1", "industry")]),
    ("required and known on one side", "FLD001", lambda m: field(m, "industry", None, "Banking"), []),
    ("required later", "FLD001", lambda m: stage(field(m, "industry", None, None), "Open - Not Contacted", "lead"), []),
    ("required, malformed counts as missing", "FLD001", lambda m: field(m, "email", "nope", None), [("c1", "L1", "email")]),
    ("off the track nothing is required", "FLD001", lambda m: stage(field(m, "industry", None, None), "Recycled", "77234959"), []),
    (
        "a contact has its company's data through the account",
        "FLD001",
        lambda m: m.add("A1", name="Acme", industry="Banking", employee_count="10").add("C5", email="e@e.example", original_source="Web", company_id="Account/A1"),
        [],
    ),
    (
        "the account does not know either",
        "FLD001",
        lambda m: m.add("A1", name="Acme", industry=None, employee_count="10").add("C5", email="e@e.example", original_source="Web", company_id="Account/A1"),
        [("C5", "industry")],
    ),
    ("conflict", "FLD002", lambda m: field(m, "title", "CFO", "Chief of Staff"), [("c1", "L1", "title")]),
    ("case and spaces are no conflict", "FLD002", lambda m: field(m, "title", "Head  of IT", "head of it "), []),
    ("phones in two spellings", "FLD002", lambda m: field(m, "phone", "(212) 555-0134", "+12125550134"), []),
    ("a phone without a code is read in the record's country", "FLD002", lambda m: field(field(m, "phone", "020 7946 0958", "+442079460958"), "country", "United Kingdom", None), []),
    ("phones differ", "FLD002", lambda m: field(m, "phone", "(212) 555-0134", "+12125550135"), [("c1", "L1", "phone")]),
    ("URLs of one domain", "FLD002", lambda m: field(m, "website", "https://www.acme.example/about", "acme.example"), []),
    ("numbers in two spellings", "FLD002", lambda m: field(m, "annual_revenue", "15000", "15,000.00"), []),
    ("picklists through the value map", "FLD002", lambda m: field(m, "original_source", "Trade Show", "OTHER_CAMPAIGNS"), []),
    ("picklists differ", "FLD002", lambda m: field(m, "original_source", "Web", "OTHER_CAMPAIGNS"), [("c1", "L1", "original_source")]),
    ("a malformed value does not conflict", "FLD002", lambda m: field(m, "phone", "12", "+12125550135"), []),
    ("not compared by policy", "FLD002", lambda m: field(m, "employee_count", "5", "900"), []),
    ("countries in two spellings", "FLD002", lambda m: field(m, "country", "US", "United States"), []),
    ("e-mails apart are DUP003's", "FLD002", lambda m: field(m, "email", "a@x.example", "b@y.example"), []),
    (
        "e-mails differ, but one is shared",
        "FLD002",
        lambda m: field(m, "email", "a@x.example", "b@y.example").records["c1"].update(other_emails="a@x.example"),
        [("c1", "L1", "email")],
    ),
    ("opt-out on one side", "FLD002", lambda m: field(m, "email_opt_out", "true", "false"), [("c1", "L1", "email_opt_out")]),
    ("blank here", "FLD003", lambda m: field(m, "title", "CFO", None), [("c1", "L1", "title")]),
    ("junk here", "FLD003", lambda m: field(m, "title", "tbd", "CFO"), [("c1", "L1", "title")]),
    ("junk on both sides", "FLD003", lambda m: field(m, "title", "tbd", "-"), []),
    ("malformed is not blank", "FLD003", lambda m: field(m, "phone", "12", "+12125550135"), []),
    ("known, but malformed", "FLD003", lambda m: field(m, "phone", "12", None), []),
    ("an empty checkbox says no", "FLD003", lambda m: field(m, "email_opt_out", "false", None), []),
    ("an opt-out the other side has not", "FLD003", lambda m: field(m, "email_opt_out", "true", None), [("c1", "L1", "email_opt_out")]),
    ("e-mail", "FLD004", lambda m: field(m, "email", "ada@", "ada@okafor.example"), [("L1", "email")]),
    ("phone", "FLD004", lambda m: field(m, "phone", "12", None), [("L1", "phone")]),
    ("country", "FLD004", lambda m: field(m, "country", None, "Atlantis"), [("c1", "country")]),
    ("URL", "FLD004", lambda m: field(m, "website", "ask them", None), [("L1", "website")]),
    ("junk is not malformed", "FLD004", lambda m: field(m, "phone", "n/a", None), []),
    ("unmapped", "FLD005", lambda m: field(m, "original_source", "Skywriting", "DIRECT_TRAFFIC"), [("L1", "original_source")]),
    ("junk is not unmapped", "FLD005", lambda m: field(m, "original_source", "unknown", "DIRECT_TRAFFIC"), []),
    ("a field without a map", "FLD005", lambda m: field(m, "industry", "Alchemy", "Alchemy"), []),
    ("changed back twice", "FLD006", lambda m: field(m, "title", "CEO", "Boss").wrote("c1", "title", "CEO", 9).wrote("c1", "title", "CEO", 5), [("c1", "title")]),
    ("changed back once", "FLD006", lambda m: field(m, "title", "CEO", "Boss").wrote("c1", "title", "CEO", 9), []),
    ("our value stays", "FLD006", lambda m: field(m, "title", "CEO", "CEO").wrote("c1", "title", "CEO", 9).wrote("c1", "title", "CEO", 5), []),
]  # fmt: skip

ACT: list[Case] = [
    ("on one side only", "ACT001", lambda m: m.touch("T1", "L1", 1), [("T1",)]),
    ("a copy within ten minutes", "ACT001", lambda m: m.touch("T1", "L1", 1).touch("t1", "c1", 1 + 9 / 1440), []),
    ("eleven minutes apart", "ACT001", lambda m: m.touch("T1", "L1", 1).touch("t1", "c1", 1 + 11 / 1440), [("t1",), ("T1",)]),
    ("another type", "ACT001", lambda m: m.touch("T1", "L1", 1).touch("t1", "c1", 1, activity_type="email"), [("t1",), ("T1",)]),
    ("not done", "ACT001", lambda m: m.touch("T1", "L1", 1, done="false"), []),
    ("a note is not", "ACT001", lambda m: m.touch("T1", "L1", 1, activity_type="note"), []),
    ("of somebody in one system", "ACT001", lambda m: m.add("L5").touch("T1", "L5", 1), []),
    ("from an incomplete pull", "ACT001", lambda m: m.touch("T1", "L1", 1).incomplete.add((HS, "calls")), []),
    ("twice by two owners", "ACT002", lambda m: two_owners(m).touch("T1", "L1", 2, owner="U1").touch("t1", "c1", 1.5, owner="u2"), [("t1", "T1")]),
    ("twice by one owner", "ACT002", lambda m: m.touch("T1", "L1", 2, owner="U1").touch("t1", "c1", 1.5, owner="u1"), []),
    ("a day and more apart", "ACT002", lambda m: two_owners(m).touch("T1", "L1", 3, owner="U1").touch("t1", "c1", 1.5, owner="u2"), []),
    ("the copy of one call", "ACT002", lambda m: two_owners(m).touch("T1", "L1", 2, owner="U1").touch("t1", "c1", 2, owner="u2"), []),
    ("inbound", "ACT002", lambda m: two_owners(m).touch("T1", "L1", 2, owner="U1").touch("t1", "c1", 1.5, owner="u2", direction="inbound"), []),
    ("never contacted", "ACT003", lambda m: aged(m), [("c1",)]),
    ("contacted", "ACT003", lambda m: aged(m).touch("T1", "L1", 1), []),
    ("only answered", "ACT003", lambda m: aged(m).touch("T1", "L1", 1, direction="inbound"), [("c1",)]),
    ("qualified yesterday", "ACT003", lambda m: None, []),
    ("not qualified", "ACT003", lambda m: stage(m, "Open - Not Contacted", "lead").event("c1", "lead", 90), []),
]  # fmt: skip

OWN: list[Case] = [
    ("owners differ", "OWN001", lambda m: two_owners(m).records["c1"].update(owner_id="owners/u2"), [("c1", "L1", "owner_id")]),
    ("one side has none", "OWN001", lambda m: m.records["c1"].update(owner_id=None), []),
    ("owner inactive", "OWN002", lambda m: m.records["u1"].update(active="false"), [("c1", "owner_id")]),
    ("an inactive owner of a young lead", "OWN002", lambda m: stage(m, "Open - Not Contacted", "lead").records["u1"].update(active="false"), []),
    ("an inactive owner of an open deal", "OWN002", lambda m: deal(stage(m, None, None), "O1", "Prospecting").records["U1"].update(active="false"), [("O1", "owner_id")]),
    ("an inactive owner of a closed deal", "OWN002", lambda m: deal(stage(m, None, None), "O1", "Closed Won").records["U1"].update(active="false"), []),
    ("an inactive owner of a company with an open deal", "OWN002", lambda m: (stage(m, None, None), m.add("A1", owner="U1"), m.records["U1"].update(active="false"), m.add("O1", stage="Prospecting", company_id="Account/A1")), [("A1", "owner_id")]),
    ("no owner", "OWN003", lambda m: m.records["L1"].update(owner_id=None), [("L1", "owner_id")]),
    ("a young lead needs none", "OWN003", lambda m: stage(m, "Open - Not Contacted", "lead").records["L1"].update(owner_id=None), []),
    ("an open deal without an owner", "OWN003", lambda m: m.add("O1", stage="Prospecting"), [("O1", "owner_id")]),
]  # fmt: skip


def aged(m: Memory) -> Memory:
    m.events.clear()
    return m.event("L1", "Marketing Qualified", 8).event("c1", "marketingqualifiedlead", 8)


def two_owners(m: Memory) -> Memory:
    return (
        m.add("U2", name="Kim", email="kim@corp.example")
        .add("u2", name="Kim", email="kim@corp.example")
        .same("U2", "u2")
    )


CASES = [*DUP, *LNK, *STG, *FLD, *ACT, *OWN]


@pytest.mark.parametrize(("code", "change", "expected"), [c[1:] for c in CASES], ids=[f"{c[1]} {c[0]}" for c in CASES])
def test_found_or_not(code: str, change: Callable[[Memory], object], expected: list[tuple[str, ...]]) -> None:
    memory = clean_pair()
    change(memory)

    result = checks.run(memory.connection(), memory.policy, NOW, only=[code])

    found = [(*(r.id for r in f.subjects), *([f.field] if f.field else [])) for f in result.findings]
    assert found == sorted(expected, key=lambda e: found.index(e) if e in found else -1)
    assert {f.code for f in result.findings} <= {code}


def test_a_clean_pair_has_no_findings_at_all() -> None:
    memory = clean_pair()

    result = checks.run(memory.connection(), memory.policy, NOW)

    assert result.findings == []
    assert result.not_looked_at == []


@pytest.mark.parametrize("code", sorted(checks.specs()))
def test_every_code_has_a_case_in_which_it_is_found_and_one_in_which_it_is_not(code: str) -> None:
    assert any(case[1] == code and case[3] for case in CASES)
    assert any(case[1] == code and not case[3] for case in CASES) or code in {"STG011"}
