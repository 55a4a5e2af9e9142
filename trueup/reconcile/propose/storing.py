"""Stored ids put right: those that point nowhere (LNK003), and those that are not there yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from trueup.model.changes import Action, Change, Risk
from trueup.model.findings import Finding
from trueup.model.kinds import Kind
from trueup.model.refs import Ref
from trueup.reconcile import stored_ids
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.outcome import Item, unfixable


def dead(context: Context, findings: Sequence[Finding]) -> Iterator[Item]:
    """LNK003: point at the survivor of the merge or at the linked counterpart, else clear."""
    stored_ids.prepare(context.frame)
    heirs = dict(context.frame.rows("SELECT g.ref, g.merged_into FROM gone g JOIN c_live l ON l.ref = g.merged_into"))
    for finding in findings:
        ref = finding.subjects[0]
        before = context.record(str(ref)).get("foreign_ids") or ""
        kept = [part.strip() for part in before.split(";") if part.strip()]
        refused, told = "", []
        for pointed in (finding.values.get(str(ref)) or "").split(";"):
            old = Ref.parse(pointed)
            if not context.stores_id_of(ref.system, ref.object, old.system, old.object):
                refused = (
                    f"No writable field of {ref.system} {ref.object} is named for ids of {old.system} {old.object}."
                )
                break
            heir = _heir(context, ref, old, heirs.get(pointed))
            kept = [part for part in kept if part != pointed]
            if heir and heir not in kept:
                kept.append(heir)
            told.append(
                f"{pointed} is replaced by {heir}." if heir else f"{pointed} is gone and nothing took its place."
            )
        if refused:
            yield unfixable(finding, refused)
        else:
            yield _write(finding.kind, ref, before, kept, " ".join(told), finding.id)


def _heir(context: Context, ref: Ref, old: Ref, heir: str | None) -> str | None:
    candidates = [heir] if heir else [p for p in context.partners(str(ref)) if Ref.parse(p).system == old.system]
    for candidate in map(Ref.parse, candidates):
        if context.stores_id_of(ref.system, ref.object, candidate.system, candidate.object):
            return str(candidate)
    return None


def absent(context: Context, busy: Collection[str]) -> Iterator[Change]:
    """Surely linked records that do not store each other's id although the policy names a field for it.

    `busy` records have a link that is in question; those, and people with duplicates, are left alone.
    """
    frame = context.frame
    stored_ids.prepare(frame)
    routes = [
        (system, stored.object, stored.system, stored.target_object)
        for system, policy in sorted(context.policy.systems.items())
        for stored in policy.stored_ids
        if context.stores_id_of(system, stored.object, stored.system, stored.target_object)
    ]
    if not routes:
        return
    frame.table("c_route", ("system", "object", "target_system", "target_object"), routes)
    rows = frame.rows(
        "WITH alone AS (SELECT kind, entity FROM c_member GROUP BY kind, entity, system HAVING count(*) > 1),"
        " sure AS (SELECT p.* FROM c_pair p SEMI JOIN link l ON l.left_ref = p.left_ref AND l.right_ref = p.right_ref"
        "  AND l.grade = 'certain' ANTI JOIN alone d ON d.kind = p.kind AND d.entity = p.entity),"
        " way AS (SELECT kind, left_ref AS ref, left_system AS system, left_object AS object, right_ref AS target,"
        "  right_system AS target_system, right_object AS target_object FROM sure UNION ALL SELECT kind, right_ref,"
        "  right_system, right_object, left_ref, left_system, left_object FROM sure)"
        " SELECT w.kind, w.ref, w.target, m.foreign_ids FROM way w SEMI JOIN c_route r USING (system, object,"
        " target_system,"
        "  target_object) JOIN c_member m ON m.kind = w.kind AND m.ref = w.ref WHERE NOT EXISTS (SELECT 1 FROM"
        " c_pointer p"
        "  WHERE p.ref = w.ref AND p.target_system = w.target_system AND p.target_object = w.target_object)"
        " ORDER BY 2, 3"
    )
    for kind, ref, target, before in rows:
        if ref not in busy and target not in busy:
            kept = [*(part for part in (before or "").split(";") if part), target]
            yield _write(Kind(kind), Ref.parse(ref), before, kept, "It stores the id of its counterpart.", "")


def _write(kind: Kind, ref: Ref, before: str | None, kept: Sequence[str], reason: str, finding: str) -> Change:
    return Change(
        action=Action.UPDATE,
        target=ref,
        kind=kind,
        field="foreign_ids",
        before=before or None,
        after=";".join(sorted(set(kept))) or None,
        reason=reason,
        rule="link_id",
        finding=finding,
        risk=Risk.LOW,
    )
