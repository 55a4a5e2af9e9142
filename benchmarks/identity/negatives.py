"""Pairs that look like one and are two: how many come out certain, likely or possible, and are joined."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.identity import people as generator

MAKER = Path(__file__).resolve().parents[2] / "tests" / "reconcile" / "hard_negatives.py"
GRADES = ("certain", "likely", "possible", "no")


def measure(count: int, seed: int) -> list[dict[str, Any]]:
    """One row for each sort of pair, then all together."""
    from trueup.model.policy import Policy
    from trueup.reconcile import identity

    made = _maker().make(count, seed)
    con = duckdb.connect(config={"threads": "2"})
    generator.fill(con, _rows({"company": made.companies, "person": made.people}))
    con.execute("INSERT INTO snapshot VALUES ('salesforce', 'Contact', true, true, TIMESTAMP '2026-06-01', 1)")
    identity.resolve(con, Policy(systems={}))
    grades = {(a, b): g for a, b, g in con.execute("SELECT left_ref, right_ref, grade FROM match").fetchall()}
    group = dict(con.execute("SELECT ref, entity FROM same").fetchall())
    con.close()
    rows = []
    for sort, pairs in (*made.pairs.items(), ("all", [pair for of in made.pairs.values() for pair in of])):
        found = Counter(grades.get(pair, "no") for pair in pairs)
        joined = sum(group[a] == group[b] for a, b in pairs)
        rows.append({"sort": sort, "pairs": len(pairs), "joined": joined, **{grade: found[grade] for grade in GRADES}})
    return rows


def _maker() -> Any:
    """The maker that the tests use as well."""
    spec = importlib.util.spec_from_file_location("hard_negatives", MAKER)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["hard_negatives"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(kinds: dict[str, dict[str, dict[str, str | None]]]) -> Iterator[generator.Row]:
    for kind, rows in kinds.items():
        for ref, fields in rows.items():
            system, _, rest = ref.partition(":")
            yield kind, ref, {**fields, "system": system, "object": rest.partition("/")[0], "truth": ref}
