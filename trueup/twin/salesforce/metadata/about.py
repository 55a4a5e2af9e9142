"""What an org tells of itself as records: EntityDefinition, FieldDefinition and RecentlyViewed, to be queried only.

The first two are written once from the schema; the third is a view of what users looked at.
[doc object-reference/entitydefinition, fielddefinition, recentlyviewed]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sqlite3 import Connection
from typing import Any

from ..ids import make_id
from ..values import sql_type
from .model import Field, SObject
from .parse import definitions

_NO_ID = "000000000000000AAA"
_WORDS = {
    "boolean": "Checkbox", "date": "Date", "datetime": "Date/Time", "time": "Time", "email": "Email", "phone": "Phone",
    "address": "Address", "location": "Geolocation", "picklist": "Picklist", "multipicklist": "Picklist (Multi-Select)",
    "id": "ID", "base64": "Base64", "combobox": "Picklist", "url": "URL", "string": "Text", "currency": "Currency",
    "percent": "Percent", "double": "Number", "int": "Number", "anyType": "Any Type",
    "encryptedstring": "Text (Encrypted)",
}  # fmt: skip
_SIZED, _NUMBERS = frozenset({"string", "url", "encryptedstring"}), frozenset({"double", "currency", "percent"})


def objects() -> dict[str, SObject]:
    """The definitions of all three; a field leads to its entity."""
    found = definitions("about_objects")
    found["FieldDefinition"].replace_field(
        "EntityDefinitionId", refers_to=("EntityDefinition",), relationship="EntityDefinition"
    )
    return found


def write(con: Connection, known: Mapping[str, SObject], views: Mapping[str, SObject], changed: str) -> None:
    """Make the tables of definitions from the schema, and the view of what was looked at, if they are not there."""
    if con.execute("SELECT 1 FROM sqlite_temp_master WHERE name = 'RecentlyViewed'").fetchone():
        return
    durable = {
        name: make_id("01I", number)[:15] if made.custom else name for number, (name, made) in enumerate(known.items())
    }
    entities = ({**_entity(made), "DurableId": durable[name]} for name, made in known.items())
    fields = (
        {**_field(made, f), "DurableId": f"{durable[name]}.{f.name}", "EntityDefinitionId": durable[name]}
        for name, made in known.items()
        for f in made.fields
    )
    _fill(con, views["EntityDefinition"], entities, changed)
    _fill(con, views["FieldDefinition"], fields, changed)
    con.execute(_recently_viewed(known, views["RecentlyViewed"]))


def _fill(con: Connection, made: SObject, rows: Iterable[Mapping[str, Any]], changed: str) -> None:
    columns = ", ".join(f'"{f.name}" {sql_type(f.type)}' for f in made.fields)
    con.execute(f'CREATE TEMP TABLE "{made.name}" ({columns})')
    marks = ", ".join("?" * len(made.fields))
    fixed = {"Id": _NO_ID, "LastModifiedDate": changed}
    empty = {f.name: 0 if f.type == "boolean" else None for f in made.fields}
    whole = ({**empty, **fixed, **row} for row in rows)
    con.executemany(
        f'INSERT INTO "{made.name}" VALUES ({marks})', ([row[f.name] for f in made.fields] for row in whole)
    )


def _entity(made: SObject) -> dict[str, Any]:
    flags = made.flags
    named = made.name.removesuffix("__c")
    return {
        "QualifiedApiName": made.name, "DeveloperName": named, "MasterLabel": made.label, "Label": made.label,
        "PluralLabel": made.plural, "KeyPrefix": made.prefix or None, "InternalSharingModel": "ReadWrite",
        "ExternalSharingModel": "Private", "IsCustomizable": "layoutable" in flags,
        "IsApexTriggerable": "triggerable" in flags, "IsTriggerable": "triggerable" in flags,
        "IsWorkflowEnabled": "layoutable" in flags, "IsProcessEnabled": "layoutable" in flags,
        "IsCompactLayoutable": "layoutable" in flags, "IsLayoutable": "layoutable" in flags,
        "IsReplicateable": "replicateable" in flags, "IsRetrieveable": True, "IsIdEnabled": True,
        "IsSearchLayoutable": "searchable" in flags, "IsSearchable": "searchable" in flags,
        "IsEverCreatable": "createable" in flags, "IsEverUpdatable": "updateable" in flags,
        "IsEverDeletable": "deletable" in flags, "IsFeedEnabled": "feedEnabled" in flags,
        "IsQueryable": made.queryable, "IsMruEnabled": "mruEnabled" in flags,
    }  # fmt: skip


def _field(made: SObject, f: Field) -> dict[str, Any]:
    return {
        "QualifiedApiName": f.name, "DeveloperName": f.name.removesuffix("__c"), "MasterLabel": f.label,
        "Label": f.label, "Length": 18 if f.type in {"id", "reference"} else f.length, "DataType": data_type(f),
        "ExtraTypeInfo": f.extra, "IsCalculated": f.formula is not None or f.rollup is not None,
        "IsNameField": f.name_field, "IsNillable": f.nillable, "IsWorkflowFilterable": f.can_filter,
        "IsCompactLayoutable": "layoutable" in made.flags and not f.long_text, "Precision": f.precision,
        "Scale": f.scale, "IsIndexed": f.id_lookup or f.external_id or f.unique or f.type in {"id", "reference"},
        "IsApiFilterable": f.can_filter, "IsApiGroupable": f.can_group, "IsApiSortable": f.can_sort,
        "IsListFilterable": f.can_filter, "IsListSortable": f.can_sort, "IsListVisible": "layoutable" in made.flags,
        "IsPolymorphicForeignKey": f.polymorphic, "IsCompound": f.is_compound, "RelationshipName": f.relationship,
        "ValueTypeId": f.type,
    }  # fmt: skip


def data_type(f: Field) -> str:
    """A field's type in the words of the setup pages, such as `Text(80)` or `Lookup(Account)`."""
    if f.auto_number:
        return "Auto Number"
    if f.formula is not None:
        return f"Formula ({_WORDS.get(f.type, 'Text')})"
    if f.type == "reference":
        return f"Lookup({','.join(f.refers_to)})"
    if f.type == "textarea":
        return f"Long Text Area({f.length})" if f.long_text else f"Text Area({f.length})"
    word = _WORDS.get(f.type, f.type)
    if f.type in _SIZED:
        return f"{word}({f.length})"
    if f.type in _NUMBERS:
        return f"{word}({f.precision - f.scale}, {f.scale})"
    return f"{word}({f.digits}, 0)" if f.type == "int" else word


def _recently_viewed(known: Mapping[str, SObject], view: SObject) -> str:
    """The SQL of the view: one part for each object whose records people look at. `_user` is whose look it was."""
    parts = []
    for made in known.values():
        title = made.name_of()
        if title is None or not ("mruEnabled" in made.flags or made.custom):
            continue
        own = {"Id": 'r."Id"', "Name": f'r."{title.name}"', "Type": f"'{made.name}' COLLATE NOCASE"}
        own |= {"LastViewedDate": "v.at", "LastReferencedDate": "v.at"}
        cells = [own.get(f.name) or (f'r."{f.name}"' if made.get(f.name) else "NULL") for f in view.fields]
        named = ", ".join(f'{cell} AS "{f.name}"' for cell, f in zip(cells, view.fields, strict=True))
        live = ' AND r."IsDeleted" = 0' if made.get("IsDeleted") else ""
        parts.append(
            f'SELECT v.rowid AS rowid, {named}, v.user AS "_user" FROM main._viewed v '
            f'JOIN main."{made.name}" r ON r."Id" = v.id WHERE v.sobject = \'{made.name}\'{live}'
        )
    return f'CREATE TEMP VIEW "{view.name}" AS {" UNION ALL ".join(parts)}'
