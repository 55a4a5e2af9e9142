"""What the account does by itself: companies by domain, stages from the company, counts; webhooks to loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest
from hubspot.utils.signature import Signature
from hubspot_bench import Caller, account


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(switches={"associate_by_domain": True, "company_stage_to_contacts": True, "webhook_repeat": 0.5})
    yield Caller(side)
    side.close()


def new(call: Caller, object_type: str, **properties: str) -> str:
    return str(call("POST", f"/crm/v3/objects/{object_type}", {"properties": properties}).json["id"])


def get(call: Caller, object_type: str, record_id: str, *names: str) -> dict[str, Any]:
    answer = call("GET", f"/crm/v3/objects/{object_type}/{record_id}", properties=",".join(names))
    found: dict[str, Any] = answer.json["properties"]
    return found


def test_a_contact_finds_or_makes_the_company_of_its_domain(call: Caller) -> None:
    first, second = new(call, "contacts", email="a@acme.example"), new(call, "contacts", email="b@acme.example")
    free = new(call, "contacts", email="c@gmail.com")

    companies = [get(call, "contacts", c, "associatedcompanyid")["associatedcompanyid"] for c in (first, second, free)]

    assert companies[0] == companies[1]
    assert companies[2] is None
    made = get(call, "companies", companies[0], "domain", "hs_object_source", "num_associated_contacts")
    assert (made["domain"], made["hs_object_source"], made["num_associated_contacts"]) == (
        "acme.example",
        "COMPANIES",
        "2",
    )


def test_a_companys_stage_goes_to_its_contacts_forward_only(call: Caller) -> None:
    ahead, behind = (
        new(call, "contacts", email="a@acme.example", lifecyclestage="customer"),
        new(call, "contacts", email="b@acme.example"),
    )
    company = get(call, "contacts", ahead, "associatedcompanyid")["associatedcompanyid"]

    call("PATCH", f"/crm/v3/objects/companies/{company}", {"properties": {"lifecyclestage": "opportunity"}})

    assert get(call, "contacts", behind, "lifecyclestage")["lifecyclestage"] == "opportunity"
    assert get(call, "contacts", ahead, "lifecyclestage")["lifecyclestage"] == "customer"


def test_deals_and_engagements_are_counted_on_what_they_are_tied_to(call: Caller) -> None:
    company = new(call, "companies", name="Acme")
    deal = new(call, "deals", dealname="D", dealstage="contractsent", pipeline="default")
    talk = new(call, "calls", hs_timestamp="2026-01-05T10:00:00Z")
    call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}")
    call("PUT", f"/crm/v4/objects/calls/{talk}/associations/default/companies/{company}")
    names = ("num_associated_deals", "hs_num_open_deals", "num_notes", "num_contacted_notes", "notes_last_contacted")

    shown = get(call, "companies", company, *names)
    call("PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": "closedwon"}})
    after = get(call, "companies", company, *names)

    assert [shown[n] for n in names] == ["1", "1", "1", "1", "2026-01-05T10:00:00Z"]
    assert (after["num_associated_deals"], after["hs_num_open_deals"]) == ("1", "0")


def test_counts_follow_what_is_archived_restored_erased_or_merged(call: Caller) -> None:
    company, other = new(call, "companies", name="Acme"), new(call, "companies", name="Acme Ltd")
    people = [new(call, "contacts", lastname=n) for n in "abcde"]
    note = new(call, "notes", hs_timestamp="2026-01-05T10:00:00Z")
    deal = new(call, "deals", dealname="D", dealstage="contractsent", pipeline="default")
    for person, where in zip(people, [company] * 4 + [other], strict=True):
        call("PUT", f"/crm/v4/objects/contacts/{person}/associations/default/companies/{where}")
    call("PUT", f"/crm/v4/objects/notes/{note}/associations/default/contacts/{people[0]}")
    call("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}")

    def shown(record_id: str) -> list[str]:
        names = ("num_associated_contacts", "num_associated_deals", "hs_num_open_deals")
        found = get(call, "companies", record_id, *names)
        return [found[name] for name in names]

    assert shown(company) == ["4", "1", "1"]
    call("DELETE", f"/crm/v3/objects/contacts/{people[3]}")
    call("DELETE", f"/crm/v3/objects/deals/{deal}")
    assert shown(company) == ["3", "0", "0"]
    call.side.undelete("contacts", people[3])
    call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": people[2]})
    assert shown(company) == ["3", "0", "0"]
    call("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": people[0], "objectIdToMerge": people[1]})
    assert shown(company) == ["2", "0", "0"]
    call("POST", "/crm/v3/objects/companies/merge", {"primaryObjectId": company, "objectIdToMerge": other})
    assert shown(company) == ["3", "0", "0"]
    assert get(call, "contacts", people[0], "num_notes")["num_notes"] == "1"
    call("PATCH", f"/crm/v3/objects/notes/{note}", {"properties": {"hs_timestamp": "2026-02-05T10:00:00Z"}})
    assert get(call, "contacts", people[0], "notes_last_updated")["notes_last_updated"] == "2026-02-05T10:00:00Z"
    call("DELETE", f"/crm/v3/objects/notes/{note}")
    gone = get(call, "contacts", people[0], "num_notes", "notes_last_updated")
    assert (gone["num_notes"], gone["notes_last_updated"]) == ("0", None)


def test_a_primary_company_that_is_archived_is_nobodys_primary_until_it_is_restored(call: Caller) -> None:
    first, second = new(call, "companies", name="Acme"), new(call, "companies", name="Bolt")
    people = [new(call, "contacts", lastname=n) for n in "ab"]
    for person in people:
        call("PUT", f"/crm/v4/objects/contacts/{person}/associations/default/companies/{first}")

    def primary(person: str) -> tuple[str | None, list[int]]:
        ties = call("GET", f"/crm/v4/objects/contacts/{person}/associations/companies").json["results"]
        labelled = [t["toObjectId"] for t in ties for kind in t["associationTypes"] if kind["label"] == "Primary"]
        return get(call, "contacts", person, "associatedcompanyid")["associatedcompanyid"], labelled

    call("DELETE", f"/crm/v3/objects/companies/{first}")
    assert [primary(p) for p in people] == [(None, []), (None, [])]
    call("PUT", f"/crm/v4/objects/contacts/{people[0]}/associations/default/companies/{second}")
    call.side.undelete("companies", first)

    assert [primary(p) for p in people] == [(second, [int(second)]), (first, [int(first)])]


class Hook:
    """A receiver on loopback that refuses the first delivery."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.refuse = 1
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.refuse:
                    hook.refuse -= 1
                    self.send_response(503)
                else:
                    hook.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                    self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.got for event in orjson.loads(body)]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_webhooks_come_signed_repeated_and_again_after_a_refusal(call: Caller, hook: Hook) -> None:
    app = f"/webhooks/v3/{call.side.portal.auth.app_id}"
    settings = {"targetUrl": hook.url, "throttling": {"maxConcurrentRequests": 10}}
    assert call("PUT", f"{app}/settings", settings).status == 200
    for event, name in (("contact.creation", None), ("contact.propertyChange", "city"), ("contact.merge", None),
                        ("contact.deletion", None), ("contact.associationChange", None)):  # fmt: skip
        body = {"eventType": event, "active": True} | ({"propertyName": name} if name else {})
        assert call("POST", f"{app}/subscriptions", body).status == 201

    one, two = new(call, "contacts", email="a@hook.example"), new(call, "contacts", email="b@hook.example")
    call("PATCH", f"/crm/v3/objects/contacts/{one}", {"properties": {"city": "Bergen"}})
    merged = call("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": one, "objectIdToMerge": two}).json["id"]
    wanted = {
        "contact.creation",
        "contact.propertyChange",
        "contact.merge",
        "contact.deletion",
        "contact.associationChange",
    }
    until = time.monotonic() + 120
    while time.monotonic() < until:
        events = hook.events()
        if {e["subscriptionType"] for e in events} == wanted and any(e["attemptNumber"] for e in events):
            break
        call.side.clock.advance(61)  # type: ignore[attr-defined]
        time.sleep(0.1)

    assert {e["subscriptionType"] for e in events} == wanted
    assert any(e["attemptNumber"] for e in events)
    assert len(events) > len({(e["subscriptionType"], e.get("objectId"), e["eventId"]) for e in events})
    change = next(e for e in events if e["subscriptionType"] == "contact.propertyChange" and e["propertyValue"])
    assert (change["objectId"], change["propertyName"], change["propertyValue"]) == (int(one), "city", "Bergen")
    merge = next(e for e in events if e["subscriptionType"] == "contact.merge")
    assert (merge["newObjectId"], sorted(merge["mergedObjectIds"])) == (int(merged), sorted([int(one), int(two)]))
    headers, body = hook.got[-1]
    expected = Signature.get_signature(
        call.side.portal.auth.client_secret, body.decode(), "v3",
        http_uri=hook.url, http_method="POST", timestamp=headers["x-hubspot-request-timestamp"],
    )  # fmt: skip
    assert headers["x-hubspot-signature-v3"] == expected


def test_webhooks_never_leave_loopback(call: Caller) -> None:
    app = f"/webhooks/v3/{call.side.portal.auth.app_id}"
    call("PUT", f"{app}/settings", {"targetUrl": "https://hook.example/x", "throttling": {"maxConcurrentRequests": 1}})
    call("POST", f"{app}/subscriptions", {"eventType": "contact.creation", "active": True})

    new(call, "contacts", email="a@hook.example")

    assert call.side.portal.webhooks.flush() > 0
    assert call.side.portal.webhooks.pending() == 0
