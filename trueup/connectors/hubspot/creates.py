"""Creates that cannot double: by upsert on a unique property, by the e-mail, or by looking before anything is repeated.

HubSpot guards only contacts against doubling, by e-mail (reference 5.4). Where the account has the unique property
named by `create_key`, every create is an upsert on it with the change's own id, and may be sent as often as need be.
Without it, only a contact with an e-mail may be repeated; anything else whose answer was lost is unknown until `find`
has looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trueup.connectors.hubspot import batch, errors, native
from trueup.connectors.hubspot.batch import Fate, Input
from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.reader import Reader
from trueup.connectors.hubspot.receipts import done, failed, not_done
from trueup.connectors.hubspot.schema import Definitions, Properties
from trueup.connectors.hubspot.types import ASSOCIATION_IDS, PRIMARY_IDS
from trueup.connectors.kit.transport import Effect
from trueup.errors import RefusedError, RemoteError, UnknownOutcomeError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref


class Creator:
    """Makes records, and finds those whose making was never confirmed."""

    def __init__(self, client: Client, reader: Reader, definitions: Definitions) -> None:
        self._client = client
        self._reader = reader
        self._definitions = definitions
        self._system = client.system

    def key(self, object: str) -> str:  # noqa: A002
        """The property that makes creates of this object repeatable; "" where the account has none."""
        name = self._client.options.create_key
        properties = self._definitions.of(object)
        return name if name and properties.is_unique(name) and properties.is_writable(name) else ""

    def create(self, properties: Properties, changes: Sequence[Change]) -> list[Receipt]:
        """One receipt per change."""
        receipts: list[Receipt] = []
        rows: dict[str, dict[str, str]] = {}
        for change in changes:
            try:
                rows[change.id] = native.for_create(properties, change.values)
            except ValueError as error:
                receipts.append(not_done(change, Outcome.REFUSED, "NOT_WRITABLE", f"{error}."))
        companies = {c.id: company for c in changes if c.id in rows and (company := _company(c))}
        fates = self._send(properties.object, rows, companies)
        made: list[tuple[Change, Receipt]] = []
        for change in changes:
            if change.id in rows:
                receipt = self._settle(properties, change, rows[change.id], fates.get(change.id))
                made.append((change, receipt))
        if self.key(properties.object):
            made_too = self._attach_companies(made, companies)
        else:  # made with its company, or not at all
            made_too = [receipt for _, receipt in made]
        return receipts + made_too

    def find(self, change: Change) -> Ref | None:
        """See `Connector.find`. Reading by a unique property does not lag; a search does."""
        object_ = change.target.object
        properties, key = self._definitions.of(object_), self.key(object_)
        if key:
            rows = self._reader.fetch.batch_read(object_, [change.id], properties=[key], id_property=key)
            return Ref(self._system, object_, str(rows[0]["id"])) if rows else None
        wanted = native.for_create(properties, change.values)
        if object_ == "contacts" and wanted.get("email"):
            row = self._reader.fetch.single_read(object_, wanted["email"], sorted(wanted), id_property="email")
            return Ref(self._system, object_, str(row["id"])) if row and _holds(row, wanted) else None
        row = self._search(object_, wanted)
        if row is not None:
            return Ref(self._system, object_, str(row["id"]))
        raise UnknownOutcomeError(
            f"{self._system}: whether {change.target} was made cannot be known: HubSpot's search lags, and {object_} "
            f"have no unique property {self._client.options.create_key!r}.",
            system=self._system,
            hint=f"Look for it in HubSpot, or add the unique property to {object_} so that this cannot happen again.",
        )

    def _send(
        self,
        object: str,  # noqa: A002
        rows: Mapping[str, Mapping[str, str]],
        companies: Mapping[str, str],
    ) -> dict[str, Fate]:
        key = self.key(object)
        if key:
            upserts = [Input(trace, {**row, key: trace}, id=trace, id_property=key) for trace, row in rows.items()]
            return batch.send(self._client, object, "upsert", upserts, Effect.REPEATABLE)
        # Whether a create may be sent again decides for its whole batch.
        fates: dict[str, Fate] = {}
        for effect in (Effect.REPEATABLE, Effect.ONCE):
            guarded = effect is Effect.REPEATABLE
            inputs = [
                Input(trace, row, ties=_tied_to(companies[trace]) if trace in companies else ())
                for trace, row in rows.items()
                if (object == "contacts" and bool(row.get("email"))) is guarded
            ]
            fates |= batch.send(self._client, object, "create", inputs, effect)
        return fates

    def _settle(self, properties: Properties, change: Change, row: Mapping[str, str], fate: Fate | None) -> Receipt:
        object_ = properties.object
        if fate is None:
            message = "HubSpot's answer does not mention this record."
            return not_done(change, Outcome.UNKNOWN, "NO_RESULT", message)
        if isinstance(fate, RefusedError) and _is_conflict(fate):
            return self._conflict(object_, change, row, fate)
        if isinstance(fate, RemoteError):
            return failed([change], fate)[0]
        ref = Ref(self._system, object_, str(fate["id"]))
        if fate.get("new") is False:
            # The key is this change's own, so a record that was there is ours, from an attempt whose answer was lost.
            return done(change, ref, Outcome.ALREADY, message="It was made by an earlier attempt.")
        observed = properties.map.to_canonical({n: v for n, v in (fate.get("properties") or {}).items() if n in row})
        return done(change, ref, observed=observed)

    def _conflict(self, object: str, change: Change, row: Mapping[str, str], error: RefusedError) -> Receipt:  # noqa: A002
        """A record with this e-mail or key exists: ours, if it holds all that we would write; else somebody's."""
        id_ = errors.existing_id(error.message)
        try:
            if id_:
                there = self._reader.fetch.single_read(object, id_, sorted(row))
            else:
                there = self._reader.fetch.single_read(object, row.get("email", ""), sorted(row), id_property="email")
        except RemoteError as failure:
            return failed([change], failure)[0]
        ref = Ref(self._system, object, str(there["id"])) if there else None
        if there is not None and ref is not None and _holds(there, row):
            return done(change, ref, Outcome.ALREADY, message="A contact with this e-mail and these values is there.")
        message = f"{error.message} It is another record: match it, or merge the two."
        return not_done(change, Outcome.REFUSED, error.code or "CONFLICT", message, ref=ref)

    def _attach_companies(self, made: Sequence[tuple[Change, Receipt]], companies: Mapping[str, str]) -> list[Receipt]:
        """Make a new deal's company its primary one; an upsert takes no associations (reference 6.3)."""
        inputs: list[Json] = []
        for change, receipt in made:
            there = receipt.ref is not None and receipt.outcome in (Outcome.APPLIED, Outcome.ALREADY)
            if change.id in companies and there and receipt.ref is not None:
                company = companies[change.id]
                inputs.append({"from": {"id": receipt.ref.id}, "to": {"id": company}, "types": _COMPANY_TYPES})
        if not inputs:
            return [receipt for _, receipt in made]
        path = "/crm/v4/associations/deals/companies/batch/create"
        try:
            answer = self._client.send("POST", path, Effect.REPEATABLE, body={"inputs": inputs})
        except RemoteError as error:
            answer = {"errors": [{"message": error.message}], "results": []}
        if not answer.get("errors"):
            return [receipt for _, receipt in made]
        asked = {i["from"]["id"] for i in inputs}
        tied = {str(r.get("fromObjectId") or (r.get("from") or {}).get("id")) for r in answer.get("results") or ()}
        why = "; ".join(str(e.get("message")) for e in answer["errors"])
        receipts = []
        for change, receipt in made:
            if receipt.ref is not None and receipt.ref.id in asked - tied:
                message = f"The deal was made, but its company could not be attached: {why}"
                receipt = not_done(change, Outcome.FAILED, "COMPANY_NOT_ATTACHED", message, ref=receipt.ref)
            receipts.append(receipt)
        return receipts

    def _search(self, object: str, wanted: Mapping[str, str]) -> Json | None:  # noqa: A002
        """The one record that holds everything a create would have written; None when none or several do."""
        some = sorted(wanted.items())[:6]
        body = {
            "filterGroups": [{"filters": [{"propertyName": n, "operator": "EQ", "value": v} for n, v in some]}],
            "properties": sorted(wanted),
            "limit": 10,
        }
        try:
            rows = self._client.search(object, body).get("results") or ()
        except RefusedError:
            return None
        same = [row for row in rows if _holds(row, wanted)]
        return same[0] if len(same) == 1 else None


_COMPANY_TYPES: list[Json] = [
    {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": ids["deals", "companies"]}
    for ids in (PRIMARY_IDS, ASSOCIATION_IDS)
]


def _company(change: Change) -> str:
    """The id of the company that a deal to be made belongs to; "" for others."""
    return (change.values.get("company_id") or "").partition("/")[2] if change.target.object == "deals" else ""


def _tied_to(company: str) -> list[Json]:
    return [{"to": {"id": company}, "types": _COMPANY_TYPES}]


def _is_conflict(error: RefusedError) -> bool:
    return error.status == 409 or error.code == "CONFLICT" or bool(errors.existing_id(error.message))


def _holds(row: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Whether a record has all the values; e-mails without regard to case, which HubSpot lowers."""
    held = row.get("properties") or {}
    return all(
        str(held.get(name) or "").lower() == value.lower() if name == "email" else str(held.get(name) or "") == value
        for name, value in wanted.items()
    )
