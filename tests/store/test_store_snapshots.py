"""Pulls: what is kept, what is concluded, and what survives a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trueup.model.kinds import Kind
from trueup.model.records import (
    Association,
    HighWater,
    Page,
    PullSummary,
    Record,
    Snapshot,
    StageEvent,
    StageSource,
)
from trueup.model.refs import Ref
from trueup.store import Store, open_store, snapshots

REPO = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


def person(
    id_: str, *, at: datetime | None = NOW, deleted: bool = False, into: str = "", **fields: str | None
) -> Record:
    merged = Ref("hs", "contacts", into) if into else None
    return Record(Ref("hs", "contacts", id_), Kind.PERSON, fields, "v1", at, deleted, merged)


def pull(
    store: Store,
    *pages: Page,
    mark: str | None = "m1",
    complete: bool = True,
    full: bool = True,
    object_: str = "contacts",
) -> Snapshot:
    writer = store.begin("hs", object_, full, NOW)
    for page in pages:
        writer.add(page)
    seen = sum(len(page.records) for page in pages)
    return writer.finish(PullSummary(HighWater(mark) if mark else None, complete, full, seen, notes=("a note",)))


def people(*ids: str) -> Page:
    return Page(records=tuple(person(id_, email=f"{id_}@acme.example") for id_ in ids))


def live(store: Store, ids: Sequence[str]) -> list[str]:
    found = store.records([Ref("hs", "contacts", id_) for id_ in ids])
    return sorted(ref.id for ref, record in found.items() if not record.deleted and record.merged_into is None)


def broken_off(store: Store) -> tuple[str, bool]:
    """The newest snapshot, which did not come to its end: what it claims, and that it says so."""
    (newest,) = store.snapshots()
    assert not newest.complete
    return newest.id, newest.notes == (snapshots.BROKEN_OFF,)


def test_a_complete_full_pull_concludes_absence(store: Store) -> None:
    pull(store, people("1", "2", "3"))

    second = pull(store, people("1", "3"), mark="m2")

    assert live(store, "123") == ["1", "3"]
    gone = store.record(Ref("hs", "contacts", "2"))
    assert gone is not None
    assert gone.deleted
    assert gone.fields == {"email": "2@acme.example"}, "the last known fields stay"
    assert store.refs_missing_from(second) == [Ref("hs", "contacts", "2")]


@pytest.mark.parametrize(("complete", "full"), [(False, True), (True, False), (False, False)])
def test_nothing_else_concludes_absence(store: Store, complete: bool, full: bool) -> None:
    pull(store, people("1", "2", "3"))

    second = pull(store, people("1"), mark="m2", complete=complete, full=full)

    assert live(store, "123") == ["1", "2", "3"]
    missing = [Ref("hs", "contacts", "2"), Ref("hs", "contacts", "3")] if full else []
    assert store.refs_missing_from(second) == missing


def test_absence_is_of_one_object_in_one_system(store: Store) -> None:
    other_object, other_system = Ref("hs", "companies", "1"), Ref("sf", "contacts", "1")
    pull(store, Page(records=(Record(other_object, Kind.COMPANY, {}),)), object_="companies")
    writer = store.begin("sf", "contacts", True, NOW)
    writer.add(Page(records=(Record(other_system, Kind.PERSON, {}),)))
    writer.finish(PullSummary(None, True, True, 1))

    pull(store, people("9"))

    assert not any(record.deleted for record in store.records([other_object, other_system]).values())
    assert store.totals() == {("hs", "companies"): 1, ("hs", "contacts"): 1, ("sf", "contacts"): 1}


def test_a_record_that_comes_back_is_alive_again(store: Store) -> None:
    pull(store, people("1", "2"))
    pull(store, people("1"))
    assert live(store, "12") == ["1"]

    pull(store, people("1", "2"))

    assert live(store, "12") == ["1", "2"]


def test_the_mark_moves_only_with_a_complete_pull(store: Store) -> None:
    assert store.high_water("hs", "contacts") is None
    pull(store, people("1"), mark="m1", complete=False)
    assert store.high_water("hs", "contacts") is None
    pull(store, people("1"), mark="m2")
    assert store.high_water("hs", "contacts") == HighWater("m2")
    pull(store, people("2"), mark="m3", complete=False, full=False)
    assert store.high_water("hs", "contacts") == HighWater("m2")
    pull(store, people("2"), mark="m4", full=False)
    assert store.high_water("hs", "contacts") == HighWater("m4")
    pull(store, mark=None, full=False)  # nothing had changed
    assert store.high_water("hs", "contacts") == HighWater("m4")
    assert store.high_water("sf", "contacts") is None


def test_an_abandoned_pull_concludes_nothing_and_leaves_the_mark(store: Store) -> None:
    first = pull(store, people("1", "2"))

    writer = store.begin("hs", "contacts", True, NOW)
    writer.add(people("1"))
    writer.abandon()

    assert live(store, "12") == ["1", "2"]
    assert store.high_water("hs", "contacts") == HighWater("m1")
    assert broken_off(store) == ("s2", True)
    assert first.id == "s1"
    with pytest.raises(ValueError, match="has ended"):
        writer.add(people("3"))


def test_the_newest_snapshot_of_each_object_is_kept_as_it_was_given_back(store: Store) -> None:
    pull(store, people("1"))
    second = pull(store, people("1"), mark="m2", complete=False, full=False)
    deals = pull(store, object_="deals")

    assert store.snapshots() == [second, deals]
    assert second.notes == ("a note",)
    assert [snapshot.id for snapshot in (second, deals)] == ["s2", "s3"]


def test_null_absent_and_blank_are_three_things(store: Store) -> None:
    pull(store, Page(records=(person("1", email=None, phone="", title="CEO"),)))

    record = store.record(Ref("hs", "contacts", "1"))

    assert record is not None
    assert record.fields == {"email": None, "phone": "", "title": "CEO"}
    assert "first_name" not in record.fields


def test_moments_come_back_in_utc_whatever_zone_they_came_in(store: Store) -> None:
    tokyo = datetime(2026, 5, 6, 21, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    pull(store, Page(records=(person("1", at=tokyo), person("2", at=None))))

    first, second = store.record(Ref("hs", "contacts", "1")), store.record(Ref("hs", "contacts", "2"))

    assert first is not None
    assert first.modified_at == tokyo
    assert first.modified_at is not None
    assert first.modified_at.tzinfo is UTC
    assert second is not None
    assert second.modified_at is None


def test_a_moment_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="without time zone"):
        store.put_records([person("1", at=datetime(2026, 5, 6))])


def test_an_older_state_does_not_overwrite_a_newer_one_but_counts_as_seen(store: Store) -> None:
    """An index lags behind what we have just written and read back."""
    store.put_records([person("1", at=NOW + timedelta(seconds=5), email="new@acme.example")])

    pull(store, Page(records=(person("1", at=NOW, email="old@acme.example"),)))

    record = store.record(Ref("hs", "contacts", "1"))
    assert record is not None
    assert record.fields == {"email": "new@acme.example"}
    assert record.modified_at == NOW + timedelta(seconds=5)
    assert not record.deleted


@pytest.mark.parametrize("newer_first", [True, False])
def test_a_record_seen_twice_in_a_pull_is_kept_in_its_newer_state(store: Store, newer_first: bool) -> None:
    """It moved from one page to another while they were read."""
    old, new = person("1", title="old"), person("1", at=NOW + timedelta(seconds=1), title="new")

    pull(store, *(Page(records=(record,)) for record in ((new, old) if newer_first else (old, new))))

    record = store.record(old.ref)
    assert record is not None
    assert record.fields == {"title": "new"}


def test_a_deletion_without_fields_keeps_the_last_known_ones(store: Store) -> None:
    pull(store, people("1", "2"))

    pull(store, Page(records=(person("1", at=None, deleted=True), person("2", into="9"))), full=False)

    one, two = store.record(Ref("hs", "contacts", "1")), store.record(Ref("hs", "contacts", "2"))
    assert one is not None
    assert (one.deleted, one.fields, one.modified_at) == (True, {"email": "1@acme.example"}, NOW)
    assert two is not None
    assert (two.merged_into, two.fields) == (Ref("hs", "contacts", "9"), {"email": "2@acme.example"})


def test_a_record_written_during_a_pull_is_not_concluded_to_be_gone(store: Store) -> None:
    writer = store.begin("hs", "contacts", True, NOW)
    writer.add(people("1"))
    store.put_records([person("2", email="just@created.example")])
    writer.finish(PullSummary(None, True, True, 1))

    assert live(store, "12") == ["1", "2"]


def test_more_than_a_lot_arrives_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LOT", 7)
    ids = [str(number) for number in range(100)]

    pull(store, *(people(*ids[start : start + 5]) for start in range(0, 100, 5)))

    assert live(store, ids) == sorted(ids)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from trueup.model.kinds import Kind
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.store import open_store, snapshots

snapshots.LOT = 10
if sys.argv[2] == "finish":
    real = snapshots.SnapshotWriter._end
    def end(*args):
        real(*args)
        os.kill(os.getpid(), signal.SIGKILL)  # everything done, nothing committed
    snapshots.SnapshotWriter._end = end
writer = open_store(sys.argv[1]).begin("hs", "contacts", True, datetime.now(UTC))
at = datetime(2026, 5, 7, tzinfo=UTC)
for n in range(5):
    ids = [str(n * 6 + i) for i in range(6)]
    writer.add(Page(records=tuple(
        Record(Ref("hs", "contacts", id_), Kind.PERSON, {"email": "second"}, "v2", at) for id_ in ids)))
if sys.argv[2] == "finish":
    writer.finish(PullSummary(HighWater("m2"), True, True, 30))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["midway", "finish"])
def test_a_killed_pull_loses_nothing_and_concludes_nothing(store: Store, store_url: str, when: str) -> None:
    ids = [str(number) for number in range(40)]
    first = pull(store, Page(records=tuple(person(id_, email="first") for id_ in ids)))

    killed = subprocess.run([sys.executable, "-c", KILLED, store_url, when], cwd=REPO, capture_output=True)

    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert live(store, ids) == sorted(ids)
    states = {record.fields["email"] for record in store.records([Ref("hs", "contacts", i) for i in ids]).values()}
    assert states <= {"first", "second"}
    assert store.high_water("hs", "contacts") == HighWater("m1")
    assert broken_off(store) == ("s2", True)
    assert first.id == "s1"

    pull(
        store,
        Page(records=tuple(person(id_, at=NOW + timedelta(days=1), email="third") for id_ in ids[:30])),
        mark="m3",
    )
    assert live(store, ids) == sorted(ids[:30])
    assert store.high_water("hs", "contacts") == HighWater("m3")


def tie(type_: str, source: str, target: str, label: str = "", id_: str = "", deleted: bool = False) -> Association:
    return Association(type_, Ref("hs", "deals", source), Ref("hs", "contacts", target), label, id_, deleted)


def ties_of(store: Store, deal: str) -> list[tuple[str, str, str]]:
    return [(t.target.id, t.label, t.id) for t in store.associations_of(Ref("hs", "deals", deal))]


@pytest.mark.parametrize("lot", [1, 5000], ids=["page by page", "in one lot"])
def test_pages_overrule_earlier_pages(store: Store, lot: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same whether the earlier page is in the database already or still waiting."""
    monkeypatch.setattr(snapshots, "LOT", lot)
    d = "deal_person"

    pull(
        store,
        Page(associations=(tie(d, "1", "a"), tie(d, "1", "b"), tie(d, "2", "a", "Buyer"), tie(d, "2", "a", "User"))),
        Page(associations=(tie(d, "3", "a", "Role", "t1"), tie(d, "3", "b", "Role", "t2"), tie(d, "4", "a", "x"))),
        Page(replaces=((d, Ref("hs", "deals", "1")),), associations=(tie(d, "1", "c"),)),
        Page(associations=(tie(d, "2", "a", "Buyer", deleted=True), tie(d, "4", "a", deleted=True))),
        Page(associations=(tie(d, "3", "a", "New role", "t1"), tie(d, "3", "b", "Role", "t2", deleted=True))),
        full=False,
    )

    assert ties_of(store, "1") == [("c", "", "")]
    assert ties_of(store, "2") == [("a", "User", "")]
    assert ties_of(store, "3") == [("a", "New role", "t1")]
    assert ties_of(store, "4") == []
    assert len(store.associations_of(Ref("hs", "contacts", "a"))) == 2, "found from the other end too"


