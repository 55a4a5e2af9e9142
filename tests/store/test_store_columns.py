"""The frame: exactly the promised tables, live records only, in order, from either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.matching import Link, LinkSource
from trueup.model.receipts import Decision, Verdict
from trueup.model.records import (
    Association,
    HighWater,
    Page,
    PullSummary,
    Record,
    StageEvent,
    StageSource,
)
from trueup.model.refs import Ref
from trueup.model.schema import Choice, FieldDef, Schema
from trueup.store import Store, columns

NAIVE = datetime(2026, 5, 6, 12, 0)
NOW = NAIVE.replace(tzinfo=UTC)


def put(store: Store, system: str, object_: str, *records: Record, **page: object) -> None:
    writer = store.begin(system, object_, True, NOW)
    writer.add(Page(records=records, **page))  # type: ignore[arg-type]
    writer.finish(PullSummary(HighWater("m"), True, True, len(records)))


def person(system: str, object_: str, id_: str, **more: object) -> Record:
    fields = more.pop("fields", {"email": f"{id_}@acme.example"})
    return Record(Ref(system, object_, id_), Kind.PERSON, fields, "v", NOW, **more)  # type: ignore[arg-type]


def frame(store: Store, kinds: set[Kind] | None = None) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    columns.load(store, con, kinds)
    return con


def shape(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(name, type_) for name, type_, *_ in con.execute(f"DESCRIBE {table}").fetchall()]


def test_an_empty_store_gives_every_table_empty(store: Store) -> None:
    con = frame(store)

    tables = {name for (name,) in con.execute("SHOW TABLES").fetchall()}
    assert tables == {
        *(f"record_{kind}" for kind in ("person", "company", "deal", "activity", "owner", "campaign")),
        *(
            "gone",
            "association",
            "stage_event",
            "field_def",
            "snapshot",
            "stored_link",
            "decision",
            "base_value",
            "base_record",
            "written",
        ),
    }
    assert all(con.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,) for table in tables)


def test_the_tables_have_the_promised_columns_and_types(store: Store) -> None:
    con = frame(store)

    v = "VARCHAR"
    for kind in Kind:
        assert shape(con, f"record_{kind}") == [
            *((name, v) for name in ("ref", "system", "object", "id")),
            ("modified_at", "TIMESTAMP"),
            *((name, v) for name in FIELDS[kind]),
        ]
    assert shape(con, "gone")[4:] == [("kind", v), ("deleted", "BOOLEAN"), ("merged_into", v)]
    assert shape(con, "association") == [("type", v), ("source", v), ("target", v), ("label", v)]
    assert shape(con, "stage_event") == [
        ("ref", v), ("field", v), ("stage", v), ("at", "TIMESTAMP"), ("source", v)
    ]  # fmt: skip
    assert shape(con, "field_def") == [
        *((name, v) for name in ("system", "object", "kind", "canonical", "native", "native_type", "type")),
        *(("readable", "BOOLEAN"), ("writable", "BOOLEAN"), ("length", "INTEGER"), ("restricted", "BOOLEAN")),
        *(("choices", "VARCHAR[]"), ("required", "BOOLEAN"), ("is_unique", "BOOLEAN")),
    ]
    assert shape(con, "snapshot")[2:] == [
        ("complete", "BOOLEAN"), ("full", "BOOLEAN"), ("taken_at", "TIMESTAMP"), ("rows", "BIGINT")
    ]  # fmt: skip
    assert shape(con, "stored_link")[4:] == [("score", "DOUBLE"), ("since", "TIMESTAMP")]
    assert shape(con, "decision")[2:] == [("verdict", v), ("expires_at", "TIMESTAMP")]
    assert shape(con, "base_value") == [("ref", v), ("field", v), ("value", v)]


def test_live_records_come_in_the_order_of_their_refs(store: Store) -> None:
    put(store, "sf", "Lead", person("sf", "Lead", "b"), person("sf", "Lead", "a"), person("sf", "Lead", "Z"))
    put(store, "sf", "Lead-old", person("sf", "Lead-old", "a"))
    put(store, "hs", "contacts", person("hs", "contacts", "10"), person("hs", "contacts", "9"))
    put(store, "hs", "deals", Record(Ref("hs", "deals", "1"), Kind.DEAL, {"name": "D"}))

    con = frame(store)

    refs = [ref for (ref,) in con.execute("SELECT ref FROM record_person").fetchall()]
    assert refs == sorted(refs)
    assert len(refs) == 6
    assert con.execute("SELECT ref, system, object, id, modified_at, email FROM record_person LIMIT 1").fetchall() == [
        ("hs:contacts/10", "hs", "contacts", "10", NAIVE, "10@acme.example")
    ]
    assert con.execute("SELECT ref, name, modified_at FROM record_deal").fetchall() == [("hs:deals/1", "D", None)]


def test_the_dead_are_in_their_own_table(store: Store) -> None:
    put(store, "hs", "contacts", *(person("hs", "contacts", id_) for id_ in "123"))
    put(
        store,
        "hs",
        "contacts",
        person("hs", "contacts", "1"),
        person("hs", "contacts", "2", merged_into=Ref("hs", "contacts", "1")),
    )

    con = frame(store)

    assert con.execute("SELECT id FROM record_person").fetchall() == [("1",)]
    assert con.execute("FROM gone").fetchall() == [
        ("hs:contacts/2", "hs", "contacts", "2", "person", False, "hs:contacts/1"),
        ("hs:contacts/3", "hs", "contacts", "3", "person", True, None),
    ]


def test_blank_null_and_absent_are_null_and_odd_text_stays_as_it_is(store: Store) -> None:
    odd = {"first_name": "", "last_name": None, "title": 'a "b"\\\n\t\u2028😀', "city": "{}", "phone": "007",
           "email_opt_out": "true", "converted_at": "2026-05-06", "native__c": "not canonical"}  # fmt: skip
    put(store, "sf", "Lead", person("sf", "Lead", "x", fields=odd), person("sf", "Lead", "y", fields={}))

    con = frame(store)

    found = con.execute(
        "SELECT first_name, last_name, title, city, phone, email_opt_out, converted_at, email FROM record_person"
    )
    assert found.fetchall() == [(None, None, odd["title"], "{}", "007", "true", "2026-05-06", None), (None,) * 8]


def test_ties_and_events_are_between_the_living(store: Store) -> None:
    lead, dead, deal = Ref("sf", "Lead", "1"), Ref("sf", "Lead", "2"), Ref("sf", "Opportunity", "1")
    at = datetime(2026, 5, 6, 14, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    put(
        store,
        "sf",
        "Lead",
        person("sf", "Lead", "1"),
        person("sf", "Lead", "2", deleted=True),
        stage_events=tuple(StageEvent(r, "lifecycle_stage", "Open", at, StageSource.HISTORY) for r in (lead, dead)),
    )
    put(
        store,
        "sf",
        "Opportunity",
        Record(deal, Kind.DEAL, {}),
        associations=(
            Association("deal_person", deal, lead, "Buyer", "t1"),
            Association("deal_person", deal, lead, "Buyer", "t2"),
            Association("deal_person", deal, dead),
            Association("deal_person", deal, Ref("sf", "Lead", "never seen")),
        ),
    )

    con = frame(store)
    assert con.execute("FROM association").fetchall() == [("deal_person", str(deal), str(lead), "Buyer")]
    assert con.execute("FROM stage_event").fetchall() == [
        (str(lead), "lifecycle_stage", "Open", NAIVE.replace(microsecond=5), "history")
    ]

    some = frame(store, {Kind.PERSON})
    assert some.execute("SELECT count(*) FROM record_person").fetchone() == (1,)
    assert some.execute("SELECT count(*) FROM record_deal").fetchone() == (0,)
    assert some.execute("FROM association").fetchall() == []


def test_what_is_remembered_beside_the_records_is_there_too(store: Store) -> None:
    one, two, sf = Ref("hs", "contacts", "1"), Ref("hs", "contacts", "2"), Ref("sf", "Lead", "1")
    put(store, "hs", "contacts")
    status = FieldDef("Status", "lifecycle_stage", "Status", FieldType.CHOICE, "picklist", writable=False, length=40,
                      choices=(Choice("Open", "Offen"), Choice("Shut", "Zu", False)), restricted=True)  # fmt: skip
    junk = FieldDef("Rating", "", "Rating", FieldType.CHOICE, "picklist",
                    choices=(Choice("Hot", "Hot"), Choice("hott!", "hott!", False)))  # fmt: skip
    text = FieldDef("X", "", "X", FieldType.TEXT, "string")
    store.save_schema(Schema("sf", "Lead", Kind.PERSON, "Lead", (status, text, junk)))
    store.save_links([Link(one, sf, Kind.PERSON, LinkSource.EMAIL, 0.97, NOW)])
    store.decide(
        Decision(f"{one}|{two}", Verdict.NOT_SAME, "ann", NOW, expires_at=NOW),
        Decision("c1", Verdict.APPROVE, "x", NOW),
    )
    store.agree([(one, "phone", None), (one, "email", "a"), (two, "a.b c", '"')])

    con = frame(store)

    assert con.execute("FROM field_def").fetchall() == [
        ("sf", "Lead", "person", "lifecycle_stage", "Status", "picklist", "choice", True, False, 40, True, ["Open", "Shut"], False, False),
        ("sf", "Lead", "person", "", "X", "string", "text", True, True, None, False, [], False, False),
        ("sf", "Lead", "person", "", "Rating", "picklist", "choice", True, True, None, False, ["Hot"], False, False),
    ]  # fmt: skip
    assert con.execute("FROM snapshot").fetchall() == [("hs", "contacts", True, True, NAIVE, 0)]
    assert con.execute("FROM stored_link").fetchall() == [(str(one), str(sf), "person", "email", 0.97, NAIVE)]
    assert con.execute("FROM decision").fetchall() == [(str(one), str(two), "not_same", NAIVE)]
    assert con.execute("FROM base_value").fetchall() == [
        (str(one), "email", "a"), (str(one), "phone", None), (str(two), "a.b c", '"')
    ]  # fmt: skip


def test_scores_arrive_to_the_last_digit(store: Store) -> None:
    """Else every check would find that all links had changed."""
    score = 0.9999999999997243
    store.save_links(
        [Link(Ref("hs", "contacts", "1"), Ref("sf", "Lead", "1"), Kind.PERSON, LinkSource.EMAIL, score, NOW)]
    )

    assert frame(store).execute("SELECT score FROM stored_link").fetchall() == [(score,)]


def test_lots_leave_no_seam_and_no_file(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Personal data lies in the temporary files while DuckDB reads them, and nowhere afterwards."""
    monkeypatch.setattr(columns, "_LOT_BYTES", 300)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    put(store, "sf", "Lead", *(person("sf", "Lead", f"{number:03}") for number in range(100)))
    before = set(tmp_path.iterdir())

    con = frame(store)

    ids = [id_ for (id_,) in con.execute("SELECT id FROM record_person").fetchall()]
    assert ids == [f"{number:03}" for number in range(100)]
    assert set(tmp_path.iterdir()) == before


