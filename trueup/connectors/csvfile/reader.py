"""Reading: rows of CSV files as records in canonical words."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from trueup.connectors.csvfile import client
from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.fieldmap import foreign_ids, stored_ids_of
from trueup.connectors.kit.values import TO_CANONICAL, parse_datetime
from trueup.errors import ConfigError, UsageError
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.policy import StoredId
from trueup.model.records import Association, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import FieldDef, Schema

PAGE_SIZE = 1000

TIES: Mapping[str, Kind] = {"person_ids": Kind.PERSON, "company_ids": Kind.COMPANY, "deal_ids": Kind.DEAL}
"""Columns of deals and activities that hold ids of others, joined by `;`."""

_REF_KINDS: Mapping[str, Kind] = {
    "owner_id": Kind.OWNER,
    "company_id": Kind.COMPANY,
    "parent_id": Kind.COMPANY,
    "converted_person_id": Kind.PERSON,
    "converted_company_id": Kind.COMPANY,
    "converted_deal_id": Kind.DEAL,
}


class Reader:
    """Knows which file and which column holds what, for one folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = Path(str(settings.options["folder"])).expanduser()
        self.id_column = str(settings.options.get("id_column") or "id")
        self.modified_column = str(settings.options.get("modified_column") or "")
        self.objects = _objects(settings)
        self._tables: dict[str, client.Table] = {}
        self._columns: dict[str, tuple[list[str], dict[str, str]]] = {}
        for object_, overlay in settings.fields.items():
            self._check_overlay(object_, overlay)

    def table(self, object: str) -> client.Table:  # noqa: A002
        """The file's content, read again when the file has changed."""
        if object not in self.objects:
            raise UsageError(
                f"{self.settings.system}: no object {object!r}.", hint=f"There are: {', '.join(self.objects)}."
            )
        path = self.folder / f"{object}.csv"
        table = self._tables.get(object)
        if table is None or not path.exists() or client.stamp_of(path) != table.stamp:
            encoding = str(self.settings.options.get("encoding") or "auto")
            table = self._tables[object] = client.read(path, self.id_column, encoding)
        return table

    def has_column(self, object: str, column: str) -> bool:  # noqa: A002
        """Whether the file has the column; False for a file that cannot be read, which a pull will say."""
        try:
            return column in self.table(object).columns
        except UsageError:
            return False

    def forget(self, object: str) -> None:  # noqa: A002
        """Read the file again next time, whatever it looks like."""
        self._tables.pop(object, None)

    def columns(self, object: str) -> Mapping[str, str]:  # noqa: A002
        """Canonical field → column, for those columns that the file has; by the overlay, else by equal name."""
        table = self.table(object)
        known = self._columns.get(object)
        if known is None or known[0] != table.columns:
            overlay = self.settings.fields.get(object, {})
            wanted = {name: overlay.get(name, name) for name in FIELDS[self.objects[object]]}
            mapped = {name: column for name, column in wanted.items() if column in table.columns}
            known = self._columns[object] = (list(table.columns), mapped)
        return known[1]

    def describe(self, object: str) -> Schema:  # noqa: A002
        """All columns; those that feed no canonical field too."""
        kind, mapped = self.objects[object], self.columns(object)
        canonical = {column: name for name, column in mapped.items()}
        known = FIELDS[kind]
        fields = []
        for column in self.table(object).columns:
            name = canonical.get(column, "")
            type_ = known[name].type if name else FieldType.TEXT
            fields.append(FieldDef(column, name, column, type_, "text", writable=column != self.id_column))
        if "foreign_ids" in known and "foreign_ids" not in mapped and self._stored(object):
            fields.append(FieldDef("foreign_ids", "foreign_ids", known["foreign_ids"].label, FieldType.REFS, "text"))
        overlay = self.settings.fields.get(object, {})
        missing = tuple(c for c in overlay.values() if c and c not in self.table(object).columns)
        return Schema(self.settings.system, object, kind, object, tuple(fields), missing=missing)

    def pull(self, object: str) -> Generator[Page, None, PullSummary]:  # noqa: A002
        """The whole file, always: a file does not tell what changed, and what was deleted shows by its absence."""
        table = self.table(object)
        ids, mapped, stored = list(table.rows), self.columns(object), self._stored(object)
        for start in range(0, len(ids), PAGE_SIZE):
            some = ids[start : start + PAGE_SIZE]
            records = tuple(self.record(object, table, i, mapped, stored) for i in some)
            ties = [self.associations(object, table, i) for i in some]
            yield Page(
                records,
                tuple(a for found, _ in ties for a in found),
                replaces=tuple(r for _, stated in ties for r in stated),
            )
        return PullSummary(None, complete=True, full=True, seen=len(ids), expected=len(ids))

    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """From the file as it is now."""
        found: dict[Ref, Record | None] = {}
        for ref in refs:
            table = self.table(ref.object)
            found[ref] = self.record(ref.object, table, ref.id) if ref.id in table.rows else None
        return found

    def record(
        self,
        object: str,  # noqa: A002
        table: client.Table,
        id: str,  # noqa: A002
        mapped: Mapping[str, str] | None = None,
        stored: tuple[StoredId, ...] | None = None,
    ) -> Record:
        """One row; its version is a hash of all its cells, also those that nobody mapped."""
        kind, cells = self.objects[object], table.cells(id)
        mapped = self.columns(object) if mapped is None else mapped
        stored = self._stored(object) if stored is None else stored
        known = FIELDS[kind]
        fields = {name: self.to_canonical(name, known[name].type, cells[column]) for name, column in mapped.items()}
        if stored:
            fields["foreign_ids"] = foreign_ids(cells, stored)
        version = hashlib.sha256("\x1f".join(table.rows[id]).encode()).hexdigest()[:16]
        return Record(
            Ref(self.settings.system, object, id), kind, fields, version, _moment(cells.get(self.modified_column, ""))
        )

    def associations(
        self,
        object: str,  # noqa: A002
        table: client.Table,
        id: str,  # noqa: A002
    ) -> tuple[list[Association], list[tuple[str, Ref]]]:
        """The ties of one row, and what it states completely about them."""
        kind = self.objects[object]
        source = Ref(self.settings.system, object, id)
        found: list[Association] = []
        stated: list[tuple[str, Ref]] = []
        if kind not in (Kind.DEAL, Kind.ACTIVITY):
            return found, stated
        cells = table.cells(id)
        for column, other in TIES.items():
            if column in cells and other is not kind:
                type_ = f"{kind.value}_{other.value}"
                stated.append((type_, source))
                for part in filter(None, (p.strip() for p in cells[column].split(";"))):
                    target_object, _, target_id = self.with_object(part, other).partition("/")
                    found.append(Association(type_, source, Ref(self.settings.system, target_object, target_id)))
        return found, stated

    def to_canonical(self, name: str, type_: FieldType, text: str) -> str | None:
        """A cell in canonical spelling; an id without its object gets that of the only file of the kind."""
        value = TO_CANONICAL[type_](text)
        if value is None or type_ is not FieldType.REF:
            return value
        return self.with_object(value, _REF_KINDS[name])

    def to_cell(self, name: str, value: str | None) -> str:
        """The inverse; an id is written without its object where that is the only one of its kind."""
        if value is None:
            return ""
        kind = _REF_KINDS.get(name)
        return self.without_object(value, kind) if kind else value

    def with_object(self, id: str, kind: Kind) -> str:  # noqa: A002
        """`object/id` for a bare id; what has an object of ours before it stays as it is."""
        if id.partition("/")[0] in self.objects and "/" in id:
            return id
        objects = [o for o, k in self.objects.items() if k is kind]
        return f"{objects[0]}/{id}" if len(objects) == 1 else id

    def without_object(self, ref: str, kind: Kind) -> str:
        """The inverse of `with_object`."""
        object_, slash, id_ = ref.partition("/")
        return id_ if slash and [o for o, k in self.objects.items() if k is kind] == [object_] else ref

    def _stored(self, object: str) -> tuple[StoredId, ...]:  # noqa: A002
        there = self.table(object).columns
        return tuple(s for s in stored_ids_of(object, self.settings.stored_ids) if s.field in there)

    def _check_overlay(self, object: str, overlay: Mapping[str, str]) -> None:  # noqa: A002
        if object not in self.objects:
            raise ConfigError(f"fields: {object!r} is not an object here.", hint=f"Known: {', '.join(self.objects)}.")
        known = FIELDS[self.objects[object]]
        bad = next((name for name in overlay if name not in known), None)
        if bad is not None:
            raise ConfigError(
                f"fields.{object}: {bad!r} is not a field of {self.objects[object].value}.",
                hint=f"Known: {', '.join(sorted(known))}.",
            )


def _objects(settings: Settings) -> dict[str, Kind]:
    declared = settings.options.get("objects")
    if not isinstance(declared, Mapping) or not declared:
        raise ConfigError(
            f"systems.{settings.system}.objects must name each file and its kind, as in {{people: person}}."
        )
    objects: dict[str, Kind] = {}
    for name, kind in declared.items():
        if kind not in set(Kind):
            raise ConfigError(
                f"systems.{settings.system}.objects.{name}: {kind!r} is not a kind.",
                hint=f"Known: {', '.join(Kind)}.",
            )
        objects[str(name).removesuffix(".csv")] = Kind(kind)
    order = [Kind.OWNER, Kind.COMPANY, Kind.PERSON, Kind.CAMPAIGN, Kind.DEAL, Kind.ACTIVITY]
    return dict(sorted(objects.items(), key=lambda item: order.index(item[1])))


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text) if text.strip() else None
    except ValueError:
        return None
