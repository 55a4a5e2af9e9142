"""Webhook settings and subscriptions of an app (reference 15)."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.errors import ApiError, not_found
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest.batches import complete, inputs_of
from trueup.twin.hubspot.timetext import iso

Json = dict[str, Any]

_SUBJECTS = ("contact", "company", "deal", "ticket", "product", "line_item", "object", "conversation")
_KINDS = ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange", "privacyDeletion",
          "newMessage")  # fmt: skip


def _own(call: Call) -> None:
    if call.params["app"] != str(call.portal.auth.app_id):
        raise not_found()


def get_settings(call: Call) -> Reply:
    """`GET /webhooks/v3/{app}/settings`."""
    _own(call)
    found = call.portal.webhooks.settings()
    if found is None:
        raise not_found()
    return Reply(200, found)


def put_settings(call: Call) -> Reply:
    """`PUT /webhooks/v3/{app}/settings`."""
    _own(call)
    body = call.document()
    target, throttling = body.get("targetUrl"), body.get("throttling")
    if not isinstance(target, str) or not target or not isinstance(throttling, dict):
        raise ApiError(400, "Invalid input: targetUrl and throttling are required")
    most = throttling.get("maxConcurrentRequests")
    if not isinstance(most, int) or most < 1:
        raise ApiError(400, "Invalid input: throttling.maxConcurrentRequests must be a positive number")
    now = iso(call.portal.now())
    before = call.portal.webhooks.settings() or {"createdAt": now}
    row = before | {"targetUrl": target, "throttling": {"maxConcurrentRequests": most}, "updatedAt": now}
    call.portal.webhooks.set_settings(row)
    return Reply(200, row)


def delete_settings(call: Call) -> Reply:
    """`DELETE /webhooks/v3/{app}/settings`."""
    _own(call)
    call.portal.webhooks.set_settings(None)
    return Reply(204)


def list_subscriptions(call: Call) -> Reply:
    """`GET /webhooks/v3/{app}/subscriptions`."""
    _own(call)
    return Reply(200, {"results": call.portal.webhooks.subscriptions()})


def _find(call: Call, subscription_id: str) -> Json:
    for row in call.portal.webhooks.subscriptions():
        if row["id"] == subscription_id:
            return row
    raise not_found()


def create_subscription(call: Call) -> Reply:
    """`POST /webhooks/v3/{app}/subscriptions`: 201."""
    _own(call)
    body = call.document()
    kind = str(body.get("eventType") or "")
    subject, _, what = kind.partition(".")
    if subject not in _SUBJECTS or what not in _KINDS:
        raise ApiError(400, f"Invalid eventType: {kind}")
    if what == "propertyChange" and not body.get("propertyName"):
        raise ApiError(400, "propertyName is required for propertyChange subscriptions")
    if subject == "object" and not body.get("objectTypeId"):
        raise ApiError(400, "objectTypeId is required for object subscriptions")
    watched = call.portal.types.get(str(body["objectTypeId"]) if subject == "object" else subject)
    if what == "propertyChange" and watched is not None:
        call.portal.sensitivity.watch(call.grant, watched, str(body["propertyName"]))
    rows = call.portal.webhooks.subscriptions()
    made: Json = {
        "id": str(1 + max((int(r["id"]) for r in rows), default=2_000_000)),
        "eventType": kind,
        "active": bool(body.get("active", False)),
        "createdAt": iso(call.portal.now()),
        "updatedAt": iso(call.portal.now()),
    }
    made |= {key: str(body[key]) for key in ("propertyName", "objectTypeId") if body.get(key)}
    call.portal.webhooks.put(made)
    return Reply(201, made)


def get_subscription(call: Call) -> Reply:
    """`GET /webhooks/v3/{app}/subscriptions/{id}`."""
    _own(call)
    return Reply(200, _find(call, call.params["id"]))


def change_subscription(call: Call) -> Reply:
    """`PATCH /webhooks/v3/{app}/subscriptions/{id}`: on or off, nothing else."""
    _own(call)
    row = _find(call, call.params["id"])
    if "active" in (body := call.document()):
        row |= {"active": bool(body["active"]), "updatedAt": iso(call.portal.now())}
        call.portal.webhooks.put(row)
    return Reply(200, row)


def delete_subscription(call: Call) -> Reply:
    """`DELETE /webhooks/v3/{app}/subscriptions/{id}`."""
    _own(call)
    call.portal.webhooks.drop(_find(call, call.params["id"])["id"])
    return Reply(204)


def change_batch(call: Call) -> Reply:
    """`POST /webhooks/v3/{app}/subscriptions/batch/update`."""
    _own(call)
    results, bad = [], []
    for one in inputs_of(call):
        try:
            row = _find(call, str(one.get("id", "")))
        except ApiError as error:
            entry = error.body("")
            del entry["correlationId"]
            bad.append(entry | {"category": "OBJECT_NOT_FOUND", "context": {"id": [str(one.get("id", ""))]}})
            continue
        row |= {"active": bool(one.get("active")), "updatedAt": iso(call.portal.now())}
        call.portal.webhooks.put(row)
        results.append(row)
    return complete(call, results, bad)


_APP = "/webhooks/v3/{app}"
_ONE = f"{_APP}/subscriptions/{{id}}"

RULES = (
    Rule("GET", f"{_APP}/settings", get_settings, developer=True),
    Rule("PUT", f"{_APP}/settings", put_settings, developer=True),
    Rule("DELETE", f"{_APP}/settings", delete_settings, developer=True),
    Rule("POST", f"{_APP}/subscriptions/batch/update", change_batch, developer=True),
    Rule("GET", f"{_APP}/subscriptions", list_subscriptions, developer=True),
    Rule("POST", f"{_APP}/subscriptions", create_subscription, developer=True),
    Rule("GET", _ONE, get_subscription, developer=True),
    Rule("PATCH", _ONE, change_subscription, developer=True),
    Rule("DELETE", _ONE, delete_subscription, developer=True),
)
