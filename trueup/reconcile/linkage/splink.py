"""A trained portable model as Splink settings, and the records as the columns that these settings speak of.

The settings hold for any engine that Splink speaks to: equality, `levenshtein`, `substr` and `length` mean the same in
DuckDB and Spark. m, u and the prior are those that were learned, so Splink's match weights are our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trueup.reconcile.identity.arrays import Ints
from trueup.reconcile.identity.encode import Column
from trueup.reconcile.linkage.plain import Plain, part_of
from trueup.reconcile.linkage.portable import Portable
from trueup.reconcile.linkage.training import Trained

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ID = "record"
_PARTS = ("local", "domain")


def settings(made: Portable, trained: Trained, dialect: str) -> dict[str, Any]:
    """Splink's settings for `duckdb` or `spark`. The records' table is that of `records`."""
    odds = 2.0**trained.prior
    return {
        "link_type": "link_only" if made.prepared.side.any() else "dedupe_only",
        "sql_dialect": dialect,
        "unique_id_column_name": ID,
        "probability_two_random_records_match": odds / (1 + odds),
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.block_{n} = r.block_{n}", "sql_dialect": dialect} for n in range(len(made.keys))
        ],
        "comparisons": [
            _comparison(plain, trained.m[n].tolist(), trained.u[n].tolist()) for n, plain in enumerate(made.plain)
        ],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def _comparison(plain: Plain, m: list[float], u: list[float]) -> dict[str, Any]:
    """One comparison. Levels in our order: missing, swapped, equal by rarity, likeness, the rest."""
    name = plain.name
    missing = f"{name}_l IS NULL OR {name}_r IS NULL"
    swapped = f"{name}_l = {plain.beside}_r AND {name}_r = {plain.beside}_l AND {name}_l <> {name}_r"
    if plain.beside and not plain.swap:
        missing += f" OR ({swapped})"
    for follows in plain.follows:
        missing += f" OR ({follows}_l = {follows}_r{_domain_alone(plain)})"
    levels: list[dict[str, Any]] = [
        {"sql_condition": missing, "label_for_charts": "nothing to compare", "is_null_level": True}
    ]

    def add(condition: str, number: int) -> None:
        levels.append(
            {
                "sql_condition": condition,
                "label_for_charts": plain.steps[number - 1].label,
                "m_probability": max(m[number], 1e-6),
                "u_probability": max(u[number], 1e-9),
            }
        )

    number = len(plain.exact)
    if plain.swap:
        number += 1
        add(swapped, number)
    for step in range(len(plain.exact)):
        add(f"{name}_l = {name}_r AND {name}_step_l = {step}", step + 1)
    for rung in plain.rungs:
        number += 1
        add(rung.sql(name), number)
    return {"output_column_name": name, "comparison_description": name, "comparison_levels": levels}


def _domain_alone(plain: Plain) -> str:
    """Of an address only the domain is silenced: the values differ, and no rung before it is reached."""
    place = next((n for n, rung in enumerate(plain.rungs) if rung.part == "domain"), None)
    if place is None:
        return ""
    before = " OR ".join(f"({rung.sql(plain.name)})" for rung in plain.rungs[:place])
    name = plain.name
    # Parts that are not there (text that is no address) make a test unknown, which is as good as false.
    return f" AND {plain.rungs[place].sql(name)} AND {name}_l <> {name}_r AND NOT coalesce({before}, FALSE)"


def records(con: DuckDBPyConnection, made: Portable, table: str = "portable_records") -> str:
    """Make a view with a row a record: its number, its side, normalised values, steps of rarity, block keys.

    The view reads what is in memory already, so that it can be written without being held once more.
    """
    columns: dict[str, Any] = {ID: np.arange(made.prepared.rows, dtype=np.int64), "side": made.prepared.side}
    chosen = [ID, "side::BIGINT AS side"]

    def text(name: str, of: Column) -> None:
        columns[name] = np.array([*of.values, ""], dtype=object)[of.codes]
        chosen.append(f'nullif("{name}", \'\')::VARCHAR AS "{name}"')

    for plain in made.plain:
        text(plain.name, plain.of)
        columns[f"{plain.name}_step"] = plain.step[plain.of.codes]
        chosen.append(f'"{plain.name}_step"::BIGINT AS "{plain.name}_step"')
        for part in _PARTS:
            if any(rung.part == part for rung in plain.rungs):
                text(f"{plain.name}_{part}", plain.of.take([part_of(value, part) for value in plain.of.values]))
    for n, (_, codes) in enumerate(made.keys):
        columns[f"block_{n}"] = codes
        chosen.append(f"nullif(block_{n}, -1)::BIGINT AS block_{n}")
    con.register("portable_columns", columns)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT {', '.join(chosen)} FROM portable_columns")
    return table


def keys_of(rows: int, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Pairs as another engine gave them, as sorted `left * rows + right`, and the order to put their weights in."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    keys = low * rows + high
    order = np.argsort(keys, kind="stable")
    return keys[order], order


__all__ = ["ID", "keys_of", "records", "settings"]
