"""What proposing needs to know about records, fields and systems, fetched in bulk and looked up by ref."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from trueup.model.changes import Action
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.policy import Policy
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities
from trueup.reconcile import compare, echoes, stages
from trueup.reconcile.compare import Known
from trueup.reconcile.frame import Frame

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """What the frame says about a mapped field of an object."""

    native: str
    writable: bool
    length: int | None
    restricted: bool
    choices: tuple[str, ...]
    type: FieldType = FieldType.TEXT
    unique: bool = False


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner as its system knows it. `local` is how owner fields spell it; `entity` is the same across systems."""

    system: str
    local: str
    entity: str
    active: bool
    name: str


class Context:
    """The frame, the policy, the capabilities, and look-ups over them."""

    def __init__(self, frame: Frame, capabilities: Mapping[str, Capabilities]) -> None:
        self.frame = frame
        self.policy: Policy = frame.policy
        self.capabilities = capabilities
        stages.prepare(frame)
        compare.install(frame)
        self.slots = self._slots()
        self.owners = self._owners()
        self.written = echoes.last_written(frame)
        self.frozen = echoes.flips(frame)
        self._records: dict[str, dict[str, str | None]] = {}
        self._modified: dict[str, datetime | None] = {}
        self._countries: dict[str, str] = {}
        self._bases: dict[tuple[str, str], str | None] = {}
        self._partners: dict[str, list[str]] = {}

    def fetch(self, kind: Kind, refs: Iterable[str]) -> None:
        """Read the records, their bases and their counterparts, all at once; later look-ups answer from memory."""
        wanted = sorted(set(refs) - self._records.keys())
        if not wanted:
            return
        frame = self.frame
        frame.table("c_wanted", ("ref",), [(ref,) for ref in wanted])
        names = list(FIELDS[kind])
        columns = ", ".join(f"r.{name}" for name in names)
        for ref, modified_at, *values in frame.rows(
            f"SELECT r.ref, r.modified_at, {columns} FROM record_{kind} r SEMI JOIN c_wanted w ON w.ref = r.ref"
        ):
            self._records[ref] = dict(zip(names, values, strict=True))
            self._modified[ref] = modified_at
        if "country" in FIELDS[kind]:
            self._countries |= dict(
                frame.rows(f"SELECT ref, country FROM c_country_{kind} SEMI JOIN c_wanted USING (ref)")
            )
        for ref, name, value in frame.rows("SELECT ref, field, value FROM base_value SEMI JOIN c_wanted USING (ref)"):
            self._bases[ref, name] = value
        for ref, other in frame.rows(
            "SELECT p.a, p.b FROM (SELECT left_ref AS a, right_ref AS b FROM c_pair UNION ALL SELECT right_ref,"
            " left_ref"
            " FROM c_pair) p SEMI JOIN c_wanted w ON w.ref = p.a ORDER BY 1, 2"
        ):
            self._partners.setdefault(ref, []).append(other)

    def record(self, ref: str) -> Row:
        """The record's fields; empty when it was not fetched."""
        return self._records.get(ref, {})

    def modified_at(self, ref: str) -> datetime | None:
        """When the record, as a whole, was last changed."""
        return self._modified.get(ref)

    def partners(self, ref: str) -> list[str]:
        """The records that stand for the same in other systems."""
        return self._partners.get(ref, [])

    def base(self, ref: str, name: str) -> tuple[bool, str | None]:
        """Whether a value was agreed on for the record's field, and which."""
        return (ref, name) in self._bases, self._bases.get((ref, name))

    def base_for(self, ref: str, name: str, held: str | None) -> tuple[bool, str | None]:
        """The base to weigh what the record holds against: what we wrote there ourselves is nobody's news."""
        if (ref, name) in self.written and self.written[ref, name] == held:
            return True, held
        return self.base(ref, name)

    def judge(self, kind: Kind, name: str, ref: Ref, raw: str | None) -> Known:
        """Judge a value as the checks do, in the record's own country."""
        return compare.judge(self.policy, kind, name, ref.system, raw, self._countries.get(str(ref)) or None)

    def slot(self, system: str, object_: str, name: str) -> Slot | None:
        """The field as the object has it, or None."""
        return self.slots.get((system, object_, name))

    def can(self, action: Action, system: str, object_: str) -> bool:
        """Whether the system's connector can do it to the object."""
        able = self.capabilities.get(system)
        return able is not None and action in able.actions.get(object_, frozenset())

    def owner(self, system: str, local: str | None) -> OwnerRow | None:
        """The owner that a field names."""
        return self.owners.get((system, local)) if local else None

    def owner_in(self, system: str, owner: OwnerRow) -> OwnerRow | None:
        """The same owner in another system, active ones first."""
        same = [o for (s, _), o in self.owners.items() if s == system and o.entity == owner.entity]
        return min(same, key=lambda o: (not o.active, o.local), default=None)

    def stores_id_of(self, system: str, object_: str, target_system: str, target_object: str) -> bool:
        """Whether the policy names a field on the object for ids of the target, and it can be written."""
        for stored in self.policy.systems[system].stored_ids if system in self.policy.systems else ():
            if (stored.object, stored.system, stored.target_object) == (object_, target_system, target_object):
                return self.natives.get((system, object_, stored.field), False) and self.can(
                    Action.UPDATE, system, object_
                )
        return False

    def _slots(self) -> dict[tuple[str, str, str], Slot]:
        rows = self.frame.rows(
            "SELECT system, object, coalesce(canonical, ''), native, writable, length, restricted, choices, type,"
            " coalesce(required, false), coalesce(is_unique, false)"
            " FROM field_def ORDER BY system, object, canonical, native"
        )
        self.natives = {(system, name, native): bool(writable) for system, name, _, native, writable, *_ in rows}
        self.required: dict[tuple[str, str], list[tuple[str, str]]] = {}
        """(system, object) → (canonical, native) of the fields without which nothing is created."""
        found: dict[tuple[str, str, str], Slot] = {}
        for system, name, canonical, native, writable, length, restricted, choices, type_, required, unique in rows:
            if required:
                self.required.setdefault((system, name), []).append((canonical, native))
            if canonical:
                found.setdefault(
                    (system, name, canonical),
                    Slot(
                        native, bool(writable), length, bool(restricted), tuple(choices or ()), FieldType(type_), unique
                    ),
                )
        return found

    def _owners(self) -> dict[tuple[str, str], OwnerRow]:
        rows = self.frame.rows(
            "SELECT system, local, entity, active, coalesce(name, email, local) FROM c_owner ORDER BY 1, 2"
        )
        return {(system, local): OwnerRow(system, local, *rest) for system, local, *rest in rows}
