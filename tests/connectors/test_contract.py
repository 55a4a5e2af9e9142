"""The connector contract: one suite for every connector that is found, each on its own fake.

A new connector needs a rig in `contract_rigs`; without one the first test fails. What a connector declares that it
cannot do is a promise too: then the test asks how it does without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_rigs import RIGS, SYSTEM, Rig
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trueup.connectors.kit.base import Connector
from trueup.connectors.kit.registry import connectors, option_problems, spec
from trueup.errors import PermissionDeniedError, ReadOnlyError
from trueup.model.changes import Action, Change
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.receipts import Outcome
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref

DONE = (Outcome.APPLIED, Outcome.ALREADY)


def test_every_connector_has_a_rig() -> None:
    assert set(connectors()) <= set(RIGS)


@pytest.fixture(params=connectors())
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made = RIGS[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def connector(rig: Rig) -> Iterator[Connector]:
    opened = rig.open()
    yield opened
    opened.close()


def pull(connector: Connector, object_: str, since: HighWater | None = None) -> tuple[list[Page], PullSummary]:
    pages, steps = [], connector.pull(object_, since)
    while True:
        try:
            pages.append(next(steps))
        except StopIteration as stop:
            return pages, stop.value


def records(pages: list[Page]) -> list[Record]:
    return [r for page in pages for r in page.records]


def live(pages: list[Page]) -> list[Record]:
    return [r for r in records(pages) if not r.deleted and r.merged_into is None]


def person(n: int) -> dict[str, str | None]:
    return {"first_name": "Ann", "last_name": f"Person{n}", "email": f"ann{n}@acme.example", "phone": f"+1 555 010{n}"}


def add_people(rig: Rig, n: int) -> list[Ref]:
    return [Ref(SYSTEM, rig.person, rig.add(rig.person, person(i))) for i in range(n)]


def update(ref: Ref, field: str, before: str | None, after: str | None, kind: Kind = Kind.PERSON) -> Change:
    return Change(Action.UPDATE, ref, kind, field=field, before=before, after=after)


# --- declaring -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", connectors())
def test_declared_options_have_help_and_fitting_defaults(name: str) -> None:
    found = spec(name)

    assert found.name == name
    assert found.summary.endswith(".")
    assert all(o.help for o in found.options)
    defaults = {o.name: o.default for o in found.options if o.default is not None and not o.secret}
    assert [p for p in option_problems(found, defaults) if p[1] != "is required"] == []


def test_capabilities_speak_of_known_objects_only(connector: Connector) -> None:
    capabilities = connector.capabilities
    objects = set(capabilities.objects)

    assert set(capabilities.actions) <= objects
    assert set(capabilities.upsert_key) <= objects
    assert not set(capabilities.ties) & objects
    assert {o for o, _ in capabilities.transitional} <= objects
    for object_, field in capabilities.transitional:
        assert field in FIELDS[capabilities.objects[object_]]


def test_describe_names_canonical_fields_of_the_kind(connector: Connector) -> None:
    for object_, kind in connector.capabilities.objects.items():
        if object_ in _readable(connector):
            schema = connector.describe(object_)

            assert (schema.system, schema.object, schema.kind) == (SYSTEM, object_, kind)
            mapped = [f.canonical for f in schema.fields if f.canonical]
            assert len(mapped) == len(set(mapped))
            assert set(mapped) <= set(FIELDS[kind])


def _readable(connector: Connector) -> list[str]:
    """Objects that the rig's fake surely holds."""
    return [o for o, k in connector.capabilities.objects.items() if k in (Kind.PERSON, Kind.COMPANY, Kind.DEAL)]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_full_pull_yields_every_record_exactly_once(rig: Rig, connector: Connector) -> None:
    refs = add_people(rig, 7)
    rig.pass_time()

    pages, summary = pull(connector, rig.person)

    assert sorted(r.ref for r in live(pages)) == sorted(refs)
    assert summary.complete
    assert summary.full
    assert summary.seen == 7


def test_describe_pull_and_get_agree(rig: Rig, connector: Connector) -> None:
    company = rig.add(rig.company, {"name": "Acme", "phone": "+1 555 0199"})
    add_people(rig, 2)
    rig.add(rig.deal, rig.deal_values)
    rig.pass_time()

    for object_ in (rig.company, rig.person, rig.deal):
        pulled = live(pull(connector, object_)[0])
        known = {f.canonical for f in connector.describe(object_).fields} - {""}
        got = connector.get([r.ref for r in pulled])

        assert pulled
        for record in pulled:
            assert set(record.fields) <= known
            assert got[record.ref] == record
    assert Ref(SYSTEM, rig.company, company) in got or connector.get([Ref(SYSTEM, rig.company, company)])


