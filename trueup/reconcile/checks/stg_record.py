"""STG: what one record's own stage and its history say."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.reconcile import stages
from trueup.reconcile.checks.registry import Found, NotLookedAt, check
from trueup.reconcile.frame import Frame

# Steps of a record through its recorded history: each entry into another stage with the one directly before it.
_STEPS = (
    "SELECT ref, entity, system, object, stage, rank, off, moment, ours,"
    " lag(stage) OVER w AS from_stage, lag(rank) OVER w AS from_rank, lag(off) OVER w AS from_off"
    " FROM c_history WHERE source = 'history' WINDOW w AS (PARTITION BY ref ORDER BY moment, rank NULLS LAST, stage)"
)


def claimed(ref: str, stage: str, *evidence: str) -> Found:
    """What is wrong with the stage that one person's record claims."""
    return Found(Kind.PERSON, (ref,), "lifecycle_stage", {ref: stage}, evidence)


@check(
    "STG002",
    "Moved back",
    Severity.WARNING,
    means="A person's record moved to an earlier stage without having been recycled or rejected, and no reason"
    " is recorded.",
    why="Marketing's count of qualified people changes after the fact, and nobody can say why.",
    how="The record's history has a move to a lower rank directly from another stage on the track, and no"
    " disqualified reason"
    " stands on any record of the person.",
    fix="A person looks: restore the stage, or record the reason it was taken back for.",
)
def moved_back(frame: Frame) -> Iterator[Found]:
    """Records with a step down; the newest such step is told."""
    stages.prepare(frame)
    yield from _steps(
        frame,
        "rank < from_rank AND entity NOT IN (SELECT s.entity FROM record_person p JOIN same s ON s.kind = 'person'"
        " AND s.ref = p.ref WHERE p.disqualified_reason IS NOT NULL AND s.entity IS NOT NULL)",
        "back",
    )


@check(
    "STG003",
    "Stage skipped",
    Severity.INFO,
    means="A person's record jumped forward over a stage that is shared by the two teams.",
    why="Conversion rates between stages are computed over people who never were in one of them.",
    how="The record's history has a move over at least one stage, from the first shared one up, that its system"
    " has a value for.",
    fix="A person decides whether the date of the stage in between can be told; there is no automatic fix.",
)
def skipped(frame: Frame) -> Iterator[Found]:
    """Records with a jump; the newest is told."""
    stages.prepare(frame)
    shared = max(frame.policy.lifecycle.rank(frame.policy.lifecycle.shared_from), 0)
    yield from _steps(
        frame,
        "rank > from_rank AND EXISTS (SELECT 1 FROM c_stage_map m JOIN c_stage_def d ON d.stage = m.stage"
        " WHERE m.system = x.system AND m.object = x.object AND d.rank > x.from_rank AND d.rank < x.rank AND"
        f" d.rank >= {shared})",
        "forward over a stage",
    )


def _steps(frame: Frame, condition: str, how: str) -> Iterator[Found]:
    found = frame.rows(
        f"SELECT ref, arg_max(from_stage, moment), arg_max(stage, moment), max(moment) FROM ({_STEPS}) x"
        # A step that Trueup made was approved, and its reason is in the journal.
        f" WHERE NOT ours AND from_off IS NOT NULL AND NOT from_off AND NOT off AND ({condition}) GROUP BY ref"
        " ORDER BY ref"
    )
    for ref, before, after, at in found:
        yield claimed(ref, after, f"Moved {how} from {before} to {after} on {at:%Y-%m-%d}.")


