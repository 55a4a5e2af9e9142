"""From HubSpot's rows to a page: records, who lives on in them, their ties, and the stages they have entered."""

from __future__ import annotations

from collections.abc import Sequence

from trueup.connectors.hubspot import records
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.schema import Properties
from trueup.connectors.hubspot.ties import Ties
from trueup.model.records import Page


def page(client: Client, properties: Properties, rows: Sequence[Json], ties: Ties) -> Page:
    """One page of records of one object, with whatever `ties` hold."""
    system, object_, now = client.system, properties.object, client.now()
    made = [records.record(system, properties, row, now, ties.company.get(str(row["id"]))) for row in rows]
    made += [gone for row in rows for gone in records.merged_away(system, object_, row)]
    events = tuple(event for row in rows for event in records.stamps(system, properties, row))
    return Page(tuple(made), tuple(ties.associations), events, tuple(ties.replaces))
