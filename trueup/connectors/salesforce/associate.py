"""Ties between records: contact roles of an opportunity, members of a campaign, and lookups on the record itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import collections, soql
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.collections import Item
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.receipts import done, not_done
from trueup.connectors.salesforce.retrieve import rows_by_id
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.errors import RemoteError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt

LOOKUPS: Mapping[tuple[str, str], str] = {
    ("Task", "activity_person"): "WhoId",
    ("Task", "activity_company"): "WhatId",
    ("Task", "activity_deal"): "WhatId",
    ("Event", "activity_person"): "WhoId",
    ("Event", "activity_company"): "WhatId",
    ("Event", "activity_deal"): "WhatId",
    ("Contact", "person_company"): "AccountId",
    ("Opportunity", "deal_company"): "AccountId",
}
"""Associations that are a field of the record: (object, type) → field."""


@dataclass(frozen=True, slots=True)
class Junction:
    """An association that is a record of its own."""

    object: str
    source: str
    targets: Mapping[str, str]
    label: str


JUNCTIONS: Mapping[tuple[str, str], Junction] = {
    ("Opportunity", "deal_person"): Junction(
        "OpportunityContactRole", "OpportunityId", {"Contact": "ContactId"}, "Role"
    ),
    ("Campaign", "campaign_person"): Junction(
        "CampaignMember", "CampaignId", {"Contact": "ContactId", "Lead": "LeadId"}, "Status"
    ),
}


def associate(client: Client, catalogue: Catalogue, described: Described, changes: Sequence[Change]) -> list[Receipt]:
    """Tie records; one receipt per change, and "already" for a tie that is there."""
    return _each_way(client, catalogue, described, changes, tie=True)


def dissociate(client: Client, catalogue: Catalogue, described: Described, changes: Sequence[Change]) -> list[Receipt]:
    """Undo ties; a lookup that meanwhile names another record is left alone and counts as already undone."""
    return _each_way(client, catalogue, described, changes, tie=False)


def _each_way(
    client: Client, catalogue: Catalogue, described: Described, changes: Sequence[Change], *, tie: bool
) -> list[Receipt]:
    receipts: list[Receipt] = []
    lookups: dict[str, list[Change]] = {}
    junctions: dict[str, list[Change]] = {}
    for change in changes:
        key = (described.object, change.field)
        if key in LOOKUPS:
            lookups.setdefault(LOOKUPS[key], []).append(change)
        elif key in JUNCTIONS and change.others[0].object in JUNCTIONS[key].targets:
            junctions.setdefault(change.field, []).append(change)
        else:
            text = f"{described.object} has no {change.field} with {change.others[0].object}."
            receipts.append(not_done(change, Outcome.REFUSED, "NOT_WRITABLE", text))
    for field, group in lookups.items():
        receipts += _by_lookup(client, described, field, group, tie=tie)
    for type_, group in junctions.items():
        junction = JUNCTIONS[described.object, type_]
        receipts += _by_junction(client, catalogue, junction, group, tie=tie)
    return receipts


def _by_lookup(
    client: Client, described: Described, field: str, changes: Sequence[Change], *, tie: bool
) -> list[Receipt]:
    """Look first: the present value decides between "already", "moved meanwhile" and writing."""
    receipts: list[Receipt] = []
    try:
        now = rows_by_id(client, described, sorted({to_18(c.target.id) for c in changes}), ("Id", field))
    except RemoteError as error:
        return [not_done(c, Outcome.FAILED, error.code, error.message) for c in changes]
    items = []
    for change in changes:
        id_, other = to_18(change.target.id), to_18(change.others[0].id)
        row = now.get(id_)
        if row is None:
            receipts.append(not_done(change, Outcome.STALE, "NOT_FOUND", "The record is gone; pull and plan again."))
            continue
        held = to_18(row[field]) if row[field] else ""
        if (held == other) is tie:
            receipts.append(done(change, change.target, Outcome.ALREADY))
            continue
        if not tie and held != other:
            receipts.append(done(change, change.target, Outcome.ALREADY))
            continue
        body = {"attributes": {"type": described.object}, "Id": id_, field: other if tie else None}
        items.append(Item((change,), body, id_))
    answered = collections.send(client, "PATCH", "composite/sobjects", items, Effect.REPEATABLE)
    receipts += answered.receipts
    for item, answer in answered.answers:
        receipts += collections.outcome(item, answer)
    return receipts


def _by_junction(
    client: Client, catalogue: Catalogue, junction: Junction, changes: Sequence[Change], *, tie: bool
) -> list[Receipt]:
    described = catalogue.describe(junction.object)
    try:
        there = _existing(client, described, junction, changes)
    except RemoteError as error:
        return [not_done(c, Outcome.FAILED, error.code, error.message) for c in changes]
    receipts: list[Receipt] = []
    make, relabel, drop = [], [], []
    for change in changes:
        source, target = to_18(change.target.id), to_18(change.others[0].id)
        rows = there.get((source, target), [])
        label = change.after or None
        if not tie:
            if not rows:
                receipts.append(done(change, change.target, Outcome.ALREADY))
            # Several roles of one contact are several records; the tie is gone when all are.
            drop += [Item((change,), {}, to_18(row["Id"])) for row in rows]
        elif not rows:
            body: dict[str, Any] = {"attributes": {"type": junction.object}, junction.source: source}
            body[junction.targets[change.others[0].object]] = target
            make.append(Item((change,), body | ({junction.label: label} if label else {})))
        elif label is None or any(row.get(junction.label) == label for row in rows):
            receipts.append(done(change, change.target, Outcome.ALREADY))
        else:
            id_ = to_18(rows[0]["Id"])
            relabel.append(
                Item((change,), {"attributes": {"type": junction.object}, "Id": id_, junction.label: label}, id_)
            )
    # A tie has no key of its own, so one whose answer is lost is not sent twice.
    receipts += _sent(client, "POST", make, Effect.ONCE)
    receipts += _sent(client, "PATCH", relabel, Effect.REPEATABLE)
    receipts += _sent(client, "DELETE", drop, Effect.REPEATABLE)
    return receipts


def _sent(client: Client, method: str, items: Sequence[Item], effect: Effect) -> list[Receipt]:
    if not items:
        return []
    answered = collections.send(client, method, "composite/sobjects", items, effect, by_url=method == "DELETE")
    receipts = list(answered.receipts)
    for item, answer in answered.answers:
        receipts += collections.outcome(item, answer, already={"ENTITY_IS_DELETED": "It was undone already."})
    # A change that needed several records has one receipt: its worst.
    by_change: dict[str, Receipt] = {}
    for receipt in receipts:
        known = by_change.get(receipt.change_id)
        if known is None or _WORSE.index(receipt.outcome) > _WORSE.index(known.outcome):
            by_change[receipt.change_id] = receipt
    return list(by_change.values())


_WORSE = (
    Outcome.SKIPPED,
    Outcome.ALREADY,
    Outcome.APPLIED,
    Outcome.STALE,
    Outcome.REFUSED,
    Outcome.FAILED,
    Outcome.UNKNOWN,
)


def _existing(
    client: Client, described: Described, junction: Junction, changes: Sequence[Change]
) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Present junction records by (source, target), read from the records themselves."""
    fields = [
        name for name in ("Id", junction.source, *junction.targets.values(), junction.label) if described.has(name)
    ]
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for lot in soql.in_lots(sorted({to_18(c.target.id) for c in changes}), 200):
        query = soql.select(fields, junction.object, where=[f"{junction.source} IN {soql.id_list(lot)}"], order=("Id",))
        answer = client.get("query/", {"q": query})
        while True:
            for row in answer["records"]:
                for name in junction.targets.values():
                    if row.get(name):
                        found.setdefault((to_18(row[junction.source]), to_18(row[name])), []).append(row)
            if answer.get("done", True):
                break
            url = answer["nextRecordsUrl"]
            answer = client.call(lambda sf, url=url: sf.query_more(url, identifier_is_url=True))  # type: ignore[misc]
    return found
