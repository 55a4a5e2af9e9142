"""Our own writes, told apart from what people and other programs do.

`written(ref, field, value, at)` in the frame is every value that we are known to have written, oldest first; addresses
of records that were merged since are followed here. `c_written(ref, field, value, moment, seq)` is the same today.

A field flips when what we wrote was changed back, we wrote it again, and it was changed back once more. Somebody else
means it: such a field is frozen, which is said and not fought over.
"""

from __future__ import annotations

from dataclasses import dataclass

from trueup.model.kinds import FIELDS
from trueup.reconcile.frame import SUBJECT_KINDS, Frame

TIMES = 2
"""How often a write of ours must have been undone by others before the field is left alone."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A field in which our value does not stay: what we wrote, how often it was changed back, to what."""

    value: str | None
    times: int
    held: str | None

    @property
    def sentence(self) -> str:
        """For evidence and for the reason why nothing is proposed."""
        return (
            f"Trueup wrote {_show(self.value)} {self.times} times, and each time it was changed back;"
            f" it is {_show(self.held)} now. The field is frozen until a person finds out who changes it."
        )


def prepare(frame: Frame) -> None:
    """Make `c_written`, once."""
    if not frame.once("c_written"):
        return
    frame.con.execute(
        "CREATE OR REPLACE TEMP TABLE c_written AS SELECT coalesce(g.merged_into, w.ref) AS ref, w.field, w.value,"
        ' w."at" AS moment, w.seq FROM written w LEFT JOIN gone g ON g.ref = w.ref'
    )


def last_written(frame: Frame) -> dict[tuple[str, str], str | None]:
    """(ref, field) → the value that we wrote last."""
    prepare(frame)
    rows = frame.rows("SELECT ref, field, arg_max(coalesce(value, ''), seq) FROM c_written GROUP BY 1, 2")
    return {(ref, name): value or None for ref, name, value in rows}


def flips(frame: Frame) -> dict[tuple[str, str], Flip]:
    """(ref, field) → the flip, for every frozen field.

    A write of ours that was followed by another of our own with another value (an undo) was not changed back by others.
    """
    prepare(frame)
    rows = frame.rows(
        "WITH w AS (SELECT *, lead(seq) OVER o AS later, lead(value) OVER o AS next FROM c_written"
        "  WINDOW o AS (PARTITION BY ref, field ORDER BY seq)),"
        " last AS (SELECT ref, field, arg_max(coalesce(value, ''), seq) AS value FROM c_written GROUP BY 1, 2)"
        " SELECT w.ref, w.field, nullif(l.value, ''), count(*) FROM w JOIN last l ON l.ref = w.ref AND"
        "  l.field = w.field AND coalesce(w.value, '') = l.value"
        " WHERE w.later IS NULL OR coalesce(w.next, '') = coalesce(w.value, '')"
        f" GROUP BY ALL HAVING count(*) >= {TIMES} ORDER BY 1, 2"
    )
    found: dict[tuple[str, str], Flip] = {}
    for kind in SUBJECT_KINDS:
        mine = [row for row in rows if row[1] in FIELDS[kind]]
        for name in sorted({row[1] for row in mine}):
            frame.table("c_flipping", ("ref",), [(row[0],) for row in mine if row[1] == name])
            held = dict(frame.rows(f"SELECT ref, {name} FROM record_{kind} SEMI JOIN c_flipping USING (ref)"))
            for ref, field, value, times in mine:
                if field == name and ref in held and held[ref] != value:
                    found[ref, name] = Flip(value, times, held[ref])
    return found


def _show(value: str | None) -> str:
    return "a blank" if value is None else repr(value)
