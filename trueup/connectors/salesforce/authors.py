"""Who wrote a field: field history where it is tracked, else whoever changed the record last (reference 11.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from trueup.connectors.kit.fieldmap import MappedField
from trueup.connectors.salesforce import soql
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Row
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.rows import stamp
from trueup.connectors.salesforce.schema import Catalogue
from trueup.model.authorship import Wrote
from trueup.model.refs import Ref

HISTORIES: Mapping[str, tuple[str, str]] = {
    "Lead": ("LeadHistory", "LeadId"),
    "Contact": ("ContactHistory", "ContactId"),
    "Account": ("AccountHistory", "AccountId"),
    "Opportunity": ("OpportunityFieldHistory", "OpportunityId"),
}
_SPACE = 200
"""What a query takes beside its ids."""


def wrote(client: Client, catalogue: Catalogue, system: str, cells: Sequence[tuple[Ref, str]]) -> list[Wrote]:
    """The tracked changes, newest first; of what is not tracked, the record's last change."""
    asked: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for ref, field in cells:
        asked[ref.object][to_18(ref.id)].add(field)
    found: list[Wrote] = []
    for object_, by_id in sorted(asked.items()):
        map_ = catalogue.describe(object_).map
        mapped = map_.by_canonical if map_ else {}
        fields = {mapped[name].native: name for names in by_id.values() for name in names if name in mapped}
        told = [] if object_ not in HISTORIES else _history(client, catalogue, object_, by_id, fields)
        tracked = (one for row in told for one in _tracked(system, object_, row, fields, mapped))
        exact = [one for one in tracked if one.field in by_id[one.ref.id]]
        known = {(w.ref.id, w.field) for w in exact}
        silent = sorted({id_ for id_, names in by_id.items() if any((id_, name) not in known for name in names)})
        found += exact
        for row in _last(client, object_, silent):
            ref = Ref(system, object_, to_18(row["Id"]))
            found += (
                Wrote(ref, name, _who(row, "LastModifiedBy"), stamp(row["LastModifiedDate"]), exact=False)
                for name in sorted(by_id[ref.id])
                if (ref.id, name) not in known
            )
    return found


def _history(
    client: Client,
    catalogue: Catalogue,
    object_: str,
    by_id: Mapping[str, object],
    fields: Mapping[str, str],
) -> list[Row]:
    table, parent = HISTORIES[object_]
    if table not in catalogue.names() or not fields:
        return []
    names = ", ".join(f"'{name}'" for name in sorted(fields))
    columns = (parent, "Field", "NewValue", "CreatedDate", "CreatedBy.Name", "CreatedById")
    rows: list[Row] = []
    for lot in soql.in_lots(sorted(by_id), _SPACE + len(names)):
        where = [f"{parent} IN {soql.id_list(lot)}", f"Field IN ({names})"]
        rows += _rows(client, soql.select(columns, table, where=where))
    return sorted(rows, key=lambda row: str(row["CreatedDate"]), reverse=True)


def _last(client: Client, object_: str, ids: Sequence[str]) -> list[Row]:
    columns = ("Id", "LastModifiedDate", "LastModifiedBy.Name", "LastModifiedById")
    rows: list[Row] = []
    for lot in soql.in_lots(ids, _SPACE):
        rows += _rows(client, soql.select(columns, object_, where=[f"Id IN {soql.id_list(lot)}"]))
    return rows


def _rows(client: Client, query: str) -> list[Row]:
    answer = client.get("query/", {"q": query})
    rows = list(answer["records"])
    while not answer.get("done", True):
        url = answer["nextRecordsUrl"]
        answer = client.call(lambda sf, url=url: sf.query_more(url, identifier_is_url=True))  # type: ignore[misc]
        rows += answer["records"]
    return rows


def _tracked(
    system: str, object_: str, row: Row, fields: Mapping[str, str], mapped: Mapping[str, MappedField]
) -> list[Wrote]:
    name = fields.get(str(row["Field"]))
    if name is None:
        return []
    ref = Ref(system, object_, to_18(row[HISTORIES[object_][1]]))
    value = mapped[name].to_canonical(row.get("NewValue"))
    return [Wrote(ref, name, _who(row, "CreatedBy"), stamp(row["CreatedDate"]), value)]


def _who(row: Row, relation: str) -> str:
    name, id_ = str((row.get(relation) or {}).get("Name") or ""), str(row.get(f"{relation}Id") or "")
    return f"{name} ({id_})" if name else id_