def test_an_unknown_id_is_not_there(rig: Rig, connector: Connector) -> None:
    (known,) = add_people(rig, 1)
    unknown = Ref(SYSTEM, rig.person, rig.unknown_id)

    got = connector.get([unknown, known])

    assert got[unknown] is None
    assert got[known] is not None


def test_an_incremental_pull_gives_what_was_edited_and_added(rig: Rig, connector: Connector) -> None:
    refs = add_people(rig, 5)
    rig.pass_time()
    _, first = pull(connector, rig.person)
    rig.pass_time()

    rig.edit(rig.person, refs[2].id, {"phone": "+1 555 0177"})
    added = rig.add(rig.person, person(9))
    rig.pass_time()
    pages, summary = pull(connector, rig.person, first.high_water)

    if not connector.capabilities.incremental:
        assert first.high_water is None
        assert {r.ref.id for r in live(pages)} == {*(r.id for r in refs), added}
        assert summary.full
        return
    assert first.high_water is not None
    changed = {r.ref.id: r for r in live(pages)}
    assert {refs[2].id, added} <= set(changed)
    assert changed[refs[2].id].fields["phone"] == "+1 555 0177"
    assert summary.complete
    assert not summary.full


def test_a_version_moves_with_an_edit_and_only_then(rig: Rig, connector: Connector) -> None:
    ref, other = add_people(rig, 2)
    before = connector.get([ref, other])
    rig.pass_time()

    rig.edit(rig.person, ref.id, {"phone": "+1 555 0177"})
    after = connector.get([ref, other])

    assert before[ref].version != after[ref].version  # type: ignore[union-attr]
    assert before[other].version == after[other].version  # type: ignore[union-attr]


def test_a_delete_is_told(rig: Rig, connector: Connector) -> None:
    refs = add_people(rig, 3)
    rig.pass_time()
    _, first = pull(connector, rig.person)

    rig.delete(rig.person, refs[1].id)
    rig.pass_time()
    pages, summary = pull(connector, rig.person, first.high_water)

    if connector.capabilities.tells_deletes:
        assert [r.ref for r in records(pages) if r.deleted] == [refs[1]]
    else:  # then it has to give all that there is, so that absence can be told
        assert [r.ref for r in records(pages)] == [refs[0], refs[2]]
        assert summary.full
        assert summary.complete
    got = connector.get([refs[1]])[refs[1]]
    assert got is None or got.deleted


def test_a_merge_is_told_and_the_old_id_is_followed(rig: Rig, connector: Connector) -> None:
    refs = add_people(rig, 3)
    if not connector.capabilities.tells_merges:
        assert [r.merged_into for r in records(pull(connector, rig.person)[0])] == [None] * 3
        assert Action.MERGE not in connector.capabilities.actions[rig.person]
        return
    rig.pass_time()
    _, first = pull(connector, rig.person)

    kept = Ref(SYSTEM, rig.person, rig.merge(rig.person, refs[0].id, refs[1].id))
    rig.pass_time()
    pages, _ = pull(connector, rig.person, first.high_water)
    got = connector.get([refs[1]])[refs[1]]

    merged = {r.ref: r.merged_into for r in records(pages) if r.merged_into is not None}
    assert merged[refs[1]] == kept
    assert got is not None
    assert kept in (got.ref, got.merged_into)


def test_a_tie_runs_from_deal_to_person(rig: Rig, connector: Connector) -> None:
    (ref,) = add_people(rig, 1)
    deal = Ref(SYSTEM, rig.deal, rig.add(rig.deal, rig.deal_values))
    change = Change(Action.ASSOCIATE, deal, Kind.DEAL, others=(ref,), field="deal_person")

    outcomes = [connector.write([change])[0].outcome for _ in range(2)]
    rig.pass_time()
    ties = [
        a
        for object_ in (rig.deal, *connector.capabilities.ties)
        for page in pull(connector, object_)[0]
        for a in page.associations
        if a.type == "deal_person" and not a.deleted
    ]

    assert outcomes == [Outcome.APPLIED, Outcome.ALREADY]
    assert [(a.source, a.target) for a in ties] == [(deal, ref)]


# --- spelling --------------------------------------------------------------------------------------------------------

SPELLING = {
    FieldType.NUMBER: r"-?(0|[1-9]\d*)(\.\d*[1-9])?",
    FieldType.BOOLEAN: r"true|false",
    FieldType.DATE: r"\d{4}-\d{2}-\d{2}",
    FieldType.DATETIME: r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z",
    FieldType.REF: r"[A-Za-z]\w*/[^/\s]+",
}


