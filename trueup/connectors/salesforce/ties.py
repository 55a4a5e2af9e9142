"""Objects that tie records together or tell their stages' dates: contact roles, campaign members, histories."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from trueup.connectors.kit.values import parse_datetime
from trueup.connectors.salesforce import soql
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Cursor, Mark, Row, count
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.rows import stamp
from trueup.connectors.salesforce.schema import Described
from trueup.model.records import Association, HighWater, Page, PullSummary, StageEvent, StageSource
from trueup.model.refs import Ref


def pull(
    client: Client, system: str, described: Described, since: HighWater | None
) -> Generator[Page, None, PullSummary]:
    """Pull one tie object; histories give stage events, the others associations."""
    if described.object == "LeadHistory":
        return (yield from _history(client, described, since, _LEAD, lambda rows: _lead_events(rows, system)))
    if described.object == "OpportunityHistory":
        return (yield from _history(client, described, since, _DEAL, lambda rows: _deal_events(rows, system)))
    return (yield from _associations(client, system, described, since))


# -- associations ------------------------------------------------------------------------------------------------------


def _associations(
    client: Client, system: str, described: Described, since: HighWater | None
) -> Generator[Page, None, PullSummary]:
    role = described.object == "OpportunityContactRole"
    wanted = (
        ("Id", "OpportunityId", "ContactId", "Role", "IsDeleted", "SystemModstamp")
        if role
        else ("Id", "CampaignId", "LeadId", "ContactId", "Status", "IsDeleted", "SystemModstamp")
    )
    fields = [name for name in wanted if described.has(name)]
    where = [_since("SystemModstamp", client, since)] if since else []
    cursor = Cursor(client, described.object, fields, where=where)
    live: set[str] = set()
    mark, read = Mark(client, since), 0
    for page in cursor.pages():
        read += len(page)
        mark.see(row["SystemModstamp"] for row in page)
        live.update(row["Id"] for row in page if not row["IsDeleted"])
        yield Page(associations=tuple(_tie(row, system, role) for row in page if _whole(row, role)))
    mark.begin()
    expected = cursor.total
    complete, seen = cursor.whole, read
    if since is None:
        expected = count(client, described.object, ["IsDeleted = false"], deleted=True)
        seen, complete = len(live), expected == len(live)
    notes = () if complete else (f"{described.object}: {seen:,} were read, but Salesforce counts {expected:,}.",)
    return PullSummary(
        high_water=mark.high_water,
        complete=complete,
        full=since is None,
        seen=seen,
        expected=expected,
        notes=notes,
    )


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

_LEAD = ("LeadId", ("Id", "LeadId", "OldValue", "NewValue", "CreatedDate", "Lead.CreatedDate"), "Field = 'Status'")
_DEAL = ("OpportunityId", ("Id", "OpportunityId", "StageName", "CreatedDate"), "")


def _history(
    client: Client,
    described: Described,
    since: HighWater | None,
    shape: tuple[str, tuple[str, ...], str],
    events: Callable[[Sequence[Row]], Iterable[StageEvent]],
) -> Generator[Page, None, PullSummary]:
    """Rows in order within their record, since a row's meaning depends on the one before it.

    An incremental pull therefore finds out whose history grew, and reads those histories whole: a first change tells
    what the stage was before, and a row of an opportunity may repeat the stage because only the amount moved.
    """
    parent, fields, only = shape
    order = (parent, "CreatedDate", "Id")
    notes: tuple[str, ...] = ()
    mark, read, expected, whole = Mark(client, since), 0, 0, True

    def everything() -> Iterator[list[Row]]:
        nonlocal expected, whole
        if since is None:
            wheres = [[only]]
        else:
            grown = _grown(client, described, parent, only, since)
            lots = soql.in_lots(grown, sum(len(f) + 2 for f in fields) + 120)
            wheres = [[only, f"{parent} IN {soql.id_list(lot)}"] for lot in lots]
        for where in wheres:
            cursor = Cursor(client, described.object, fields, where=where, order=order)
            yield from cursor.pages()
            expected += cursor.total or 0
            whole = whole and cursor.whole

    carried: list[Row] = []
    for page in everything():
        read += len(page)
        mark.see(row["CreatedDate"] for row in page)
        # The last record of a page may go on in the next one.
        rows = carried + page
        last = rows[-1][parent]
        carried = [row for row in rows if row[parent] == last]
        ready = rows[: len(rows) - len(carried)]
        yield Page(stage_events=tuple(events(ready)))
    yield Page(stage_events=tuple(events(carried)))
    mark.begin()
    if not whole:
        notes += (f"{described.object}: {read:,} rows were read of {expected:,} announced.",)
    if since is None and read == 0 and described.object == "LeadHistory":
        notes += ("LeadHistory is empty: switch on field history tracking for Lead Status to get stage dates.",)
    return PullSummary(
        high_water=mark.high_water,
        complete=whole,
        full=since is None,
        seen=read,
        expected=expected,
        notes=notes,
    )


def _grown(client: Client, described: Described, parent: str, only: str, since: HighWater) -> list[str]:
    """Records whose history has rows since the mark, sorted."""
    where = [w for w in (only, _since("CreatedDate", client, since)) if w]
    cursor = Cursor(client, described.object, ("Id", parent, "CreatedDate"), where=where, order=("CreatedDate", "Id"))
    return sorted({row[parent] for page in cursor.pages() for row in page})


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


def _since(field: str, client: Client, since: HighWater) -> str:
    return f"{field} >= {soql.moment(parse_datetime(since.mark) - timedelta(seconds=client.options.overlap_s))}"
