"""Merge, lead conversion and undelete, which only SOAP has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import errors, soap
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.ids import to_18
from trueup.connectors.salesforce.receipts import ItemError, all_failed, done, not_done, refused, unreadable
from trueup.connectors.salesforce.retrieve import binned, rows_by_id
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.errors import CredentialsError, LimitError, RemoteError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref

MERGES_A_CALL, CONVERSIONS_A_CALL, RESTORES_A_CALL = 200, 100, 200
_LOSERS = 2
"""A merge takes at most two losers; more go in successive merges (reference 10.1)."""


class ToNative(Protocol):
    """Canonical values as native ones; raises ValueError for what cannot be written."""

    def __call__(self, described: Described, values: Mapping[str, str | None], *, create: bool) -> dict[str, Any]: ...


def _call(
    client: Client, envelope: soap.Envelope, action: str, effect: Effect, changes: Sequence[Change], *, first: bool
) -> tuple[tuple[soap.SoapResult, ...], list[Receipt]]:
    """Results, one per change; or receipts where the call as a whole gave none."""
    try:
        found = soap.results(client.soap(envelope, action, effect))
    except RemoteError as error:
        if first and isinstance(error, CredentialsError | LimitError):
            # Nothing was written and nothing will be: the caller need not try the rest of its plan here.
            raise
        return (), all_failed(changes, error)
    except soap.SoapFault as fault:
        content = [{"errorCode": fault.code, "message": fault.message}]
        refusal = errors.from_answer(500, content, system=client.system, headers={})
        assert isinstance(refusal, RemoteError)
        return (), all_failed(changes, refusal)
    except ValueError:
        return (), unreadable(changes, "Salesforce's answer was cut off.")
    if len(found) != len(changes):
        return (), unreadable(changes, "Salesforce's answer does not have one result per record.")
    return found, []


def _error(result: soap.SoapResult) -> ItemError:
    first = result.errors[0] if result.errors else soap.SoapError("UNKNOWN", "")
    return ItemError(first.code, "; ".join(e.message for e in result.errors), first.fields)


# -- merge -------------------------------------------------------------------------------------------------------------


def merge(client: Client, described: Described, changes: Sequence[Change], to_native: ToNative) -> list[Receipt]:
    """Merge losers into survivors, two at a time; the survivor's new values go with its first merge.

    A merge is not repeated blindly: the repeat of one that arrived is refused with ENTITY_IS_DELETED, which looks like
    a record that somebody else deleted. So that error is followed by a look at where the losers went.
    """
    receipts: list[Receipt] = []
    waiting: list[tuple[Change, list[str], dict[str, Any]]] = []
    before: dict[str, int] = {}
    for change in changes:
        try:
            values = to_native(described, change.values, create=False)
        except ValueError as error:
            receipts.append(not_done(change, Outcome.REFUSED, "NOT_WRITABLE", str(error)))
            continue
        waiting.append((change, [to_18(r.id) for r in change.others], values))
    while waiting:
        lot, waiting = waiting[:MERGES_A_CALL], waiting[MERGES_A_CALL:]
        requests = [
            soap.MergeRequest(described.object, to_18(change.target.id), losers[:_LOSERS], values)
            for change, losers, values in lot
        ]
        results, failed = _call(
            client,
            soap.merge(requests),
            "merge",
            Effect.ONCE,
            [c for c, _, _ in lot],
            first=not receipts and not before,
        )
        receipts += failed
        for (change, losers, _), result in zip(lot, results, strict=False):
            if not result.success:
                receipts.append(_merge_refused(client, described, change, _error(result), before.get(change.id, 0)))
            elif to_18(result.values.get("id", "")) != to_18(change.target.id):
                receipts += unreadable([change], "Salesforce named another survivor.")
            elif len(losers) > _LOSERS:
                before[change.id] = before.get(change.id, 0) + _LOSERS
                waiting.append((change, losers[_LOSERS:], {}))
            else:
                receipts.append(done(change, change.target))
    return receipts


def _merge_refused(client: Client, described: Described, change: Change, error: ItemError, merged: int) -> Receipt:
    if merged:
        error = ItemError(error.code, f"The first {merged} were merged, the next were not: {error.message}")
    if error.code not in ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"):
        return refused(change, error)
    losers = [to_18(r.id) for r in change.others]
    try:
        rows = binned(client, described, losers, ("Id", "IsDeleted", "MasterRecordId"))
    except RemoteError as looked:
        (receipt,) = all_failed([change], looked)
        return not_done(change, Outcome.UNKNOWN, receipt.code, receipt.message)
    into = {to_18(row.get("MasterRecordId") or "") for row in rows.values()}
    if len(rows) == len(losers) and into == {to_18(change.target.id)}:
        return done(change, change.target, Outcome.ALREADY, "They were merged already.")
    return refused(change, error)


# -- convert -----------------------------------------------------------------------------------------------------------

_INTO = {
    "converted_company_id": ("Account", "accountId"),
    "converted_person_id": ("Contact", "contactId"),
    "converted_deal_id": ("Opportunity", "opportunityId"),
}


def convert(client: Client, catalogue: Catalogue, system: str, changes: Sequence[Change]) -> list[Receipt]:
    """Convert leads.

    `values` says into what, in the words of the lead's own fields: `converted_person_id`, `converted_company_id`,
    `converted_deal_id` (`Contact/003…`; refs in `others` mean the same). A deal is made only when `converted_deal_id`
    is given as None; `lifecycle_stage` is the converted status, else the org's first one; `owner_id` the new records'
    owner, which a lead owned by a queue needs.
    """
    receipts: list[Receipt] = []
    default = ""
    for start in range(0, len(changes), CONVERSIONS_A_CALL):
        lot = list(changes[start : start + CONVERSIONS_A_CALL])
        try:
            if not default and any(not c.values.get("lifecycle_stage") for c in lot):
                default = _converted_status(client)
            accounts = _accounts_of_contacts(client, catalogue, lot)
        except RemoteError as error:
            # Only reads so far: nothing has happened.
            receipts += [not_done(c, Outcome.FAILED, error.code, error.message) for c in lot]
            continue
        asked = [_conversion(change, default, accounts) for change in lot]
        results, failed = _call(client, soap.convert_lead(asked), "convertLead", Effect.ONCE, lot, first=not receipts)
        receipts += failed
        for change, result in zip(lot, results, strict=False):
            receipts.append(_converted(system, change, result))
    return receipts


def _into(change: Change) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, (object_, element) in _INTO.items():
        named = [str(change.values.get(field) or "")] + [f"{r.object}/{r.id}" for r in change.others]
        id_ = next((text.partition("/")[2] for text in named if text.startswith(f"{object_}/")), "")
        if id_:
            found[element] = to_18(id_)
    return found


def _conversion(change: Change, default: str, accounts: Mapping[str, str]) -> dict[str, object]:
    into = _into(change)
    if "contactId" in into and "accountId" not in into:
        # A contact may be named only together with its account (reference 10.2).
        into["accountId"] = accounts.get(into["contactId"], "")
    opens_deal = "converted_deal_id" in change.values and "opportunityId" not in into
    owner = str(change.values.get("owner_id") or "").partition("/")[2]
    return {
        "accountId": into.get("accountId") or None,
        "contactId": into.get("contactId"),
        "convertedStatus": change.values.get("lifecycle_stage") or default,
        "doNotCreateOpportunity": "opportunityId" not in into and not opens_deal,
        "leadId": to_18(change.target.id),
        "opportunityId": into.get("opportunityId"),
        "ownerId": owner or None,
        "sendNotificationEmail": False,
    }


def _converted(system: str, change: Change, result: soap.SoapResult) -> Receipt:
    if not result.success:
        return refused(change, _error(result))
    made = {
        field: f"{object_}/{to_18(result.values[element])}" if result.values.get(element) else None
        for field, (object_, element) in _INTO.items()
    }
    receipt = done(change, Ref(system, "Contact", to_18(result.values.get("contactId", ""))))
    return Receipt(receipt.change_id, receipt.outcome, receipt.at, receipt.ref, {**made, "converted": "true"})


def _converted_status(client: Client) -> str:
    query = "SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true ORDER BY SortOrder"
    rows = client.get("query/", {"q": query})["records"]
    return str(rows[0]["MasterLabel"]) if rows else ""


def _accounts_of_contacts(client: Client, catalogue: Catalogue, changes: Sequence[Change]) -> dict[str, str]:
    wanted = [i["contactId"] for c in changes if "contactId" in (i := _into(c)) and "accountId" not in i]
    if not wanted:
        return {}
    rows = rows_by_id(client, catalogue.describe("Contact"), wanted, ("Id", "AccountId"))
    return {id_: row["AccountId"] for id_, row in rows.items() if row.get("AccountId")}


# -- undelete ----------------------------------------------------------------------------------------------------------


def restore(client: Client, described: Described, changes: Sequence[Change]) -> list[Receipt]:
    """Take records out of the recycle bin; what is alive already counts as done.

    A merge's loser comes back without its children: they stay with the survivor (reference 10.1).
    """
    receipts: list[Receipt] = []
    for start in range(0, len(changes), RESTORES_A_CALL):
        lot = list(changes[start : start + RESTORES_A_CALL])
        envelope = soap.undelete(to_18(c.target.id) for c in lot)
        results, failed = _call(client, envelope, "undelete", Effect.REPEATABLE, lot, first=not receipts)
        receipts += failed
        wrong = [(c, r) for c, r in zip(lot, results, strict=False) if not r.success]
        receipts += [done(c, c.target) for c, r in zip(lot, results, strict=False) if r.success]
        if not wrong:
            continue
        try:
            alive = rows_by_id(client, described, [to_18(c.target.id) for c, _ in wrong], ("Id", "IsDeleted"))
        except RemoteError:
            alive = {}
        for change, result in wrong:
            row = alive.get(to_18(change.target.id))
            if row is not None and not row.get("IsDeleted"):
                receipts.append(done(change, change.target, Outcome.ALREADY, "It was not deleted."))
            else:
                receipts.append(refused(change, _error(result)))
    return receipts
