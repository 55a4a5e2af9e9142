"""From a page of native rows to records, column by column: one list comprehension per field, no call per value where
the type allows it. What a million rows cost is decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trueup.connectors.kit.fieldmap import MappedField, foreign_ids
from trueup.connectors.kit.values import TO_CANONICAL, parse_datetime
from trueup.connectors.salesforce import activities
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.model.kinds import FieldType, Kind
from trueup.model.records import Association, Page, Record
from trueup.model.refs import Ref

Row = Mapping[str, Any]
Column = list[str | None]

_STRAIGHT = frozenset({FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.CHOICE})
_BOOLEANS: Mapping[Any, str | None] = {True: "true", False: "false", None: None}
_STAMP_TAIL = ".000+0000"

_ACTIVITY_TYPES: Mapping[str, str] = {
    "Contact": "activity_person",
    "Lead": "activity_person",
    "Account": "activity_company",
    "Opportunity": "activity_deal",
}
ACTIVITY_ASSOCIATIONS = ("activity_person", "activity_company", "activity_deal")


def natives(described: Described) -> tuple[str, ...]:
    """The fields to select: only what is mapped, what identifies the row, and what its activity follows from."""
    wanted = ["Id"]
    if described.map is not None:
        wanted += [f.native for f in described.map.fields]
    wanted += [s.field for s in described.stored_ids]
    wanted += activities.EXTRA.get(described.object, ())
    wanted += ["SystemModstamp", "IsDeleted", "MasterRecordId"]
    return tuple(name for name in dict.fromkeys(wanted) if described.has(name))


def stamp(value: str | None) -> datetime | None:
    """A row's stamp as a point in time; the usual spelling is read without a parser."""
    if not value:
        return None
    if value[19:] == _STAMP_TAIL:
        return datetime(
            int(value[:4]), int(value[5:7]), int(value[8:10]), int(value[11:13]), int(value[14:16]), int(value[17:19]),
            tzinfo=UTC,
        )  # fmt: skip
    return parse_datetime(value)


def to_page(described: Described, rows: Sequence[Row], catalogue: Catalogue, system: str, now: datetime) -> Page:
    """Records of one object, with the associations that its rows state completely."""
    if not rows:
        return Page()
    object_ = described.object
    assert described.map is not None
    there = rows[0].keys()
    table: dict[str, Column] = {}
    for mapped in described.map.fields:
        if mapped.native in there:
            table[mapped.canonical] = _column(mapped, [row[mapped.native] for row in rows])
    if "owner_id" in table:
        # Owners are few: each is looked at once a page.
        owners = {value: _owner(value, catalogue) for value in set(table["owner_id"])}
        table["owner_id"] = [owners[value] for value in table["owner_id"]]
    if described.stored_ids:
        table["foreign_ids"] = [foreign_ids(row, described.stored_ids) for row in rows]
    if object_ in activities.EXTRA:
        table |= activities.columns(object_, rows, now)
    if object_ == "Group":
        table["active"] = ["true"] * len(rows)
    kind, names = described.map.kind, tuple(table)
    records = []
    for row, values in zip(rows, zip(*table.values(), strict=True), strict=True):
        modstamp = row.get("SystemModstamp") or ""
        master = row.get("MasterRecordId")
        records.append(
            Record(
                Ref(system, object_, to_18(row["Id"]) if len(row["Id"]) != 18 else row["Id"]),
                kind,
                dict(zip(names, values, strict=True)),
                modstamp,
                stamp(modstamp),
                bool(row.get("IsDeleted")),
                Ref(system, object_, to_18(master)) if master and row.get("IsDeleted") else None,
            )
        )
    if kind is not Kind.ACTIVITY:
        return Page(records=tuple(records))
    return _with_associations(records, rows, catalogue, system)


def _with_associations(records: list[Record], rows: Sequence[Row], catalogue: Catalogue, system: str) -> Page:
    associations, replaces = [], []
    for record, row in zip(records, rows, strict=True):
        if record.deleted:
            continue
        for name in ("WhoId", "WhatId"):
            target = row.get(name)
            object_ = catalogue.object_of(target)
            if target and (type_ := _ACTIVITY_TYPES.get(object_)):
                associations.append(Association(type_, record.ref, Ref(system, object_, to_18(target))))
        replaces += [(type_, record.ref) for type_ in ACTIVITY_ASSOCIATIONS]
    return Page(records=tuple(records), associations=tuple(associations), replaces=tuple(replaces))


def _column(mapped: MappedField, values: list[Any]) -> Column:
    """The canonical column of a native one; the common types without a Python call per value."""
    if mapped.type in _STRAIGHT and not mapped.values:
        return [(v.strip() or None) if isinstance(v, str) else (None if v is None else str(v)) for v in values]
    if mapped.type is FieldType.BOOLEAN and not mapped.values:
        return [_BOOLEANS.get(v) for v in values]
    if mapped.type is FieldType.DATETIME:
        convert = TO_CANONICAL[FieldType.DATETIME]
        return [None if not v else (v[:19] + "Z" if v[19:] == _STAMP_TAIL else convert(v)) for v in values]
    if mapped.type is FieldType.REF and mapped.object:
        prefix = mapped.object + "/"
        return [prefix + (v if len(v) == 18 else to_18(v)) if v else None for v in values]
    one: Callable[[Any], str | None] = mapped.to_canonical
    return [None if v is None else one(v) for v in values]


def _owner(value: str | None, catalogue: Catalogue) -> str | None:
    """An owner is a user or a queue; the id's prefix tells (a queue is a Group, reference 1.1)."""
    if value is None:
        return None
    return f"{catalogue.object_of(value) or ('Group' if value.startswith('00G') else 'User')}/{to_18(value)}"
