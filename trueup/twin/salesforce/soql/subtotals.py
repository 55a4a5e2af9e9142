"""GROUP BY ROLLUP and CUBE: which groupings they ask for, and their rows in one list. [doc soql-sosl/GROUP BY ROLLUP]

ROLLUP leaves out the fields from the right one by one, CUBE every choice of them. Without ORDER BY a subtotal follows
what it adds up, as the documentation prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

MOST = 3


def levels(kind: str, count: int) -> list[tuple[int, ...]]:
    """The groupings, each as the positions of the fields that are kept; the first keeps all."""
    if kind == "ROLLUP":
        return [tuple(range(k)) for k in range(count, -1, -1)]
    if kind == "CUBE":
        return [kept for k in range(count, -1, -1) for kept in combinations(range(count), k)]
    return [tuple(range(count))]


def together(rows: Sequence[tuple[list[str], list[str], str]], ways: Sequence[str]) -> str:
    """One SQL of the rows of all levels, each with its columns, what it is sorted by, and the rest of its SELECT."""
    columns = [f"c{k}" for k in range(len(rows[0][0]))]
    sorts = [f"o{k}" for k in range(len(rows[0][1]))]
    parts = []
    for selected, sorted_by, source in rows:
        named = zip((*selected, *sorted_by), (*columns, *sorts), strict=True)
        parts.append(f"SELECT {', '.join(f'{sql} AS {name}' for sql, name in named)} {source}")
    by = [f"{name} {way}" for name, way in zip(sorts, ways or [""] * len(sorts), strict=True)]
    return f"SELECT {', '.join(columns)} FROM ({' UNION ALL '.join(parts)}) ORDER BY {', '.join(by)}"
