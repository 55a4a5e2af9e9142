"""Leads that become person accounts. [reference 10.2, 11.2]

A lead without a company becomes a person account, where there are such; an existing one may be named as the account. In
orgs with contacts of several accounts, `relatedPersonAccountId` names the person beside a business account.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ApiError
from ..metadata.person_accounts import SHARED
from ..org import Actor, Org
from ..store import Row
from . import save

_OWN = frozenset({"OwnerId"})


def _values(org: Org, lead: Row) -> Row:
    """The lead's values under the names of a person account."""
    fields = dict(org.schema.person_fields or {})
    fields |= {name: source for name, source in SHARED.items() if name not in _OWN}
    parts = {"MailingStreet": "Street", "MailingCity": "City", "MailingState": "State"}
    parts |= {"MailingPostalCode": "PostalCode", "MailingCountry": "Country"}
    out: Row = {}
    for name, source in fields.items():
        value = lead.get(parts.get(source, source))
        if value is not None:
            out[name] = value
    return out


def new_person(org: Org, actor: Actor, lead: Row, owner: str) -> str | None:
    """Make a person account of a lead without a company; None where the org has no such accounts."""
    if org.schema.person_fields is None:
        return None
    values = {**_values(org, lead), "OwnerId": owner, "AccountSource": lead.get("LeadSource")}
    return save.insert(org, actor, org.schema.objects["Account"], values, checked=False)


def related(org: Org, actor: Actor, asked: Mapping[str, str]) -> str | None:
    """The person account that the lead is converted into beside a business account."""
    wanted = asked.get("relatedPersonAccountId")
    if not wanted:
        return None
    if org.schema.person_fields is None or not org.switches["contacts_to_multiple_accounts"]:
        text = "relatedPersonAccountId can be used only where contacts can belong to several accounts"
        raise ApiError("INVALID_FIELD", text, fields=["relatedPersonAccountId"])
    if asked.get("contactId"):
        text = "contactId and relatedPersonAccountId exclude each other"
        raise ApiError("INVALID_FIELD", text, fields=["relatedPersonAccountId"])
    row = save.locate(org, actor, org.schema.objects["Account"], wanted)
    if not row.get("IsPersonAccount"):
        text = "relatedPersonAccountId is not the id of a person account"
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", text, fields=["relatedPersonAccountId"])
    return str(row["Id"])


def person_contact(org: Org, actor: Actor, account_id: str, lead: Row) -> str | None:
    """The contact of a person account, whose empty fields the lead fills; None for a business account."""
    accounts = org.schema.objects["Account"]
    row = org.store.get("Account", account_id) or {}
    if not row.get("IsPersonAccount"):
        return None
    empty = {name: value for name, value in _values(org, lead).items() if row.get(name) is None}
    if empty:
        save.change(org, actor, accounts, row, empty, checked=False)
    return str(row["PersonContactId"])
