"""A run that compares only what changed says the same as one that compares everything."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import campaigns
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from identity_worlds import World, told, world

from trueup.reconcile import identity
from trueup.reconcile.identity import recall
from trueup.reconcile.identity.commonness import ROUNDING, Commonness, commonness
from trueup.reconcile.identity.recall import Settled

HAPPENS: dict[str, Callable[[World], object]] = {
    "edit a person": lambda w: w.edit("person"),
    "edit a company": lambda w: w.edit("company"),
    "edit a deal": lambda w: w.edit("deal"),
    "create a person": lambda w: w.create("person"),
    "create a company": lambda w: w.create("company"),
    "delete a person": lambda w: w.delete("person"),
    "delete a company": lambda w: w.delete("company"),
    "delete many people": lambda w: [w.delete("person") for _ in range(8)],
    "merge people": lambda w: w.merge("person"),
    "merge companies": lambda w: w.merge("company"),
    "make a counterpart": lambda w: w.make_counterpart(),
    "tie or untie": lambda w: w.tie(),
    "decide on people": lambda w: w.decide("person"),
    "decide on companies": lambda w: w.decide("company"),
    "change the policy": lambda w: w.change_policy(),
}


@dataclass
class Seen:
    """What one run compared of a kind: the subject itself, and how many candidates it looked at."""

    marks: np.ndarray
    levels: dict[tuple[int, int], tuple[int, ...]]
    totals: dict[tuple[int, int], float]
    common: Commonness
    compared: int = 0


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Seen]]:
    """The runs inside tell the levels of every pair of records, and how many candidates they compared."""
    import importlib

    module: Any = importlib.import_module("trueup.reconcile.identity.resolve")
    seen: dict[str, Seen] = {}
    kinds: list[str] = []
    inner, far = module._worth_keeping, recall.Recall.far

    def worth_keeping(subject: Any, mine: Any, candidates: Any) -> Any:
        left, right = np.triu_indices(subject.rows, 1)
        compared = subject.compare(left.astype(np.int64), right.astype(np.int64))
        numbers, levels = subject.marks(), zip(*(level.tolist() for level in compared.levels), strict=True)
        marks = numbers.tolist()
        pairs = zip(left.tolist(), right.tolist(), levels, strict=True)
        totals = dict(
            zip(((marks[a], marks[b]) for a, b in zip(left, right, strict=True)), compared.total, strict=True)
        )
        none = np.empty(0, dtype=np.int64)
        common = commonness(subject.compare(none, none))
        assert common.widths == commonness(compared).widths
        of_pair = {(marks[a], marks[b]): level for a, b, level in pairs}
        kinds.append(subject.model.kind)
        seen[kinds[-1]] = Seen(numbers, of_pair, totals, common)
        return inner(subject, mine, candidates)

    def counted(self: Any, keys: Any, compared: Any) -> Any:
        seen[kinds[-1]].compared += len(keys)
        return far(self, keys, compared)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_worth_keeping", worth_keeping)
        patch.setattr(recall.Recall, "far", counted)
        yield seen


def resolved(w: World, before: dict[str, Settled] | None = None) -> tuple[dict[str, Any], dict[str, Settled]]:
    """What identity says of the world, and what it settled."""
    con = w.connection()
    try:
        after = identity.resolve(con, w.policy, before)
        return told(con), after
    finally:
        con.close()


def stands_to_reason(before: Seen, now: Seen, *, same_rules: bool) -> None:
    """Pairs of unchanged records are on their levels still, and no pair gained more than its two records' drift."""
    widths = tuple(max(pair) for pair in zip(before.common.widths, now.common.widths, strict=True))
    place = {mark: number for number, mark in enumerate(before.marks.tolist())}
    stayed = [(number, place[mark]) for number, mark in enumerate(now.marks.tolist()) if mark in place]
    here, there = ([pair[n] for pair in stayed] for n in (0, 1))
    then, later = before.common.padded(widths), now.common.padded(widths)
    drift = then.take(np.array(there, dtype=np.int64)).fall(later.take(np.array(here, dtype=np.int64)))
    of_mark = dict(zip(now.marks[here].tolist(), (drift + ROUNDING * len(widths)).tolist(), strict=True))
    unchanged = now.levels.keys() & before.levels.keys()
    for pair in unchanged:
        assert now.levels[pair] == before.levels[pair]
        if same_rules:
            assert now.totals[pair] <= before.totals[pair] + of_mark[pair[0]] + of_mark[pair[1]]
    campaigns.count("pairs of unchanged records", len(unchanged))


