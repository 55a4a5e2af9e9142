"""Deals: stored ids first, then exact keys (company, name, amount, close date), one to one across systems.

A deal has too little of its own to be matched by likeness: two renewals of one customer look alike and are two deals.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from trueup.reconcile.identity import claims, decisions
from trueup.reconcile.identity.arrays import Ints

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FACTS = (
    ("name", "name", 6.0),
    ("amount", "amount", 3.0),
    ("close_date", "close date", 3.0),
    ("company", "company", 4.0),
)
_STORED = {
    claims.MUTUAL: 20.0,
    claims.STORED: 16.0,
    claims.CONTESTED: 2.0,
    claims.ELSEWHERE: -4.0,
    claims.APART: -4.0,
    claims.MISSING: 0.0,
}
_LABELS = {
    claims.MUTUAL: "each stores the other's id",
    claims.STORED: "one stores the other's id",
    claims.CONTESTED: "stored id, but the systems contradict each other",
    claims.ELSEWHERE: "stores the id of another record",
    claims.APART: "each has another counterpart",
}
_ENOUGH = 9.0
_CERTAIN = 12.0


def stage(con: DuckDBPyConnection) -> None:
    """Number the deals in table `id_deal`, with what they are compared by."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE id_deal AS SELECT (row_number() OVER (ORDER BY d.ref) - "
        "1)::INTEGER AS i, d.ref, d.system, "
        "d.object, norm_text(d.name) AS name, norm_number(d.amount) AS amount, norm_date(d.close_date) AS close_date, "
        "s.entity AS company FROM record_deal d "
        "LEFT JOIN same s ON s.kind = 'company' AND s.ref = d.system || ':' || d.company_id"
    )


def resolve(con: DuckDBPyConnection) -> None:
    """Groups and links of deals."""
    stage(con)
    got = con.execute(
        "SELECT (dense_rank() OVER (ORDER BY system, object) - 1)::INTEGER AS g, i FROM id_deal ORDER BY i"
    ).fetchnumpy()
    group = got["g"].astype(np.int32)
    rows = len(group)
    said = claims.read(con, "id_deal", "record_deal", group, int(group.max(initial=0)) + 1)
    decided = decisions.read(con, "id_deal", rows)
    scored = _scored(con, said, decided, rows)
    scored.sort(key=lambda p: (-p["weight"], p["li"], p["ri"]))
    taken: set[tuple[int, str]] = set()
    matches = []
    for pair in scored:
        one, other = (pair["li"], pair["right_system"]), (pair["ri"], pair["left_system"])
        free = one not in taken and other not in taken
        if free:
            taken.update((one, other))
        matches.append((pair, free))
    _write(con, matches)