@check(
    "STG005",
    "Stage without a date",
    Severity.INFO,
    means="A person's record is in a shared stage, and nothing says since when.",
    why="Speed and ageing cannot be measured, and the record is never seen as stuck.",
    how="A stage from the first shared one up for which the record has no event at all; only where history was pulled.",
    fix="A person records the date; there is no automatic fix.",
)
def no_date(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Records whose present stage has no event."""
    stages.prepare(frame)
    shared = max(frame.policy.lifecycle.rank(frame.policy.lifecycle.shared_from), 0)
    blind = _without_history(frame)
    for system, name, why in blind:
        yield NotLookedAt("STG005", f"{system} {name}: {why}")
    skip = {(system, name) for system, name, _ in blind}
    found = frame.rows(
        "SELECT ref, system, object, stage FROM c_stage s WHERE NOT derived AND rank >= ? AND NOT EXISTS"
        " (SELECT 1 FROM c_history h WHERE h.ref = s.ref AND h.stage = s.stage) ORDER BY 1",
        [shared],
    )
    for ref, system, name, stage in found:
        if (system, name) not in skip:
            yield claimed(ref, stage, f"No event says when it became {stage}.")


def _without_history(frame: Frame) -> list[tuple[str, str, str]]:
    """Objects with a stored stage of which no history can be relied on, with the reason."""
    found = []
    for system, name in frame.rows("SELECT DISTINCT system, object FROM c_stage WHERE NOT derived ORDER BY 1, 2"):
        incomplete = frame.missing_snapshots(system, None)
        if incomplete:
            found.append((system, name, f"{', '.join(incomplete)} was not pulled completely"))
        elif not frame.rows("SELECT 1 FROM c_history WHERE system = ? AND object = ? LIMIT 1", [system, name]):
            found.append((system, name, "no stage history was pulled"))
    return found


@check(
    "STG006",
    "Stage dates out of order",
    Severity.INFO,
    means="Of two stages of a record the later one carries the earlier date.",
    why="Times between stages come out negative, and funnels by month are wrong.",
    how="The date stamps that the CRM keeps per stage contradict the order of the stages.",
    fix="A person looks which stamp is wrong; stamps that the CRM itself keeps cannot be written.",
)
def dates_out_of_order(frame: Frame) -> Iterator[Found]:
    """Records with a pair of stamps in the wrong order; the first such pair is told."""
    stages.prepare(frame)
    found = frame.rows(
        "WITH stamp AS (SELECT ref, stage, rank, max(moment) AS moment FROM c_history WHERE source = 'stamp' AND"
        " NOT off GROUP BY ALL),"
        " step AS (SELECT *, lag(stage) OVER w AS from_stage, lag(moment) OVER w AS from_at FROM stamp"
        "  WINDOW w AS (PARTITION BY ref ORDER BY rank))"
        # If any two are out of order, so are two neighbours.
        " SELECT ref, arg_min(from_stage, rank), arg_min(from_at, rank), arg_min(stage, rank), arg_min(moment, rank)"
        " FROM step WHERE moment < from_at GROUP BY ref ORDER BY ref"
    )
    for ref, earlier, earlier_at, later, later_at in found:
        yield Found(
            Kind.PERSON,
            (ref,),
            "lifecycle_stage",
            evidence=(f"{later} is dated {later_at:%Y-%m-%d}, before {earlier} on {earlier_at:%Y-%m-%d}.",),
        )


@check(
    "STG009",
    "Stage value not in the map",
    Severity.ERROR,
    means="A person or deal has a stage value that the policy's lifecycle map does not know.",
    why="Its stage cannot be compared, counted or corrected until somebody says what the value means.",
    how="Values of the stage field of mapped objects that are in no entry of the map.",
    fix="Add the value to the map, or set the record to a value that is in it.",
)
def not_in_map(frame: Frame) -> Iterator[Found]:
    """Values without a stage, of people and of deals."""
    stages.prepare(frame)
    found = frame.rows(
        "SELECT 'person', ref, 'lifecycle_stage', raw FROM c_stage s WHERE raw IS NOT NULL AND NOT derived AND"
        " stage IS NULL"
        " AND EXISTS (SELECT 1 FROM c_stage_map m WHERE m.system = s.system AND m.object = s.object)"
        " UNION ALL SELECT 'deal', ref, 'stage', raw FROM c_deal d WHERE raw IS NOT NULL AND stage IS NULL"
        " AND EXISTS (SELECT 1 FROM c_deal_map m WHERE m.system = d.system AND m.object = d.object) ORDER BY 2"
    )
    for kind, ref, name, raw in found:
        yield Found(Kind(kind), (ref,), name, {ref: raw}, (f"The map has no entry for {raw!r}.",))