def nights(seed: int, happens: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Night after night: the run that remembers says what a run says that does not, and its memory is the same."""
    w = world(seed)
    with watched(monkeypatch) as seen:
        _, remembered = resolved(w)
        before, first = dict(seen), remembered
        for night in happens:
            for what in night:
                HAPPENS[what](w)
            full, everything = resolved(w)
            for kind, now in seen.items():
                if kind in before:
                    stands_to_reason(before[kind], now, same_rules=first[kind].rules == everything[kind].rules)
            first = everything
            before = dict(seen)
            seen.clear()
            again, remembered = resolved(w, remembered)
            assert again == full
            campaigns.count("nights")
            for kind, settled in everything.items():
                campaigns.count("candidates compared by full runs", before[kind].compared)
                campaigns.count("candidates compared by runs that remember", seen[kind].compared)
                assert settled.rules == remembered[kind].rules
            seen.clear()
            seen.update(before)


NIGHTS = st.lists(st.lists(st.sampled_from(sorted(HAPPENS)), max_size=4), min_size=1, max_size=3)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.campaign
@settings(max_examples=campaigns.part(200), deadline=None, suppress_health_check=QUIET)
@given(seed=st.integers(0, 10_000), happens=NIGHTS)
def test_a_run_that_remembers_says_what_a_full_run_says(
    seed: int, happens: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    nights(seed, happens, monkeypatch)


def test_only_pairs_of_changed_records_and_such_as_may_match_are_compared_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    w = world(7, people=120)
    with watched(monkeypatch) as seen:
        first, settled = resolved(w)
        candidates = sum(row[2] for row in first["blocking"] if row[0] == "person")
        everything = seen["person"].compared
        resolved(w, settled)
        assert len(settled["person"].right) + seen["person"].compared == everything <= candidates
        assert seen["person"].compared < everything / 2


ANA = {"first_name": "Ana", "last_name": "Ruiz", "email": "rivers@acme.example", "phone": "+1 415 555 0101"}
BEN = {"first_name": "Ben", "last_name": "Okafor", "email": "rivers@acme.example", "phone": "+1 415 555 0101"}
PARENT = {"name": "Fen Group"}
K1, H1, H9, A1, A9 = ("salesforce:Contact/001", "hubspot:contacts/1", "hubspot:contacts/9", "salesforce:Account/001", "salesforce:Account/009")  # fmt: skip


def small() -> World:
    """Ana and Ben, who share a mailbox and a number, and Ana's company."""
    w = World(random.Random(0))
    w.records["person"] = {K1: {**ANA, "company_id": "Account/001", "foreign_ids": H9}, H1: dict(BEN)}
    w.records["company"] = {
        A1: {"name": "Fen Works", "parent_id": "Account/009"},
        "hubspot:companies/1": {"name": "Gor"},
    }
    return w


def marks(w: World, monkeypatch: pytest.MonkeyPatch, kind: str) -> dict[str, int]:
    """The mark of each record of the kind, by ref (a converted lead has none)."""
    with watched(monkeypatch) as seen:
        resolved(w)
    return dict(zip(sorted(w.records[kind]), seen[kind].marks.tolist(), strict=True))


def put(kind: str, ref: str, row: dict[str, str | None]) -> Any:
    return lambda w: w.records[kind].__setitem__(ref, row)


def merged(w: World) -> None:
    w.gone[H9], w.kind_of[H9] = H1, "person"


OTHERS = {
    "a third first name uses the mailbox": (put("person", "hubspot:contacts/3", {**ANA, "first_name": "Greta", "phone": None}), "person", {K1, H1}),
    "a third last name uses the number": (put("person", "hubspot:contacts/3", {"last_name": "Smith", "phone": ANA["phone"]}), "person", {K1, H1}),
    "a company has the number": (put("company", "hubspot:companies/2", {"name": "Tov", "phone": ANA["phone"]}), "person", {K1, H1}),
    "a stored id means another record since a merge": (merged, "person", {K1, H1}),
    "a counterpart was made": (lambda w: w.made.add((K1, H1)), "person", {K1, H1}),
    "another record stores the id": (put("person", "hubspot:contacts/3", {"last_name": "Hofmann", "foreign_ids": K1}), "person", {K1}),
    "the company has another name": (put("company", A1, {"name": "Fen Labs", "parent_id": "Account/009"}), "person", {K1}),
    "the parent has come": (put("company", A9, dict(PARENT)), "company", {A1}),
    "nothing that concerns anybody": (put("person", "hubspot:contacts/3", {"first_name": "Greta", "last_name": "Hofmann"}), "person", set()),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_the_mark_of_a_record_changes_with_what_others_say_of_it(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    happens, kind, concerned = OTHERS[what]
    w = small()
    before = marks(w, monkeypatch, kind)
    happens(w)
    after = marks(w, monkeypatch, kind)
    assert {ref for ref in before if before[ref] != after[ref]} == concerned


def test_what_was_settled_under_other_rules_or_bounds_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(7)
    _, settled = resolved(w)
    of = settled["person"]
    assert len(of.right) > 20
    others = {
        "rules": replace(of, rules="0" * 64),
        "values became rarer": replace(of, common=Commonness(of.common.bits + np.float16(5), of.common.widths)),
        "other columns": replace(of, common=Commonness(of.common.bits, (sum(of.common.widths),))),
        "shares that are no numbers": replace(
            of, common=Commonness(of.common.bits * np.float16("nan"), of.common.widths)
        ),
        "less evidence is needed now": replace(of, evidence=of.evidence + 10),
        "no numbers at all": replace(of, evidence=float("nan")),
        "other records": replace(of, marks=of.marks + np.uint64(1)),
    }
    with watched(monkeypatch) as seen:
        full, _ = resolved(w)
        everything = seen["person"].compared
        resolved(w, settled)
        assert seen["person"].compared < everything
        for name, other in others.items():
            assert resolved(w, {"person": other})[0] == full, name
            assert seen["person"].compared == everything, name


HARMS: dict[str, Callable[[Settled], dict[str, Any]]] = {
    "pairs in another order": lambda of: {"right": of.right[::-1]},
    "pairs missing": lambda of: {"right": of.right[:-1]},
    "places in another order": lambda of: {"starts": of.starts[::-1]},
    "records twice": lambda of: {"marks": of.marks * np.uint64(0)},
    "shares missing": lambda of: {"common": of.common.take(np.arange(3))},
}


@pytest.mark.parametrize("harm", HARMS)
def test_pairs_that_no_run_can_have_settled_are_refused(harm: str) -> None:
    of = resolved(world(7))[1]["person"]
    with pytest.raises(ValueError, match="no settled pairs"):
        replace(of, **HARMS[harm](of))
