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

from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.encode import Bools, Codes, Floats, Ints
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


def _shown(staged: str, ladder_shows: str, side: str) -> str:
    if ladder_shows == "company_name" and staged == "id_person":
        return f"coalesce({side}.company_name, {side}.its_name)"
    if ladder_shows == "website" and staged == "id_company":
        return f"coalesce({side}.domain, {side}.website)"
    if ladder_shows == "phone" and staged == "id_person":
        return f"nullif(concat_ws(', ', {side}.phone, {side}.mobile), '')"
    if ladder_shows == "email":
        return f"nullif(concat_ws(', ', {side}.email, {side}.other_emails), '')"
    return f'{side}."{ladder_shows}"'


def levels_sql(model: Model, staged: str, left: str = "a", right: str = "b", pair: str = "o") -> str:
    """SQL for the list of levels of a pair (structs), those with nothing to compare left out."""
    parts = []
    for number, ladder in enumerate(model.ladders):
        labels = _list(tuple(rung.label for rung in ladder.rungs))
        parts.append(
            f"CASE WHEN {pair}.l{number} > 0 THEN "
            f"{{comparison: {_text(ladder.label)}, label: {labels}[{pair}.l{number} + 1], "
            f'weight: round({pair}.w{number}::DOUBLE, 2), "left": {_shown(staged, ladder.show, left)}, '
            f'"right": {_shown(staged, ladder.show, right)}}} END'
        )
    return f"list_filter([{', '.join(parts)}], lambda x: x IS NOT NULL)"


def register(
    con: DuckDBPyConnection,
    left: Ints,
    right: Ints,
    compared: Compared,
    graded: Graded,
    source: np.ndarray,
    decided: Bools,
) -> None:
    """Put scored pairs into table `id_out`."""
    columns: dict[str, np.ndarray] = {
        "li": left,
        "ri": right,
        "score": np.where(decided, 1.0, graded.score),
        "weight": graded.weight,
        "grade": np.where(decided, len(GRADES) - 1, graded.grade).astype(np.int8),
        "cap": np.where(decided, 0, graded.cap).astype(np.int8),
        "source": source.astype(np.int8),
    }
    for number, (level, weight) in enumerate(zip(compared.levels, compared.weights, strict=True)):
        columns[f"l{number}"] = level
        columns[f"w{number}"] = weight
    con.register("id_out_columns", columns)
    con.execute("CREATE OR REPLACE TEMP TABLE id_out AS SELECT * FROM id_out_columns")
    con.unregister("id_out_columns")


SOURCES = ("scored", "key", "email", "stored_id", "decision")


def write(
    con: DuckDBPyConnection, model: Model, staged: str, rows: int, reasons: tuple[str, ...], label: Ints, linked: Bools
) -> None:
    """Fill match, same, link and duplicate from `id_out`, the groups and the pairs chosen as links."""
    kind, prior = model.kind, round(model.prior(rows), 4)
    grades, caps, sources = _list(GRADES), _list(reasons), _list(SOURCES)
    con.register("id_labels_columns", {"i": np.arange(rows), "root": label})
    con.execute("CREATE OR REPLACE TEMP TABLE id_labels AS SELECT * FROM id_labels_columns")
    con.unregister("id_labels_columns")
    con.execute(
        f"INSERT INTO same SELECT {_text(kind)}, a.ref, b.ref FROM id_labels l JOIN {staged} a ON a.i = l.i "
        f"JOIN {staged} b ON b.i = l.root ORDER BY a.ref"
    )
    con.register("id_linked_columns", {"linked": linked, "place": np.arange(len(linked))})
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_told AS WITH o AS (SELECT *, row_number() OVER (ORDER BY "
        "li, ri) - 1 AS place FROM id_out) "
        f"SELECT a.ref AS left_ref, b.ref AS right_ref, a.system = b.system AS within, x.root = "
        f"y.root AS together, k.linked, "
        f"o.score, {grades}[o.grade + 1] AS grade, o.grade AS rank, {caps}[o.cap + 1] AS capped_by, "
        f"{sources}[o.source + 1] AS source, "
        f"{levels_sql(model, staged)} AS levels FROM o JOIN id_linked_columns k USING (place) "
        f"JOIN {staged} a ON a.i = o.li JOIN {staged} b ON b.i = o.ri "
        "JOIN id_labels x ON x.i = o.li JOIN id_labels y ON y.i = o.ri"
    )
    con.unregister("id_linked_columns")
    evidence = (
        "coalesce(nullif(array_to_string(list_transform(list_filter(levels, lambda x: x.weight > 0), "
        "lambda x: x.comparison || ': ' || x.label), '; '), ''), 'one group through other records')"
    )
    con.execute(
        f"INSERT INTO match SELECT {_text(kind)}, left_ref, right_ref, score, grade, "
        f"to_json(levels)::VARCHAR, {prior}, capped_by "
        "FROM id_told WHERE rank > 0 ORDER BY left_ref, right_ref"
    )
    con.execute(
        f"INSERT INTO link SELECT {_text(kind)}, left_ref, right_ref, source, score, grade, {evidence} FROM id_told "
        "WHERE linked ORDER BY left_ref, right_ref"
    )
    con.execute(
        f"INSERT INTO duplicate SELECT {_text(kind)}, left_ref, right_ref, score, grade, {evidence} FROM id_told "
        "WHERE together AND within ORDER BY left_ref, right_ref"
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
    order = np.lexsort((b, a, -weight[across], -rank[across]))
    taken: set[int] = set()
    for place in order.tolist():
        # A record may be taken once by each object of the other side.
        one, other = int(a[place]) * groups + int(group[b[place]]), int(b[place]) * groups + int(group[a[place]])
        if one not in taken and other not in taken:
            taken.update((one, other))
            chosen[across[place]] = True
    return chosen
