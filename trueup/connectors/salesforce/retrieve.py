"""Reads records by id, now: two thousand a call, and what is gone by a second look into the recycle bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import rows as rows_
from trueup.connectors.salesforce import soql
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Row
from trueup.connectors.salesforce.ids import is_id, to_18
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.model.records import Record
from trueup.model.refs import Ref

A_CALL = 2000
"""Ids that collections retrieve takes in a request body (reference 8.1)."""


def get(client: Client, catalogue: Catalogue, system: str, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
    """One entry per asked ref; see `Connector.get`. Merged-away records come with `merged_into`."""
    found: dict[Ref, Record | None] = dict.fromkeys(refs)
    asked: dict[str, dict[str, list[Ref]]] = {}
    for ref in refs:
        if is_id(ref.id):
            asked.setdefault(ref.object, {}).setdefault(to_18(ref.id), []).append(ref)
    for object_, by_id in asked.items():
        described = catalogue.describe(object_)
        rows = rows_by_id(client, described, list(by_id), rows_.natives(described))
        page = rows_.to_page(described, list(rows.values()), catalogue, system, client.now())
        for record in page.records:
            for ref in by_id.get(record.ref.id, ()):
                found[ref] = record
    return found


def rows_by_id(client: Client, described: Described, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
    """Native rows by 18-character id; ids that are nowhere to be seen are left out."""
    rows: dict[str, Row] = {}
    for start in range(0, len(ids), A_CALL):
        lot = ids[start : start + A_CALL]
        answer = client.send(
            "POST",
            f"composite/sobjects/{described.object}",
            Effect.READ,
            json={"ids": list(lot), "fields": list(fields)},
        )
        # Matched by the id in the row, never by its place; null stands for what is missing or deleted.
        rows.update((to_18(row["Id"]), row) for row in answer or () if row)
    gone = [id_ for id_ in ids if id_ not in rows]
    if gone and described.has("IsDeleted"):
        rows.update(binned(client, described, gone, fields))
    return rows


def binned(client: Client, described: Described, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
    """Rows that only queryAll shows: deleted, merged away, archived."""
    rows: dict[str, Row] = {}
    for lot in soql.in_lots(ids, sum(len(f) + 2 for f in fields) + 60):
        query = soql.select(fields, described.object, where=[f"Id IN {soql.id_list(lot)}"])
        answer = client.get("queryAll/", {"q": query})
        while True:
            rows.update((to_18(row["Id"]), row) for row in answer["records"])
            if answer.get("done", True):
                break
            url = answer["nextRecordsUrl"]
            answer = client.call(lambda sf, url=url: sf.query_more(url, identifier_is_url=True))  # type: ignore[misc]
    return rows
