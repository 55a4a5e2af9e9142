"""Notes beside plans, and what systems could do: kept, given back as they were, and made room for in older stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from trueup.model.changes import Action, Plan, Reversal
from trueup.model.kinds import Kind
from trueup.model.matching import Coverage, Grade, Level, Match
from trueup.model.notes import PlanNotes
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities
from trueup.store import Store, SystemSeen, open_store, upgrade_store, version

CAPABLE = Capabilities(
    objects={"owners": Kind.OWNER, "contacts": Kind.PERSON, "companies": Kind.COMPANY},
    ties=("contact_company",),
    actions={"contacts": frozenset({Action.UPDATE, Action.CREATE})},
    batch_size={Action.UPDATE: 100, Action.CREATE: 10},
    incremental=True,
    upsert_key={"contacts": "trueup_key"},
    reversal={Action.MERGE: Reversal.PARTIAL},
    transitional=frozenset({("deals", "stage")}),
    merge_identity="new",
)


def plan(now: datetime) -> Plan:
    return Plan("p1", "abc", now, now + timedelta(days=7), (), "policy", (), ())


def test_what_a_system_can_do_comes_back_with_its_objects_in_their_order(store: Store, now: datetime) -> None:
    store.save_systems({"hs": SystemSeen(CAPABLE, "s1", now)})
    store.save_systems({"sf": SystemSeen(replace(CAPABLE, history=True), "s2", now)})

    assert store.systems() == {
        "hs": SystemSeen(CAPABLE, "s1", now),
        "sf": SystemSeen(replace(CAPABLE, history=True), "s2", now),
    }
    # Owners are pulled before those who have one: the order is part of what is said.
    assert list(store.systems()["hs"].capabilities.objects) == ["owners", "contacts", "companies"]


def test_the_newest_word_of_a_system_replaces_the_former(store: Store, now: datetime) -> None:
    store.save_systems({"hs": SystemSeen(CAPABLE, "s1", now)})
    later = SystemSeen(replace(CAPABLE, incremental=False), "s2", now + timedelta(hours=1))

    store.save_systems({"hs": later})

    assert store.systems() == {"hs": later}


def test_notes_of_a_plan_come_back_as_they_were(store: Store, now: datetime) -> None:
    level = Level("email", "same address", 9.25, "a@x.example", None)
    match = Match(Ref("hs", "contacts", "1"), Ref("sf", "Lead", "2"), Kind.PERSON, 0.991, Grade.LIKELY, (level,), -14.5)
    notes = PlanNotes(
        {"DUP001-1": "Nobody knows.", "STG001-2": ""}, {"FLD002-3": "c9"}, (("ACT001", "no calls"),), (match,),
        (Coverage(Kind.PERSON, 12, 5, 3, "salesforce:Contact/001", 40, 7, (("e-mail", 7),)),),
    )  # fmt: skip
    store.save_plan(plan(now))

    assert store.notes("p1") is None
    store.save_notes("p1", PlanNotes())
    store.save_notes("p1", notes)

    assert store.notes("p1") == notes


def test_notes_without_a_plan_are_refused(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.save_notes("nobody", PlanNotes())


def test_a_store_of_the_first_version_keeps_its_plans_and_gets_room_for_notes(
    store_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        past.setattr(version, "REVISIONS", ("0001",))
        with open_store(store_url) as old:
            old.save_plan(plan(now))
            assert not sa.inspect(old.database.engine).has_table("plan_notes")

    assert upgrade_store(store_url) == ("0001", version.REVISIONS[-1])

    with open_store(store_url) as store:
        store.save_notes("p1", PlanNotes({"LNK001-1": "why"}))
        assert store.plan("p1") == plan(now)
        assert store.notes("p1") == PlanNotes({"LNK001-1": "why"})
        assert store.systems() == {}
