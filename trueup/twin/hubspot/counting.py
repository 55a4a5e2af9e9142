"""Counts what loaded records are tied to, all of an account in one go; later writes keep the counts by themselves.

A count that a record brought stays, and where there is nothing to count nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Collection

from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.pipelines import is_closed
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType, Types

COUNTED = ("contacts", "companies", "deals", "tickets")
"""The types of record whose ties are counted."""

CONTACTED = frozenset({"calls", "emails", "meetings", "communications"})
"""The activities by which somebody was in touch."""

_SUMS = {
    "num_associated_contacts": "contacts",
    "num_associated_deals": "deals",
    "hs_num_open_deals": "open",
    "num_notes": "notes",
    "num_contacted_notes": "touches",
}


def fill(store: Store, types: Types, catalogue: Catalogue, now: int) -> None:
    """Writes the counts into the loaded rows, without history and without moving a stamp."""
    running = [
        str(stage["id"])
        for pipeline in catalogue.pipelines.all("deals")
        for stage in pipeline["stages"]
        if not is_closed(stage)
    ]
    for name in COUNTED:
        object_type = types.resolve(name)
        sums = {prop: column for prop, column in _SUMS.items() if catalogue.get(name, prop) is not None}
        if name != "companies":
            sums.pop("hs_num_open_deals", None)
        others = [t for t in types if t.engagement or t.name in {"contacts", "deals"}]
        parts = [_ties(object_type, other, running, now) for other in others]
        new = ", ".join(
            f"'{prop}', coalesce(json_extract(props, '$.{prop}'), CAST(nullif(n.{column}, 0) AS TEXT))"
            for prop, column in sums.items()
        )
        store.db.execute(
            f"UPDATE {object_type.table} SET props = json_patch(props, json_object({new})) FROM"
            " (SELECT from_id, sum(contacts) AS contacts, sum(deals) AS deals, sum(open) AS open, sum(notes) AS notes,"
            f" sum(touches) AS touches FROM ({' UNION ALL '.join(parts)}) GROUP BY from_id) AS n"
            f" WHERE {object_type.table}.id = n.from_id"
        )


def _ties(a: ObjectType, b: ObjectType, running: Collection[str], now: int) -> str:
    """One row for each live record of a type that a record is tied to, saying what it counts as."""
    stages = ", ".join("'" + stage.replace("'", "''") + "'" for stage in running) or "''"
    is_open = f"json_extract(r.props, '$.dealstage') IN ({stages})" if b.name == "deals" else "0"
    touches = f"coalesce(json_extract(r.props, '$.hs_timestamp') <= '{iso(now)}', 0)" if b.name in CONTACTED else "0"
    return (
        f"SELECT t.from_id, {int(b.name == 'contacts')} AS contacts, {int(b.name == 'deals')} AS deals,"
        f" {is_open} AS open, {int(b.engagement)} AS notes, {touches} AS touches"
        f" FROM (SELECT DISTINCT from_id, to_id FROM association WHERE from_type = {a.number} AND to_type = {b.number})"
        f" AS t JOIN {b.table} r ON r.id = t.to_id AND NOT r.archived"
    )
