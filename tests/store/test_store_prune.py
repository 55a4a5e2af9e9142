"""Pruning forgets plans whole with their journal, and never what undo, our own writes or an open question need."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from trueup.errors import PlanError
from trueup.model.changes import Action, Change, Plan
from trueup.model.findings import Finding, Severity
from trueup.model.kinds import Kind
from trueup.model.notes import PlanNotes
from trueup.model.receipts import Decision, Outcome, Receipt, RunStatus, Verdict
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.store import Store
from trueup.store.prune import KEPT_VALUES
from trueup.store.tables import metadata

DAY = timedelta(days=1)
ONE = Ref("hs", "contacts", "1")


def change(before: str, after: str, ref: Ref = ONE) -> Change:
    return Change(Action.UPDATE, ref, Kind.PERSON, field="phone", before=before, after=after, values={})


def applied(
    store: Store, id_: str, at: datetime, *changes: Change, made: datetime | None = None, settled: bool = True
) -> str:
    """A plan made and applied at a time, with notes; gives the run."""
    made = made or at
    store.save_plan(Plan(id_, f"d-{id_}", made, made + 3 * DAY, (), "p", changes, ()))
    store.save_notes(id_, PlanNotes({"DUP001-1": "why"}))
    run = store.start_run("apply", id_, at=at)
    image = Record(ONE, Kind.PERSON, {"phone": "0"}, "v1")
    store.intend(run.id, id_, changes, {c.target: image for c in changes}, at)
    outcome = Outcome.APPLIED if settled else Outcome.UNKNOWN
    store.record_receipts(run.id, [Receipt(c.id, outcome, at) for c in changes])
    store.end_run(run.id, RunStatus.DONE, 0, {"applied": len(changes)}, at=at)
    return run.id


def rows(store: Store) -> dict[str, int]:
    with store.database.read() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.tables.values()
        }


def test_an_old_plan_goes_whole_with_its_journal_and_a_newer_one_stays_whole(store: Store, now: datetime) -> None:
    old = applied(store, "old", now - 100 * DAY, change("0", "1"))
    new = applied(store, "new", now - 10 * DAY, change("1", "2"))

    pruned = store.prune(now - 50 * DAY, now)

    assert (pruned.plans, pruned.runs, pruned.changes, pruned.images, pruned.receipts) == (1, (old,), 1, 1, 1)
    with pytest.raises(PlanError):
        store.plan("old")
    assert store.notes("old") is None
    assert store.intents(old) == []
    assert store.receipts(plan_id="old") == []
    assert [i.image for i in store.intents(new)] == [Record(ONE, Kind.PERSON, {"phone": "0"}, "v1")]
    assert len(store.receipts(plan_id="new")) == 1
    assert store.notes("new") == PlanNotes({"DUP001-1": "why"})
    assert [run.id for run in store.runs()] == [new, old], "the list of runs is history, and stays"


def test_a_dry_run_says_the_same_and_forgets_nothing(store: Store, now: datetime) -> None:
    applied(store, "old", now - 100 * DAY, change("0", "1"))
    applied(store, "new", now, change("1", "2"))
    before = rows(store)

    said = store.prune(now - 50 * DAY, now, dry_run=True)

    assert rows(store) == before
    assert said == store.prune(now - 50 * DAY, now)
    assert rows(store) != before
    assert store.prune(now - 50 * DAY, now).rows == 0, "a second time there is nothing left to forget"


def test_the_newest_plan_stays_however_old(store: Store, now: datetime) -> None:
    applied(store, "old", now - 100 * DAY, change("0", "1"))

    assert store.prune(now, now).plans == 0
    assert store.latest_plan() is not None


def test_an_old_plan_that_was_applied_lately_stays_whole(store: Store, now: datetime) -> None:
    run = applied(store, "old", now - DAY, change("0", "1"), made=now - 100 * DAY)
    applied(store, "new", now, change("1", "2"))

    assert store.prune(now - 50 * DAY, now).rows == 0
    assert len(store.intents(run)) == 1


def test_what_is_not_settled_stays_with_its_plan(store: Store, now: datetime) -> None:
    applied(
        store, "old", now - 100 * DAY, change("0", "1"), change("0", "1", Ref("hs", "contacts", "2")), settled=False
    )
    applied(store, "new", now, change("1", "2"))

    assert store.prune(now - 50 * DAY, now).plans == 0
    assert len(store.open_intents()) == 2


def test_the_values_that_we_wrote_last_stay_and_surplus_old_ones_go(store: Store, now: datetime) -> None:
    for n in range(KEPT_VALUES + 5):
        applied(store, f"p{n:02d}", now - (200 - n) * DAY, change(str(n), str(n + 1)))
    applied(store, "other", now - 150 * DAY, change("x", "y", Ref("hs", "contacts", "2")))
    applied(store, "newest", now, change("z", "z2", Ref("hs", "contacts", "3")))

    pruned = store.prune(now - 50 * DAY, now)

    assert pruned.values == 5
    kept = [written.value for written in store.writes_to(ONE, "phone", 100)]
    assert kept == [str(n + 1) for n in reversed(range(5, KEPT_VALUES + 5))]
    other = store.last_written(Ref("hs", "contacts", "2"), "phone")
    assert other is not None
    assert other.value == "y"


def test_decisions_base_values_links_and_open_findings_stay(store: Store, now: datetime) -> None:
    done = change("0", "1")
    applied(store, "old", now - 100 * DAY, done)
    applied(store, "new", now, change("1", "2"))
    long_ago = now - 90 * DAY
    store.decide(Decision(done.id, Verdict.REJECT, "dana", long_ago, "taken back"))
    store.agree([(ONE, "phone", "1")])
    closed, still = (Finding(code, Severity.ERROR, Kind.PERSON, (ONE,)) for code in ("STG001", "FLD001"))
    store.save_findings("r1", [closed, still], long_ago)
    store.save_findings("r2", [still], long_ago + DAY)
    before = rows(store)

    pruned = store.prune(now - 50 * DAY, now)

    assert pruned.findings == 1
    assert [finding.code for finding in store.open_findings()] == ["FLD001"]
    assert store.open_findings()[0].first_seen == long_ago
    assert store.decisions()[0].verdict is Verdict.REJECT
    assert list(store.base_values()) == [(ONE, "phone", "1")]
    kept = ("decisions", "base", "links", "records", "runs", "snapshots", "marks")
    assert {name: rows(store)[name] for name in kept} == {name: before[name] for name in kept}


def test_room_is_given_back_and_everything_still_reads(store: Store, now: datetime) -> None:
    for n in range(30):
        wide = replace_value("x" * 20_000, n)
        applied(store, f"p{n:02d}", now - (100 - n) * DAY, wide)
    before = store.size()

    store.prune(now - 50 * DAY, now)
    store.compact()

    if store.database.sqlite:
        assert store.size() < before / 2
    assert store.plan_ids() == ["p29"]
    store.start_run("pull")


def replace_value(value: str, n: int) -> Change:
    return change(value, str(n))
