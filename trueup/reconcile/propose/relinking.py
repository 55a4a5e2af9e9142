"""Stored ids after the merges and conversions of the same plan, which would else be mended by a second one.

A merge leaves ids behind that no record has any more: those of its losers, and, where the CRM makes a new record of the
two, the survivor's as well. What the records of the other systems store is changed in the same plan, after the merge;
an id that only the merge will tell stands there as `merged_ref`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from trueup.model.changes import Action, Change, Risk, merged_ref
from trueup.model.kinds import Kind
from trueup.model.refs import Ref
from trueup.reconcile import stored_ids
from trueup.reconcile.propose.context import Context

Needs = frozenset[str]


@dataclass(slots=True)
class _Member:
    """A record left after the plan, with what it took in (`others`). `needs` has the create of a planned one."""

    kind: Kind
    ref: str
    entity: str
    stored: str | None
    needs: Needs = frozenset()
    others: list[tuple[_Member, str]] = field(default_factory=list)

    @property
    def address(self) -> Ref:
        return Ref.parse(self.ref)


def relinked(context: Context, changes: Sequence[Change], busy: Collection[str]) -> list[Change]:
    """The changes with those of `foreign_ids` brought in line with the merges and conversions among them.

    Nothing is added to `busy` records, whose links are in question; what they store is only moved to where it went.
    """
    moving = [c for c in changes if c.action in (Action.MERGE, Action.CONVERT)]
    if not moving:
        return list(changes)
    relink = _Relink(context, changes, moving, busy)
    written = {c.target: c for c in changes if c.action is Action.UPDATE and c.field == "foreign_ids"}
    found = {Ref.parse(member.ref): relink.change(member, written.get(Ref.parse(member.ref))) for member in relink.left}
    kept = [c for c in changes if written.get(c.target) is not c or c.target not in found]
    return [*kept, *(change for change in found.values() if change is not None)]


class _Relink:
    def __init__(
        self, context: Context, changes: Sequence[Change], moving: Sequence[Change], busy: Collection[str]
    ) -> None:
        self.context = context
        self.busy = busy
        self.went: dict[str, tuple[str, str]] = {}
        """Old address → (address after the plan, id of the change that moves it)."""
        self.converted: dict[str, tuple[str, str]] = {}
        for change in moving:
            self._note(change)
        creates = [c for c in changes if c.action is Action.CREATE and c.winner is not None]
        self.members = self._members(moving, creates)
        gone = {ref for c in moving if c.action is Action.MERGE for ref in map(str, c.others)} | self.converted.keys()
        self.left = [member for ref, member in sorted(self.members.items()) if ref not in gone]
        self.entities: dict[tuple[Kind, str], list[_Member]] = defaultdict(list)
        """Those left, by what they stand for."""
        for member in self.left:
            self.entities[member.kind, member.entity].append(member)
        self.sure = self._sure()
        self.live = {
            row[0] for row in context.frame.rows("SELECT l.ref FROM c_live l JOIN c_said s ON s.target = l.ref")
        }

    def _note(self, change: Change) -> None:
        if change.action is Action.CONVERT:
            self.converted[str(change.target)] = (str(change.others[0]), change.id)
            return
        able = self.context.capabilities.get(change.target.system)
        anew = able is not None and able.merge_identity == "new"
        now = str(merged_ref(change)) if anew else str(change.target)
        for loser in change.others:
            self.went[str(loser)] = (now, change.id)
        if anew:
            self.went.setdefault(str(change.target), (now, change.id))

    def _members(self, moving: Sequence[Change], creates: Sequence[Change]) -> dict[str, _Member]:
        """The records of every entity that is touched, those that store an id that goes, and those to be created."""
        frame = self.context.frame
        stored_ids.prepare(frame)
        touched = sorted({str(ref) for c in moving for ref in (c.target, *c.others)})
        frame.table("c_touched", ("ref",), [(ref,) for ref in touched])
        rows = frame.rows(
            "WITH e AS (SELECT DISTINCT kind, entity FROM c_member SEMI JOIN c_touched USING (ref))"
            " SELECT m.kind, m.ref, m.entity, m.foreign_ids FROM c_member m WHERE EXISTS (SELECT 1 FROM e WHERE"
            " e.kind = m.kind AND e.entity = m.entity) OR m.ref IN (SELECT p.ref FROM c_pointer p JOIN c_touched t"
            " ON t.ref = p.target) ORDER BY m.ref"
        )
        members = {ref: _Member(Kind(kind), ref, entity, stored) for kind, ref, entity, stored in rows}
        for create in creates:
            source = members.get(str(create.winner))
            if source is not None:
                ref, stored = str(create.target), create.values.get("foreign_ids")
                members[ref] = _Member(create.kind, ref, source.entity, stored, frozenset({create.id}))
        for change in moving:
            taker = change.target if change.action is Action.MERGE else change.others[0]
            given = change.others if change.action is Action.MERGE else (change.target,)
            for ref in map(str, given):
                if ref in members and str(taker) in members:
                    members[str(taker)].others.append((members[ref], change.id))
        said = [(part,) for member in members.values() for part in _parts(member.stored)]
        frame.table("c_said", ("target",), sorted(set(said)))
        return members

    def _sure(self) -> set[tuple[str, str]]:
        """Pairs of records, both ways round, that are surely the same."""
        rows = self.context.frame.rows(
            "WITH near AS (SELECT o.ref FROM c_member m SEMI JOIN c_touched t USING (ref) JOIN c_member o"
            "  ON o.kind = m.kind AND o.entity = m.entity), sure AS (SELECT * FROM link WHERE grade = 'certain')"
            " SELECT left_ref, right_ref FROM sure SEMI JOIN near ON near.ref = left_ref"
            " UNION SELECT left_ref, right_ref FROM sure SEMI JOIN near ON near.ref = right_ref"
        )
        return {pair for left, right in rows for pair in ((left, right), (right, left))}

    def now(self, ref: str) -> tuple[str, Needs]:
        """Where a record is found after the plan, and the changes that take it there."""
        needs: set[str] = set()
        seen: set[str] = set()
        while ref in self.went and ref not in seen:
            seen.add(ref)
            ref, change = self.went[ref]
            needs.add(change)
        return ref, frozenset(needs)

    def change(self, member: _Member, written: Change | None) -> Change | None:
        """What the member's stored ids are to be after the plan, as one change; None when nothing is to be done."""
        needs = set(written.needs if written else member.needs)
        parts: dict[tuple[str, str], str] = {}
        odd: list[str] = []
        for part in _parts(written.after if written else member.stored):
            self._put(parts, part, needs, odd)
        moved = bool(needs)
        if member.ref not in self.busy:
            for other, change in member.others:
                self._inherit(member, other, change, parts, needs)
            self._meet(member, parts, needs)
        after = ";".join(sorted({*parts.values(), *odd})) or None
        before = self._before(member)
        if before != member.stored:
            needs |= {change for _, change in member.others}
        if after == (written.after if written else member.stored) and (written is None or set(written.needs) == needs):
            return written
        if after == before:
            return None
        made = Change(
            action=Action.UPDATE,
            target=member.address,
            kind=member.kind,
            field="foreign_ids",
            before=before,
            after=after,
            reason="It stores the id of its counterpart as it is after the merge or conversion."
            if moved or written is None
            else written.reason,
            rule="link_id",
            risk=Risk.LOW,
            needs=tuple(sorted(needs)),
        )
        return replace(made, finding=written.finding, winner=written.winner) if written else made

    def _put(self, parts: dict[tuple[str, str], str], part: str, needs: set[str], odd: list[str]) -> None:
        """Take over one stored id, at its new address."""
        here, taken = self.now(part)
        needs |= taken
        try:
            ref = Ref.parse(here)
        except ValueError:
            odd.append(part)
            return
        parts.setdefault((ref.system, ref.object), here)

    def _inherit(
        self, member: _Member, other: _Member, change: str, parts: dict[tuple[str, str], str], needs: set[str]
    ) -> None:
        """What the merged or converted record stored and the member does not."""
        mine = member.address
        for part in _parts(other.stored):
            if part not in self.live:
                continue
            here, taken = self.now(part)
            ref = Ref.parse(here)
            route = (ref.system, ref.object)
            if route not in parts and self.context.stores_id_of(mine.system, mine.object, *route):
                parts[route] = here
                needs |= {change, *taken}

    def _meet(self, member: _Member, parts: dict[tuple[str, str], str], needs: set[str]) -> None:
        """The one counterpart in another system that is left, when it is surely the same."""
        mine = member.address
        entity = self.entities[member.kind, member.entity]
        systems = defaultdict(list)
        for other in entity:
            systems[other.address.system].append(other)
        if len(systems[mine.system]) > 1:
            return
        for system, those in systems.items():
            if system == mine.system or len(those) > 1 or those[0].ref in self.busy:
                continue
            other = those[0]
            there = other.address
            route = (there.system, there.object)
            if route in parts or not self.context.stores_id_of(mine.system, mine.object, *route):
                continue
            if not self._surely(member, other):
                continue
            here, taken = self.now(other.ref)
            parts[route] = here
            needs |= {*taken, *other.needs, *self._reasons(entity)}

    def _surely(self, one: _Member, other: _Member) -> bool:
        if one.needs or other.needs:
            return True
        mine = [one.ref, *(m.ref for m, _ in one.others)]
        theirs = [other.ref, *(m.ref for m, _ in other.others)]
        return any((a, b) in self.sure for a in mine for b in theirs)

    @staticmethod
    def _reasons(entity: Iterable[_Member]) -> set[str]:
        """The merges and conversions that left one record in each system."""
        return {change for member in entity for _, change in member.others}

    def _before(self, member: _Member) -> str | None:
        """What the member will hold when the change comes: a CRM may fill its blanks in merging."""
        able = self.context.capabilities.get(member.address.system)
        parts = {_route(part): part for part in _parts(member.stored)}
        if able is not None and able.merge_fills:
            for other, _ in member.others:
                if other.address.object == member.address.object:
                    for part in _parts(other.stored):
                        parts.setdefault(_route(part), part)
        return ";".join(sorted(parts.values())) or None


def _parts(stored: str | None) -> list[str]:
    return [part.strip() for part in (stored or "").split(";") if part.strip()]


def _route(part: str) -> str:
    """System and object of a stored id."""
    return part.rpartition("/")[0]
