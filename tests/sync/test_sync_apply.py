"""Applying: each promise as a fact, on two memory CRMs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from crm_machine import Pair, create, update

from trueup.connectors.memory import Fault, Killed, MemoryConnector
from trueup.errors import GuardError, StalePlanError, UnavailableError
from trueup.model.changes import Action, Change, GuardVerdict, merged_ref
from trueup.model.kinds import Kind
from trueup.model.policy import StoredId
from trueup.model.receipts import Outcome
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities
from trueup.sync.apply import apply
from trueup.sync.verify import verify


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(f"sqlite:///{tmp_path / 'store.db'}")


def outcomes(applied: object) -> dict[str, Outcome]:
    return {change_id: receipt.outcome for change_id, receipt in applied.receipts.items()}  # type: ignore[attr-defined]


def test_a_system_that_does_not_answer_fails_its_changes_and_the_others_go_on(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = pair.person("left", phone="1"), pair.person("right", phone="2")
    down, up = update(ann, "phone", "1", "11"), update(bob, "phone", "2", "22")
    plan = pair.plan([down, up])
    asked = MemoryConnector.capabilities.fget

    def capabilities(self: MemoryConnector) -> Capabilities:
        if self.system == "left":
            raise UnavailableError("left did not answer.", system="left")
        assert asked
        return asked(self)

    monkeypatch.setattr(MemoryConnector, "capabilities", property(capabilities))
    applied = pair.apply(plan)

    assert outcomes(applied) == {down.id: Outcome.FAILED, up.id: Outcome.APPLIED}
    assert applied.receipts[down.id].message == "left did not answer."
    assert not applied.complete
    with pair.store() as store:
        assert {receipt.change_id for receipt in store.receipts(plan_id=plan.id)} == {down.id, up.id}


def test_only_approved_changes_are_written(pair: Pair) -> None:
    ann, bob = pair.person("left", phone="1"), pair.person("left", phone="2")
    yes, no = update(ann, "phone", "1", "11"), update(bob, "phone", "2", "22")

    applied = pair.apply(pair.plan([yes, no]), [yes.id])

    assert outcomes(applied) == {yes.id: Outcome.APPLIED, no.id: Outcome.SKIPPED}
    assert (pair.value(ann, "phone"), pair.value(bob, "phone")) == ("11", "2")


def test_a_value_edited_since_the_plan_is_stale_and_stays(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    change = update(ann, "phone", "1", "11")
    plan = pair.plan([change])
    pair.crms["left"].edit("people", ann.id, {"phone": "somebody's"})

    applied = pair.apply(plan)

    receipt = applied.receipts[change.id]
    assert receipt.outcome is Outcome.STALE
    assert receipt.observed == {"phone": "somebody's"}
    assert pair.value(ann, "phone") == "somebody's"
    assert pair.crms["left"].writes == []


def test_another_field_edited_since_the_plan_does_not_hold_a_change_up(pair: Pair) -> None:
    ann = pair.person("left", phone="1", title="Boss")
    plan = pair.plan([update(ann, "phone", "1", "11")])
    pair.crms["left"].edit("people", ann.id, {"title": "Bigger boss"})

    assert pair.apply(plan).counts["applied"] == 1
    assert pair.value(ann, "title") == "Bigger boss"


def test_a_deleted_record_makes_its_change_stale(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    plan = pair.plan([update(ann, "phone", "1", "11")])
    pair.crms["left"].delete("people", ann.id)

    assert pair.apply(plan).counts["stale"] == 1


def test_a_wanted_value_that_is_there_already_is_not_written_again(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    plan = pair.plan([update(ann, "phone", "1", "11")])
    pair.crms["left"].edit("people", ann.id, {"phone": "11"})

    assert pair.apply(plan).counts["already"] == 1
    assert pair.crms["left"].writes == []


def test_applying_the_same_plan_again_sends_nothing_and_looks_at_nothing(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    plan = pair.plan([update(ann, "phone", "1", "11"), create("right", "a", last_name="A")])
    first = pair.apply(plan)
    sent = len(pair.crms["left"].writes) + len(pair.crms["right"].writes)
    for crm in pair.crms.values():
        crm.fail(Fault.KILL)  # would strike with the next request of any kind

    again = pair.apply(plan)

    assert first.counts["applied"] == 2
    assert again.counts["already"] == 2
    assert again.sent == 0
    assert len(pair.crms["left"].writes) + len(pair.crms["right"].writes) == sent


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.KILL_AFTER])
def test_a_create_is_not_doubled_when_the_process_dies_around_it(pair: Pair, fault: Fault) -> None:
    change = create("right", "a", last_name="A")
    plan = pair.plan([change])
    pair.crms["right"].fail(fault)
    with pytest.raises(Killed):
        pair.apply(plan)

    applied = pair.apply(plan)

    assert applied.receipts[change.id].outcome in (Outcome.APPLIED, Outcome.ALREADY)
    assert len(pair.crms["right"].state()["people"]) == 1


def test_what_a_killed_run_left_in_doubt_is_settled_by_the_next_even_if_nothing_is_approved(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    change = update(ann, "phone", "1", "11")
    pair.crms["left"].fail(Fault.KILL_AFTER, after=1)
    with pytest.raises(Killed):
        pair.apply(pair.plan([change]))

    applied = pair.apply(pair.plan([update(ann, "phone", "11", "111")]), [])

    assert applied.sent == 0
    with pair.store() as store:
        assert store.open_intents() == []


def test_a_lost_answer_is_settled_by_looking_before_the_run_ends(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    change = update(ann, "phone", "1", "11")
    plan = pair.plan([change])
    pair.crms["left"].fail(Fault.LOST, after=1)  # the first request looks, the second writes

    applied = pair.apply(plan)

    assert applied.receipts[change.id].outcome is Outcome.APPLIED
    assert pair.value(ann, "phone") == "11"


def test_what_depends_on_a_failed_change_is_skipped_with_the_reason(pair: Pair) -> None:
    parent = create("right", "a", last_name="A")
    child = replace(create("right", "b", last_name="B"), needs=(parent.id,))
    plan = pair.plan([parent, child])
    pair.crms["right"].fail(Fault.REFUSE)

    applied = pair.apply(plan)

    assert outcomes(applied) == {parent.id: Outcome.REFUSED, child.id: Outcome.SKIPPED}
    assert parent.id in applied.receipts[child.id].message


def test_a_change_that_points_at_a_new_record_gets_its_real_address(pair: Pair) -> None:
    company = Change(Action.CREATE, Ref("right", "companies", "new-c"), Kind.COMPANY, values={"name": "C"})
    person = replace(create("right", "p", last_name="P", company_id="companies/new-c"), needs=(company.id,))

    applied = pair.apply(pair.plan([company, person]))

    made = applied.receipts[company.id].ref
    child = applied.receipts[person.id].ref
    assert made is not None
    assert child is not None
    assert pair.value(child, "company_id") == f"companies/{made.id}"


def test_an_expired_plan_is_refused_before_anything_is_read(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    plan = pair.plan([update(ann, "phone", "1", "11")])
    pair.clock.now += timedelta(days=30)
    pair.crms["left"].fail(Fault.KILL)

    with pytest.raises(StalePlanError, match="expired"):
        pair.apply(plan)


def test_a_tripped_guard_refuses_until_forced(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    plan = pair.plan([update(ann, "phone", "1", "11")])
    guard = GuardVerdict("max_changes", 1, 0, tripped=True, what="1 change, the guard is 0.")
    with pair.store() as store:
        run = store.start_run("apply", plan.id)
        arguments = (plan, [plan.changes[0].id], pair.connectors(), store)

        with pytest.raises(GuardError, match="Nothing was written"):
            apply(*arguments, run_id=run.id, now=pair.clock, guards=[guard])
        assert pair.value(ann, "phone") == "1"
        forced = apply(*arguments, run_id=run.id, now=pair.clock, guards=[guard], force=True)

    assert forced.counts["applied"] == 1


def test_an_unavailable_crm_fails_its_changes_and_a_later_apply_carries_them_out(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    plan = pair.plan([update(ann, "phone", "1", "11")])
    pair.crms["left"].fail(Fault.UNAVAILABLE)

    first = pair.apply(plan)
    second = pair.apply(plan)

    assert (first.counts["failed"], second.counts["applied"]) == (1, 1)
    assert pair.value(ann, "phone") == "11"


def test_the_value_that_was_overwritten_is_in_the_journal(pair: Pair) -> None:
    ann = pair.person("left", phone="1", title="Boss")
    change = update(ann, "phone", "1", "11")
    pair.apply(pair.plan([change]))

    with pair.store() as store:
        (intent,) = store.intents(store.runs(limit=1)[0].id)

    assert intent.image is not None
    assert intent.image.fields["phone"] == "1"
    assert intent.image.fields["title"] == "Boss"


def test_verify_sees_a_value_that_no_longer_holds(pair: Pair) -> None:
    ann = pair.person("left", phone="1")
    change = update(ann, "phone", "1", "11")
    plan = pair.plan([change])
    applied = pair.apply(plan)
    with pair.store() as store:
        assert verify(plan, applied.receipts, pair.connectors(), store).ok
        pair.crms["left"].edit("people", ann.id, {"phone": "somebody's"})

        verified = verify(plan, applied.receipts, pair.connectors(), store)

    assert [drift.now for drift in verified.drifted] == ["somebody's"]


def test_a_merge_is_stale_when_a_participant_was_edited_since_the_plan(pair: Pair) -> None:
    ann, anna = pair.person("left", last_name="Ann"), pair.person("left", last_name="Anna")
    with pair.store() as store:
        connector = pair.connectors()["left"]
        store.put_records([r for r in connector.get([ann, anna]).values() if r])
    plan = pair.plan([Change(Action.MERGE, ann, Kind.PERSON, others=(anna,), rule="merge")])
    pair.crms["left"].edit("people", anna.id, {"title": "Doctor"})

    applied = pair.apply(plan)

    assert applied.counts["stale"] == 1
    assert len(pair.crms["left"].state()["people"]) == 2


def test_a_blank_left_halfway_is_ours_only_where_the_connector_leaves_one(pair: Pair) -> None:
    people = pair.crms["left"]
    people.two_steps.add(("people", "lifecycle_stage"))
    ann = pair.person("left", lifecycle_stage="customer", phone="1")
    stage, phone = update(ann, "lifecycle_stage", "customer", "lead"), update(ann, "phone", "1", "11")
    plan = pair.plan([stage, phone])
    people.fail(Fault.KILL, after=2)  # read and cleared, but not written
    with pytest.raises(Killed):
        pair.apply(plan)
    assert pair.value(ann, "lifecycle_stage") is None
    people.edit("people", ann.id, {"phone": None})  # somebody clears the other field meanwhile

    applied = pair.apply(plan)

    assert outcomes(applied) == {stage.id: Outcome.APPLIED, phone.id: Outcome.STALE}
    assert (pair.value(ann, "lifecycle_stage"), pair.value(ann, "phone")) == ("lead", None)


@pytest.mark.parametrize("identity", ["primary", "new"])
def test_a_link_to_what_a_merge_makes_is_written_after_it(pair: Pair, identity: str) -> None:
    pair.crms["left"].merge_identity = identity
    ann, bob, eve = (pair.person("left", phone=phone) for phone in "123")
    pair.stored_ids["right"] = (StoredId("people", "left_id", "left", "people"),)
    pair.connectors()
    other = pair.person("right", left_id=ann.id)
    first = Change(Action.MERGE, ann, Kind.PERSON, others=(bob,), rule="merge")
    second = Change(Action.MERGE, ann, Kind.PERSON, others=(eve,), rule="merge")
    link = replace(
        update(other, "foreign_ids", str(ann), str(merged_ref(first))), rule="link_id", needs=(first.id, second.id)
    )
    plan = pair.plan([first, second, link])

    applied = pair.apply(plan)

    assert set(outcomes(applied).values()) == (
        {Outcome.APPLIED} if identity == "new" else {Outcome.APPLIED, Outcome.ALREADY}
    )
    (left,) = [row.id for row in pair.crms["left"].table("people").values() if not row.merged_into]
    assert pair.value(other, "left_id") == left
    with pair.store() as store:
        assert verify(plan, applied.receipts, pair.connectors(), store).ok


def test_a_link_is_not_written_when_its_merge_was_not_approved(pair: Pair) -> None:
    pair.crms["left"].merge_identity = "new"
    ann, bob = pair.person("left", phone="1"), pair.person("left", phone="2")
    pair.stored_ids["right"] = (StoredId("people", "left_id", "left", "people"),)
    pair.connectors()
    other = pair.person("right", left_id=ann.id)
    merge = Change(Action.MERGE, ann, Kind.PERSON, others=(bob,), rule="merge")
    link = replace(update(other, "foreign_ids", str(ann), str(merged_ref(merge))), needs=(merge.id,))

    applied = pair.apply(pair.plan([merge, link]), [link.id])

    assert outcomes(applied) == {merge.id: Outcome.SKIPPED, link.id: Outcome.SKIPPED}
    assert pair.value(other, "left_id") == ann.id
