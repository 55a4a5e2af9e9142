"""Plans, decisions, findings, links, schemas and base values: what was concluded comes back as it went in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from trueup.errors import PlanError
from trueup.model.changes import Action, Change, GuardVerdict, Plan, Reversal, Risk
from trueup.model.findings import Finding, Severity
from trueup.model.kinds import FieldType, Kind
from trueup.model.matching import Link, LinkSource
from trueup.model.receipts import Decision, Outcome, Receipt, Verdict
from trueup.model.refs import Ref
from trueup.model.schema import Choice, FieldDef, Schema
from trueup.store import Store, base_values
from trueup.store.tables import plans

ONE, TWO, SF = Ref("hs", "contacts", "1"), Ref("hs", "contacts", "2"), Ref("sf", "Lead", "00Q1")


def make_plan(now: datetime, id_: str = "7f3a01", digest: str = "d1") -> Plan:
    changes = (
        Change(Action.UPDATE, ONE, Kind.PERSON, field="phone", before="1", after=None, base="0", winner=SF, reason="why"),
        Change(Action.MERGE, ONE, Kind.PERSON, others=(TWO,), values={"title": None, "email": "ü@acme.example"},
               risk=Risk.HIGH, reversal=Reversal.NONE, irreversible="the id of 2", needs=("c1",)),
        Change(Action.ASSOCIATE, SF, Kind.DEAL, others=(ONE,), field="deal_person", after="Buyer"),
    )  # fmt: skip
    guard = GuardVerdict("max_changes", 3, 500, False, "3 of at most 500 changes")
    return Plan(id_, digest, now, now + timedelta(days=3), ("s1", "s2"), "pd", changes, (guard,), "old")


def test_a_plan_comes_back_as_it_was_sealed(store: Store, now: datetime) -> None:
    plan = make_plan(now)
    store.save_plan(plan)
    store.save_plan(plan)

    assert store.plan("7f3a01") == plan
    assert [c.id for c in store.plan("7f3a01").changes] == [c.id for c in plan.changes]
    assert store.latest_plan() == plan


def test_a_plan_is_found_by_a_unique_beginning_of_its_id(store: Store, now: datetime) -> None:
    for id_ in ("7f3a01", "7f3b02", "7f"):
        store.save_plan(make_plan(now, id_))

    assert store.plan("7f3a").id == "7f3a01"
    assert store.plan("7f").id == "7f", "a whole id is not ambiguous"
    with pytest.raises(PlanError, match="7f3a01, 7f3b02"):
        store.plan("7f3")
    for unknown in ("8", "%", "_f3a01", ""):
        with pytest.raises(PlanError, match="There is no plan"):
            store.plan(unknown)
    assert store.plan_ids() == ["7f", "7f3b02", "7f3a01"]


@pytest.mark.parametrize("column", ["body", "digest", "checksum", "body and id"])
def test_a_plan_that_was_tampered_with_is_refused(store: Store, now: datetime, column: str) -> None:
    store.save_plan(make_plan(now))
    with store.database.write() as connection:
        body = bytes(connection.scalar(sa.select(plans.c.body)))
        values = {
            "body": {"body": body.replace(b'"after":null', b'"after":"66"')},
            "digest": {"digest": "d2"},
            "checksum": {"checksum": "0" * 64},
            "body and id": {"body": body[:-1]},
        }[column]
        connection.execute(sa.update(plans).values(**values))

    for look in (lambda: store.plan("7f3a01"), store.latest_plan):
        with pytest.raises(PlanError, match="changed after it was sealed"):
            look()


def test_an_unsealed_plan_and_another_plan_of_the_same_id_are_refused(store: Store, now: datetime) -> None:
    with pytest.raises(PlanError, match="not sealed"):
        store.save_plan(make_plan(now, digest=""))
    store.save_plan(make_plan(now))
    with pytest.raises(PlanError, match="already is another plan"):
        store.save_plan(make_plan(now, digest="d2"))


def test_every_change_of_a_plan_is_counted_once(store: Store, now: datetime) -> None:
    plan = make_plan(now)
    store.save_plan(plan)
    first, second, third = (change.id for change in plan.changes)
    store.decide(Decision(first, Verdict.REJECT, "ann", now), Decision(second, Verdict.REJECT, "ann", now))
    store.decide(Decision(first, Verdict.APPROVE, "bob", now), Decision("c of another plan", Verdict.APPROVE, "x", now))
    run = store.start_run("apply", plan.id)
    store.record_receipts(run.id, [Receipt(first, Outcome.UNKNOWN, now), Receipt(first, Outcome.APPLIED, now)])

    status = store.plan_status(plan)

    assert (status.planned, status.approved, status.rejected, status.undecided) == (3, 1, 1, 1)
    assert status.outcomes == {Outcome.APPLIED: 1}
    assert status.open == 2
    assert {id_: d.by for id_, d in store.change_decisions(plan.id).items()} == {first: "bob", second: "ann"}
    assert third not in store.change_decisions(plan.id)


def test_the_newest_decision_counts_and_expires(store: Store, now: datetime) -> None:
    pair = f"{ONE}|{TWO}"
    old = Decision(pair, Verdict.SAME, "ann", now)
    new = Decision(pair, Verdict.NOT_SAME, "bob", now, "different people", now + timedelta(days=1))
    change = Decision("c1", Verdict.APPROVE, "rule:fill_blank", now)
    store.decide(old)
    store.decide(new, change)

    assert store.decisions() == sorted([new, change], key=lambda decision: decision.subject)
    assert store.pair_decisions() == {(ONE, TWO): new}
    assert store.pair_decisions(at=now) == {(ONE, TWO): new}
    assert store.pair_decisions(at=now + timedelta(days=1)) == {}
    assert store.decisions(at=now + timedelta(days=2)) == [change]


def finding(code: str, *refs: Ref, **values: str | None) -> Finding:
    return Finding(code, Severity.ERROR, Kind.PERSON, refs, "phone", {str(refs[0]): None, **values}, ("because",))


def test_a_finding_keeps_the_day_it_was_first_seen(store: Store, now: datetime) -> None:
    stays, goes = finding("FLD002", ONE, SF), finding("STG001", TWO)
    week = timedelta(days=7)

    first = store.save_findings("r1", [stays, goes], now)
    second = store.save_findings("r2", [finding("FLD002", ONE, SF, other="new value")], now + week)

    assert [f.first_seen for f in first] == [now, now]
    assert [f.first_seen for f in second] == [now]
    assert store.open_findings() == second
    assert second[0].values["other"] == "new value"

    third = store.save_findings("r3", [goes], now + 2 * week)
    assert [f.first_seen for f in third] == [now + 2 * week], "it was closed in between"


def test_a_check_that_did_not_run_closes_nothing(store: Store, now: datetime) -> None:
    store.save_findings("r1", [finding("FLD002", ONE), finding("STG001", ONE)], now)

    store.save_findings("r2", [], now, looked_at={"FLD002"})

    assert [f.code for f in store.open_findings()] == ["STG001"]


def test_links_keep_their_since_and_can_be_forgotten(store: Store, now: datetime) -> None:
    link = Link(ONE, SF, Kind.PERSON, LinkSource.EMAIL, 0.9, now, "same e-mail")
    other = replace(link, left=TWO)
    store.save_links([link, other])

    better = replace(link, source=LinkSource.STORED_ID, score=1.0, since=now + timedelta(days=1))
    store.save_links([better])
    assert store.links() == [replace(better, since=now), other]
    assert store.links(Kind.DEAL) == []

    store.save_links([better], replace=True)
    assert [found.left for found in store.links(Kind.PERSON)] == [ONE]
    store.forget_links([(SF, ONE)])
    assert store.links() == []


def test_schemas_come_back_whole_and_the_last_one_counts(store: Store) -> None:
    field = FieldDef("Status", "lifecycle_stage", "Status", FieldType.CHOICE, "picklist", True, length=40,
                     choices=(Choice("Open", "Offen", False),), restricted=True)  # fmt: skip
    schema = Schema("sf", "Lead", Kind.PERSON, "Lead", (field,), mergeable=True, missing=("LinkedIn__c",))
    store.save_schema(replace(schema, fields=()))
    store.save_schema(schema)

    assert store.schemas() == [schema]


def test_agreed_values_are_remembered_field_by_field(store: Store) -> None:
    store.agree([(ONE, "phone", "1"), (ONE, "email", None), (TWO, "phone", "2")])
    store.agree((ref, field, value) for ref, field, value in [(ONE, "phone", "9")])

    assert list(store.base_values()) == [(ONE, "email", None), (ONE, "phone", "9"), (TWO, "phone", "2")]


def test_agreed_values_in_many_lots_are_all_there_in_whatever_order_they_came(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_values, "_LOT", 3)
    refs = [Ref("hs", "contacts", f"{number:02}") for number in range(20)]
    rows = [(ref, field, ref.id + field) for ref in refs for field in "ab"]

    store.agree(rows[::2] + rows[1::2])

    assert list(store.base_values()) == rows
