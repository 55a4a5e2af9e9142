"""The whole of identity over a frame: owners, companies, deals, people, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trueup.model.policy import Policy
from trueup.reconcile import normalize
from trueup.reconcile.identity import claims, companies, deals, decisions, output, owners, people
from trueup.reconcile.identity.blocking import Blocks
from trueup.reconcile.identity.clustering import cluster, members
from trueup.reconcile.identity.commonness import commonness
from trueup.reconcile.identity.encode import Bools, Codes, Floats, Ints, distinct
from trueup.reconcile.identity.grading import LIKELY, POSSIBLE, Graded, grade
from trueup.reconcile.identity.marks import Marks, marks
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.recall import Recall, Settled
from trueup.reconcile.identity.scoring import Model, log_odds, weighted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SLICE = 1_000_000
"""Candidate pairs compared at once: this bounds memory whatever the size of the data."""
NONE: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind that is matched by score, ready to be compared."""

    model: Model
    rows: int
    group: Codes
    system: Codes
    block: Callable[[Blocks], None]
    compare: Callable[[Ints, Ints], Compared]
    reasons: tuple[str, ...]
    decided: decisions.Decided
    policy: Policy
    compare_by: Callable[[Model, Ints, Ints], Compared]
    marks: Callable[[], Marks]

    def assess(self, left: Ints, right: Ints) -> tuple[Compared, Graded]:
        """Compare and grade pairs."""
        compared = self.compare(left, right)
        return compared, grade(compared, self.model, self.rows, self.policy.match, self.reasons)


def resolve(con: DuckDBPyConnection, policy: Policy, before: Mapping[str, Settled] | None = None) -> dict[str, Settled]:
    """Say who is who: makes the tables match, same, link, duplicate and blocking (see `output`) from a frame.

    `before` is what an earlier run gave back, by kind: pairs that cannot match and need no comparing again (`recall`).
    The result is the same with it and without.
    """
    prepare(con, policy)
    owners.resolve(con)
    settled: dict[str, Settled] = {}
    for kind in ("company", "person"):
        subject = stage(con, kind, policy)
        if subject.rows:
            recall = Recall(
                (before or {}).get(kind),
                subject.marks(),
                commonness(subject.compare(NONE, NONE)),
                subject.model,
                policy,
            )
            _resolve(con, subject, recall)
            settled[kind] = recall.after()
        if kind == "company":
            deals.resolve(con)
    _stand_ins(con)
    return settled


def prepare(con: DuckDBPyConnection, policy: Policy) -> None:
    """Empty result tables, normalisers, and what merged and converted refs mean today."""
    output.create(con)
    normalize.install(con, policy.country, policy.junk or None)
    claims.follow(con)


def stage(con: DuckDBPyConnection, kind: str, policy: Policy) -> Subject:
    """Stage one kind and turn it into codes. People want companies and deals resolved before them."""
    module: Any = {"person": people, "company": companies}[kind]
    module.stage(con)
    return staged(con, kind, policy)


def staged(con: DuckDBPyConnection, kind: str, policy: Policy) -> Subject:
    """Turn the records of table `id_<kind>` into codes."""
    module: Any = {"person": people, "company": companies}[kind]
    got = con.execute(
        f"SELECT (dense_rank() OVER (ORDER BY system, object) - 1)::INTEGER AS g, "
        f"(dense_rank() OVER (ORDER BY system) - 1)::INTEGER AS s, i FROM id_{kind} ORDER BY i"
    ).fetchnumpy()
    group, system = got["g"].astype(np.int32), got["s"].astype(np.int32)
    model = weighted(kind, policy.match.weights.get(kind, {}))
    records = module.prepare(con, group, int(group.max(initial=0)) + 1)
    return Subject(
        model=model,
        rows=len(group),
        group=group,
        system=system,
        block=lambda blocks: module.block(records, blocks),
        compare=lambda left, right: module.compare(records, model, left, right),
        reasons=module.REASONS,
        decided=decisions.read(con, f"id_{kind}", len(group)),
        policy=policy,
        compare_by=lambda other, left, right: module.compare(records, other, left, right),
        marks=lambda: marks(con, f"id_{kind}", records.claims, lambda refs: module.swayed(records, refs)),
    )


def reweighed(subject: Subject, model: Model) -> Subject:
    """The same records compared with other weights."""
    return replace(subject, model=model, compare=lambda left, right: subject.compare_by(model, left, right))


