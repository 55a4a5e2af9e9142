"""A CRM in a dictionary: records, versions, deletes, merges, ties, stage history, and faults on demand.

It stands for the far side, so everything that a real CRM does by itself happens here and not in the reader or writer.
The helper methods (`add`, `edit`, `delete`, `merge` …) act as somebody else would, in the CRM's own user interface.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from trueup.connectors.kit.values import format_datetime
from trueup.errors import RefusedError, UnavailableError, UnknownOutcomeError
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.records import Association, StageEvent, StageSource
from trueup.model.refs import Ref

OBJECTS: Mapping[str, Kind] = {
    "owners": Kind.OWNER,
    "companies": Kind.COMPANY,
    "people": Kind.PERSON,
    "deals": Kind.DEAL,
    "activities": Kind.ACTIVITY,
}

STAGE_FIELDS: Mapping[Kind, str] = {Kind.PERSON: "lifecycle_stage", Kind.DEAL: "stage"}


class Killed(BaseException):
    """The process died here. Not an Exception, so that nothing on the way up can handle it."""


class Fault(StrEnum):
    """What may go wrong with one request."""

    UNAVAILABLE = "unavailable"
    """Not carried out; the CRM is down."""
    LOST = "lost"
    """Carried out, and the answer never arrives."""
    REFUSE = "refuse"
    """Not carried out; the CRM says no."""
    INCOMPLETE = "incomplete"
    """A pull breaks off in the middle and cannot go on."""
    KILL = "kill"
    """The client dies before the request is sent."""
    KILL_AFTER = "kill_after"
    """The request is carried out, and the client dies before it learns that."""


@dataclass(slots=True)
class Row:
    """One stored record. `version` counts its changes; deleted and merged rows stay, as in a recycle bin."""

    id: str
    fields: dict[str, str | None]
    modified_at: datetime
    version: int = 1
    deleted: bool = False
    merged_into: str = ""


@dataclass
class MemoryCrm:
    """The database. `clock` gives stamps; `merge_identity` is `primary` or `new` (a merge makes a third record).

    `unique` names a field per object whose value no two live records may share; `choices` restricts a field's values
    by (object, field); `two_steps` are (object, field) pairs whose value is only changed by way of a blank;
    `native_fields` are fields beyond the canonical ones (where ids of other systems are kept).
    `writes` lists every write request that arrived, `commits` every one that was carried out.
    """

    objects: Mapping[str, Kind] = field(default_factory=lambda: dict(OBJECTS))
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    merge_identity: str = "primary"
    native_fields: dict[str, set[str]] = field(default_factory=dict)
    unique: dict[str, str] = field(default_factory=dict)
    choices: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    two_steps: set[tuple[str, str]] = field(default_factory=set)
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    ties: dict[tuple[str, str, str, str, str], str] = field(default_factory=dict)
    stages: list[tuple[str, str, str, str, datetime]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    _faults: list[tuple[int, Fault]] = field(default_factory=list)
    _last_id: int = 0

    # --- as somebody else would, in the CRM itself -------------------------------------------------------------

    def add(self, object: str, fields: Mapping[str, str | None] | None = None, *, id: str = "") -> str:  # noqa: A002
        """Create a record and return its id."""
        values, table = dict(fields or {}), self.table(object)
        self._check(object, values)
        self._check_unique(object, values, "")
        now = self.clock()
        id = id or self._next_id()  # noqa: A001
        if id in table:
            raise RefusedError(f"{object}/{id} exists already", code="DUPLICATE_ID")
        if "created_at" in FIELDS[self.objects[object]]:
            values.setdefault("created_at", format_datetime(now))
        table[id] = Row(id, values, now)
        self._note_stage(object, id, None, values)
        return id

    def edit(self, object: str, id: str, values: Mapping[str, str | None]) -> None:  # noqa: A002
        """Change some fields. A record that was merged away stands for its survivor; writing what is there is free."""
        row = self.live(object, id)
        if row is None:
            raise RefusedError(f"{object}/{id} is not there", code="NOT_FOUND")
        self._check(object, values)
        self._check_unique(object, values, row.id)
        moved = {name: value for name, value in values.items() if row.fields.get(name) != value}
        if moved:
            self._note_stage(object, row.id, row.fields, moved)
            row.fields.update(moved)
            self._touch(row)

    def delete(self, object: str, id: str) -> None:  # noqa: A002
        """Put a record into the recycle bin; its ties go with it."""
        row = self.live(object, id)
        if row is None:
            raise RefusedError(f"{object}/{id} is not there", code="NOT_FOUND")
        row.deleted = True
        self._touch(row)

    def restore(self, object: str, id: str) -> None:  # noqa: A002
        """Take a record out of the recycle bin."""
        row = self.table(object).get(id)
        if row is None or row.merged_into:
            raise RefusedError(f"{object}/{id} cannot be restored", code="NOT_FOUND")
        row.deleted = False
        self._touch(row)

    def merge(self, object: str, survivor: str, loser: str) -> str:  # noqa: A002
        """Merge two records and return the id that lives on; what pointed at the loser points at the survivor then.

        The survivor's values win, its blanks are filled from the loser.
        """
        primary, second = self.live(object, survivor), self.live(object, loser)
        if primary is None or second is None or primary is second:
            raise RefusedError(f"{object}: {loser} cannot be merged into {survivor}", code="CANNOT_MERGE")
        known = {name: value for name, value in primary.fields.items() if value is not None}
        values = {**second.fields, **known}
        gone = [second]
        if self.merge_identity == "new":
            kept = Row(self._next_id(), {}, self.clock())
            self.table(object)[kept.id] = kept
            gone.append(primary)
        else:
            kept = primary
        for row in gone:
            row.merged_into = kept.id
            self._touch(row)
            self._reparent(object, row.id, kept.id)
        self._note_stage(object, kept.id, primary.fields, values)
        kept.fields = values
        self._touch(kept)
        return kept.id

    def associate(self, type: str, source: tuple[str, str], target: tuple[str, str], label: str = "") -> None:  # noqa: A002
        """Tie two records; the label of an existing tie is replaced. Both ends are (object, id)."""
        if self.live(*source) is None or self.live(*target) is None:
            raise RefusedError(f"{type}: an end is not there", code="NOT_FOUND")
        self.ties[type, *source, *target] = label
        self._touch(self.table(source[0])[source[1]])

    def dissociate(self, type: str, source: tuple[str, str], target: tuple[str, str]) -> None:  # noqa: A002
        """Untie two records; nothing happens when they are not tied."""
        if self.ties.pop((type, *source, *target), None) is not None:
            self._touch(self.table(source[0])[source[1]])

    # --- looking -------------------------------------------------------------------------------------------------

    def table(self, object: str) -> dict[str, Row]:  # noqa: A002
        """All rows of an object, gone ones too."""
        if object not in self.objects:
            raise RefusedError(f"there is no object {object}", code="UNKNOWN_OBJECT")
        return self.tables.setdefault(object, {})

    def live(self, object: str, id: str) -> Row | None:  # noqa: A002
        """The row that stands for an id today: itself, or what it was merged into; None when deleted or unknown."""
        row = self.table(object).get(id)
        while row is not None and row.merged_into:
            row = self.table(object).get(row.merged_into)
        return None if row is None or row.deleted else row

    def associations_of(self, system: str, object: str, id: str) -> list[Association]:  # noqa: A002
        """The ties that start at a record and whose other end is alive."""
        found = []
        for (type_, *ends), label in self.ties.items():
            if ends[:2] == [object, id] and self.live(ends[2], ends[3]) is not None:
                found.append(Association(type_, Ref(system, object, id), Ref(system, ends[2], ends[3]), label))
        return found

    def stage_events(self, system: str) -> list[StageEvent]:
        """Every stage that a record entered, oldest first."""
        return [
            StageEvent(Ref(system, object_, id_), name, stage, at, StageSource.HISTORY)
            for object_, id_, name, stage, at in self.stages
        ]

    def state(self) -> dict[str, dict[str, dict[str, str | None]]]:
        """The live records' values, for comparing before and after."""
        return {
            object_: {
                row.id: dict(sorted(row.fields.items()))
                for row in rows.values()
                if not row.deleted and not row.merged_into
            }
            for object_, rows in sorted(self.tables.items())
        }

    # --- faults --------------------------------------------------------------------------------------------------

    def fail(self, fault: Fault, *, after: int = 0) -> None:
        """Let one of the coming requests fail: the next one, or the one after `after` others."""
        self._faults.append((after, fault))

    def heal(self) -> None:
        """Forget all faults that have not struck yet."""
        self._faults.clear()

    def request(self, what: str, carry_out: Callable[[], str], *, write: bool = True) -> str:
        """One request over the wire, with the fault that is due. The answer is what `carry_out` returns."""
        due = self._due()
        if due is Fault.KILL:
            raise Killed(what)
        if due is Fault.UNAVAILABLE:
            raise UnavailableError(f"{what}: the CRM is down", code="UNAVAILABLE")
        if due is Fault.INCOMPLETE and not write:
            raise RefusedError(f"{what}: the server stopped sending", code="INCOMPLETE")
        if write:
            self.writes.append(what)
        if due is Fault.REFUSE and write:
            raise RefusedError(f"{what}: refused", code="REFUSED")
        answer = carry_out()
        if write:
            self.commits.append(what)
        if due is Fault.KILL_AFTER:
            raise Killed(what)
        if due is Fault.LOST:
            raise (UnknownOutcomeError if write else UnavailableError)(f"{what}: the answer was lost", code="LOST")
        return answer

    def _due(self) -> Fault | None:
        waiting = [(after - 1, fault) for after, fault in self._faults]
        struck = next((i for i, (after, _) in enumerate(waiting) if after < 0), None)
        fault = waiting.pop(struck)[1] if struck is not None else None
        self._faults = [(max(after, 0), later) for after, later in waiting]
        return fault

    # --- what the CRM does by itself -----------------------------------------------------------------------------

    def _next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def _touch(self, row: Row) -> None:
        row.version += 1
        row.modified_at = self.clock()

    def _check(self, object: str, values: Mapping[str, str | None]) -> None:  # noqa: A002
        known = {*FIELDS[self.objects[object]], *self.native_fields.get(object, ()), self.unique.get(object, "")}
        for name, value in values.items():
            if name not in known:
                raise RefusedError(f"{object} has no field {name}", code="UNKNOWN_FIELD")
            allowed = self.choices.get((object, name))
            if allowed is not None and value is not None and value not in allowed:
                raise RefusedError(f"{object}.{name} cannot be {value!r}", code="INVALID_OPTION")

    def _check_unique(self, object: str, values: Mapping[str, str | None], own_id: str) -> None:  # noqa: A002
        name = self.unique.get(object)
        if not name or values.get(name) is None:
            return
        for row in self.table(object).values():
            if row.id != own_id and not row.deleted and not row.merged_into and row.fields.get(name) == values[name]:
                raise RefusedError(f"{object}/{row.id} has {name} {values[name]!r} already", code="DUPLICATE_VALUE")

    def _note_stage(
        self,
        object: str,  # noqa: A002
        id: str,  # noqa: A002
        before: Mapping[str, str | None] | None,
        after: Mapping[str, str | None],
    ) -> None:
        name = STAGE_FIELDS.get(self.objects[object], "")
        stage = after.get(name)
        if stage is not None and (before or {}).get(name) != stage:
            self.stages.append((object, id, name, stage, self.clock()))

    def _reparent(self, object: str, old: str, new: str) -> None:  # noqa: A002
        """Let references and ties that name `old` name `new`."""
        for other, rows in self.tables.items():
            refs = [f.name for f in FIELDS[self.objects[other]].values() if f.type is FieldType.REF]
            for row in rows.values():
                for name in refs:
                    if row.fields.get(name) == f"{object}/{old}":
                        row.fields[name] = f"{object}/{new}"
                        self._touch(row)
        for (type_, *ends), label in list(self.ties.items()):
            moved = [new if (ends[i - 1], end) == (object, old) and i % 2 else end for i, end in enumerate(ends)]
            if moved != ends:
                del self.ties[type_, ends[0], ends[1], ends[2], ends[3]]
                self.ties.setdefault((type_, moved[0], moved[1], moved[2], moved[3]), label)
                source = self.table(moved[0]).get(moved[1])
                if source is not None:
                    self._touch(source)
        self.stages = [(o, new if (o, i) == (object, old) else i, n, s, at) for o, i, n, s, at in self.stages]
