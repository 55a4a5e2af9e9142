"""From findings to changes: what is proposed in each case, and what is not, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from frame_builder import CAPABILITIES, HS, NOW, SF, STORED_IDS, TRUTH, Memory, at, clean_pair, make_policy, ref

from trueup.model.changes import Action, Change, Reversal, Risk, merged_ref
from trueup.model.kinds import Kind
from trueup.model.policy import Blanks, Strategy, SystemPolicy, TruthRule
from trueup.model.schema import Capabilities
from trueup.reconcile import checks
from trueup.reconcile.propose import Proposal, propose


def proposal(memory: Memory, *codes: str, capabilities: Mapping[str, Capabilities] = CAPABILITIES) -> Proposal:
    con = memory.connection()
    findings = checks.run(con, memory.policy, NOW, only=codes or None).findings
    return propose(con, memory.policy, findings, capabilities, NOW)


def told(change: Change) -> tuple[object, ...]:
    return change.rule, change.target.id, change.field, change.before, change.after


def both(name: str, lead: str | None, contact: str | None, memory: Memory | None = None) -> Memory:
    memory = memory or clean_pair()
    memory.records["L1"][name] = lead
    memory.records["c1"][name] = contact
    return memory


def stage(lead: str, contact: str) -> Memory:
    return both("lifecycle_stage", lead, contact)


def limited(memory: Memory, field: str, short: str = "c1", **limits: object) -> Memory:
    system, name = (HS, "contacts") if short == "c1" else (SF, "Lead")
    memory.defs[system, name, field] = limits
    return memory


def truth(memory: Memory, field: str, rule: TruthRule) -> Memory:
    memory.policy = replace(memory.policy, truth=TRUTH | {Kind.PERSON: {**TRUTH[Kind.PERSON], field: rule}})
    return memory


def based(memory: Memory, field: str, lead: str, contact: str) -> Memory:
    memory.bases += [("L1", field, lead), ("c1", field, contact)]
    return memory


def owners(memory: Memory) -> Memory:
    memory.add("U2", name="Kim", email="kim@corp.example").add("u2", name="Kim", email="kim@corp.example").same(
        "U2", "u2"
    )
    memory.records["c1"]["owner_id"] = "owners/u2"
    return memory


Expected = list[tuple[object, ...]] | str

CASES: list[tuple[str, str, Callable[[], Memory], Expected]] = [
    ("the owner's value wins", "FLD002", lambda: both("title", "CFO", "CEO"), [("conflict", "c1", "title", "CEO", "CFO")]),
    ("the blank is filled, junk too", "FLD003", lambda: both("title", "n/a", "CEO"), [("fill_blank", "L1", "title", "n/a", "CEO")]),
    ("a picklist is translated", "FLD003", lambda: both("original_source", None, "OTHER_CAMPAIGNS"), [("fill_blank", "L1", "original_source", None, "Trade Show")]),
    ("blanks are kept", "FLD003", lambda: truth(both("title", None, "CEO"), "title", TruthRule(SF, blanks=Blanks.KEEP)), "keeps blanks"),
    ("the owner's blank erases", "FLD003", lambda: truth(both("title", None, "CEO"), "title", TruthRule(SF, blanks=Blanks.OVERWRITE)), [("conflict", "c1", "title", "CEO", None)]),
    ("a person decides", "FLD002", lambda: truth(both("title", "CFO", "CEO"), "title", TruthRule(SF, Strategy.REVIEW)), "leaves this field to a person"),
    ("the news wins over the owner", "FLD002", lambda: based(both("title", "CFO", "CEO"), "title", "CFO", "CFO"), [("conflict", "L1", "title", "CFO", "CEO")]),
    ("both moved: the owner", "FLD002", lambda: based(both("title", "CFO", "CEO"), "title", "VP", "VP"), [("conflict", "c1", "title", "CEO", "CFO")]),
    ("a base in the other spelling is no move", "FLD002", lambda: based(both("original_source", "Web", "OTHER_CAMPAIGNS"), "original_source", "Web", "DIRECT_TRAFFIC"), [("conflict", "L1", "original_source", "Web", "Trade Show")]),
    ("opting out wins", "FLD002", lambda: both("email_opt_out", "false", "true"), [("conflict", "L1", "email_opt_out", "false", "true")]),
    ("not writable", "FLD003", lambda: limited(both("title", "CFO", None), "title", writable=False), "does not let title"),
    ("too long", "FLD003", lambda: limited(both("title", "Chief of all", None), "title", length=5), "12 characters long"),
    ("not a choice", "FLD003", lambda: limited(both("title", "CFO", None), "title", choices=["CEO"], restricted=True), "takes only its own choices"),
    ("a choice in another case", "FLD003", lambda: limited(both("title", "CFO", None), "title", choices=["Cfo"], restricted=True), [("fill_blank", "c1", "title", None, "Cfo")]),
    ("nothing in the value map", "FLD003", lambda: truth(_short_map(), "original_source", TruthRule(SF)), "value map has nothing"),
    ("a national number gets its code where it would be misread", "FLD003", lambda: both("phone", "020 7946 0958", None, both("country", "GB", "FR")), [("fill_blank", "c1", "phone", None, "+442079460958")]),
    ("a blank inside an e-mail", "FLD004", lambda: both("email", "ada @okafor.example", "ada@okafor.example"), [("normalize", "L1", "email", "ada @okafor.example", "ada@okafor.example")]),
    ("a slash short", "FLD004", lambda: both("website", "http:/acme.example", None), [("normalize", "L1", "website", "http:/acme.example", "http://acme.example")]),
    ("the linked record knows", "FLD004", lambda: both("phone", "12", "+12125550134"), [("conflict", "L1", "phone", "12", "+12125550134")]),
    ("nobody knows", "FLD004", lambda: both("phone", "12", None), "no linked record"),
    ("stage forward", "STG001", lambda: stage("Sales Accepted", "marketingqualifiedlead"), [("stage_forward", "c1", "lifecycle_stage", "marketingqualifiedlead", "77234958")]),
    ("only one owns its claim", "STG001", lambda: stage("Marketing Qualified", "lead"), [("stage_back", "L1", "lifecycle_stage", "Marketing Qualified", "Open - Not Contacted")]),
    ("nobody owns its claim", "STG001", lambda: stage("Marketing Qualified", "salesqualifiedlead"), "no system owns"),
    ("sales took it off the track", "STG001", lambda: stage("Recycled", "salesqualifiedlead"), [("stage_back", "c1", "lifecycle_stage", "salesqualifiedlead", "77234959")]),
    ("marketing cannot take off what sales owns", "STG001", lambda: stage("Sales Accepted", "77234959"), [("stage_back", "c1", "lifecycle_stage", "77234959", "77234958")]),
    ("both off the track", "STG001", lambda: stage("Recycled", "77234960"), "no system owns"),
    ("a contact's stage is not written", "STG001", lambda: _contact("marketingqualifiedlead"), [("stage_forward", "c5", "lifecycle_stage", "marketingqualifiedlead", "salesqualifiedlead")]),
    ("the deal's owner wins", "STG011", lambda: _deals("Closed Won", "contractsent"), [("stage_forward", "d1", "stage", "contractsent", "closedwon")]),
    ("a deal back", "STG011", lambda: _deals("Prospecting", "closedwon"), [("stage_back", "d1", "stage", "closedwon", "appointmentscheduled")]),
    ("the owner's owner", "OWN001", lambda: owners(clean_pair()), [("owner", "c1", "owner_id", "owners/u2", "owners/u1")]),
    ("nobody gets an inactive owner", "OWN001", lambda: _inactive("U1", "u1"), [("owner", "L1", "owner_id", "User/U1", "User/U2")]),
    ("the owner has no user there", "OWN001", lambda: _lonely(), "has no user in"),
    ("the linked record's owner takes over", "OWN002", lambda: _inactive("U1", "u1"), [("owner", "L1", "owner_id", "User/U1", "User/U2")]),
    ("an owner for the unowned", "OWN003", lambda: both("owner_id", "User/U1", None), [("owner", "c1", "owner_id", None, "owners/u1")]),
    ("nobody to take over", "OWN003", lambda: both("owner_id", None, None), "No linked record has an active owner"),
    ("nobody knows it", "FLD001", lambda: both("industry", None, None), "somebody must find it out"),
    ("activities are not made up", "ACT001", lambda: clean_pair().touch("T1", "L1", 1), "not copied"),
    ("merged away: the survivor", "LNK003", lambda: _dead(merged_into="L1"), [("link_id", "c1", "foreign_ids", "salesforce:Lead/L9", "salesforce:Lead/L1")]),
    ("deleted: the linked one", "LNK003", lambda: _dead(), [("link_id", "c1", "foreign_ids", "salesforce:Lead/L9", "salesforce:Lead/L1")]),
    ("deleted and alone: cleared", "LNK003", lambda: Memory().add("c1", foreign_ids="salesforce:Lead/L9;salesforce:Contact/C1").add("C1").lost("L9"), [("link_id", "c1", "foreign_ids", "salesforce:Lead/L9;salesforce:Contact/C1", "salesforce:Contact/C1")]),
]  # fmt: skip


def _short_map() -> Memory:
    memory = both("original_source", "Web", None)
    memory.policy = make_policy(values={"person.original_source": {SF: {"Web": "direct"}, HS: {"X": "x"}}})
    return memory


def _contact(contact_stage: str) -> Memory:
    return (
        Memory().add("C5", first_name="Bo").add("c5", first_name="Bo", lifecycle_stage=contact_stage).same("C5", "c5")
    )


def _deals(opportunity: str, deal: str) -> Memory:
    return Memory().add("O1", name="Big", stage=opportunity).add("d1", name="Big", stage=deal).same("O1", "d1")


def _inactive(*gone: str) -> Memory:
    memory = owners(clean_pair())
    for short in gone:
        memory.records[short]["active"] = "false"
    return memory


def _lonely() -> Memory:
    memory = owners(clean_pair())
    memory.add("U3", name="Lee", email="lee@corp.example")
    memory.records["L1"]["owner_id"] = "User/U3"
    return memory


def _dead(merged_into: str | None = None) -> Memory:
    memory = clean_pair().lost("L9", merged_into=merged_into)
    memory.records["c1"]["foreign_ids"] = "salesforce:Lead/L9"
    return memory


@pytest.mark.parametrize(("code", "make", "expected"), [c[1:] for c in CASES], ids=[f"{c[1]} {c[0]}" for c in CASES])
def test_proposed_or_not(code: str, make: Callable[[], Memory], expected: Expected) -> None:
    found = proposal(make(), code)

    if isinstance(expected, str):
        assert [told(c) for c in found.changes] == []
        assert expected in found.unfixable[0].reason
    else:
        assert [told(c) for c in found.changes] == expected
        assert found.unfixable == ()


def test_a_derived_stage_says_why_it_is_not_written() -> None:
    memory = _contact("customer").add("O1", stage="Prospecting").tie("deal_person", "O1", "C5")
    memory.policy = make_policy(
        lifecycle=replace(
            memory.policy.lifecycle, stages=tuple(replace(s, owner=HS) for s in memory.policy.lifecycle.stages)
        )
    )

    found = proposal(memory, "STG001")

    assert found.changes == ()
    assert "follows from its deals" in found.unfixable[0].reason


def test_an_opt_out_says_that_undo_will_not_lift_it() -> None:
    change = proposal(both("email_opt_out", "true", None), "FLD003").changes[0]

    assert (change.reversal, change.risk, change.rule) == (Reversal.NONE, Risk.MEDIUM, "fill_blank")
    assert "consent" in change.irreversible


def test_the_linked_and_fuller_record_survives_a_merge_and_gets_what_it_lacks() -> None:
    memory = (
        clean_pair()
        .add("c2", first_name="Ada", last_name="Okafor", city="Ghent", email_opt_out="true", phone="12")
        .same("L1", "c1", "c2")
    )
    memory.records["c1"]["foreign_ids"] = "salesforce:Lead/L1"

    change = proposal(memory, "DUP001").changes[0]

    assert (change.action, change.target.id, [o.id for o in change.others]) == (Action.MERGE, "c1", ["c2"])
    assert change.values == {"city": "Ghent", "email_opt_out": "true"}
    assert (change.risk, change.reversal) == (Risk.HIGH, Reversal.NONE)
    assert "cannot be restored" in change.irreversible
    assert change.reason.endswith("stores the counterpart's id.")


def test_three_duplicates_make_two_merges_into_one_survivor() -> None:
    memory = (
        Memory()
        .add("c5", last_name="Lind")
        .add("c6", last_name="Lind", city="Ghent", title="CFO")
        .add("c7", last_name="Lind", city="Gent")
        .same("c5", "c6", "c7")
    )

    changes = proposal(memory, "DUP001").changes

    assert [(c.target.id, c.others[0].id) for c in changes] == [("c6", "c5"), ("c6", "c7")]
    assert len({c.finding for c in changes}) == 2


def test_a_merge_that_would_lose_an_opt_out_is_not_proposed() -> None:
    memory = (
        Memory()
        .add("c5", last_name="Lind", title="CFO")
        .add("c6", last_name="Lind", email_opt_out="true")
        .same("c5", "c6")
    )
    memory.records["c5"]["city"] = "Ghent"
    memory.defs[HS, "contacts", "email_opt_out"] = {"writable": False}

    found = proposal(memory, "DUP001")

    assert found.changes == ()
    assert "opted out" in found.unfixable[0].reason


def test_what_a_connector_cannot_do_is_not_proposed() -> None:
    memory = Memory().add("c5").add("c6").same("c5", "c6").add("L5").add("C5").same("L5", "C5")
    unable = {system: Capabilities(objects=able.objects) for system, able in CAPABILITIES.items()}

    found = proposal(memory, "DUP001", "DUP002", "LNK001", capabilities=unable)

    assert found.changes == ()
    assert {item.code for item in found.unfixable} == {"DUP001", "DUP002", "LNK001"}


def test_a_lead_is_converted_into_its_contact() -> None:
    change = proposal(Memory().add("L5").add("C5").same("L5", "C5"), "DUP002").changes[0]

    assert (change.action, change.target.id, change.others[0].id) == (Action.CONVERT, "L5", "C5")
    assert change.reversal is Reversal.NONE
    assert change.irreversible


def test_nothing_is_written_to_a_record_that_is_merged_away() -> None:
    memory = both("title", "CFO", None).add("c2", first_name="Ada", last_name="Okafor", foreign_ids="salesforce:Lead/L1", **dict.fromkeys(("city", "street", "state", "postcode", "country", "phone", "title", "email", "company_name", "industry"), "Belgium")).same("L1", "c1", "c2")  # fmt: skip

    found = proposal(memory, "DUP001", "FLD003", "FLD002")

    losers = {c.others[0] for c in found.changes if c.action is Action.MERGE}
    assert losers
    assert not [c for c in found.changes if c.action is Action.UPDATE and c.target in losers]


def create_case() -> Memory:
    memory = (
        Memory()
        .add("U1", name="Sam", email="sam@corp.example")
        .add("u1", name="Sam", email="sam@corp.example")
        .same("U1", "u1")
    )
    memory.add("k1", name="Acme", industry="BANKING", owner="u1")
    memory.add("c5", first_name="Bo", last_name="Lind", email="bo@lind.example", company_id="companies/k1", original_source="OTHER_CAMPAIGNS", lifecycle_stage="opportunity", owner="u1", phone="12")  # fmt: skip
    memory.add("d1", name="Big", stage="contractsent", company_id="companies/k1", owner="u1", amount="100").tie(
        "deal_person", "d1", "c5"
    )
    return memory


def test_creates_bring_translated_values_parents_ties_and_stored_ids() -> None:
    found = proposal(create_case(), "LNK001", "LNK005", "LNK006")

    creates = {c.target.object: c for c in found.changes if c.action is Action.CREATE}
    account, contact, opportunity = creates["Account"], creates["Contact"], creates["Opportunity"]
    assert account.values == {"name": "Acme", "industry": "Banking", "owner_id": "User/U1", "foreign_ids": ref("k1")}
    assert contact.values["company_id"] == f"Account/{account.target.id}"
    assert contact.values["original_source"] == "Trade Show"
    assert "phone" not in contact.values
    assert contact.needs == (account.id,)
    assert opportunity.values["stage"] == "Negotiation/Review"
    assert opportunity.needs == (account.id,)
    links = {c.target.id: c for c in found.changes if c.rule == "link_id"}
    assert links["c5"].after == str(contact.target)
    assert links["c5"].needs == (contact.id,)


def test_a_young_person_becomes_a_lead_with_its_company_written_on_it() -> None:
    memory = create_case()
    memory.records["c5"]["lifecycle_stage"] = "marketingqualifiedlead"

    change = next(c for c in proposal(memory, "LNK001").changes if c.action is Action.CREATE)

    assert change.target.object == "Lead"
    assert (change.values["company_name"], change.values["lifecycle_stage"]) == ("Acme", "Marketing Qualified")


def test_without_a_name_nobody_is_created() -> None:
    found = proposal(Memory().add("L5", email="x@y.example"), "LNK001")

    assert found.changes == ()
    assert "needs last_name" in found.unfixable[0].reason


def test_where_the_policy_creates_nothing_nothing_is_created() -> None:
    found = proposal(Memory(make_policy(create_in={})).add("L5", last_name="Lind"), "LNK001")

    assert found.changes == ()
    assert "names no system" in found.unfixable[0].reason


def _linked(grade: str) -> Proposal:
    memory = clean_pair()
    con = memory.connection()
    con.execute("INSERT INTO link VALUES ('person', ?, ?, 'email', 1.0, ?, '')", [ref("c1"), ref("L1"), grade])
    return propose(con, memory.policy, [], CAPABILITIES, NOW)


def test_surely_linked_records_get_each_others_id() -> None:
    assert [told(c) for c in _linked("certain").changes] == [
        ("link_id", "c1", "foreign_ids", None, "salesforce:Lead/L1"),
        ("link_id", "L1", "foreign_ids", None, "hubspot:contacts/c1"),
    ]


def test_likely_linked_records_do_not() -> None:
    assert _linked("likely").changes == ()


def test_no_stored_id_is_written_where_the_policy_names_no_field() -> None:
    memory = _dead(merged_into="L1")
    memory.policy = make_policy(systems={SF: SystemPolicy(SF, SF, stored_ids=STORED_IDS[SF]), HS: SystemPolicy(HS, HS)})

    found = proposal(memory, "LNK003")

    assert found.changes == ()
    assert "No writable field" in found.unfixable[0].reason


def test_newest_goes_by_the_records_date() -> None:
    memory = both("phone", "+12125550134", "+12125550135")
    memory.modified |= {"L1": at(5), "c1": at(1)}

    assert [told(c) for c in proposal(memory, "FLD002").changes] == [
        ("conflict", "L1", "phone", "+12125550134", "+12125550135")
    ]


def test_every_finding_is_in_a_change_or_has_a_reason() -> None:
    memory = owners(both("title", "CFO", None, stage("Sales Accepted", "lead")))
    con = memory.connection()
    findings = checks.run(con, memory.policy, NOW).findings

    found = propose(con, memory.policy, findings, CAPABILITIES, NOW)

    assert {f.id for f in findings} == {c.finding for c in found.changes} | {u.finding for u in found.unfixable}


MERGES_ANEW = CAPABILITIES | {HS: replace(CAPABILITIES[HS], merge_identity="new", merge_fills=True)}


def twice_in_hubspot() -> Memory:
    """c1 and c2 are one person, L1 is its lead; c1 is fuller and stays."""
    memory = clean_pair()
    memory.records["L1"]["foreign_ids"] = ref("c1")
    memory.records["c1"] |= {"foreign_ids": ref("L1"), "city": "York"}
    memory.records["L1"]["city"] = "York"
    memory.add("c2", last_name="Okafor", lifecycle_stage="marketingqualifiedlead", original_source="DIRECT_TRAFFIC")
    return memory.same("L1", "c1", "c2")


def links(found: Proposal) -> list[tuple[str, str | None, str | None, tuple[str, ...]]]:
    return [(c.target.id, c.before, c.after, c.needs) for c in found.changes if c.field == "foreign_ids"]


def test_what_stored_the_survivor_stores_what_the_merge_makes() -> None:
    found = proposal(twice_in_hubspot(), "DUP001", capabilities=MERGES_ANEW)

    (merge,) = [c for c in found.changes if c.action is Action.MERGE]
    assert (merge.target.id, [r.id for r in merge.others]) == ("c1", ["c2"])
    assert links(found) == [("L1", ref("c1"), str(merged_ref(merge)), (merge.id,))]


def test_where_the_survivor_keeps_its_id_only_links_to_the_loser_move() -> None:
    memory = twice_in_hubspot()
    assert links(proposal(memory, "DUP001")) == []

    memory.records["L1"]["foreign_ids"] = ref("c2")
    found = proposal(memory, "DUP001")
    (merge,) = [c for c in found.changes if c.action is Action.MERGE]
    assert links(found) == [("L1", ref("c2"), ref("c1"), (merge.id,))]


def test_a_conversion_hands_the_lead_s_links_to_the_contact() -> None:
    memory = clean_pair()
    memory.records["L1"]["foreign_ids"] = ref("c1")
    memory.records["c1"]["foreign_ids"] = ref("L1")
    memory.add("C1", last_name="Okafor").same("C1", "L1", "c1")
    found = proposal(memory, "DUP002")

    (convert,) = [c for c in found.changes if c.action is Action.CONVERT]
    assert ("C1", None, ref("c1"), (convert.id,)) in links(found)


def test_a_blank_that_a_merge_fills_is_filled_on_the_counterpart_too() -> None:
    memory = twice_in_hubspot()
    memory.records["c2"]["title"] = "CFO"
    found = proposal(memory, "DUP001", capabilities=MERGES_ANEW)

    (merge,) = [c for c in found.changes if c.action is Action.MERGE]
    assert merge.values == {"title": "CFO"}
    assert [(*told(c), c.needs) for c in found.changes if c.field == "title"] == [
        ("fill_blank", "L1", "title", None, "CFO", (merge.id,))
    ]


def test_a_merge_leaves_alone_what_another_change_writes() -> None:
    memory = twice_in_hubspot()
    memory.records["c2"]["title"] = "CFO"
    memory.records["L1"]["title"] = "CEO"
    found = proposal(memory, "DUP001", "FLD003", capabilities=MERGES_ANEW)

    (merge,) = [c for c in found.changes if c.action is Action.MERGE]
    assert dict(merge.values) == {}
    assert [told(c)[1:] for c in found.changes if c.field == "title"] == [("c1", "title", None, "CEO")]


def lonely(stage: str = "marketingqualifiedlead", **fields: str) -> Memory:
    """A contact without a counterpart."""
    memory = Memory()
    known = {"last_name": "Okafor", "email": "ada@okafor.example", "company_name": "Okafor Ltd"}
    return memory.add("c1", lifecycle_stage=stage, **(known | fields))


def created(memory: Memory) -> Change:
    (create,) = [c for c in proposal(memory, "LNK001", "LNK006").changes if c.action is Action.CREATE]
    return create


def test_a_range_is_no_number_and_is_left_out_of_a_create() -> None:
    memory = lonely(employee_count="5-25", annual_revenue="1500000")
    for name in ("employee_count", "annual_revenue"):
        memory.defs[SF, "Lead", name] = {"type": "number"}
    create = created(memory)
    assert "employee_count" not in create.values
    assert create.values["annual_revenue"] == "1500000"
    assert "'5-25' is no number" in create.reason


@pytest.mark.parametrize(("count", "given"), [("208", "100-500"), ("1000", None), ("5000", "1000+"), ("0", None)])
def test_a_number_goes_into_the_one_range_that_holds_it(count: str, given: str | None) -> None:
    memory = Memory().add(
        "L1", last_name="Okafor", company_name="Okafor Ltd", lifecycle_stage="Marketing Qualified", employee_count=count
    )
    ranges = ["1-5", "5-25", "100-500", "500-1000", "1000+"]
    memory.defs[HS, "contacts", "employee_count"] = {"choices": ranges, "restricted": True}
    assert created(memory).values.get("employee_count") == given


def test_a_word_that_an_open_picklist_does_not_list_is_left_out_of_a_create() -> None:
    memory = lonely(industry="Basket weaving")
    memory.defs[SF, "Lead", "industry"] = {"choices": ["Banking"], "restricted": False}
    assert "industry" not in created(memory).values


def test_nothing_is_created_without_what_the_object_requires() -> None:
    memory = lonely()
    memory.defs[SF, "Lead", "country"] = {"required": True}
    found = proposal(memory, "LNK001")
    assert found.changes == ()
    assert "a Lead needs country" in found.unfixable[0].reason


def test_nobody_is_created_where_somebody_has_the_address() -> None:
    memory = lonely().add("C1", last_name="Doyle", email="ada@okafor.example")
    found = [u for u in proposal(memory, "LNK001").unfixable if "has the e-mail" in u.reason]
    assert len(found) == 2  # neither side is made anew on the other


def test_a_stage_that_follows_from_deals_makes_a_contact_only_with_the_deal() -> None:
    alone = lonely("opportunity")
    assert "follows from deals" in proposal(alone, "LNK001").unfixable[0].reason

    with_deal = lonely("opportunity")
    with_deal.add("d1", name="Big", stage="qualifiedtobuy").add("O1", name="Big", stage="Qualification").same(
        "O1", "d1"
    )
    with_deal.tie("deal_person", "d1", "c1")
    found = proposal(with_deal, "LNK001")
    create, tie = (next(c for c in found.changes if c.action is a) for a in (Action.CREATE, Action.ASSOCIATE))
    assert create.target.object == "Contact"
    assert (tie.target.id, tie.others, tie.needs) == ("O1", (create.target,), (create.id,))
