"""A contact's e-mails beside its first, as the preview call of contacts v1 has them: read, added, replaced, taken away.

Paths, bodies and the answer are HubSpot's ("Update a secondary email address", 2023); what refuses an address is what
refuses it as a first one [U].
"""

from __future__ import annotations

from collections.abc import Sequence

from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule, path_text
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import live, typed
from trueup.twin.hubspot.store import Row

_NAME = "hs_additional_emails"


def _contact(call: Call) -> Row:
    return live(call, typed(call, "contacts"), call.params["id"])


def _listed(row: Row) -> list[str]:
    return [email for email in row.props.get(_NAME, "").split(";") if email]


def _answer(call: Call, row: Row) -> Reply:
    body = {"portalId": call.portal.portal_id, "vid": row.id, "secondaryEmails": _listed(row)}
    return Reply(200, body)


def _acceptable(call: Call, row: Row, email: str) -> str:
    """An address in its stored form; 400 for one that is none, 409 for one that another contact has."""
    contacts, checker = typed(call, "contacts"), call.portal.checker
    checked = checker.check(contacts, {"email": email}, row)
    checker.refuse_problems(checked.problems)
    checker.refuse_conflict(contacts, checked.values, row.id)
    return checked.values["email"]


def _store(call: Call, row: Row, emails: Sequence[str]) -> Reply:
    contacts, store = typed(call, "contacts"), call.portal.store
    with store.transaction():
        for gone in set(_listed(row)) - set(emails):
            store.release(contacts, row.id, "email", gone)
        for email in emails:
            store.claim(contacts, "email", email, row.id)
        written = call.portal.records.update(contacts, row, {_NAME: ";".join(emails)}, call.origin)
    return _answer(call, written.row)


def get(call: Call) -> Reply:
    """`GET /contacts/v1/secondary-email/{vid}`."""
    return _answer(call, _contact(call))


def add(call: Call) -> Reply:
    """`PUT /contacts/v1/secondary-email/{vid}/email/{email}`: one that is there already stays as it is."""
    row = _contact(call)
    email = _acceptable(call, row, path_text(call, "email"))
    if email == row.props.get("email") or email in _listed(row):
        return _answer(call, row)
    return _store(call, row, [*_listed(row), email])


def replace(call: Call) -> Reply:
    """`PATCH /contacts/v1/secondary-email/{vid}`: `targetSecondaryEmail` becomes `updatedSecondaryEmail`."""
    row, body = _contact(call), call.document()
    old = str(body.get("targetSecondaryEmail") or "").strip().lower()
    _refuse_absent(row, old)
    new = _acceptable(call, row, str(body.get("updatedSecondaryEmail") or ""))
    kept = dict.fromkeys(new if email == old else email for email in _listed(row))
    return _store(call, row, [email for email in kept if email and email != row.props.get("email")])


def remove(call: Call) -> Reply:
    """`DELETE /contacts/v1/secondary-email/{vid}/email/{email}`."""
    row = _contact(call)
    email = path_text(call, "email").strip().lower()
    _refuse_absent(row, email)
    return _store(call, row, [one for one in _listed(row) if one != email])


def _refuse_absent(row: Row, email: str) -> None:
    if email not in _listed(row):
        raise ApiError(404, f"{email} is not a secondary email of contact {row.id}", category=None)


_reads = scopes.fixed("crm.objects.contacts.read")
_writes = scopes.fixed("crm.objects.contacts.write")
_BASE = "/contacts/v1/secondary-email/{id}"

RULES = (
    Rule("GET", _BASE, get, _reads),
    Rule("PATCH", _BASE, replace, _writes),
    Rule("PUT", f"{_BASE}/email/{{email}}", add, _writes),
    Rule("DELETE", f"{_BASE}/email/{{email}}", remove, _writes),
)
