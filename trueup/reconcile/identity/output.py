"""The tables in which identity tells its result; what they hold is said in the columns' names and here.

| table | one row is |
|---|---|
| `match` | a pair graded possible or better, with its levels as JSON |
| `same` | a live record and the smallest ref of its group |
| `link` | two records of two systems that stand for each other, one to one by object |
| `duplicate` | two records of one system that are one thing |
| `blocking` | a blocking rule: pairs it gave, and what its bound left out |
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.grading import GRADES, Graded
from trueup.reconcile.identity.pairing import Compared
from trueup.reconcile.identity.scoring import Model

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from trueup.reconcile.identity.blocking import LeftOut

_TABLES = """
CREATE OR REPLACE TABLE match(kind VARCHAR, left_ref VARCHAR, right_ref VARCHAR, score DOUBLE, grade VARCHAR,
    levels VARCHAR, prior DOUBLE, capped_by VARCHAR);
CREATE OR REPLACE TABLE same(kind VARCHAR, ref VARCHAR, entity VARCHAR);
CREATE OR REPLACE TABLE link(kind VARCHAR, left_ref VARCHAR, right_ref VARCHAR, source VARCHAR, score DOUBLE,
    grade VARCHAR, evidence VARCHAR);
CREATE OR REPLACE TABLE duplicate(kind VARCHAR, left_ref VARCHAR, right_ref VARCHAR, score DOUBLE, grade VARCHAR,
    evidence VARCHAR);
CREATE OR REPLACE TABLE blocking(kind VARCHAR, rule VARCHAR, pairs BIGINT, blocks_left_out BIGINT,
    records_left_out BIGINT, pairs_left_out BIGINT)
