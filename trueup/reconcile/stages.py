"""Canonical stages: of every record, of every person across systems, and of every deal, set-wise.

| table | a row is |
|---|---|
| `c_stage_def` | a lifecycle stage: rank from 0 (NULL off the track), owner, evidence, `stuck_s` |
| `c_deal` | a live deal: its stage in our words, open, won |
| `c_person_deal` | an entity of persons and a deal tied to any of its records |
| `c_stage` | a person's record and the stage it claims; `derived` when that follows from deals |
| `c_ruling` | an entity of persons and the stage that stands after weighing the systems' claims (NULL: a person must
  decide); `agreed` where they all claim it |
| `c_history` | a dated stage of a person's record; `ours` where we wrote it |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.model.kinds import Kind
from trueup.model.policy import Evidence, Lifecycle
from trueup.reconcile import echoes
from trueup.reconcile.frame import Frame


@dataclass(frozen=True, slots=True)
class StageRuling:
    """Which stage stands, whose claim that is, and why. `stage` is "" when a person must decide."""

    stage: str
    system: str
    why: str


def rule_stage(lifecycle: Lifecycle, claims: Mapping[str, str]) -> StageRuling:
    """Weigh the stages that systems claim for one person (system → stage key).

    A claim counts when its system owns the stage it claims. If several count, the further one wins; if one counts, it
    wins; if none, a person decides. Going off the track counts for a system that owns every stage claimed against it.
    """
    if not claims:
        return StageRuling("", "", "no system states a stage")
    if len(set(claims.values())) == 1:
        return StageRuling(next(iter(claims.values())), min(claims), "all systems agree")
    on_track = {system: key for system, key in claims.items() if lifecycle.rank(key) >= 0}
    counted = {system: key for system, key in on_track.items() if _owner(lifecycle, key) == system}
    if counted:
        winner = max(sorted(counted), key=lambda system: lifecycle.rank(counted[system]))
        both = "both systems own what they claim, and the further stage wins"
        why = (
            both
            if len(counted) > 1
            else f"{winner} owns the stage {counted[winner]}, the other side does not own its own"
        )
        return StageRuling(counted[winner], winner, why)
    off = {system: key for system, key in claims.items() if key in lifecycle.off_track}
    for system, key in sorted(off.items()):
        against = [other for name, other in claims.items() if name != system]
        if against and all(_owner(lifecycle, other) == system for other in against):
            return StageRuling(key, system, f"{system} owns the stage it took the person off from")
    return StageRuling("", "", "no system owns the stage it claims")


def _owner(lifecycle: Lifecycle, key: str) -> str:
    stage = lifecycle.stage(key)
    return stage.owner if stage else ""


def stage_for(lifecycle: Lifecycle, evidence: Evidence, fallback: str) -> str:
    """The stage that the evidence entitles to."""
    return next((stage.key for stage in lifecycle.stages if stage.evidence is evidence), fallback)


def worked_stages(lifecycle: Lifecycle) -> tuple[str, ...]:
    """The stages that need sales to have acted: from the first with such evidence up to the next with evidence of its
    own.
    """
    found: list[str] = []
    for stage in lifecycle.stages:
        if stage.evidence in (Evidence.ACCEPTED_BY_SALES, Evidence.SALES_ACTIVITY) or (
            found and stage.evidence is Evidence.NONE
        ):
            found.append(stage.key)
        elif found:
            break
    return tuple(found)


def native_value(values: Mapping[str, str], key: str) -> str | None:
    """The system's own value for a stage: the first one listed for it, None when the object has none."""
    return next((native for native, stage in values.items() if stage == key), None)


def prepare(frame: Frame) -> None:
    """Make the tables above, once."""
    if not frame.once("c_stage"):
        return
    _definitions(frame)
    _deals(frame)
    _person_stages(frame)
    _rulings(frame)
    _history(frame)


def _definitions(frame: Frame) -> None:
    lifecycle = frame.policy.lifecycle
    stages: list[tuple[object, ...]] = [
        (s.key, i, s.owner, s.evidence.value, None if s.stuck_after is None else int(s.stuck_after.total_seconds()))
        for i, s in enumerate(lifecycle.stages)
    ]
    stages += [(key, None, "", "", None) for key in lifecycle.off_track]
    frame.table("c_stage_def", ("stage", "rank INTEGER", "owner", "evidence", "stuck_s BIGINT"), stages)
    for name, values in (("c_stage_map", lifecycle.values), ("c_deal_map", lifecycle.deal_values)):
        frame.table(
            name,
            ("system", "object", "native", "stage"),
            [
                (s, o, native, key)
                for s, objs in values.items()
                for o, pairs in objs.items()
                for native, key in pairs.items()
            ],
        )


def _deals(frame: Frame) -> None:
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_deal AS SELECT r.ref, s.entity, r.system, r.object, r.stage AS raw, m.stage,"
        # Where the CRM does not say closed or won itself, the mapped stage does.
        " coalesce(r.is_won = 'true', m.stage = 'won', false) AS won,"
        " NOT coalesce(r.is_closed = 'true', m.stage IN ('won', 'lost'), false) AS open,"
        " r.owner_id, r.system || ':' || r.company_id AS company_ref"
        " FROM record_deal r JOIN same s ON s.kind = 'deal' AND s.ref = r.ref LEFT JOIN c_deal_map m"
        " ON m.system = r.system AND m.object = r.object AND m.native = r.stage"
    )
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_person_deal AS SELECT DISTINCT s.entity, a.target AS person_ref, d.ref"
        " AS deal_ref,"
        " d.open, d.won FROM association a JOIN c_deal d ON d.ref = a.source"
        " JOIN same s ON s.kind = 'person' AND s.ref = a.target WHERE a.type = 'deal_person'"
    )