def test_ties_not_listed_again_are_gone_after_a_complete_full_pull_of_the_same_object(store: Store) -> None:
    pull(store, Page(associations=(tie("deal_person", "1", "a"), tie("deal_person", "1", "b"))), object_="roles")
    pull(store, Page(associations=(tie("deal_person", "1", "z"),)), object_="deals")

    pull(store, Page(associations=(tie("deal_person", "1", "a"),)), object_="roles", complete=False)
    assert len(ties_of(store, "1")) == 3
    pull(store, Page(associations=(tie("deal_person", "1", "a"),)), object_="roles")

    assert ties_of(store, "1") == [("a", "", ""), ("z", "", "")]


def events(store: Store) -> list[tuple[str, str, int, str]]:
    import duckdb

    from trueup.store import columns

    con = duckdb.connect()
    columns.load(store, con)
    return con.execute('SELECT ref[13:], stage, day("at"), source FROM stage_event ORDER BY ALL').fetchall()


def event(id_: str, stage: str, day: int, source: StageSource) -> StageEvent:
    at = datetime(2026, 1, day, tzinfo=UTC)
    return StageEvent(Ref("hs", "contacts", id_), "lifecycle_stage", stage, at, source)


def test_history_grows_and_stamps_are_restated_with_their_record(store: Store) -> None:
    history, stamped = StageSource.HISTORY, StageSource.STAMP
    pull(store, Page(stage_events=(event("1", "lead", 1, history),)), object_="contacts:history")
    pull(
        store,
        Page(people("1", "2").records, stage_events=(event("1", "mql", 2, stamped), event("2", "mql", 2, stamped))),
    )

    pull(store, Page(people("1").records, stage_events=(event("1", "sql", 3, stamped),)), full=False)
    pull(store, Page(stage_events=(event("1", "mql", 4, history),)), object_="contacts:history", full=False)

    assert events(store) == [
        ("1", "lead", 1, "history"),
        ("1", "mql", 4, "history"),
        ("1", "sql", 3, "stamp"),
        ("2", "mql", 2, "stamp"),
    ]


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
plain = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
moments = st.datetimes(
    datetime(1900, 1, 1),
    datetime(2999, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7, minutes=-30))]),
)


