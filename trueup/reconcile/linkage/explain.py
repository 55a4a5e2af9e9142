"""One pair of a table's records, weighed part by part with what was learned from the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trueup.model.matching import Level
from trueup.reconcile.identity.arrays import Ints
from trueup.reconcile.identity.resolve import Subject
from trueup.reconcile.identity.scoring import probability
from trueup.reconcile.linkage.counterparts import Counterparts
from trueup.reconcile.linkage.matched import Matched
from trueup.reconcile.linkage.pairs import Weigh
from trueup.reconcile.linkage.staging import Table, slots_of
from trueup.reconcile.linkage.training import compare, total

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROLES = {
    "given": ("first name", "full name"),
    "family": ("last name", "full name"),
    "name": ("first name", "last name"),
}
"""Features that are not called after the role they come from."""
_CONTACTS = {
    "email": "e-mail",
    "company": "organisation",
    "title": "other text",
    "place": "city",
    "middle": "given",
    "suffix": "family",
    "birth_date": "birth date",
    "other_code": "other code",
}
"""The same for the CRM's ladders."""
SPLIT = "groups are split where they do not hold together"
ONCE = "one of the two can have one counterpart at most, and another fits it better"
BELOW = "below the threshold that the data chose"
OTHERS = "together through other records"


@dataclass(frozen=True, slots=True)
class TablePair:
    """Two records of the tables: match probability, whether they ended in one cluster, every level, and why not."""

    left: str
    right: str
    score: float
    together: bool
    threshold: float
    levels: tuple[Level, ...]
    prior_weight: float
    capped_by: str


def explain(con: DuckDBPyConnection, matched: Matched, tables: Sequence[Table], a: str, b: str) -> TablePair:
    """The pair as matching weighed it. Raises ValueError for a record that is not there, or is in both tables."""
    left, right = sorted((_row(con, tables, a), _row(con, tables, b)))
    if left == right:
        raise ValueError(f"{a} is always the same as itself")
    one, other = np.array([left], dtype=np.int64), np.array([right], dtype=np.int64)
    if matched.contacts is not None:
        prior, levels, total = _contacts(con, tables, *matched.contacts, one, other)
    else:
        prior, levels, total = _features(con, tables, matched, one, other)
    score = float(probability(total))
    together = bool(matched.cluster[left] == matched.cluster[right])
    names = [_name(con, tables, row) for row in (left, right)]
    threshold = matched.grouped.threshold
    return TablePair(
        names[0], names[1], score, together, threshold, tuple(levels), round(prior, 4),
        _why(matched, score, together),
    )  # fmt: skip


Weighed = tuple[float, list[Level], float]
"""The prior, the levels, the total."""


def _features(con: DuckDBPyConnection, tables: Sequence[Table], matched: Matched, one: Ints, other: Ints) -> Weighed:
    """By the ladders that the columns gave."""
    levels = []
    trained = matched.trained
    stands = compare(matched.prepared, one, other)
    for feature, weights, at in zip(matched.prepared.features, trained.weights, stands, strict=True):
        level = int(at[0])
        if level:
            shown = _shown(con, tables, feature.key, (int(one[0]), int(other[0])))
            levels.append(Level(feature.label, feature.steps[level - 1].label, round(float(weights[level]), 2), *shown))
    said = trained.prior + sum(level.weight for level in levels)
    apart = float(total(trained, stands, 1)[0]) - said
    if abs(apart) >= 0.05:
        share = " or ".join(dict.fromkeys(", ".join(relation.shares) for relation in trained.relations))
        levels.append(
            Level("standing alone", "nothing else is known of both", round(apart, 2))
            if len(levels) == 1
            else Level("relation", f"many who are not one share {share}", round(apart, 2))
        )
    return trained.prior, levels, trained.prior + sum(level.weight for level in levels)


def _contacts(
    con: DuckDBPyConnection, tables: Sequence[Table], subject: Subject, counted: Counterparts, ask: Weigh, one: Ints,
    other: Ints,
) -> Weighed:  # fmt: skip
    """By the CRM's ladders, as tables of business contacts are; and what doubtful pairs of this table are worth."""
    compared, graded = subject.assess(one, other)
    rows = int(one[0]), int(other[0])
    levels = []
    for ladder, level, weight in zip(subject.model.ladders, compared.levels, compared.weights, strict=True):
        if level[0]:
            shown = _shown(con, tables, _CONTACTS.get(ladder.key, ladder.key), rows)
            levels.append(Level(ladder.label, ladder.rungs[int(level[0])].label, round(float(weight[0]), 2), *shown))
    total = float(ask(one, other)[0])
    bits = float(counted.bits(one, other)[0])
    apart = total - bits - float(graded.weight[0])
    if abs(apart) >= 0.05:
        held = graded.reasons[int(graded.cap[0])] or "all that speaks against it"
        reason = held if graded.against[0] else "how often a doubtful pair is true here"
        levels.append(Level("contradiction" if graded.against[0] else "standing alone", reason, round(apart, 2)))
    return subject.model.prior(subject.rows) + bits, levels, total


def _why(matched: Matched, score: float, together: bool) -> str:
    """What decided where the probability by itself would have said something else."""
    grouped = matched.grouped
    if together:
        return OTHERS if score < grouped.threshold else ""
    if score < grouped.threshold:
        return BELOW if score >= 0.5 else ""
    return ONCE if any(grouped.once) else SPLIT


def _row(con: DuckDBPyConnection, tables: Sequence[Table], text: str) -> int:
    """A record by its id, or by `table:id` where two tables have the id."""
    names = [table.name for table in tables]
    found = con.execute(
        "SELECT i FROM link_ids WHERE rec = ? OR list_extract(?, t + 1) || ':' || rec = ? ORDER BY i",
        [text, names, text],
    ).fetchall()
    if not found:
        raise ValueError(f"there is no record {text!r}")
    if len(found) > 1:
        raise ValueError(f"{text!r} is in both tables: write {' or '.join(f'{name}:{text}' for name in names)}")
    return int(found[0][0])


def _name(con: DuckDBPyConnection, tables: Sequence[Table], row: int) -> str:
    number, rec = con.execute("SELECT t, rec FROM link_ids WHERE i = ?", [row]).fetchall()[0]
    return f"{tables[number].name}:{rec}"


def _shown(
    con: DuckDBPyConnection, tables: Sequence[Table], key: str, rows: tuple[int, int]
) -> tuple[str | None, str | None]:
    """What the two records hold in the columns that the feature was made of."""
    slots = slots_of(tables)
    head, _, number = key.rpartition(" ")
    if number.isdigit():
        places = [p for p, (role, slot) in enumerate(slots) if role == head and slot == int(number) - 1]
    else:
        roles = _ROLES.get(key, (key,))
        first = next((role for role in roles if any(role == have for have, _ in slots)), key)
        places = [p for p, (role, _) in enumerate(slots) if role == first]
        if key in ("organisation", "domain", "city", "postcode", "country", "birth date", "other code", "other text"):
            places = places[:1]  # every column of these has a feature of its own
    if not places:
        return None, None
    columns = ", ".join(f"f{place}" for place in places)
    got = dict(
        con.execute(
            f"SELECT i, nullif(concat_ws(', ', {columns}), '') FROM link_rows WHERE i IN (?, ?)", rows
        ).fetchall()
    )
    return got[rows[0]], got[rows[1]]