def misspelt(record: Record, objects: set[str]) -> list[tuple[str, str]]:
    """Fields of a record that are not in canonical spelling."""
    wrong = []
    for name, value in record.fields.items():
        type_ = FIELDS[record.kind][name].type
        if value is None:
            continue
        good = isinstance(value, str) and value != "" and value == value.strip()
        good = good and re.fullmatch(SPELLING.get(type_, r"(?s).*"), value) is not None
        good = good and (not value.endswith(".000Z"))
        if type_ is FieldType.REF:
            good = good and value.split("/")[0] in objects
        if type_ is FieldType.CHOICES:
            good = good and value.split(";") == sorted(set(value.split(";")))
        if not good:
            wrong.append((name, value))
    return wrong


@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12),
    cents=st.integers(0, 10**9),
    blanks=st.sampled_from(["", " ", "  "]),
)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_values_come_in_canonical_spelling(rig: Rig, connector: Connector, text: str, cents: int, blanks: str) -> None:
    deal = Ref(SYSTEM, rig.deal, rig.add(rig.deal, rig.deal_values))
    ref = Ref(SYSTEM, rig.person, rig.add(rig.person, {**person(0), "email": None}))

    rig.edit(rig.deal, deal.id, {"amount": f"{cents // 100}.{cents % 100:02}"})
    rig.edit(rig.person, ref.id, {"city": f"{blanks}{text}{blanks}"})
    got = connector.get([deal, ref])

    objects = set(connector.capabilities.objects)
    assert [wrong for record in got.values() for wrong in misspelt(record, objects)] == []  # type: ignore[arg-type]
    assert float(got[deal].fields["amount"] or 0) == cents / 100  # type: ignore[union-attr]
    assert got[ref].fields["city"] == text  # type: ignore[union-attr]


# --- writing ---------------------------------------------------------------------------------------------------------


def test_an_update_is_read_back_and_the_rest_stays(rig: Rig, connector: Connector) -> None:
    ref, other = add_people(rig, 2)
    before = connector.get([ref, other])

    receipts = connector.write(
        [update(ref, "phone", "+1 555 0100", "+1 555 0166"), update(ref, "first_name", "Ann", None)]
    )
    after = connector.get([ref, other])

    assert [r.outcome for r in receipts] == [Outcome.APPLIED] * 2
    moved = {n for n, v in after[ref].fields.items() if before[ref].fields[n] != v}  # type: ignore[union-attr]
    assert after[ref].fields["phone"] == "+1 555 0166"  # type: ignore[union-attr]
    assert after[ref].fields["first_name"] is None  # type: ignore[union-attr]
    assert moved <= {"phone", "first_name", "record_source"}
    assert after[other] == before[other]


def test_there_is_one_receipt_per_change_and_a_bad_one_spoils_no_other(rig: Rig, connector: Connector) -> None:
    refs = add_people(rig, 3)
    changes = [update(ref, "city", None, "Springfield") for ref in refs]
    bad = update(Ref(SYSTEM, rig.person, rig.unknown_id), "city", None, "Springfield")

    receipts = connector.write([*changes, bad])

    outcomes = {r.change_id: r.outcome for r in receipts}
    assert len(receipts) == 4
    assert [outcomes[c.id] for c in changes] == [Outcome.APPLIED] * 3
    assert outcomes[bad.id] in (Outcome.REFUSED, Outcome.STALE)
    assert all(r.code and r.message for r in receipts if r.change_id == bad.id)


def test_a_value_of_the_wrong_type_is_refused_and_spoils_no_other(rig: Rig, connector: Connector) -> None:
    deal = Ref(SYSTEM, rig.deal, rig.add(rig.deal, rig.deal_values))
    other = Ref(SYSTEM, rig.deal, rig.add(rig.deal, rig.deal_values))

    receipts = connector.write(
        [update(deal, "amount", None, "a lot", Kind.DEAL), update(other, "amount", None, "12.5", Kind.DEAL)]
    )

    assert [r.outcome for r in receipts] == [Outcome.REFUSED if rig.checks_types else Outcome.APPLIED, Outcome.APPLIED]
    assert connector.get([other])[other].fields["amount"] == "12.5"  # type: ignore[union-attr]


def test_a_read_only_system_gets_nothing(rig: Rig) -> None:
    (ref,) = add_people(rig, 1)
    connector = rig.open(read_only=True)
    before = rig.arrived()

    with pytest.raises(ReadOnlyError):
        connector.write([update(ref, "phone", None, "1")])

    assert rig.arrived() == before
    connector.close()


