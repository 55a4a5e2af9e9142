"""One pair, weighed part by part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from trueup.model.kinds import Kind
from trueup.model.matching import Grade, Level, Match
from trueup.model.policy import Policy
from trueup.model.refs import Ref
from trueup.reconcile import normalize
from trueup.reconcile.identity import claims, output
from trueup.reconcile.identity.grading import GRADES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def explain(con: DuckDBPyConnection, a: Ref | str, b: Ref | str, policy: Policy | None = None) -> Match:
    """Each level of a pair with its weight, the prior, the total and what capped the grade, whether or not the pair
    matches.

    The frame must be resolved: companies count for their people. Raises ValueError when the two are not live records
    of one
    kind, or of a kind that is not matched by score and has no match.
    """
    from trueup.reconcile.identity.resolve import stage

    policy = policy or Policy(systems={})
    left, right = sorted((str(a), str(b)))
    found = con.execute("SELECT s.kind FROM same s WHERE s.ref IN (?, ?)", [left, right]).fetchall()
    if len(found) != 2 or found[0] != found[1]:
        raise ValueError(f"{left} and {right} are not two live records of one kind")
    kind = Kind(found[0][0])
    if kind not in (Kind.PERSON, Kind.COMPANY):
        return _remembered(con, kind, left, right)
    normalize.install(con, policy.country, policy.junk or None)
    claims.follow(con)
    subject = stage(con, kind.value, policy)
    places = dict(con.execute(f"SELECT ref, i FROM id_{kind.value} WHERE ref IN (?, ?)", [left, right]).fetchall())
    if len(places) != 2:
        raise ValueError(f"{left} or {right} is a converted lead: ask about its contact")
    one, other = np.array([places[left]], dtype=np.int64), np.array([places[right]], dtype=np.int64)
    compared, graded = subject.assess(one, other)
    decided = subject.decided.is_same(one, other)
    apart = bool(subject.decided.is_not_same(one, other)[0])
    pair = output.columns(one, other, compared, graded, np.zeros(1), decided)
    output.register(con, subject.model, pair)
    got = con.execute(
        f"SELECT {output.levels_sql(subject.model)} FROM id_out o "
        "JOIN id_shown a ON a.i = o.li JOIN id_shown b ON b.i = o.ri"
    ).fetchall()
    con.unregister("id_out")
    grade = GRADES[int(graded.grade[0])]
    capped = graded.reasons[int(graded.cap[0])]
    if decided[0] or apart:
        grade, capped = ("certain", "") if decided[0] else ("no", "somebody decided that they are not the same")
    return Match(
        Ref.parse(left),
        Ref.parse(right),
        kind,
        1.0 if decided[0] else 0.0 if apart else float(graded.score[0]),
        Grade(grade),
        tuple(Level(**level) for level in json.loads(got[0][0])),
        round(subject.model.prior(subject.rows), 4),
        capped,
    )


def _remembered(con: DuckDBPyConnection, kind: Kind, left: str, right: str) -> Match:
    """Deals and owners are matched by key: what there is to say stands in the match table."""
    got = con.execute(
        "SELECT score, grade, levels, prior, capped_by FROM match WHERE kind = ? AND left_ref = ? AND right_ref = ?",
        [kind.value, left, right],
    ).fetchall()
    if not got:
        return Match(Ref.parse(left), Ref.parse(right), kind, 0.0, Grade.NO, ())
    score, grade, levels, prior, capped = got[0]
    return Match(
        Ref.parse(left),
        Ref.parse(right),
        kind,
        score,
        Grade(grade),
        tuple(Level(**level) for level in json.loads(levels)),
        prior,
        capped,
    )
