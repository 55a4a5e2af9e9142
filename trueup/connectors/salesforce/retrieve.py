"""Reads records by id, now: two thousand a request, five requests a call, and what is gone by a second look into the
recycle bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import composite, soql
from trueup.connectors.salesforce import rows as rows_
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Query, Row
from trueup.connectors.salesforce.ids import is_id, to_18
from trueup.connectors.salesforce.reads import Reads
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.errors import PermissionDeniedError, RefusedError
from trueup.model.records import Record
from trueup.model.refs import Ref

A_REQUEST = 2000
"""Ids that collections retrieve takes in a request body (reference 8.1)."""


def get(client: Client, catalogue: Catalogue, system: str, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
    """One entry per asked ref; see `Connector.get`. Merged-away records come with `merged_into`."""
    found: dict[Ref, Record | None] = dict.fromkeys(refs)
    asked: dict[str, dict[str, list[Ref]]] = {}
    for ref in refs:
        if is_id(ref.id):
            asked.setdefault(ref.object, {}).setdefault(to_18(ref.id), []).append(ref)
    wanted = [
        (described := catalogue.describe(object_), list(by_id), rows_.natives(described))
        for object_, by_id in asked.items()
    ]
    for (described, _, _), rows in zip(wanted, rows_of_each(client, wanted), strict=True):
        page = rows_.to_page(described, list(rows.values()), catalogue, system, client.now())
        for record in page.records:
            for ref in asked[described.object].get(record.ref.id, ()):
                found[ref] = record
    return found


Wanted = tuple[Described, Sequence[str], Sequence[str]]
"""An object, ids of it, and the fields to read."""


def rows_by_id(client: Client, described: Described, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
    """Native rows by 18-character id; ids that are nowhere to be seen are left out."""
    return rows_of_each(client, [(described, ids, fields)])[0]


def rows_of_each(client: Client, wanted: Sequence[Wanted]) -> list[dict[str, Row]]:
    """The same for several objects at once, in as few calls as hold them."""
    rows = _retrieved(client, wanted)
    gone = [
        (described, [id_ for id_ in ids if id_ not in there], fields)
        for (described, ids, fields), there in zip(wanted, rows, strict=True)
    ]
    for there, more in zip(rows, _binned(client, gone), strict=True):
        there.update(more)
    return rows


def binned(client: Client, described: Described, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
    """Rows that only queryAll shows: deleted, merged away, archived."""
    return _binned(client, [(described, ids, fields)])[0]


def _retrieved(client: Client, wanted: Sequence[Wanted]) -> list[dict[str, Row]]:
    rows: list[dict[str, Row]] = [{} for _ in wanted]
    lots = [
        (
            place,
            f"composite/sobjects/{described.object}",
            {"ids": list(ids[at : at + A_REQUEST]), "fields": list(fields)},
        )
        for place, (described, ids, fields) in enumerate(wanted)
        for at in range(0, len(ids), A_REQUEST)
    ]
    for at in range(0, len(lots), composite.MOST_QUERIES):
        several = lots[at : at + composite.MOST_QUERIES]
        for (place, _, _), answer in zip(several, _ask(client, [(p, b) for _, p, b in several]), strict=True):
            # Matched by the id in the row, never by its place; null stands for what is missing or deleted.
            rows[place].update((to_18(row["Id"]), row) for row in answer or () if row)
    return rows


def _ask(client: Client, lots: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
    """The answers to several retrievals, in one call where there are several and the org takes it."""
    if len(lots) > 1:
        asks = [composite.Ask(f"r{k}", path, body=body) for k, (path, body) in enumerate(lots)]

        def judge(parts: Sequence[composite.Part]) -> None:
            for part in parts:
                if not part.good:
                    raise part.error(client.system)

        try:
            return [part.body for part in composite.ask(client, asks, judge)]
        except (RefusedError, PermissionDeniedError):
            pass  # each by itself meets what was wrong
    return [client.send("POST", path, Effect.READ, json=body) for path, body in lots]


def _binned(client: Client, wanted: Sequence[Wanted]) -> list[dict[str, Row]]:
    reads = Reads(client)
    queries: list[list[Query]] = []
    for described, ids, fields in wanted:
        lots = soql.in_lots(ids, sum(len(f) + 2 for f in fields) + 60) if described.has("IsDeleted") else ()
        queries.append(
            [
                Query(described.object, fields, where=[f"Id IN {soql.id_list(lot)}"], order=("Id",), expected=len(lot))
                for lot in lots
            ]
        )
        reads.expect(*queries[-1])
    return [
        {to_18(row["Id"]): row for query in mine for page in reads.pages(query) for row in page} for mine in queries
    ]