def _resolve(con: DuckDBPyConnection, subject: Subject, recall: Recall) -> None:
    blocks = Blocks(subject.rows)
    subject.block(blocks)
    if len(subject.decided.same):
        blocks.add_pairs("decision", subject.decided.same // subject.rows, subject.decided.same % subject.rows)
    left, right = blocks.pairs()
    output.report(con, subject.model.kind, blocks.report)
    left, right, weight, good = _worth_keeping(subject, recall, left, right)
    enough = log_odds(subject.policy.match.likely)
    label = cluster(subject.rows, left[good], right[good], weight[good], enough, lambda a, b: _against(subject, a, b))
    # Every pair inside a group is told about too, also those that no rule brought together.
    inside = members(label, 2)
    keys = distinct(np.concatenate([left * subject.rows + right, inside[0] * subject.rows + inside[1]]))
    left, right = keys // subject.rows, keys % subject.rows
    compared, graded = subject.assess(left, right)
    decided = subject.decided.is_same(left, right)
    source = _source(subject.model, compared, decided)
    output.register(con, left, right, compared, graded, source, decided)
    weight = np.where(decided, 1e6, graded.weight)
    linked = output.choose_links(left, right, label, subject.system, subject.group, _trust(source), weight)
    output.write(con, subject.model, f"id_{subject.model.kind}", subject.rows, graded.reasons, label, linked)


def _worth_keeping(subject: Subject, recall: Recall, left: Ints, right: Ints) -> tuple[Ints, Ints, Floats, Bools]:
    """Of the candidates those graded possible or better, slice by slice, with weight and whether they may join a
    group."""
    open_ = ~recall.settled(left * subject.rows + right) | subject.decided.is_same(left, right)
    left, right = left[open_], right[open_]
    kept: list[tuple[Ints, Ints, Floats, Bools]] = []
    for start in range(0, len(left), SLICE):
        a, b = left[start : start + SLICE], right[start : start + SLICE]
        compared, graded = subject.assess(a, b)
        recall.add(a * subject.rows + b, compared)
        same = subject.decided.is_same(a, b)
        apart = subject.decided.is_not_same(a, b)
        keep = ((graded.grade >= POSSIBLE) | same) & ~apart
        good = (graded.grade >= LIKELY) | same
        kept.append((a[keep], b[keep], np.where(same, 1e6, graded.weight)[keep], good[keep]))
    if not kept:
        return NONE, NONE, np.empty(0), np.empty(0, dtype=bool)
    return (
        np.concatenate([x[0] for x in kept]),
        np.concatenate([x[1] for x in kept]),
        np.concatenate([x[2] for x in kept]),
        np.concatenate([x[3] for x in kept]),
    )


def _against(subject: Subject, left: Ints, right: Ints) -> tuple[Floats, Bools]:
    """Weights of pairs, and which contradict: by the data, unless somebody said "same", or because somebody said
    "not"."""
    _, graded = subject.assess(left, right)
    same = subject.decided.is_same(left, right)
    return np.where(same, 1e6, graded.weight), (graded.against & ~same) | subject.decided.is_not_same(left, right)


def _source(model: Model, compared: Compared, decided: Bools) -> Ints:
    """What the sameness of each pair rests on first, as an index of `output.SOURCES`."""
    source = np.zeros(len(decided), dtype=np.int64)

    def at(comparison: str, *keys: str) -> Bools:
        for place, ladder in enumerate(model.ladders):
            if ladder.key == comparison:
                return np.isin(compared.levels[place], [ladder.at(key) for key in keys])
        return np.zeros(len(decided), dtype=bool)

    for number, comparison, keys in (
        (1, "linkedin", ("exact",)),
        (1, "domain", ("exact",)),
        (2, "email", ("exact",)),
        (3, "stored_id", ("mutual", "stored", "contested")),
    ):
        if any(
            ladder.key == comparison and all(any(r.key == k for r in ladder.rungs) for k in keys)
            for ladder in model.ladders
        ):
            source[at(comparison, *keys)] = number
    if model.kind == "company":
        source[source == 2] = 1
    source[decided] = 4
    return source


def _trust(source: Ints) -> Floats:
    """Decisions first, then stored ids; the rest is a matter of weight."""
    return np.where(source == 4, 2.0, np.where(source == 3, 1.0, 0.0))


def _stand_ins(con: DuckDBPyConnection) -> None:
    """Converted leads belong to the group of the contact that they became; without one they stand alone."""
    con.execute(
        "INSERT INTO same SELECT 'person', p.ref, coalesce(s.entity, p.ref) FROM record_person p "
        "LEFT JOIN id_alias a ON a.ref = p.ref LEFT JOIN same s ON s.kind = 'person' AND s.ref = a.now "
        "WHERE p.converted = 'true' ORDER BY p.ref"
    )
