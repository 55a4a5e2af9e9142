"""node-hubspot, the library before HubSpot's own, runs its own live tests against the twin, unmodified."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

FILES = (
    *("client", "companies", "company_properties", "company_properties_groups", "contact_properties", "contacts"),
    *("crm_associations", "deal_properties", "deal_properties_group", "deals", "engagements", "integrations", "lists"),
    *("oauth", "owners", "pipelines", "ticket"),
)
OF_THEIR_MOCK = {
    "contacts updateByEmail should Create or Update a contact": "HubSpot answers 204 with nothing",
    "contacts merge should merge the {primaryVid} contact in {secondaryVid} contact ": "HubSpot answers the word SUCCESS",
    "contacts addSecondaryEmail should Create or Update a contact": "to the contact 123",
    "lists getOne when passed a listId should return one contact list": "the list 123",
    "lists getByIdBatch should return lists based on an array of ids": "a map by id, which HubSpot does not answer",
    "lists delete should return a 204": "the list fake_id",
    "lists getContacts when passed a listId should return contacts": "the list 123",
    "lists getRecentContacts when passed a listId should return contacts": "the list 123",
    "lists getRecentUpdates should return contacts": "lists, where HubSpot answers contacts",
    "lists addContacts when a id and contactBody is provided should return results": "the list 123",
    "lists removeContacts when a id and contactBody is provided should return results": "the list 123",
    "integrations getAccountDetails should return account details": "a list, which HubSpot does not answer",
    'deals updateBatch "before all" hook for "should update a batch of deals"': "contacts in an answer of deals",
    "Owners getById should return one owner": "the owner 66",
    "tickets getBatchById should return multiple tickets by IDs": "the tickets fake_id_1 and fake_id_2",
    "tickets getBatchById with properties should return multiple tickets by IDs with properties": "the same",
}
"""What they ask of their mock only: no account answers it, because the id is made up or the answer is."""


def test_node_hubspots_live_tests_pass_but_those_that_ask_for_their_mock(
    portal: Any, stranger: Callable[..., Any]
) -> None:
    portal.side.create("contacts", {"email": "node-hubspot@hubspot.com"})
    portal.side.create("contacts", {"email": "test@hubspot.com"})
    portal.side.create("tickets", {"subject": "Help", "hs_pipeline_stage": "1"})
    portal.side.create("notes", {"hs_timestamp": "2026-01-01T00:00:00Z", "hs_note_body": "Note"})
    tool = stranger("hubspot@2.3.14", "mocha@7.2.0", "chai@4.5.0", "nock@10.0.6", kind="npm")
    package = tool.room / "node_modules" / "hubspot"

    done = tool.run(
        "node", str(tool.room / "node_modules" / "mocha" / "bin" / "_mocha"), "--reporter", "json",
        "--timeout", "30000", *(str(package / "test" / f"{name}.js") for name in FILES),
        check=False, NOCK_OFF="true", ACCESS_TOKEN=portal.token, HUBSPOT_API_KEY="retired",
        NODE_OPTIONS=f"--require {tool.lead}", NODE_EXTRA_CA_CERTS=str(portal.certificate),
    )  # fmt: skip
    told = json.loads(done.stdout[done.stdout.index("{\n") :])

    failed = {one["fullTitle"]: one["err"].get("message", "")[:200] for one in told["failures"]}
    assert set(failed) == set(OF_THEIR_MOCK), failed
    assert told["stats"]["passes"] >= 85