def _person_stages(frame: Frame) -> None:
    lifecycle = frame.policy.lifecycle
    won = stage_for(lifecycle, Evidence.WON_DEAL, "customer")
    opened = stage_for(lifecycle, Evidence.OPEN_DEAL, "opportunity")
    # Without all deals seen, "no deal" is not known, and so neither is a stage that rests on it.
    blind = [
        system
        for system in frame.systems(Kind.PERSON)
        if frame.missing_snapshots(system, Kind.DEAL) or frame.missing_snapshots(system, None)
    ]
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_stage AS"
        " WITH tied AS (SELECT person_ref, bool_or(won) AS won, bool_or(open) AS open FROM c_person_deal GROUP BY 1),"
        " claimed AS (SELECT m.ref, m.entity, m.system, m.object, p.owner_id, p.lifecycle_stage AS raw,"
        "  d.object IS NOT NULL AS derived,"
        "  CASE WHEN d.object IS NULL THEN sm.stage WHEN t.won THEN $won WHEN t.open THEN $opened"
        "   WHEN list_contains($blind::VARCHAR[], m.system) THEN NULL ELSE d.stage END AS stage"
        "  FROM c_member m JOIN record_person p ON p.ref = m.ref"
        "  LEFT JOIN c_derived d ON d.system = m.system AND d.object = m.object LEFT JOIN tied t ON t.person_ref"
        " = m.ref"
        "  LEFT JOIN c_stage_map sm ON sm.system = m.system AND sm.object = m.object AND sm.native = p.lifecycle_stage"
        "  WHERE m.kind = 'person')"
        " SELECT c.*, sd.rank, sd.owner AS stage_owner, c.stage IS NOT NULL AND sd.rank IS NULL AS off"
        " FROM claimed c LEFT JOIN c_stage_def sd ON sd.stage = c.stage",
        {"won": won, "opened": opened, "blind": blind},
    )


def _rulings(frame: Frame) -> None:
    # There are few combinations of claims, however many people: each is ruled once.
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_claims AS SELECT r.entity, string_agg(r.system || '=' || s.stage, ';'"
        " ORDER BY r.system)"
        " AS claims FROM c_rep r JOIN c_stage s ON s.ref = r.ref WHERE r.kind = 'person' AND s.stage IS NOT NULL"
        " GROUP BY 1"
    )
    lifecycle = frame.policy.lifecycle
    ruled: list[tuple[object, ...]] = []
    for (claims,) in frame.rows("SELECT DISTINCT claims FROM c_claims ORDER BY 1"):
        ruling = rule_stage(lifecycle, dict(part.split("=", 1) for part in claims.split(";")))
        rank = lifecycle.rank(ruling.stage)
        agreed = len({part.split("=", 1)[1] for part in claims.split(";")}) == 1
        ranked = rank if rank >= 0 else None
        ruled.append((claims, ruling.stage or None, ruling.system or None, ruling.why, ranked, agreed))
    frame.table("c_ruled", ("claims", "stage", "system", "why", "rank INTEGER", "agreed BOOLEAN"), ruled)
    # The record that answers for the stage: the owning system's, or whichever there is.
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_ruling AS SELECT c.entity, r.stage, r.rank, r.system, r.why, r.agreed,"
        " d.owner AS stage_owner,"
        " coalesce(o.ref, w.ref) AS ref FROM c_claims c JOIN c_ruled r USING (claims)"
        " LEFT JOIN c_stage_def d ON d.stage = r.stage"
        " LEFT JOIN c_rep o ON o.kind = 'person' AND o.entity = c.entity AND o.system = d.owner"
        " LEFT JOIN c_rep w ON w.kind = 'person' AND w.entity = c.entity AND w.system = r.system"
    )


_ECHO_S = 3600
"""Seconds within which a stage in a history is the echo of our own writing of it."""


def _history(frame: Frame) -> None:
    echoes.prepare(frame)
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_history AS SELECT m.ref, m.entity, m.system, m.object, sm.stage, d.rank,"
        ' d.rank IS NULL AS off, e."at" AS moment, e.source,'
        # The CRM's clock and ours are not the same, and neither are its answer and our note of it.
        " EXISTS (SELECT 1 FROM c_written w WHERE w.ref = e.ref AND w.field = e.field AND w.value = e.stage AND"
        f' abs(epoch(w.moment) - epoch(e."at")) <= {_ECHO_S}) AS ours FROM stage_event e JOIN c_member m ON m.ref ='
        " e.ref AND m.kind = 'person'"
        " JOIN c_stage_map sm ON sm.system = m.system AND sm.object = m.object AND sm.native = e.stage"
        " JOIN c_stage_def d ON d.stage = sm.stage WHERE e.field = 'lifecycle_stage' AND e.\"at\" IS NOT NULL"
    )