@st.composite
def any_record(draw: st.DrawFn) -> Record:
    object_ = draw(plain.filter(lambda name: "/" not in name))
    merged = Ref("hs", object_, draw(plain)) if draw(st.booleans()) else None
    return Record(
        Ref("hs", object_, draw(plain)),
        draw(st.sampled_from(Kind)),
        draw(st.dictionaries(text, st.none() | text, min_size=1, max_size=5)),
        draw(text.map(lambda value: value.replace("\0", ""))),
        draw(st.none() | moments),
        draw(st.booleans()),
        merged,
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(any_record(), max_size=8, unique_by=lambda record: record.ref))
def test_every_record_survives_the_trip(store: Store, records: list[Record]) -> None:
    objects = sorted({record.ref.object for record in records})
    with store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM records")
    for object_ in objects:
        writer = store.begin("hs", object_, True, NOW)
        writer.add(Page(records=tuple(record for record in records if record.ref.object == object_)))
        writer.finish(PullSummary(None, True, True, 0))

    assert store.records([record.ref for record in records]) == {record.ref: record for record in records}


def test_half_a_character_becomes_a_replacement_sign(store: Store) -> None:
    """Some CRMs let lone surrogates through; neither database could keep them."""
    store.put_records([person("1", title="a\ud83db")])

    record = store.record(Ref("hs", "contacts", "1"))

    assert record is not None
    assert record.fields == {"title": "a\ufffdb"}


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_its_owner_may_read_a_store_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "store.db"
    with open_store(f"sqlite:///{path}"):
        assert path.stat().st_mode & 0o077 == 0
        assert not any(p.stat().st_mode & 0o077 for p in path.parent.iterdir())
