"""Our own writes, told apart from what people and other programs do.

`written(ref, field, value, at)` in the frame is every value that we are known to have written, oldest first; addresses
of records that were merged since are followed here. `c_written(ref, field, value, moment, seq)` is the same today.

A field flips when what we wrote was changed back, we wrote it again, and it was changed back once more. Somebody else
means it: such a field is frozen, which is said and not fought over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trueup.model.authorship import FROZEN, NAMES_A_WRITER, Wrote, writers
from trueup.model.findings import Finding
from trueup.model.kinds import FIELDS, Kind
from trueup.reconcile.frame import SUBJECT_KINDS, Frame

WRITERS = 3
"""How many of those who changed a field back are named, the latest first."""

TIMES = 2
"""How often a write of ours must have been undone by others before the field is left alone."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A field in which our value does not stay: what we wrote, how often it was changed back, to what."""

    value: str | None
    times: int
    held: str | None
    kind: Kind = Kind.PERSON

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
                    found[ref, name] = Flip(value, times, held[ref], kind)
    return found


def signed(finding: Finding, wrote: Iterable[Wrote], ours: str | None) -> Finding:
    """The finding with sentences on who changed its field back: the latest writers of anything but our own value.

    Where the CRM keeps no history of the field, whoever changed the record last is named as just that.
    """
    told: dict[str, str] = {}
    for one in wrote:
        if one.exact and (one.value or "") != (ours or ""):
            told.setdefault(one.who, f"{NAMES_A_WRITER}{one.who} to {_show(one.value)}{_when(one)}.")
        elif not one.exact:
            last = "no history of the field is kept, and the record's last change was theirs"
            told.setdefault(one.who, f"{NAMES_A_WRITER}{one.who}, perhaps: {last}{_when(one)}.")
    return replace(finding, evidence=(*finding.evidence, *list(told.values())[:WRITERS])) if told else finding


def still_signed(finding: Finding, before: Finding | None) -> Finding:
    """The finding with the writers that it was told with before, when nobody was asked this time."""
    if before is None or len(writers(finding)):
        return finding
    return replace(finding, evidence=(*finding.evidence, *writers(before)))


def frozen(findings: Sequence[Finding]) -> Mapping[str, Finding]:
    """The findings on frozen fields, by id."""
    return {finding.id: finding for finding in findings if finding.code == FROZEN}


def _when(one: Wrote) -> str:
    return f" on {one.at:%Y-%m-%d at %H:%M} UTC" if one.at else ""


def _show(value: str | None) -> str:
    return "a blank" if value is None else repr(value)
