"""The journal: what was intended, what happened, and what nobody knows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from trueup.errors import UsageError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome, Receipt, RunStatus
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store

ONE, TWO, NEW = Ref("hs", "contacts", "1"), Ref("hs", "contacts", "2"), Ref("hs", "contacts", "new-1")


def update(ref: Ref, field: str = "phone", after: str | None = "2") -> Change:
    return Change(Action.UPDATE, ref, Kind.PERSON, field=field, before="1", after=after, values={})


def receipt(change: Change, outcome: Outcome, at: datetime, ref: Ref | None = None) -> Receipt:
    return Receipt(change.id, outcome, at, ref, {"phone": None}, "CODE", "what it said", "req-1")


def record(ref: Ref) -> Record:
    return Record(ref, Kind.PERSON, {"phone": "1", "email": None, "title": ""}, "v7")


def test_an_intent_is_open_until_its_receipt(store: Store, now: datetime) -> None:
    run = store.start_run("apply", "p1", at=now)
    first, second = update(ONE), update(TWO)
    store.intend(run.id, "p1", [first, second], {ONE: record(ONE), TWO: None}, now)
    assert [i.change for i in store.open_intents()] == [first, second]

    store.record_receipts(run.id, [receipt(second, Outcome.FAILED, now)])

    (intent,) = store.open_intents()
    assert (intent.change, intent.plan_id, intent.run_id, intent.at) == (first, "p1", run.id, now)
    assert intent.image == record(ONE), "NULL, blank and absent as they were"
    assert [i.image for i in store.intents(run.id)] == [record(ONE), None]


@pytest.mark.parametrize("outcome", Outcome)
def test_only_an_unknown_outcome_leaves_the_intent_open(store: Store, now: datetime, outcome: Outcome) -> None:
    change = update(ONE)
    store.intend("r1", "p1", [change], {}, now)

    store.record_receipts("r1", [receipt(change, outcome, now)])

    assert bool(store.open_intents()) == (outcome is Outcome.UNKNOWN)


def test_a_later_run_settles_what_an_earlier_one_left_open(store: Store, now: datetime) -> None:
    change = update(ONE)
    store.intend("r1", "p1", [change], {}, now)
    store.record_receipts("r1", [receipt(change, Outcome.UNKNOWN, now)])

    store.record_receipts("r2", [receipt(change, Outcome.APPLIED, now)])

    assert store.open_intents() == []
    assert [r.outcome for r in store.receipts(plan_id="p1")] == [Outcome.UNKNOWN, Outcome.APPLIED]
    assert [r.outcome for r in store.receipts("r2")] == [Outcome.APPLIED]


def test_the_same_change_in_a_later_plan_is_an_intent_of_its_own(store: Store, now: datetime) -> None:
    """Applied, undone, planned again: an old receipt says nothing about the new intent."""
    change = update(ONE)
    store.intend("r1", "p1", [change], {}, now)
    store.record_receipts("r1", [receipt(change, Outcome.APPLIED, now)])

    store.intend("r2", "p2", [change], {}, now)

    assert [intent.plan_id for intent in store.open_intents()] == ["p2"]


def test_receipts_come_in_the_order_in_which_they_were_written_and_whole(store: Store, now: datetime) -> None:
    run = store.start_run("apply", "p1", at=now)
    given = [receipt(update(ONE, after=str(n)), Outcome.STALE, now + timedelta(seconds=n)) for n in (3, 1, 2)]

    store.record_receipts(run.id, given[:2])
    store.record_receipts(run.id, given[2:])

    assert store.receipts() == given
    assert store.receipts(plan_id="p1") == given, "a receipt without intent belongs to its run's plan"
    assert store.receipts("r999") == []


def test_a_merge_keeps_the_images_of_everyone_it_names(store: Store, now: datetime) -> None:
    merge = Change(Action.MERGE, ONE, Kind.PERSON, others=(TWO,), values={"phone": "1"})

    store.intend("r1", "p1", [merge], {ONE: record(ONE), TWO: record(TWO)}, now)

    (intent,) = store.intents("r1")
    assert intent.images == {ONE: record(ONE), TWO: record(TWO)}


def test_our_own_writes_are_known_again(store: Store, now: datetime) -> None:
    create = Change(Action.CREATE, NEW, Kind.PERSON, values={"phone": "5", "title": None})
    blank, failed = update(ONE, after=None), update(TWO)
    store.intend("r1", "p1", [create, blank, failed], {}, now)
    store.record_receipts(
        "r1",
        [
            receipt(create, Outcome.APPLIED, now, Ref("hs", "contacts", "77")),
            receipt(blank, Outcome.APPLIED, now),
            receipt(failed, Outcome.FAILED, now),
        ],
    )

    created, blanked = store.last_written(Ref("hs", "contacts", "77"), "phone"), store.last_written(ONE, "phone")
    assert created is not None
    assert (created.value, created.run_id, created.at) == ("5", "r1", now)
    assert blanked is not None
    assert blanked.value is None
    assert store.last_written(TWO, "phone") is None
    assert store.last_written(ONE, "email") is None


def test_the_writes_to_a_field_show_that_it_flips(store: Store, now: datetime) -> None:
    for after in ("a", "b", "a"):
        change = update(ONE, after=after)
        store.intend("r1", "p1", [change], {}, now)
        store.record_receipts("r1", [receipt(change, Outcome.APPLIED, now)])

    assert [written.value for written in store.writes_to(ONE, "phone")] == ["a", "b", "a"]


def test_an_intent_that_cannot_be_written_whole_is_not_written_at_all(store: Store, now: datetime) -> None:
    with pytest.raises(TypeError):
        store.intend("r1", "p1", [update(ONE), update(TWO, after=object())], {}, now)  # type: ignore[arg-type]
    assert store.open_intents() == []
    assert store.intents("r1") == []


def test_runs_are_listed_newest_first_with_how_they_ended(store: Store, now: datetime) -> None:
    pull = store.start_run("pull", at=now)
    apply = store.start_run("apply", "p1", at=now)

    done = store.end_run(pull.id, RunStatus.DONE, 0, {"pulled": 12}, at=now + timedelta(minutes=1))

    assert store.runs() == [apply, done]
    assert store.runs(1) == [apply]
    assert (done.status, done.exit_code, done.counts) == (RunStatus.DONE, 0, {"pulled": 12})
    assert done.ended_at == now + timedelta(minutes=1)
    store.set_run_plan(pull.id, "p2")
    assert store.run(pull.id).plan_id == "p2"


@pytest.mark.parametrize("id_", ["r999", "999", "", "rx", "r-1", "r" + "9" * 30])
def test_an_unknown_run_is_an_error(store: Store, id_: str) -> None:
    with pytest.raises(UsageError, match="There is no run"):
        store.run(id_)
    with pytest.raises(UsageError, match="There is no run"):
        store.end_run(id_, RunStatus.DONE)
