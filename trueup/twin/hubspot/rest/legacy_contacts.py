"""Contacts v1: profiles with versions and identities, lists by `vidOffset`, merge by vids (recorded 2013 to 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trueup.twin.hubspot.bodies import objects
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule, path_text
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.legacy import (
    change,
    chosen_of,
    gone,
    live,
    make,
    old_text,
    recent,
    sent,
    typed,
    values_of,
)
from trueup.twin.hubspot.search_request import Request
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import parse_ms

Json = dict[str, Any]

_READ = ("crm.objects.contacts.read",)
_WRITE = ("crm.objects.contacts.write",)
LISTED = ("firstname", "lastname", "company", "lastmodifieddate")


def profile(call: Call, row: Row, names: Sequence[str] | None = None, *, versions: bool = True) -> Json:
    """A contact as v1 shows it."""
    contacts = typed(call, "contacts")
    values = values_of(contacts, row)
    chosen = sorted(chosen_of(call, contacts, values, names))
    found = call.portal.history.of(contacts, [row], chosen)[row.id] if versions else {}
    properties: Json = {}
    for name in chosen:
        properties[name] = {"value": old_text(contacts, call, name, values[name])}
        if versions:
            properties[name]["versions"] = [
                {
                    "value": old_text(contacts, call, name, v["value"]),
                    "source-type": v["sourceType"],
                    "source-id": v.get("sourceId"),
                    "source-label": v.get("sourceLabel"),
                    "timestamp": _ms(v["timestamp"]),
                    "selected": False,
                }
                for v in found[name]
            ]
    merged = [int(i) for i in row.props.get("hs_merged_object_ids", "").split(";") if i]
    url = f"{call.portal.app_host}/contacts/{call.portal.portal_id}/contact/{row.id}"
    return {
        "vid": row.id,
        "canonical-vid": row.id,
        "merged-vids": merged,
        "portal-id": call.portal.portal_id,
        "is-contact": True,
        "profile-token": f"token-{row.id}",
        "profile-url": url,
        "properties": properties,
        "form-submissions": [],
        "list-memberships": [],
        "identity-profiles": [_identities(row)],
        "merge-audits": [],
    }


def _ms(text: str) -> int:
    return parse_ms(text) or 0


def _identities(row: Row) -> Json:
    emails = [row.props.get("email", ""), *row.props.get("hs_additional_emails", "").split(";")]
    identities: list[Json] = [
        {"type": "EMAIL", "value": e, "timestamp": row.created, "is-primary": n == 0, "source": "UNSPECIFIED"}
        for n, e in enumerate(emails)
        if e
    ]
    guid = f"00000000-0000-4000-8000-{row.id:012d}"
    identities.append({"type": "LEAD_GUID", "value": guid, "timestamp": row.created, "source": "UNSPECIFIED"})
    return {
        "vid": row.id,
        "is-deleted": False,
        "is-contact": False,
        "pointer-vid": 0,
        "previous-vid": 0,
        "linked-vids": [],
        "saved-at-timestamp": row.updated,
        "deleted-changed-timestamp": 0,
        "identities": identities,
    }


def _by_email(call: Call, email: str) -> Row | None:
    contacts = typed(call, "contacts")
    row = call.portal.records.find(contacts, email, "email")
    return None if row is None or row.archived else row


def names_of(call: Call) -> list[str] | None:
    """The properties that an old call asks for; None for all."""
    asked = call.many("property") or call.many("properties")
    return asked or None


def _versions(call: Call) -> bool:
    return call.one("propertyMode", "value_and_history") != "value_only"


def get_by_vid(call: Call) -> Reply:
    """`GET /contacts/v1/contact/vid/{id}/profile`."""
    row = live(call, typed(call, "contacts"), call.params["id"])
    return Reply(200, profile(call, row, names_of(call), versions=_versions(call)))


def get_by_token(_call: Call) -> Reply:
    """`GET /contacts/v1/contact/utk/{token}/profile`: nobody was tracked here, so no visitor's token is known."""
    raise ApiError(404, "contact does not exist", category=None)


def batch_by_token(_call: Call) -> Reply:
    """`GET /contacts/v1/contact/byUtk/batch`: unknown tokens are left out, and all are."""
    return Reply(200, {})


def get_by_email(call: Call) -> Reply:
    """`GET /contacts/v1/contact/email/{email}/profile`."""
    row = _by_email(call, path_text(call, "email"))
    if row is None:
        raise ApiError(404, "contact does not exist", category=None)
    return Reply(200, profile(call, row, names_of(call), versions=_versions(call)))


