"""Values whose meaning hangs on a country that the same plan changes: they wait until the country is settled.

A phone number in national spelling is read in its record's country. While that is about to change nobody knows which
number the other side would have to hold; the next plan sees it.
"""

from __future__ import annotations

from collections.abc import Sequence

from trueup.model.changes import Action, Change
from trueup.model.kinds import FIELDS, FieldType
from trueup.reconcile.propose.outcome import Unfixable


def settled(changes: Sequence[Change], left: list[Unfixable]) -> list[Change]:
    """The changes but those of numbers on either side of which a country moves; these go to `left`."""
    moving = {c.target for c in changes if c.action is Action.UPDATE and c.field == "country"}
    kept = []
    for change in changes:
        number = change.action is Action.UPDATE and FIELDS[change.kind][change.field].type is FieldType.PHONE
        moved = sorted({change.target, change.winner or change.target} & moving) if number else []
        if not moved:
            kept.append(change)
        elif change.finding:
            reason = f"The country of {moved[0]} is to be set first: it decides which number is meant."
            left.append(Unfixable(change.finding, change.finding.partition("-")[0], reason))
    return kept
