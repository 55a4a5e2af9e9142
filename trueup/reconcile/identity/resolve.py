"""The whole of identity over a frame: owners, companies, deals, people, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from trueup.model.policy import Policy
from trueup.reconcile import normalize
from trueup.reconcile.identity import claims, companies, deals, decisions, output, owners, people
from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.blocking import Blocks
from trueup.reconcile.identity.clustering import cluster, members
from trueup.reconcile.identity.commonness import commonness
from trueup.reconcile.identity.grading import LIKELY, POSSIBLE, Graded, grade
from trueup.reconcile.identity.marks import Marks, marks
from trueup.reconcile.identity.memory import at_once, give_back
from trueup.reconcile.identity.ordering import distinct
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.recall import Recall, Settled
from trueup.reconcile.identity.scoring import Model, log_odds, weighted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SLICE = 1_000_000
"""Candidate pairs compared at once: this bounds memory whatever the size of the data."""
_PART = SLICE // 4
"""Candidates of a slice here, where what is kept of all of them lies beside."""
_T = TypeVar("_T")
NONE: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind that is matched by score, ready to be compared.

    `compare` says of pairs how they stand, `sift_by` of those alone that do not contradict themselves at first sight:
    it gives their places too.
    """

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
    sift_by: Callable[[Model, Ints, Ints], tuple[Ints, Compared]]
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
    remembered = dict(before or {})
    del before  # what is remembered of a kind goes as soon as it was asked
    prepare(con, policy)
    owners.resolve(con)
    settled: dict[str, Settled] = {}
    for kind in ("company", "person"):
        after = _of_kind(con, kind, policy, remembered.pop(kind, None))
        if after:
            settled[kind] = after
        if kind == "company":
            deals.resolve(con)
    _stand_ins(con)
    return settled


def _of_kind(con: DuckDBPyConnection, kind: str, policy: Policy, before: Settled | None) -> Settled | None:
    """Who is who of one kind, and what is settled of it now."""
    subject = stage(con, kind, policy)
    if not subject.rows:
        return None
    give_back(con)
    marked = subject.marks()
    # From here to the writing the engine is asked for nothing.
    give_back(con, rest=True)
    keys = _candidates(con, subject)
    give_back(con)
    recall = Recall(before, marked, commonness(subject.compare(NONE, NONE)), subject.model, policy)
    del before
    kept, weight, good = _worth_keeping(subject, recall, keys)
    del keys
    settled = recall.after()
    del recall, marked
    give_back(con)
    label = _groups(subject, kept[good], weight[good])
    # Every pair inside a group is told about too, also those that no rule brought together.
    left, right = members(label, 2)
    pairs, reasons = _told(subject, distinct(np.concatenate([kept, left * subject.rows + right])))
    model, system = subject.model, subject.system
    linked = _linked(subject, label, pairs)
    # The codes of the records are needed no more, and writing wants the room.
    del subject
    give_back(con)
    output.write(con, model, reasons, label, system, pairs, linked)
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
    group, system = _objects(con, f"id_{kind}")
    return subject_of(con, kind, policy, module.prepare(con, group, int(group.max(initial=0)) + 1), group, system)


def subject_of(
    con: DuckDBPyConnection, kind: str, policy: Policy, records: Any, group: Codes, system: Codes
) -> Subject:
    """What is matched, from the prepared records of table `id_<kind>` and the object and system of each."""
    module: Any = {"person": people, "company": companies}[kind]
    model = weighted(kind, policy.match.weights.get(kind, {}))
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
        sift_by=lambda other, left, right: module.sifted(records, other, left, right),
        marks=lambda: marks(con, f"id_{kind}", records.claims, lambda refs: module.swayed(records, refs)),
    )


def _objects(con: DuckDBPyConnection, staged: str) -> tuple[Codes, Codes]:
    """The number of each record's object, and of its system."""
    got = con.execute(
        f"SELECT r.i, o.g, o.s FROM {staged} r JOIN (SELECT system, object, "
        "(dense_rank() OVER (ORDER BY system, object) - 1)::INTEGER AS g, "
        "(dense_rank() OVER (ORDER BY system) - 1)::INTEGER AS s "
        f"FROM (SELECT DISTINCT system, object FROM {staged})) o ON o.system = r.system AND o.object = r.object"
    ).fetchnumpy()
    group, system = np.empty(len(got["i"]), dtype=np.int32), np.empty(len(got["i"]), dtype=np.int32)
    group[got["i"]], system[got["i"]] = got["g"], got["s"]
    return group, system