def create_contact(call: Call) -> Reply:
    """`POST /contacts/v1/contact`: 200 with the profile; a taken e-mail names its holder's identity."""
    contacts = typed(call, "contacts")
    properties = sent(call.document(), "property")
    try:
        row = make(call, contacts, properties).row
    except ApiError as error:
        if error.status == 409:
            holder = _by_email(call, str(properties.get("email", "")))
            if holder is not None:
                raise _exists(holder) from error
        raise
    return Reply(200, profile(call, row, sorted({"email", *properties} & set(row.props))))


def _exists(row: Row) -> ApiError:
    identity = [
        {"value": i["value"], "type": i["type"], "timestamp": i["timestamp"]} for i in _identities(row)["identities"]
    ]
    shown = {
        "vid": row.id,
        "identity": identity,
        "linkedVid": [],
        "isContact": True,
        "savedAtTimestamp": row.updated,
    }
    extra = {"identityProfile": shown, "error": "CONTACT_EXISTS"}
    return ApiError(409, "Contact already exists", category=None, extra=extra)


def update_by_vid(call: Call) -> Reply:
    """`POST /contacts/v1/contact/vid/{id}/profile`: 204."""
    contacts = typed(call, "contacts")
    row = live(call, contacts, call.params["id"])
    change(call, contacts, row, sent(call.document(), "property"))
    return Reply(204)


def update_by_email(call: Call) -> Reply:
    """`POST /contacts/v1/contact/email/{email}/profile`: 204."""
    row = _by_email(call, path_text(call, "email"))
    if row is None:
        raise gone()
    change(call, typed(call, "contacts"), row, sent(call.document(), "property"))
    return Reply(204)


def upsert_by_email(call: Call) -> Reply:
    """`POST /contacts/v1/contact/createOrUpdate/email/{email}`."""
    contacts, email = typed(call, "contacts"), path_text(call, "email")
    properties = sent(call.document(), "property")
    row = _by_email(call, email)
    if row is None:
        made = make(call, contacts, {"email": email, **properties}).row
        return Reply(200, {"vid": made.id, "isNew": True})
    change(call, contacts, row, properties)
    return Reply(200, {"vid": row.id, "isNew": False})


def delete_contact(call: Call) -> Reply:
    """`DELETE /contacts/v1/contact/vid/{id}`."""
    row = live(call, typed(call, "contacts"), call.params["id"])
    call.portal.records.archive(typed(call, "contacts"), row.id)
    return Reply(200, {"vid": row.id, "deleted": True, "reason": "OK"})


def merge_vids(call: Call) -> Reply:
    """`POST /contacts/v1/contact/merge-vids/{id}`: the plain word SUCCESS."""
    contacts = typed(call, "contacts")
    primary = call.portal.records.find(contacts, call.params["id"])
    other = call.portal.records.find(contacts, str(number(call.document().get("vidToMerge", ""))))
    if primary is None or other is None or primary.archived or other.archived:
        message = "canonical vid is not a valid contact or is already in the process of being merged"
        raise ApiError(400, message, category=None)
    call.portal.merger.merge(contacts, primary, other, call.origin)
    return Reply(200, b"SUCCESS", content_type="text/plain;charset=utf-8")


def batch_by_vid(call: Call) -> Reply:
    """`GET /contacts/v1/contact/vids/batch?vid=&vid=`: a map by vid; unknown ones are left out."""
    contacts = typed(call, "contacts")
    ids = [number(raw) for raw in call.many("vid")]
    rows = call.portal.store.get_many(contacts, ids)
    shown = {str(i): profile(call, rows[i], names_of(call)) for i in ids if i in rows and not rows[i].archived}
    return Reply(200, shown)


def batch_by_email(call: Call) -> Reply:
    """`GET /contacts/v1/contact/emails/batch?email=&email=`: a map by vid; unknown ones are left out."""
    found = [row for row in (_by_email(call, address) for address in call.many("email")) if row is not None]
    return Reply(200, {str(row.id): profile(call, row, names_of(call)) for row in found})