def test_loading_again_replaces_the_frame(store: Store) -> None:
    put(store, "sf", "Lead", person("sf", "Lead", "1"))
    con = frame(store)
    put(store, "sf", "Lead", person("sf", "Lead", "2"))

    columns.load(store, con)

    assert con.execute("SELECT id FROM record_person").fetchall() == [("2",)]


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
fields = st.dictionaries(st.sampled_from(sorted(FIELDS[Kind.PERSON])), st.none() | text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8), fields, max_size=6)
)
def test_every_value_arrives_as_it_is(store: Store, found: dict[str, dict[str, str | None]]) -> None:
    put(store, "sf", "Lead", *(person("sf", "Lead", id_, fields=values) for id_, values in found.items()))

    rows = (
        frame(store, {Kind.PERSON})
        .execute("SELECT id, * EXCLUDE (ref, system, object, id, modified_at) FROM record_person")
        .fetchall()
    )

    assert rows == [(id_, *(found[id_].get(name) or None for name in FIELDS[Kind.PERSON])) for id_ in sorted(found)]


def test_a_pull_that_broke_off_is_not_complete_in_the_frame(store: Store) -> None:
    """Half of what changed may be in: nothing may be concluded from what is absent."""
    put(store, "hs", "contacts", person("hs", "contacts", "1"))
    store.begin("hs", "contacts", False, NOW).abandon()

    assert frame(store).execute("SELECT complete FROM snapshot").fetchall() == [(False,)]


def test_the_frame_is_the_one_that_reconcile_reads(store: Store) -> None:
    """The two folders do not import each other, so that each writes the tables down."""
    from trueup.reconcile import frame as reconciles

    by_hand = duckdb.connect()
    reconciles.create(by_hand, identity=False)
    con = frame(store)

    for (table,) in by_hand.execute("SHOW TABLES").fetchall():
        assert shape(con, table) == shape(by_hand, table)
