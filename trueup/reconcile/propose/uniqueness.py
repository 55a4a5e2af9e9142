"""Values that only one record of an object may hold: what another holds already is not written before it is free.

A CRM refuses such a write, and with it everything else that is written to the record. A merge that takes the holder in
makes the value free, so the write waits for the merge; otherwise the holder is named and a person looks at the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trueup.model.changes import Action, Change
from trueup.model.refs import Ref
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.outcome import Unfixable

_SECOND = {"email": "other_emails"}
"""Unique fields whose values a second field of the same record holds, too: one address, one person, in any slot."""


def free(context: Context, changes: Sequence[Change], left: list[Unfixable]) -> list[Change]:
    """The changes whose unique values are free, or will be after the holder's merge; the others go to `left`."""
    holders = _holders(context, changes)
    merges = {(c.target, loser): c.id for c in changes if c.action is Action.MERGE for loser in c.others}
    kept = []
    for change in changes:
        held_by = holders.get((change.target, change.field), ()) if change.action is Action.UPDATE else ()
        waits = [merges[change.target, holder] for holder in held_by if (change.target, holder) in merges]
        if len(waits) == len(held_by):
            kept.append(
                replace(change, needs=tuple(dict.fromkeys((*change.needs, *sorted(waits))))) if waits else change
            )
        elif change.finding:
            other = next(holder for holder in held_by if (change.target, holder) not in merges)
            reason = (
                f"{other} holds {change.after!r} already, and {other.system} lets only one record have it;"
                " look whether the two are the same."
            )
            left.append(Unfixable(change.finding, change.finding.partition("-")[0], reason))
    return kept


def _holders(context: Context, changes: Sequence[Change]) -> dict[tuple[Ref, str], tuple[Ref, ...]]:
    """For each record and unique field that is to be written: the other records that hold the new value."""
    wanted: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        slot = context.slot(change.target.system, change.target.object, change.field)
        if change.action is Action.UPDATE and change.after and slot is not None and slot.unique:
            wanted.setdefault((change.kind.value, change.field), []).append(change)
    found: dict[tuple[Ref, str], tuple[Ref, ...]] = {}
    for (kind, name), asked in sorted(wanted.items()):
        context.frame.table(
            "c_claimed", ("ref", "value"), [(str(c.target), (c.after or "").strip().casefold()) for c in asked]
        )
        held = f"SELECT ref, system, object, lower(trim({name})) AS value FROM record_{kind} WHERE {name} IS NOT NULL"
        if second := _SECOND.get(name):
            held += (
                f" UNION ALL SELECT ref, system, object, unnest(string_split(lower({second}), ';'))"
                f" FROM record_{kind} WHERE {second} IS NOT NULL"
            )
        for ref, holders in context.frame.rows(
            f"SELECT c.ref, list(DISTINCT h.ref ORDER BY h.ref) FROM c_claimed c JOIN record_{kind} r ON r.ref = c.ref"
            f" JOIN ({held}) h ON trim(h.value) = c.value AND h.system = r.system AND h.object = r.object"
            " AND h.ref <> c.ref GROUP BY c.ref"
        ):
            found[Ref.parse(ref), name] = tuple(map(Ref.parse, holders))
    return found