def batch_write(call: Call) -> Reply:
    """`POST /contacts/v1/contact/batch`: up to a thousand creates and updates by vid or e-mail; 202."""
    body = objects(call.json() or None, "the body")
    contacts = typed(call, "contacts")
    with call.portal.store.transaction():
        for one in body:
            properties = sent(one, "property")
            row = live(call, contacts, str(one["vid"])) if one.get("vid") else _by_email(call, str(one.get("email")))
            if row is None:
                make(call, contacts, {"email": one.get("email"), **properties})
            else:
                change(call, contacts, row, properties)
    return Reply(202)


def list_all(call: Call) -> Reply:
    """`GET /contacts/v1/lists/all/contacts/all`: by vid; `vid-offset` is where the next page begins."""
    contacts = typed(call, "contacts")
    count, offset = call.whole("count", 20, 100), call.offset("vidOffset")
    rows = call.portal.store.page(contacts, offset, count + 1, archived=False)
    names = names_of(call) or LISTED
    shown = [profile(call, r, names, versions=False) | {"addedAt": r.created} for r in rows[:count]]
    following = rows[count].id if len(rows) > count else (rows[-1].id if rows else 0)
    return Reply(200, {"contacts": shown, "has-more": len(rows) > count, "vid-offset": following})


def list_recent(call: Call) -> Reply:
    """`GET /contacts/v1/lists/{recently_updated|all}/contacts/recent`: newest first, by time and vid offset."""
    contacts = typed(call, "contacts")
    column = "updated" if "recently_updated" in call.path else "created"
    count = call.whole("count", 20, 100)
    before = call.offset("timeOffset") or 1 << 60
    vid = call.offset("vidOffset") or 1 << 60
    found, _ = recent(call, contacts, column, 0, 10_000, 0)
    key = {r.id: (getattr(r, column), r.id) for r in found}
    rest = [r for r in found if key[r.id] < (before, vid)]
    page = rest[:count]
    names = names_of(call) or LISTED
    shown = [profile(call, r, names, versions=False) | {"addedAt": getattr(r, column)} for r in page]
    last = page[-1] if page else None
    tail = {"vid-offset": last.id if last else 0, "time-offset": getattr(last, column) if last else 0}
    return Reply(200, {"contacts": shown, "has-more": len(rest) > count, **tail})


def search(call: Call) -> Reply:
    """`GET /contacts/v1/search/query?q=`."""
    count, offset = call.whole("count", 20, 100), call.offset("offset")
    call.portal.sensitivity.refuse_old_search(typed(call, "contacts"), names_of(call) or ())
    request = Request((), None, call.one("q"), (), count, offset)
    total, rows, more = call.portal.searcher.run(typed(call, "contacts"), request, call.portal.now())
    shown = [profile(call, r, names_of(call), versions=False) for r in rows]
    return Reply(200, {"query": call.one("q"), "contacts": shown, "has-more": more, "offset": offset + len(rows),
                       "total": total})  # fmt: skip


_reads = scopes.fixed(*_READ)
_writes = scopes.fixed(*_WRITE)
_ONE = "/contacts/v1/contact"

RULES = (
    Rule("GET", f"{_ONE}/vid/{{id}}/profile", get_by_vid, _reads),
    Rule("POST", f"{_ONE}/vid/{{id}}/profile", update_by_vid, _writes),
    Rule("DELETE", f"{_ONE}/vid/{{id}}", delete_contact, _writes),
    Rule("GET", f"{_ONE}/email/{{email}}/profile", get_by_email, _reads),
    Rule("POST", f"{_ONE}/email/{{email}}/profile", update_by_email, _writes),
    Rule("GET", f"{_ONE}/utk/{{token}}/profile", get_by_token, _reads),
    Rule("GET", f"{_ONE}/byUtk/batch", batch_by_token, _reads),
    Rule("POST", f"{_ONE}/createOrUpdate/email/{{email}}", upsert_by_email, _writes),
    Rule("POST", f"{_ONE}/merge-vids/{{id}}", merge_vids, _writes),
    Rule("GET", f"{_ONE}/vids/batch", batch_by_vid, _reads),
    Rule("GET", f"{_ONE}/emails/batch", batch_by_email, _reads),
    Rule("POST", f"{_ONE}/batch", batch_write, _writes),
    Rule("POST", _ONE, create_contact, _writes),
    Rule("GET", "/contacts/v1/lists/all/contacts/all", list_all, _reads),
    Rule("GET", "/contacts/v1/lists/all/contacts/recent", list_recent, _reads),
    Rule("GET", "/contacts/v1/lists/recently_updated/contacts/recent", list_recent, _reads),
    Rule("GET", "/contacts/v1/search/query", search, _reads),
)
