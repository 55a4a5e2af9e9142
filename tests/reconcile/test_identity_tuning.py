"""Learned weights, what they would change, and probabilities that mean what they say, on generated worlds."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest

from trueup.model.policy import MatchPolicy, Policy
from trueup.reconcile import identity
from trueup.reconcile.identity import scoring, tuning
from trueup.reconcile.identity.effects import effects
from trueup.reconcile.identity.resolve import reweighed, stage

POLICY = Policy(systems={})


def generator() -> ModuleType:
    """The benchmark's world of people, which shares nothing with the twin's."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "identity" / "people.py"
    if "identity_people" not in sys.modules:
        spec = importlib.util.spec_from_file_location("identity_people", path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules["identity_people"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["identity_people"]


@pytest.fixture(scope="module")
def world() -> Iterator[duckdb.DuckDBPyConnection]:
    """A resolved frame of some 2,500 people in each of two systems, with the truth beside."""
    con = duckdb.connect(config={"threads": 2})
    generator().frame(con, *generator().generate(2_500, 11))
    identity.resolve(con, POLICY)
    yield con
    con.close()


# -- probabilities -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "slack"), [(0.8, 0.9, 0.05), (0.9, 0.95, 0.03), (0.95, 0.99, 0.02), (0.99, 0.999, 0.01)]
)
def test_of_pairs_said_to_be_probable_as_many_are_true(
    low: float, high: float, slack: float, world: duckdb.DuckDBPyConnection
) -> None:
    """Calibration: the share that is true lies where the probabilities say, within what so many pairs can tell."""
    said, true, pairs = world.execute(
        "SELECT avg(m.score), avg((x.entity = y.entity)::INTEGER), count(*) FROM match m "
        "JOIN truth x ON x.kind = m.kind AND x.ref = m.left_ref JOIN truth y ON y.kind = m.kind AND y.ref = m.right_ref "
        "WHERE m.score >= ? AND m.score < ?",
        [low, high],
    ).fetchall()[0]

    assert pairs >= 30
    chance = 2.6 * np.sqrt(said * (1 - said) / pairs)
    assert abs(true - said) < slack + chance


def test_certain_is_right_and_a_reason_caps_a_grade_however_probable(world: duckdb.DuckDBPyConnection) -> None:
    wrong, pairs = world.execute(
        "SELECT count(*) FILTER (x.entity <> y.entity), count(*) FROM match m "
        "JOIN truth x ON x.kind = m.kind AND x.ref = m.left_ref JOIN truth y ON y.kind = m.kind AND y.ref = m.right_ref "
        "WHERE m.grade = 'certain'"
    ).fetchall()[0]
    capped = world.execute(
        "SELECT count(*) FROM match WHERE score >= 0.99 AND grade <> 'certain' AND capped_by <> ''"
    ).fetchall()[0][0]
    silent = world.execute(
        "SELECT count(*) FROM match WHERE score >= 0.99 AND grade <> 'certain' AND capped_by = ''"
    ).fetchall()[0][0]

    assert pairs > 1000
    assert wrong <= pairs / 500
    assert capped > 0
    assert silent == 0, "what holds a grade down is named"


def test_thresholds_are_the_policys(world: duckdb.DuckDBPyConnection) -> None:
    subject = stage(world, "person", POLICY)
    strict = replace(subject, policy=replace(POLICY, match=MatchPolicy(0.99999, 0.999, 0.99)))
    left, right = tuning.candidates(subject)

    loose_grades, strict_grades = (s.assess(left, right)[1].grade for s in (subject, strict))

    assert (strict_grades <= loose_grades).all()
    assert (strict_grades < loose_grades).sum() > 20


# -- learning ----------------------------------------------------------------------------------------------------------


def test_what_is_learned_is_near_the_truth_and_serves_no_worse(world: duckdb.DuckDBPyConnection) -> None:
    subject = stage(world, "person", POLICY)
    tuned = tuning.tune(subject)
    pairs = world.execute(
        "SELECT least(a.i, b.i)::BIGINT AS l, greatest(a.i, b.i)::BIGINT AS r FROM id_person a JOIN truth x ON x.ref = a.ref "
        "AND x.kind = 'person' JOIN truth y ON y.kind = 'person' AND y.entity = x.entity JOIN id_person b ON b.ref = y.ref "
        "WHERE a.i < b.i"
    ).fetchnumpy()
    true = subject.compare(pairs["l"].astype(np.int64), pairs["r"].astype(np.int64))

    assert tuned.matches == pytest.approx(len(pairs["l"]), rel=0.2), "EM finds about as many as there are"
    for name, key in (("given", "exact"), ("given", "similar"), ("family", "exact"), ("phone", "exact")):
        place = next(n for n, ladder in enumerate(subject.model.ladders) if ladder.key == name)
        at = subject.model.ladders[place].at(key)
        real = (true.levels[place] == at).sum() / (true.levels[place] > 0).sum()
        learned = tuned.model.ladders[place].rungs[at].m
        assert learned == pytest.approx(real, abs=0.07), f"{name}.{key}"

    before = generator().scores(world, "person")["f1"]
    learned = {"person": tuning.learned_of(tuned.model, scoring.shipped("person"))}
    identity.resolve(world, replace(POLICY, match=MatchPolicy(weights=learned)))
    after = generator().scores(world, "person")["f1"]
    identity.resolve(world, POLICY)
    assert after >= before - 0.003


def test_the_same_data_give_the_same_weights(world: duckdb.DuckDBPyConnection) -> None:
    one, other = (
        tuning.learned_of(tuning.tune(stage(world, "company", POLICY)).model, scoring.shipped("company")) for _ in "ab"
    )

    assert one == other
    assert one, "something was learned"


def test_levels_judged_beside_another_keep_what_ships(world: duckdb.DuckDBPyConnection) -> None:
    learned = tuning.learned_of(tuning.tune(stage(world, "person", POLICY)).model, scoring.shipped("person"))

    for comparison, levels in tuning.BESIDE.items():
        assert not levels & set(learned.get(comparison, {})), comparison
    known: dict[str, set[str]] = {}
    for kind in ("person", "company"):
        for ladder in scoring.shipped(kind).ladders:
            known.setdefault(ladder.key, set()).update(rung.key for rung in ladder.rungs)
    for comparison, levels in tuning.BESIDE.items():
        assert levels & known[comparison], "the list speaks of levels that there are"


def test_few_records_teach_nothing(world: duckdb.DuckDBPyConnection) -> None:
    con = duckdb.connect(config={"threads": 1})
    generator().frame(con, *generator().generate(15, 3))
    identity.resolve(con, POLICY)

    tuned = tuning.tune(stage(con, "person", POLICY))

    assert tuned.matches < tuning.FEWEST
    assert tuned.model == scoring.shipped("person")
    con.close()


def test_decisions_pull_the_weights_towards_them_and_no_further_than_their_number(
    world: duckdb.DuckDBPyConnection,
) -> None:
    """People keep telling apart pairs that share a last name and a company: those levels come to say less."""
    subject = stage(world, "person", POLICY)
    left, right = tuning.candidates(subject)
    compared, graded = subject.assess(left, right)
    place = next(n for n, ladder in enumerate(subject.model.ladders) if ladder.key == "family")
    at = subject.model.ladders[place].at("exact")
    chosen = np.flatnonzero((compared.levels[place] == at) & (graded.score > 0.9))[:40]
    keys = np.sort(left[chosen] * subject.rows + right[chosen])

    def weight_after(number: int) -> float:
        decided = replace(subject.decided, not_same=keys[:number])
        return tuning.tune(replace(subject, decided=decided)).model.ladders[place].rungs[at].m

    none, few, many = weight_after(0), weight_after(4), weight_after(40)

    assert many < few < none
    assert few > none / 2, "four decisions move a level by less than a bit"


# -- what would change -------------------------------------------------------------------------------------------------


def test_effects_count_every_pair_once_and_show_those_that_move_most(world: duckdb.DuckDBPyConnection) -> None:
    subject = stage(world, "person", POLICY)
    model = subject.model
    ladder = model.ladder("family")
    harsh = replace(ladder, rungs=tuple(replace(r, m=r.m / 6) if r.key == "exact" else r for r in ladder.rungs))
    other = replace(model, ladders=tuple(harsh if one.key == "family" else one for one in model.ladders))

    found = effects(world, subject, other)
    left, right = tuning.candidates(subject)
    old, new = subject.assess(left, right)[1].grade, reweighed(subject, other).assess(left, right)[1].grade

    assert sum(change.pairs for change in found.regraded) == (old != new).sum() > 0
    assert sum(found.kept) == (old == new).sum()
    assert [shift.key for shift in found.shifts] == ["family.exact"]
    for change in found.regraded:
        assert len(change.examples) == min(3, change.pairs)
    change = found.regraded[0]
    match = identity.explain(world, change.examples[0].left, change.examples[0].right, POLICY)
    assert match.score == pytest.approx(change.examples[0].score[0], abs=1e-6)
    assert match.grade == change.before


def test_effects_say_how_remembered_decisions_come_out(world: duckdb.DuckDBPyConnection) -> None:
    subject = stage(world, "person", POLICY)
    left, right = tuning.candidates(subject)
    grades = subject.assess(left, right)[1].grade
    joined, apart = np.flatnonzero(grades == 3)[:5], np.flatnonzero(grades == 0)[:7]
    keys = left * subject.rows + right
    decided = replace(subject.decided, same=np.sort(keys[[*joined, *apart[:2]]]), not_same=np.sort(keys[apart[2:]]))

    found = effects(world, replace(subject, decided=decided), subject.model)

    assert [(o.verdict, o.pairs, o.right) for o in found.outcomes] == [("same", 7, (5, 5)), ("not_same", 5, (5, 5))]
    assert sum(found.kept) == len(left) - 12, "decided pairs are not among those that weights can move"
