"""Objects that tie records together or tell their stages' dates: contact roles, campaign members, histories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from trueup.connectors.salesforce.cursor import Row
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.rows import stamp
from trueup.model.records import Association, Page, StageEvent, StageSource
from trueup.model.refs import Ref


@dataclass(frozen=True, slots=True)
class Shape:
    """Which fields of a tie are read; of a history also whose it is, and which of its rows count."""

    fields: tuple[str, ...]
    parent: str = ""
    only: str = ""


HISTORIES: Mapping[str, Shape] = {
    "LeadHistory": Shape(
        ("Id", "LeadId", "OldValue", "NewValue", "CreatedDate", "Lead.CreatedDate"), "LeadId", "Field = 'Status'"
    ),
    "OpportunityHistory": Shape(("Id", "OpportunityId", "StageName", "CreatedDate"), "OpportunityId"),
}
"""Rows in order within their record, since a row's meaning depends on the one before it."""

SHAPES: Mapping[str, Shape] = {
    "OpportunityContactRole": Shape(("Id", "OpportunityId", "ContactId", "Role", "IsDeleted", "SystemModstamp")),
    "CampaignMember": Shape(("Id", "CampaignId", "LeadId", "ContactId", "Status", "IsDeleted", "SystemModstamp")),
    **HISTORIES,
}

HISTORY_OF: Mapping[str, str] = {"Lead": "LeadHistory", "Opportunity": "OpportunityHistory"}

COSTS: Mapping[str, str] = {
    "LeadHistory": (
        "since when a lead has its status is known only from the pulls themselves, so that ages of stages and response "
        "times begin with the first pull. Switch on field history tracking for Lead Status."
    ),
    "OpportunityHistory": (
        "since when a deal is in its stage is known only from the pulls themselves, so that ages of stages begin with "
        "the first pull. Give the user's profile read access to opportunities and their history."
    ),
}
"""What it costs that there is no history, or none of its rows."""


@dataclass(slots=True)
class Read:
    """The rows of one tie on their way to associations or stage events."""

    object: str
    system: str
    rows: int = 0
    live: set[str] = field(default_factory=set)
    _carried: list[Row] = field(default_factory=list)

    def take(self, page: list[Row], *, ordered: bool) -> Iterator[Page]:
        """A page of rows. Those of a history are kept back until the record's last one has come."""
        self.rows += len(page)
        history = HISTORIES.get(self.object)
        if history is None:
            self.live.update(row["Id"] for row in page if not row["IsDeleted"])
            self.live.difference_update(row["Id"] for row in page if row["IsDeleted"])
            yield Page(associations=tuple(_associations(page, self.system, self.object)))
            return
        self._carried += page
        if not ordered:
            return
        # The last record of a page may go on in the next one.
        last = self._carried[-1][history.parent]
        ready = [row for row in self._carried if row[history.parent] != last]
        self._carried = self._carried[len(ready) :]
        yield Page(stage_events=tuple(_EVENTS[self.object](ready, self.system)))

    def end(self) -> Iterator[Page]:
        """What was kept back; a job's rows come in no order, so it is made here."""
        history = HISTORIES.get(self.object)
        if history is None:
            return
        rows = sorted(self._carried, key=lambda row: (row[history.parent], row["CreatedDate"], row["Id"]))
        yield Page(stage_events=tuple(_EVENTS[self.object](rows, self.system)))
        self._carried = []


# -- associations ------------------------------------------------------------------------------------------------------


def _associations(page: Sequence[Row], system: str, object_: str) -> Iterator[Association]:
    role = object_ == "OpportunityContactRole"
    return (_tie(row, system, role) for row in page if _whole(row, role))


def _whole(row: Row, role: bool) -> bool:
    if role:
        return bool(row.get("OpportunityId") and row.get("ContactId"))
    return bool(row.get("CampaignId") and (row.get("LeadId") or row.get("ContactId")))


def _tie(row: Row, system: str, role: bool) -> Association:
    if role:
        source, target = Ref(system, "Opportunity", row["OpportunityId"]), Ref(system, "Contact", row["ContactId"])
        type_, label = "deal_person", row.get("Role") or ""
    else:
        # A converted lead's membership names both; it is the contact's now.
        contact, lead = row.get("ContactId"), row.get("LeadId")
        target = Ref(system, "Contact", contact) if contact else Ref(system, "Lead", str(lead))
        source = Ref(system, "Campaign", row["CampaignId"])
        type_, label = "campaign_person", row.get("Status") or ""
    return Association(type_, source, target, label, row["Id"], bool(row["IsDeleted"]))


# -- stage events ------------------------------------------------------------------------------------------------------


def _lead_events(rows: Sequence[Row], system: str) -> Iterator[StageEvent]:
    """Each change of status, and what the status was from the lead's creation to its first change."""
    for lead, changes in groupby(rows, key=itemgetter("LeadId")):
        ref = Ref(system, "Lead", to_18(lead))
        first = True
        for row in changes:
            if first:
                born = (row.get("Lead") or {}).get("CreatedDate")
                if row.get("OldValue") and (at := stamp(born)):
                    yield StageEvent(ref, "lifecycle_stage", row["OldValue"], at, StageSource.HISTORY)
                first = False
            if row.get("NewValue") and (at := stamp(row["CreatedDate"])):
                yield StageEvent(ref, "lifecycle_stage", row["NewValue"], at, StageSource.HISTORY)


def _deal_events(rows: Sequence[Row], system: str) -> Iterator[StageEvent]:
    """Rows hold the values after a change of anything; a stage is entered where it differs from the row before."""
    for deal, changes in groupby(rows, key=itemgetter("OpportunityId")):
        ref = Ref(system, "Opportunity", to_18(deal))
        before = None
        for row in changes:
            stage = row.get("StageName")
            if stage and stage != before and (at := stamp(row["CreatedDate"])):
                yield StageEvent(ref, "stage", stage, at, StageSource.HISTORY)
            before = stage


_EVENTS: Mapping[str, Callable[[Sequence[Row], str], Iterable[StageEvent]]] = {
    "LeadHistory": _lead_events,
    "OpportunityHistory": _deal_events,
}