"""


def create(con: DuckDBPyConnection) -> None:
    """Make the tables anew, empty."""
    for statement in _TABLES.split(";"):
        con.execute(statement)


def report(con: DuckDBPyConnection, kind: str, rules: list[LeftOut]) -> None:
    """Keep what blocking gave and left out."""
    if rules:
        con.executemany(
            "INSERT INTO blocking VALUES (?, ?, ?, ?, ?, ?)",
            [[kind, r.rule, r.pairs, r.blocks_left_out, r.records_left_out, r.pairs_left_out] for r in rules],
        )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(_text(value) for value in values) + "]"


def _json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shown(kind: str, ladder_shows: str, side: str) -> str:
    if ladder_shows == "company_name" and kind == "person":
        return f"coalesce({side}.company_name, {side}.its_name)"
    if ladder_shows == "website" and kind == "company":
        return f"coalesce({side}.domain, {side}.website)"
    if ladder_shows == "phone" and kind == "person":
        return f"nullif(concat_ws(', ', {side}.phone, {side}.mobile), '')"
    if ladder_shows == "email":
        return f"nullif(concat_ws(', ', {side}.email, {side}.other_emails), '')"
    return f'{side}."{ladder_shows}"'


def levels_sql(model: Model) -> str:
    """SQL for the levels of a pair of `id_out o` as JSON, those with nothing to compare left out; `a` and `b` are its
    records as `show` tells them."""
    parts = []
    for number, ladder in enumerate(model.ladders):
        head = [
            _text(f',{{"comparison":{_json(ladder.label)},"label":{_json(rung.label)},"weight":')
            for rung in ladder.rungs
        ]
        parts.append(
            f"CASE WHEN o.l{number} > 0 THEN concat([{', '.join(head)}][o.l{number} + 1], "
            f'round(o.w{number}::DOUBLE, 2), \',"left":\', a."{ladder.show}", '
            f"',\"right\":', b.\"{ladder.show}\", '}}') END"
        )
    return f"concat('[', substr(concat({', '.join(parts)}), 2), ']')"


def _evidence_sql(model: Model) -> str:
    """SQL for what speaks for a pair of `id_out o`, in words."""
    parts = []
    for number, ladder in enumerate(model.ladders):
        said = _list(tuple(f"{ladder.label}: {rung.label}" for rung in ladder.rungs))
        parts.append(
            f"CASE WHEN o.l{number} > 0 AND round(o.w{number}::DOUBLE, 2) > 0 THEN {said}[o.l{number} + 1] END"
        )
    return f"coalesce(nullif(concat_ws('; ', {', '.join(parts)}), ''), 'one group through other records')"


Columns = dict[str, np.ndarray]
"""Scored pairs in order of left, then right, as columns: what `columns` made of them."""


def columns(left: Ints, right: Ints, compared: Compared, graded: Graded, source: np.ndarray, decided: Bools) -> Columns:
    """Scored pairs as what is told of them."""
    found: Columns = {
        "li": left,
        "ri": right,
        "score": np.where(decided, 1.0, graded.score),
        "weight": np.where(decided, 1e6, graded.weight),
        "grade": np.where(decided, len(GRADES) - 1, graded.grade).astype(np.int8),
        "cap": np.where(decided, 0, graded.cap).astype(np.int8),
        "source": source.astype(np.int8),
    }
    for number, (level, weight) in enumerate(zip(compared.levels, compared.weights, strict=True)):
        found[f"l{number}"] = level
        found[f"w{number}"] = weight
    return found


def register(con: DuckDBPyConnection, model: Model, pairs: Columns) -> None:
    """Put scored pairs into view `id_out`, and their records, as people are shown them, into table `id_shown`."""
    con.register("id_out", pairs)
    shown = {ladder.show: _shown(model.kind, ladder.show, "r") for ladder in model.ladders}
    texts = ", ".join(f"coalesce(to_json({sql})::VARCHAR, 'null') AS \"{name}\"" for name, sql in shown.items())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE id_shown AS SELECT r.i, r.ref, {texts} FROM id_{model.kind}_few r "
        "WHERE r.i IN (SELECT li FROM id_out UNION ALL SELECT ri FROM id_out)"
    )


SOURCES = ("scored", "key", "email", "stored_id", "decision")


def write(
    con: DuckDBPyConnection, model: Model, reasons: tuple[str, ...], label: Ints, system: Codes, pairs: list[Columns],
    linked: Bools,
) -> None:  # fmt: skip
    """Fill match, same, link and duplicate from the scored pairs, the groups and the pairs chosen as links."""
    staged = f"id_{model.kind}"
    _write_groups(con, model.kind, staged, label)
    end = 0
    for part in pairs:
        left, right = part["li"], part["ri"]
        start, end = end, end + len(left)
        together = label[left] == label[right]
        told = {"linked": linked[start:end], "duplicate": together & (system[left] == system[right])}
        register(con, model, part | told)
        _write_pairs(con, model, reasons, len(label))
        con.unregister("id_out")
    con.execute("DROP TABLE IF EXISTS id_shown")


def _write_groups(con: DuckDBPyConnection, kind: str, staged: str, label: Ints) -> None:
    con.register("id_labels", {"i": np.arange(len(label)), "root": label})
    con.execute(
        f"INSERT INTO same SELECT {_text(kind)}, a.ref, b.ref FROM id_labels l JOIN {staged} a ON a.i = l.i "
        # Records are numbered by ref.
        f"JOIN {staged} b ON b.i = l.root ORDER BY l.i"
    )
    con.unregister("id_labels")


def _write_pairs(con: DuckDBPyConnection, model: Model, reasons: tuple[str, ...], rows: int) -> None:
    """Tell of the pairs that are registered; records are numbered by ref, so their order is that of the pairs."""
    kind, prior = _text(model.kind), round(model.prior(rows), 4)
    both = "FROM id_out o JOIN id_shown a ON a.i = o.li JOIN id_shown b ON b.i = o.ri"
    in_order = "ORDER BY o.li, o.ri"
    con.execute(
        f"INSERT INTO match SELECT {kind}, a.ref, b.ref, o.score, {_list(GRADES)}[o.grade + 1], {levels_sql(model)}, "
        f"{prior}, {_list(reasons)}[o.cap + 1] {both} WHERE o.grade > 0 {in_order}"
    )
    con.execute(
        f"INSERT INTO link SELECT {kind}, a.ref, b.ref, {_list(SOURCES)}[o.source + 1], o.score, "
        f"{_list(GRADES)}[o.grade + 1], {_evidence_sql(model)} {both} WHERE o.linked {in_order}"
    )
    con.execute(
        f"INSERT INTO duplicate SELECT {kind}, a.ref, b.ref, o.score, {_list(GRADES)}[o.grade + 1], "
        f"{_evidence_sql(model)} {both} WHERE o.duplicate {in_order}"
    )


def choose_links(
    left: Ints, right: Ints, label: Ints, system: Codes, group: Codes, rank: Floats, weight: Floats
) -> Bools:
    """Within each group of records, pair those of two systems one to one by object, the best first.

    `rank` says what the sameness rests on, the greater the better; then the weight counts, then the order of refs.
    """
    chosen = np.zeros(len(left), dtype=bool)
    across = np.flatnonzero((label[left] == label[right]) & (system[left] != system[right]))
    a, b = left[across], right[across]
    groups = int(group.max(initial=0)) + 1
    # A record may be taken once by each object of the other side.
    one, other = a * groups + group[b], b * groups + group[a]
    sought = np.sort(np.concatenate([one, other]))
    twice = sought[1:][sought[1:] == sought[:-1]]
    free = ~(np.isin(one, twice) | np.isin(other, twice))
    chosen[across[free]] = True
    contested = np.flatnonzero(~free)
    order = contested[np.lexsort((b[contested], a[contested], -weight[across[contested]], -rank[across[contested]]))]
    taken: set[int] = set()
    for place, mine, yours in zip(across[order].tolist(), one[order].tolist(), other[order].tolist(), strict=True):
        if mine not in taken and yours not in taken:
            taken.update((mine, yours))
            chosen[place] = True
    return chosen
