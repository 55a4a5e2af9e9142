"""Webhooks: what was written becomes events, sent to one address, out of order and now and then twice (reference 15).

Only loopback addresses are ever called: a twin sends nothing to the world. Retries go by the twin's clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from trueup.twin.hubspot.association_types import PRIMARY
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.store import Event, Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.types import ObjectType, Types

Json = dict[str, Any]

_AT_ONCE, _MOST_ATTEMPTS, _WAIT_MS, _TIMEOUT_S = 100, 10, 60_000, 5.0
_PRIMARY = frozenset(PRIMARY.values())
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_REDACTED = "REDACTED"
"""What an event shows of a sensitive property's value (guide "Access and manage Sensitive Data")."""


_DECODED = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(",
            "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";"}  # fmt: skip
"""The escapes that HubSpot undoes in an address before it signs (guide "Validating requests")."""


def decoded(uri: str) -> str:
    """An address with those escapes undone, however they are capitalised; a question mark's own query stays."""
    return re.sub(r"%[0-9A-Fa-f]{2}", lambda found: _DECODED.get(found[0].upper(), found[0]), uri)


def signature_v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """What `X-HubSpot-Signature-v3` carries: base64 of HMAC-SHA256 over method, decoded address, body and time."""
    source = method.encode() + decoded(uri).encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()


class Webhooks:
    """The subscriptions of one app, and the sender of its events."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        switches: Switches,
        portal_id: int,
        secret: str,
        app_id: int,
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._switches = switches
        self._portal_id = portal_id
        self._secret = secret
        self._app_id = app_id
        self._now = now
        self._random = random.Random(portal_id)
        self._lock = threading.Lock()
        self._queue: list[tuple[int, int, Json]] = []
        self._wake = threading.Event()
        self._stop = False
        self._thread: threading.Thread | None = None
        self._active = bool(self.target and self.subscriptions())

    # -- settings --------------------------------------------------------------------------------------------------

    @property
    def target(self) -> str:
        """Where events go; "" for nowhere."""
        found = self._store.kv_get("webhook", "settings")
        return str(found["targetUrl"]) if found else ""

    def settings(self) -> Json | None:
        """The stored settings."""
        found: Json | None = self._store.kv_get("webhook", "settings")
        return found

    def set_settings(self, row: Json | None) -> None:
        """Sets where events go and how many at once, or forgets it."""
        if row is None:
            self._store.kv_delete("webhook", "settings")
        else:
            self._store.kv_put("webhook", "settings", row)
        self._refresh()

    def subscriptions(self) -> list[Json]:
        """Every subscription, by id."""
        rows = self._store.kv_all("webhook_subscription").values()
        return sorted(rows, key=lambda r: int(r["id"]))

    def put(self, row: Json) -> None:
        """Adds or changes a subscription."""
        self._store.kv_put("webhook_subscription", str(row["id"]), row)
        self._refresh()

    def drop(self, subscription_id: str) -> None:
        """Takes a subscription away."""
        self._store.kv_delete("webhook_subscription", subscription_id)
        self._refresh()

    def _refresh(self) -> None:
        self._active = bool(self.target and self.subscriptions())
        if self._active and self._thread is None and urlsplit(self.target).hostname in _LOOPBACK:
            self._thread = threading.Thread(target=self._run, name="hubspot-webhooks", daemon=True)
            self._thread.start()

    # -- events ----------------------------------------------------------------------------------------------------

    def note(self, event: Event) -> None:
        """Turns one committed write into the events that are subscribed to."""
        if not self._active:
            return
        now = self._now()
        for subscription in self.subscriptions():
            if subscription["active"]:
                for one in self._events(subscription, event):
                    base = {
                        "eventId": self._random.randrange(1, 4_294_967_295),
                        "subscriptionId": int(subscription["id"]),
                        "portalId": self._portal_id,
                        "appId": self._app_id,
                        "occurredAt": now,
                        "subscriptionType": subscription["eventType"],
                        "attemptNumber": 0,
                    }
                    with self._lock:
                        self._queue.append((now, 0, base | one))
                        if self._random.random() < float(self._switches["webhook_repeat"]):
                            self._queue.append((now, 0, base | one))
        self._wake.set()

    def _events(self, subscription: Json, event: Event) -> Iterator[Json]:
        object_name, record_id, action, before, after = event
        subject, _, kind = subscription["eventType"].partition(".")
        if object_name == "associations":
            if kind == "associationChange":
                types = {*(before or {}).get("types", ()), *(after or {}).get("types", ())}
                yield from self._association(subject, record_id, action, types)
            return
        object_type = self._types.get(object_name)
        if object_type is None or not self._about(subscription, subject, object_type):
            return
        source = {"objectId": int(record_id), "changeSource": "INTEGRATION", "sourceId": str(self._app_id)}
        if subject == "object":
            source["objectTypeId"] = object_type.type_id
        if kind == "creation" and action == "create":
            yield source | {"changeFlag": "CREATED"}
        elif (kind == "deletion" and action == "archive") or (kind == "privacyDeletion" and action == "gdpr-delete"):
            yield source | {"changeFlag": "DELETED"}
        elif kind == "restore" and action == "restore":
            yield source | {"changeFlag": "RESTORED"}
        elif kind == "merge" and action == "merge" and before is not None:
            losers = [int(before["primaryObjectId"]), int(before["objectIdToMerge"])]
            yield source | {
                "primaryObjectId": losers[0],
                "mergedObjectIds": [i for i in losers if i != int(record_id)],
                "newObjectId": int(record_id),
                "numberOfPropertiesMoved": len(before["merged"]),
            }
        elif kind == "deletion" and action == "merge" and before is not None:
            for key in ("primaryObjectId", "objectIdToMerge"):
                if before[key] != record_id:
                    yield source | {"objectId": int(before[key]), "changeFlag": "DELETED"}
        elif kind == "propertyChange" and action in {"create", "update"} and after is not None:
            name = str(subscription.get("propertyName", ""))
            value = after.get(name)
            if value != (before or {}).get(name):
                shown = _REDACTED if name in self._catalogue.sensitive(object_type.name) else value or ""
                yield source | {"propertyName": name, "propertyValue": shown}

    @staticmethod
    def _about(subscription: Json, subject: str, object_type: ObjectType) -> bool:
        if subject == "object":
            return bool(subscription.get("objectTypeId") == object_type.type_id)
        return subject == object_type.singular

    def _association(self, subject: str, pair: str, action: str, types: set[int]) -> Iterator[Json]:
        ends = [end.split("/") for end in pair.split(":")]
        for (a, a_id), (b, b_id) in (ends, ends[::-1]):
            first, second = self._types.resolve(a), self._types.resolve(b)
            if subject in {first.singular, "object"}:
                yield {
                    "associationType": f"{first.internal}_TO_{second.internal}",
                    "fromObjectId": int(a_id),
                    "toObjectId": int(b_id),
                    "associationRemoved": action == "dissociate",
                    "isPrimaryAssociation": not types.isdisjoint(_PRIMARY),
                    "changeSource": "USER",
                }

    # -- sending ---------------------------------------------------------------------------------------------------

    def pending(self) -> int:
        """How many events wait."""
        with self._lock:
            return len(self._queue)

    def flush(self) -> int:
        """Sends what is due, once; gives how many events were taken up."""
        now = self._now()
        with self._lock:
            due = [entry for entry in self._queue if entry[0] <= now]
            self._queue = [entry for entry in self._queue if entry[0] > now]
            if self._switches["webhook_shuffle"]:
                self._random.shuffle(due)
        sent = 0
        for start in range(0, len(due), _AT_ONCE):
            part = due[start : start + _AT_ONCE]
            sent += len(part)
            events = [event | {"attemptNumber": attempt} for _, attempt, event in part]
            if not self._send(events):
                with self._lock:
                    self._queue += [
                        (now + _WAIT_MS * 2**attempt, attempt + 1, event)
                        for _, attempt, event in part
                        if attempt < _MOST_ATTEMPTS
                    ]
        return sent

    def _send(self, events: list[Json]) -> bool:
        target = self.target
        if urlsplit(target).hostname not in _LOOPBACK:
            return True
        body, timestamp = orjson.dumps(events), str(self._now())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/)",
            "X-HubSpot-Request-Timestamp": timestamp,
            "X-HubSpot-Signature-v3": signature_v3(self._secret, "POST", target, body, timestamp),
            "X-HubSpot-Signature": hashlib.sha256(self._secret.encode() + body).hexdigest(),
            "X-HubSpot-Signature-Version": "v1",
        }
        request = urllib.request.Request(target, data=body, headers=headers, method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                return bool(answer.status < 400)
        except (urllib.error.URLError, OSError, ValueError):
            return False

    def _run(self) -> None:
        while not self._stop:
            self._wake.wait(timeout=0.25)
            self._wake.clear()
            if not self._stop:
                self.flush()

    def close(self) -> None:
        """Stops the sender."""
        self._stop = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=_TIMEOUT_S)
