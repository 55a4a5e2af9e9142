"""ACT: calls, e-mails and meetings that one side does not know of, that come double, or that never came."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.model.policy import Evidence
from trueup.reconcile import stages, touches
from trueup.reconcile.checks.registry import Found, NotLookedAt, check, number
from trueup.reconcile.frame import Frame

_COPY = (
    "b.entity = a.entity AND b.type = a.type AND b.system <> a.system"
    " AND abs(epoch(b.moment) - epoch(a.moment)) <= $window"
)
"""The same activity as another system holds it."""


@check(
    "ACT001",
    "Activity on one side only",
    Severity.INFO,
    means="A call, e-mail or meeting of a person who is in both systems is recorded in one of them only.",
    why="The other team does not see that the person was spoken to.",
    how="Activities that took place, matched by person, type and start (`window_minutes`, 10); only from"
    " complete pulls.",
    fix="There is no automatic fix: whoever logs activities looks to it that both systems get them.",
)
def one_sided(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Touches of linked people without a copy."""
    unseen = frame.unseen(Kind.ACTIVITY)
    if unseen:
        yield from (NotLookedAt("ACT001", why) for why in unseen)
        return
    touches.prepare(frame)
    found = frame.rows(
        "WITH linked AS (SELECT t.* FROM c_touch t WHERE t.entity IN (SELECT entity FROM c_pair WHERE kind ="
        " 'person')),"
        f" matched AS (SELECT DISTINCT a.ref FROM linked a JOIN linked b ON {_COPY})"
        " SELECT ref, min(type), min(moment), min(system) FROM linked WHERE moment IS NOT NULL AND ref NOT IN"
        " (SELECT ref FROM matched)"
        " GROUP BY ref ORDER BY ref",
        {"window": number(frame, "ACT001", "window_minutes", 10) * 60},
    )
    for ref, type_, at, system in found:
        yield Found(
            Kind.ACTIVITY, (ref,), evidence=(f"The {type_} of {at:%Y-%m-%d %H:%M} UTC is recorded in {system} only.",)
        )


@check(
    "ACT002",
    "Contacted twice",
    Severity.WARNING,
    means="Two owners called or mailed the same person within a short time.",
    why="It looks uncoordinated to the person, and one of the two did not know.",
    how="Outbound calls and e-mails that took place, copies in the other system set aside, next to each other by"
    " different"
    " owners within `window_hours` (24).",
    fix="There is no automatic fix: settle who owns the person.",
)
def contacted_twice(frame: Frame) -> Iterator[Found]:
    """Neighbouring touches by different owners."""
    touches.prepare(frame)
    found = frame.rows(
        "WITH out AS (SELECT * FROM c_touch WHERE direction = 'outbound' AND type IN ('call', 'email') AND"
        " moment IS NOT NULL),"
        f" copy AS (SELECT DISTINCT a.ref, a.entity FROM out a JOIN out b ON {_COPY} AND b.system < a.system),"
        " own AS (SELECT out.* FROM out ANTI JOIN copy USING (ref, entity)),"
        " step AS (SELECT *, lag(ref) OVER w AS from_ref, lag(moment) OVER w AS from_at, lag(owner) OVER w AS"
        " from_owner,"
        "  lag(owner_name) OVER w AS from_name FROM own WINDOW w AS (PARTITION BY entity ORDER BY moment, ref))"
        " SELECT from_ref, ref, from_at, moment, from_name, owner_name FROM step"
        " WHERE owner <> from_owner AND epoch(moment) - epoch(from_at) < $within ORDER BY 1, 2",
        {
            "window": number(frame, "ACT001", "window_minutes", 10) * 60,
            "within": number(frame, "ACT002", "window_hours", 24) * 3600,
        },
    )
    for first, second, first_at, second_at, first_owner, second_owner in found:
        hours = (second_at - first_at).total_seconds() / 3600
        yield Found(
            Kind.ACTIVITY,
            sorted((first, second)),
            values={first: first_owner, second: second_owner},
            evidence=(f"Two owners contacted the person {hours:.1f} hours apart.",),
        )


@check(
    "ACT003",
    "Qualified and never contacted",
    Severity.ERROR,
    means="A person has been qualified for days, and nobody has called, mailed or met them.",
    why="The quickest answer wins the deal, and the money that won the lead is lost.",
    how="Stages from the first shared one up to the first that rests on a deal, entered more than `after_days`"
    " (7) ago, without"
    " an outbound activity on any side; only from complete pulls.",
    fix="Contact the person, or recycle them with a reason; there is no automatic fix.",
)
def never_contacted(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Qualified people without an outbound touch."""
    unseen = frame.unseen(Kind.ACTIVITY)
    if unseen:
        yield from (NotLookedAt("ACT003", why) for why in unseen)
        return
    stages.prepare(frame)
    touches.prepare(frame)
    lifecycle = frame.policy.lifecycle
    shared = max(lifecycle.rank(lifecycle.shared_from), 0)
    end = next(
        (i for i, s in enumerate(lifecycle.stages) if s.evidence in (Evidence.OPEN_DEAL, Evidence.WON_DEAL)),
        len(lifecycle.stages),
    )
    days = number(frame, "ACT003", "after_days", 7)
    found = frame.rows(
        "SELECT r.ref, r.stage, max(h.moment) AS since FROM c_ruling r JOIN c_history h ON h.entity = r.entity"
        " AND h.stage = r.stage"
        " WHERE r.agreed AND r.rank >= $shared AND r.rank < $end_rank AND r.entity NOT IN"
        " (SELECT entity FROM c_touch WHERE direction = 'outbound')"
        " GROUP BY r.ref, r.stage HAVING epoch($now::TIMESTAMP) - epoch(max(h.moment)) > $age ORDER BY 1",
        {"shared": shared, "end_rank": end, "now": frame.now, "age": days * 86400},
    )
    for ref, stage, since in found:
        yield Found(
            Kind.PERSON,
            (ref,),
            values={ref: stage},
            evidence=(f"{stage} since {since:%Y-%m-%d}, {(frame.now - since).days} days, and no outbound activity.",),
        )
