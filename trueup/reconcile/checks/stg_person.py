"""STG: stages held against the other system, the deals, the behaviour, and the clock."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.model.policy import Evidence
from trueup.reconcile import stages, touches
from trueup.reconcile.checks.registry import Found, NotLookedAt, check
from trueup.reconcile.checks.stg_record import claimed
from trueup.reconcile.frame import Frame


@check(
    "STG001",
    "Stages differ",
    Severity.ERROR,
    means="The two systems put one person into different lifecycle stages.",
    why="This is what sales and marketing quarrel about: both report on the same person, and count differently.",
    how="Each system's value translated by the policy's map; a contact without a stage of its own has the one"
    " its deals entitle it to.",
    fix="The side that does not own the stage it claims is set to the other's; where both own theirs the further"
    " stage wins;"
    " where neither does, a person decides.",
)
def stages_differ(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Linked people with two stages."""
    stages.prepare(frame)
    if frame.rows("SELECT 1 FROM c_derived"):
        yield from (NotLookedAt("STG001", why) for why in frame.unseen(Kind.DEAL, ties=True))
    found = frame.rows(
        "SELECT p.left_ref, p.right_ref, a.stage, b.stage, r.stage, r.why FROM c_pair p JOIN c_stage a ON a.ref"
        " = p.left_ref"
        " JOIN c_stage b ON b.ref = p.right_ref LEFT JOIN c_ruling r ON r.entity = p.entity"
        " WHERE p.kind = 'person' AND a.stage <> b.stage ORDER BY 1, 2"
    )
    for left, right, left_stage, right_stage, ruled, why in found:
        verdict = f"{ruled} stands: {why}." if ruled else f"A person must decide: {why}."
        yield Found(Kind.PERSON, (left, right), "lifecycle_stage", {left: left_stage, right: right_stage}, (verdict,))


@check(
    "STG004",
    "Stuck in a stage",
    Severity.WARNING,
    means="A person has been in an open stage for longer than the policy allows.",
    why="Nobody is working the person, or nobody closed the case.",
    how="The newest event of the person's present stage on any side is older than the stage's `stuck_after`.",
    fix="Whoever owns the stage moves the person on, recycles or rejects; there is no automatic fix.",
)
def stuck(frame: Frame) -> Iterator[Found]:
    """People past the limit of their stage."""
    stages.prepare(frame)
    found = frame.rows(
        "SELECT r.ref, r.stage, max(h.moment) AS since, any_value(d.stuck_s) FROM c_ruling r JOIN c_stage_def d"
        " ON d.stage = r.stage"
        " JOIN c_history h ON h.entity = r.entity AND h.stage = r.stage WHERE r.agreed AND d.stuck_s IS NOT NULL"
        " GROUP BY r.ref, r.stage"
        " HAVING max(h.moment) + to_seconds(any_value(d.stuck_s)) < $now ORDER BY 1",
        {"now": frame.now},
    )
    for ref, stage, since, limit_s in found:
        days, limit = (frame.now - since).days, limit_s // 86400
        yield claimed(ref, stage, f"{stage} since {since:%Y-%m-%d}, {days} days; the limit is {limit}.")


@check(
    "STG007",
    "Opportunity without a deal",
    Severity.WARNING,
    means="A record claims the stage that an open deal entitles to, and no open or won deal is tied to the"
    " person on any side.",
    why="Pipeline by lifecycle stage promises deals that do not exist.",
    how="Deals tied to any record of the person in any system; only where all deals and their ties were pulled.",
    fix="A person looks: tie the deal to the person, or put the stage back.",
)
def no_open_deal(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Claimed stages without an open or won deal."""
    yield from _without_deal(frame, "STG007", Evidence.OPEN_DEAL, "open OR won")


@check(
    "STG008",
    "Customer without a won deal",
    Severity.WARNING,
    means="A record claims the stage that a won deal entitles to, and no won deal is tied to the person on any side.",
    why="Customer lists, renewals and exclusions from campaigns rest on it.",
    how="Deals tied to any record of the person in any system; only where all deals and their ties were pulled.",
    fix="A person looks: tie the deal to the person, or put the stage back.",
)
def no_won_deal(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Claimed stages without a won deal."""
    yield from _without_deal(frame, "STG008", Evidence.WON_DEAL, "won")


def _without_deal(frame: Frame, code: str, evidence: Evidence, condition: str) -> Iterator[Found | NotLookedAt]:
    stages.prepare(frame)
    unseen = frame.unseen(Kind.DEAL, ties=True)
    if unseen:
        yield from (NotLookedAt(code, why) for why in unseen)
        return
    found = frame.rows(
        "SELECT s.ref, s.stage FROM c_stage s JOIN c_stage_def d ON d.stage = s.stage WHERE NOT s.derived AND"
        " d.evidence = ?"
        f" AND s.entity NOT IN (SELECT entity FROM c_person_deal WHERE {condition}) ORDER BY 1",
        [evidence.value],
    )
    for ref, stage in found:
        yield claimed(ref, stage, f"{stage} wants {evidence.value}; there is none.")


@check(
    "STG010",
    "Not entitled by behaviour",
    Severity.WARNING,
    means="A record says that sales accepted the person, but nobody owns it or no sales activity took place on"
    " any side.",
    why="Accepted people whom nobody works look good in the funnel and go cold.",
    how="Stages from the accepted one up to the first that rests on a deal: an owner, and a call, e-mail or"
    " meeting that took"
    " place; only where all activities were pulled.",
    fix="Give it an owner who acts, or put the stage back; there is no automatic fix.",
)
def not_entitled(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Worked stages without an owner or without work."""
    stages.prepare(frame)
    touches.prepare(frame)
    unseen = frame.unseen(Kind.ACTIVITY)
    yield from (NotLookedAt("STG010", why) for why in unseen)
    found = frame.rows(
        "SELECT s.ref, s.stage, s.owner_id IS NULL AS unowned,"
        " NOT EXISTS (SELECT 1 FROM c_touch t WHERE t.entity = s.entity) AS untouched"
        " FROM c_stage s WHERE NOT s.derived AND list_contains($worked::VARCHAR[], s.stage) ORDER BY 1",
        {"worked": list(stages.worked_stages(frame.policy.lifecycle))},
    )
    for ref, stage, unowned, untouched in found:
        reasons = [f"{stage} wants an owner; there is none."] if unowned else []
        if untouched and not unseen:
            reasons.append(f"{stage} wants a call, e-mail or meeting that took place; there is none on any side.")
        if reasons:
            yield claimed(ref, stage, *reasons)


@check(
    "STG011",
    "Deal stages differ",
    Severity.WARNING,
    means="The two systems put one deal into different stages.",
    why="The forecast depends on which system is asked.",
    how="Each system's value translated by the policy's map of deal stages.",
    fix="The side whose word does not count for deal stages (`truth: deal: stage`) is set to the other's.",
)
def deal_stages_differ(frame: Frame) -> Iterator[Found]:
    """Linked deals with two stages."""
    stages.prepare(frame)
    found = frame.rows(
        "SELECT p.left_ref, p.right_ref, a.stage, b.stage FROM c_pair p JOIN c_deal a ON a.ref = p.left_ref"
        " JOIN c_deal b ON b.ref = p.right_ref WHERE p.kind = 'deal' AND a.stage <> b.stage ORDER BY 1, 2"
    )
    for left, right, left_stage, right_stage in found:
        yield Found(
            Kind.DEAL,
            (left, right),
            "stage",
            {left: left_stage, right: right_stage},
            (f"{left_stage} on one side, {right_stage} on the other.",),
        )