def test_what_moved_since_the_plan_is_stale(rig: Rig, connector: Connector) -> None:
    (ref,) = add_people(rig, 1)
    rig.edit(rig.person, ref.id, {"phone": "+1 555 0177"})

    (receipt,) = connector.write([update(ref, "phone", "+1 555 0100", "+1 555 0166")])

    if not connector.capabilities.conditional_write:  # then the engine looks before it writes
        assert receipt.outcome is Outcome.APPLIED
        assert connector.get([ref])[ref].fields["phone"] == "+1 555 0166"  # type: ignore[union-attr]
        return
    assert receipt.outcome is Outcome.STALE
    assert receipt.observed["phone"] == "+1 555 0177"
    assert connector.get([ref])[ref].fields["phone"] == "+1 555 0177"  # type: ignore[union-attr]


def test_a_create_says_where_the_record_is(rig: Rig, connector: Connector) -> None:
    target = Ref(SYSTEM, rig.person, "new-1")
    change = Change(Action.CREATE, target, Kind.PERSON, values=person(1))

    (receipt,) = connector.write([change])

    assert receipt.outcome is Outcome.APPLIED
    assert receipt.ref is not None
    got = connector.get([receipt.ref])[receipt.ref]
    assert {n: got.fields[n] for n in person(1)} == person(1)  # type: ignore[union-attr]


def test_a_create_sent_twice_makes_one_record(rig: Rig, connector: Connector) -> None:
    changes = [
        Change(Action.CREATE, Ref(SYSTEM, rig.person, f"new-{n}"), Kind.PERSON, values=person(n)) for n in (1, 2, 3)
    ]

    assert connector.find(changes[0]) is None
    first = {r.change_id: r for r in connector.write(changes)}
    second = {r.change_id: r for r in connector.write(changes)}
    rig.pass_time()

    assert {r.outcome for r in second.values()} <= set(DONE)
    assert {c: r.ref for c, r in first.items()} == {c: r.ref for c, r in second.items()}
    assert connector.find(changes[0]) == first[changes[0].id].ref
    assert len(live(pull(connector, rig.person)[0])) == 3


def test_a_merge_says_where_the_survivor_is(rig: Rig, connector: Connector) -> None:
    kept, *losers = add_people(rig, 3)
    values = {"title": "Director"}
    change = Change(Action.MERGE, kept, Kind.PERSON, others=tuple(losers), values=values)

    if Action.MERGE not in connector.capabilities.actions[rig.person]:
        with pytest.raises(PermissionDeniedError):
            connector.write([change])
        assert sorted(r.ref for r in live(pull(connector, rig.person)[0])) == sorted([kept, *losers])
        return
    (receipt,) = connector.write([change])
    (again,) = connector.write([change])

    assert receipt.outcome is Outcome.APPLIED
    assert receipt.ref is not None
    got = connector.get([receipt.ref])[receipt.ref]
    assert got.fields["title"] == "Director"  # type: ignore[union-attr]
    assert got.fields["email"] == "ann0@acme.example"  # type: ignore[union-attr]
    rig.pass_time()
    assert [r.ref for r in live(pull(connector, rig.person)[0])] == [receipt.ref]
    assert again.outcome in (Outcome.ALREADY, Outcome.REFUSED)


def test_a_delete_is_carried_out_once(rig: Rig, connector: Connector) -> None:
    ref, other = add_people(rig, 2)
    change = Change(Action.DELETE, ref, Kind.PERSON)

    outcomes = [connector.write([change])[0].outcome for _ in range(2)]
    rig.pass_time()

    assert outcomes[0] is Outcome.APPLIED
    assert outcomes[1] in DONE
    assert [r.ref for r in live(pull(connector, rig.person)[0])] == [other]


# --- the rest --------------------------------------------------------------------------------------------------------


def test_limits_addresses_ids_and_clock_are_plain_values(rig: Rig, connector: Connector) -> None:
    (ref,) = add_people(rig, 1)

    clock = connector.server_time()

    assert all(limit.allowed >= limit.used >= 0 for limit in connector.limits())
    assert isinstance(connector.record_url(ref), str)
    once = connector.canonical_id(ref.object, ref.id)
    assert connector.canonical_id(ref.object, once) == once == ref.id
    assert clock is None or clock.tzinfo is not None


def test_closing_twice_is_safe(rig: Rig) -> None:
    connector = rig.open()
    connector.get([Ref(SYSTEM, rig.person, rig.unknown_id)])

    connector.close()
    connector.close()
