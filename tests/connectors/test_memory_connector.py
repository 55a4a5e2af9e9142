"""What the memory CRM does beyond the contract: it stands for real ones, so its own behaviour is pinned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from trueup.connectors.kit.base import Settings
from trueup.connectors.memory import Fault, Killed, MemoryConnector, MemoryCrm, database, forget
from trueup.connectors.memory.reader import HISTORY
from trueup.errors import RefusedError, UnavailableError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.policy import StoredId
from trueup.model.receipts import Outcome
from trueup.model.records import Page, PullSummary
from trueup.model.refs import Ref


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 6, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        self.now += timedelta(seconds=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(clock: Clock) -> MemoryCrm:
    return MemoryCrm(clock=clock)


def connect(crm: MemoryCrm, **options: object) -> MemoryConnector:
    return MemoryConnector(Settings("crm", options, secret=str), crm)


def pull(connector: MemoryConnector, object_: str, since=None) -> tuple[list[Page], PullSummary]:  # type: ignore[no-untyped-def]
    pages, steps = [], connector.pull(object_, since)
    while True:
        try:
            pages.append(next(steps))
        except StopIteration as stop:
            return pages, stop.value


def update(id_: str, before: str | None, after: str | None, field: str = "phone") -> Change:
    return Change(Action.UPDATE, Ref("crm", "people", id_), Kind.PERSON, field=field, before=before, after=after)


def test_a_merge_reparents_references_and_ties(crm: MemoryCrm) -> None:
    kept, lost = crm.add("companies", {"name": "Kept"}), crm.add("companies", {"name": "Lost", "phone": "1"})
    person = crm.add("people", {"company_id": f"companies/{lost}"})
    deal = crm.add("deals", {"name": "Deal"})
    crm.associate("deal_company", ("deals", deal), ("companies", lost))

    assert crm.merge("companies", kept, lost) == kept

    assert crm.live("people", person).fields["company_id"] == f"companies/{kept}"  # type: ignore[union-attr]
    assert [a.target.id for a in crm.associations_of("crm", "deals", deal)] == [kept]
    assert crm.live("companies", lost).fields == crm.live("companies", kept).fields  # type: ignore[union-attr]
    assert crm.live("companies", kept).fields["phone"] == "1"  # type: ignore[union-attr]


def test_a_merge_may_make_a_third_record(crm: MemoryCrm) -> None:
    crm.merge_identity = "new"
    a, b = crm.add("people", {"first_name": "Ann"}), crm.add("people", {"last_name": "Bee"})
    connector = connect(crm)
    change = Change(Action.MERGE, Ref("crm", "people", a), Kind.PERSON, others=(Ref("crm", "people", b),))

    (receipt,) = connector.write([change])

    assert receipt.outcome is Outcome.APPLIED
    assert receipt.ref is not None
    assert receipt.ref.id not in (a, b)
    got = connector.get([Ref("crm", "people", a), Ref("crm", "people", b)])
    assert {r.ref for r in got.values() if r} == {receipt.ref}
    (again,) = connector.write([change])
    assert again.outcome is Outcome.ALREADY


def test_an_update_of_unknown_fate_was_carried_out(crm: MemoryCrm) -> None:
    id_ = crm.add("people")
    crm.fail(Fault.LOST)

    (receipt,) = connect(crm).write([update(id_, None, "1")])

    assert receipt.outcome is Outcome.UNKNOWN
    assert crm.live("people", id_).fields["phone"] == "1"  # type: ignore[union-attr]


@pytest.mark.parametrize(("fault", "outcome"), [(Fault.UNAVAILABLE, Outcome.FAILED), (Fault.REFUSE, Outcome.REFUSED)])
def test_a_failed_update_changes_nothing(crm: MemoryCrm, fault: Fault, outcome: Outcome) -> None:
    id_ = crm.add("people")
    crm.fail(fault)

    (receipt,) = connect(crm).write([update(id_, None, "1")])

    assert receipt.outcome is outcome
    assert "phone" not in crm.live("people", id_).fields  # type: ignore[union-attr]
    assert crm.commits == []


@pytest.mark.parametrize(("fault", "written"), [(Fault.KILL, []), (Fault.KILL_AFTER, ["update people/1"])])
def test_a_kill_strikes_before_or_after_the_commit(crm: MemoryCrm, fault: Fault, written: list[str]) -> None:
    id_ = crm.add("people")
    crm.fail(fault)

    with pytest.raises(Killed):
        connect(crm).write([update(id_, None, "1")])

    assert crm.commits == written


def test_a_fault_can_wait_for_a_later_request(crm: MemoryCrm) -> None:
    ids = [crm.add("people") for _ in range(3)]
    crm.fail(Fault.REFUSE, after=1)

    receipts = connect(crm).write([update(i, None, "1") for i in ids])

    assert [r.outcome for r in receipts] == [Outcome.APPLIED, Outcome.REFUSED, Outcome.APPLIED]


def test_a_pull_that_breaks_off_says_so_and_moves_no_mark(crm: MemoryCrm) -> None:
    for _ in range(5):
        crm.add("people")
    crm.fail(Fault.INCOMPLETE, after=1)

    pages, summary = pull(connect(crm, page_size=2), "people")

    assert len(pages) == 1
    assert not summary.complete
    assert summary.high_water is None
    assert summary.notes


def test_a_pull_of_a_crm_that_is_down_raises(crm: MemoryCrm) -> None:
    crm.add("people")
    crm.fail(Fault.UNAVAILABLE)

    with pytest.raises(UnavailableError):
        pull(connect(crm), "people")


def test_an_edit_during_a_pull_is_seen_by_the_next_one(crm: MemoryCrm, clock: Clock) -> None:
    ids = [crm.add("people") for _ in range(4)]
    clock.tick()
    connector = connect(crm, page_size=2)
    steps = connector.pull("people", None)
    next(steps)
    clock.tick()
    crm.edit("people", ids[0], {"phone": "1"})
    summary = None
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        summary = stop.value

    pages, _ = pull(connector, "people", summary.high_water)

    assert [r.ref.id for p in pages for r in p.records] == [ids[0]]


def test_history_tells_each_stage_once_in_order(crm: MemoryCrm, clock: Clock) -> None:
    id_ = crm.add("people", {"lifecycle_stage": "lead"})
    clock.tick()
    crm.edit("people", id_, {"lifecycle_stage": "mql"})
    crm.edit("people", id_, {"lifecycle_stage": "mql", "phone": "1"})

    pages, _ = pull(connect(crm), HISTORY)

    assert [e.stage for p in pages for e in p.stage_events] == ["lead", "mql"]


def test_stored_ids_are_one_canonical_field(crm: MemoryCrm) -> None:
    stored = (StoredId("people", "other_id", "other", "Contact"),)
    connector = MemoryConnector(Settings("crm", {}, secret=str, stored_ids=stored), crm)
    ref = Ref("crm", "people", crm.add("people", {"other_id": "7"}))

    assert connector.get([ref])[ref].fields["foreign_ids"] == "other:Contact/7"  # type: ignore[union-attr]
    (receipt,) = connector.write([update(ref.id, "other:Contact/7", "other:Contact/8", "foreign_ids")])

    assert receipt.outcome is Outcome.APPLIED
    assert crm.live("people", ref.id).fields["other_id"] == "8"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "act",
    [
        lambda crm: crm.add("people", {"nonsense": "1"}),  # a field that is none
        lambda crm: crm.add("people", {"industry": "Alchemy"}),  # outside a restricted picklist
        lambda crm: crm.add("planets"),  # an object that is none
        lambda crm: crm.edit("people", "404", {}),  # a record that is none
        lambda crm: crm.merge("people", "1", "1"),  # a record with itself
    ],
)
def test_the_crm_refuses_what_makes_no_sense(crm: MemoryCrm, act: Callable[[MemoryCrm], object]) -> None:
    crm.choices["people", "industry"] = ("Banking",)
    crm.add("people", {"industry": "Banking"})

    with pytest.raises(RefusedError):
        act(crm)


def test_connections_share_a_named_database() -> None:
    crm = database("shared")
    try:
        one, two = (MemoryConnector(Settings(s, {"database": "shared"}, secret=str)) for s in ("one", "two"))
        crm.add("people")

        assert [p.records[0].ref.system for c in (one, two) for p in pull(c, "people")[0]] == ["one", "two"]
    finally:
        forget("shared")