def reweighed(subject: Subject, model: Model) -> Subject:
    """The same records compared with other weights."""
    return replace(subject, model=model, compare=lambda left, right: subject.compare_by(model, left, right))


def moved(subject: Subject, move: Callable[[Model, Compared], Compared]) -> Subject:
    """The same records, with something made of every comparison of theirs."""

    def compare_by(model: Model, left: Ints, right: Ints) -> Compared:
        return move(model, subject.compare_by(model, left, right))

    def sift_by(model: Model, left: Ints, right: Ints) -> tuple[Ints, Compared]:
        places, compared = subject.sift_by(model, left, right)
        return places, move(model, compared)

    def compare(left: Ints, right: Ints) -> Compared:
        return compare_by(subject.model, left, right)

    return replace(subject, compare=compare, compare_by=compare_by, sift_by=sift_by)


def _candidates(con: DuckDBPyConnection, subject: Subject) -> Ints:
    """The pairs worth comparing, as `left * rows + right` in order."""
    blocks = Blocks(subject.rows)
    subject.block(blocks)
    if len(subject.decided.same):
        blocks.add_pairs("decision", subject.decided.same // subject.rows, subject.decided.same % subject.rows)
    output.report(con, subject.model.kind, blocks.report)
    return blocks.keys()


def _worth_keeping(subject: Subject, recall: Recall, keys: Ints) -> tuple[Ints, Floats, Bools]:
    """Of the candidates those graded possible or better, slice by slice, with weight and whether they may join a
    group."""

    def one(part: Ints) -> tuple[Ints, Ints, tuple[Ints, Floats, Bools]]:
        settled = recall.settled(part)
        again = part[~settled | subject.decided.is_same(part // subject.rows, part % subject.rows)]
        left, right = again // subject.rows, again % subject.rows
        compared, graded = subject.assess(left, right)
        same = subject.decided.is_same(left, right)
        apart = subject.decided.is_not_same(left, right)
        keep = ((graded.grade >= POSSIBLE) | same) & ~apart
        good = (graded.grade >= LIKELY) | same
        worth = again[keep], np.where(same, 1e6, graded.weight)[keep], good[keep]
        return part[settled], recall.far(again, compared), worth

    kept: list[tuple[Ints, Floats, Bools]] = [(NONE, np.empty(0), np.empty(0, dtype=np.bool_))]
    for settled, far, worth in _sliced(subject, keys, one):
        recall.add(settled, far)
        kept.append(worth)
    return (
        np.concatenate([x for x, _, _ in kept]),
        np.concatenate([x for _, x, _ in kept]),
        np.concatenate([x for _, _, x in kept]),
    )


def _groups(subject: Subject, keys: Ints, weight: Floats) -> Ints:
    """The group of each record, from the pairs that may join one."""
    enough = log_odds(subject.policy.match.likely)
    left, right = keys // subject.rows, keys % subject.rows
    return cluster(subject.rows, left, right, weight, enough, lambda a, b: _against(subject, a, b))


def _told(subject: Subject, keys: Ints) -> tuple[list[output.Columns], tuple[str, ...]]:
    """What is told of these pairs, slice by slice, and the reasons that cap grades by number."""

    def one(part: Ints) -> tuple[output.Columns, tuple[str, ...]]:
        left, right = part // subject.rows, part % subject.rows
        compared, graded = subject.assess(left, right)
        decided = subject.decided.is_same(left, right)
        source = _source(subject.model, compared, decided)
        return output.columns(left, right, compared, graded, source, decided), graded.reasons

    told = list(_sliced(subject, keys, one))
    return [pairs for pairs, _ in told], told[-1][1] if told else subject.reasons


def _sliced(subject: Subject, keys: Ints, one: Callable[[Ints], _T]) -> Iterator[_T]:
    """What `one` says of each slice of the pairs, in their order; slices do not depend on each other."""
    subject.assess(NONE, NONE)  # what is common to all slices is worked out before two of them ask for it
    with ThreadPoolExecutor(at_once(subject.rows)) as pool:
        yield from pool.map(one, (keys[start : start + _PART] for start in range(0, len(keys), _PART)))


def _linked(subject: Subject, label: Ints, pairs: list[output.Columns]) -> Bools:
    """Which of these pairs become links."""

    def all_of(name: str) -> Any:
        return np.concatenate([NONE, *(part[name] for part in pairs)])

    return output.choose_links(
        all_of("li"), all_of("ri"), label, subject.system, subject.group, _trust(all_of("source")), all_of("weight")
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