def _scored(
    con: DuckDBPyConnection, said: claims.Claims, decided: decisions.Decided, rows: int
) -> list[dict[str, Any]]:
    """Pairs of two systems that enough speaks for, with their levels."""
    extra = np.unique(np.concatenate([said.keys, decided.same]))
    con.register("id_deal_claims", {"li": extra // max(1, rows), "ri": extra % max(1, rows)})
    got = con.execute(
        "WITH pair AS (SELECT li, ri FROM id_deal_claims UNION "
        "SELECT a.i, b.i FROM id_deal a JOIN id_deal b ON a.name = b.name AND a.i < b.i AND a.system <> b.system "
        " WHERE (a.company = b.company AND (a.amount = b.amount OR a.close_date = b.close_date)) "
        " OR ((a.company IS NULL OR b.company IS NULL) AND a.amount = b.amount AND a.close_date = b.close_date)) "
        "SELECT p.li, p.ri, a.ref AS left_ref, b.ref AS right_ref, a.system AS left_system, b.system AS right_system, "
        + ", ".join(f"a.{f} AS left_{f}, b.{f} AS right_{f}" for f, _, _ in _FACTS)
        + " FROM pair p JOIN id_deal a ON a.i = p.li JOIN id_deal b ON b.i = p.ri WHERE a.system <> "
        "b.system ORDER BY 1, 2"
    )
    names = [column[0] for column in got.description or ()]
    pairs = [dict(zip(names, row, strict=True)) for row in got.fetchall()]
    con.unregister("id_deal_claims")
    left: Ints = np.array([p["li"] for p in pairs], dtype=np.int64)
    right: Ints = np.array([p["ri"] for p in pairs], dtype=np.int64)
    stored = said.level(left, right).tolist() if pairs else []
    same, apart = decided.is_same(left, right).tolist(), decided.is_not_same(left, right).tolist()
    kept = []
    for pair, level, is_same, is_apart in zip(pairs, stored, same, apart, strict=True):
        if not is_apart and _weigh(pair, level, is_same):
            kept.append(pair)
    return kept


def _weigh(pair: dict[str, Any], level: int, decided: bool) -> bool:
    """Sum up what speaks for and against; says whether it is enough."""
    levels = []
    total = _STORED[level]
    if level:
        levels.append(
            {"comparison": "stored id", "label": _LABELS[level], "weight": total, "left": None, "right": None}
        )
    for field, label, bits in _FACTS:
        left, right = pair[f"left_{field}"], pair[f"right_{field}"]
        if left is None or right is None:
            continue
        # An amount or a date moves while a deal lives; another name or company is a reason to doubt a stored id.
        weight = bits if left == right else -(bits if field in ("name", "company") else bits / 3)
        total += weight
        text = "same" if left == right else "different"
        levels.append({"comparison": label, "label": text, "weight": round(weight, 2), "left": left, "right": right})
    pair["levels"] = levels
    pair["weight"] = 1e6 if decided else total
    pair["source"] = "decision" if decided else "stored_id" if level in (1, 2, 3) else "key"
    pair["score"] = 1.0 if decided else float(1 - 2.0 ** -max(total, 0.1))
    pair["grade"] = "certain" if decided or total >= _CERTAIN else "likely"
    return decided or total >= (_ENOUGH if level in (claims.MISSING, claims.ELSEWHERE, claims.APART) else 3.0)


def _write(con: DuckDBPyConnection, matches: list[tuple[dict[str, Any], bool]]) -> None:
    ordered = sorted(matches, key=lambda x: (x[0]["left_ref"], x[0]["right_ref"]))
    columns: dict[str, Any] = {
        "left_ref": [p["left_ref"] for p, _ in ordered],
        "right_ref": [p["right_ref"] for p, _ in ordered],
        "score": [p["score"] for p, _ in ordered],
        "grade": [p["grade"] if free else "possible" for p, free in ordered],
        "levels": [json.dumps(p["levels"], ensure_ascii=False) for p, _ in ordered],
        "capped": ["" if free else "another deal fits better" for _, free in ordered],
        "source": [p["source"] for p, _ in ordered],
        "linked": [free for _, free in ordered],
        "evidence": [
            "; ".join(f"{x['comparison']}: {x['label']}" for x in p["levels"] if x["weight"] > 0) for p, _ in ordered
        ],
    }
    con.register(
        "id_deal_out",
        {k: np.array(v, dtype=object if k not in ("score", "linked") else None) for k, v in columns.items()},
    )
    if ordered:
        con.execute(
            "INSERT INTO match SELECT 'deal', left_ref, right_ref, score, grade, levels, 0.0, capped FROM id_deal_out "
            "ORDER BY left_ref, right_ref"
        )
        con.execute(
            "INSERT INTO link SELECT 'deal', left_ref, right_ref, source, score, grade, evidence "
            "FROM id_deal_out WHERE linked "
            "ORDER BY left_ref, right_ref"
        )
        con.execute(
            "INSERT INTO same SELECT 'deal', d.ref, coalesce(l.left_ref, d.ref) FROM id_deal d "
            "LEFT JOIN (SELECT left_ref, right_ref FROM id_deal_out WHERE linked) l ON l.right_ref = "
            "d.ref ORDER BY d.ref"
        )
    else:
        con.execute("INSERT INTO same SELECT 'deal', ref, ref FROM id_deal ORDER BY ref")
    con.unregister("id_deal_out")
