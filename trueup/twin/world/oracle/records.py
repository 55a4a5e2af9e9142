"""What holds for records of any kind: doubles, differences, broken values, owners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trueup.twin.world.parts import DEAL_CANONICAL, Finding, Rec
from trueup.twin.world.people import CONTACT_FIELDS, HS_FIELDS, LEAD_FIELDS

JUNK = frozenset(
    ("", "n/a", "na", "none", "null", "unknown", "-", ".", "x", "xx", "xxx", "test", "tbd", "not provided", "no data")
)
SETS = {"Lead": frozenset(LEAD_FIELDS), "Contact": frozenset(CONTACT_FIELDS), "contacts": frozenset(HS_FIELDS)}
"""The fields of a person that an object has at all."""


def state(rec: Rec, name: str) -> str:
    """blank, malformed, unmapped or known; junk is as good as blank."""
    value = rec.f.get(name)
    if value is None or value.strip().casefold() in JUNK:
        return "blank"
    if name in rec.malformed:
        return "malformed"
    return "unmapped" if name in rec.unmapped else "known"


def representative(recs: Iterable[Rec], system: str) -> Rec | None:
    """The record that stands for an entity in a system."""
    there = [r for r in recs if r.system == system and r.converted is None and not r.gone]
    return min(there, key=lambda r: (r.object != "Contact", not r.stored, r.ref), default=None)


def open_deal(rec: Rec) -> bool:
    """Whether a deal's record is open; a stage that no map knows counts as open."""
    return DEAL_CANONICAL[rec.system].get(str(rec.stage)) not in ("won", "lost")


def doubles(live: list[Rec], code: str, kind: str) -> Iterator[Finding]:
    """Every second live record of one entity in an object, beside the first by id."""
    by_object: dict[tuple[str, str], list[str]] = {}
    for rec in live:
        by_object.setdefault((rec.system, rec.object), []).append(rec.ref)
    for refs in by_object.values():
        first = min(refs)
        for other in refs:
            if other != first:
                yield Finding(code, kind, (first, other))


def compare(
    sf: Rec, hs: Rec, names: Iterable[str], kind: str, without: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """What two records that should say the same do not: conflicts, and blanks beside known values."""
    both = in_order(sf.ref, hs.ref)
    left, right = SETS.get(sf.object), SETS.get(hs.object)
    plain = not (sf.malformed or hs.malformed or sf.unmapped or hs.unmapped)
    for name in names:
        if (left and name not in left) or (right and name not in right) or name in without:
            continue
        if plain and sf.f.get(name) == hs.f.get(name):
            continue
        a, b = state(sf, name), state(hs, name)
        if a == b == "known":
            if _norm(sf.f[name]) != _norm(hs.f[name]):
                yield Finding("FLD002", kind, both, name)
        elif {a, b} == {"blank", "known"} and (name != "email_opt_out" or "true" in (sf.f.get(name), hs.f.get(name))):
            yield Finding("FLD003", kind, both, name)


def broken(rec: Rec, kind: str) -> Iterator[Finding]:
    """The record's values that are malformed or in no map."""
    for name in sorted(rec.malformed):
        yield Finding("FLD004", kind, (rec.ref,), name)
    for name in sorted(rec.unmapped):
        yield Finding("FLD005", kind, (rec.ref,), name)


def owners_differ(sf: Rec, hs: Rec, kind: str) -> Iterator[Finding]:
    """Whether two sellers hold it."""
    if sf.owner and hs.owner and sf.owner is not hs.owner:
        yield Finding("OWN001", kind, in_order(sf.ref, hs.ref))


def owner_state(rec: Rec, kind: str) -> Iterator[Finding]:
    """Whether nobody owns it, or somebody who left."""
    if rec.owner is None and not rec.queue:
        yield Finding("OWN003", kind, (rec.ref,))
    elif rec.owner is not None and not rec.owner.active:
        yield Finding("OWN002", kind, (rec.ref,))


def _norm(value: str | None) -> str:
    return " ".join(str(value).casefold().split())


def in_order(*refs: str) -> tuple[str, ...]:
    """Printed refs as a finding keeps them."""
    return tuple(sorted(refs))
