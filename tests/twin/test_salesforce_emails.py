"""E-mail messages and the tasks that come with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_a_message_shows_up_twice_and_names_its_task(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account)
    sent = {
        "Subject": "Offer",
        "FromAddress": "a@a.example",
        "ToAddress": "c@c.example",
        "MessageDate": "2026-05-01T09:00:00Z",
    }
    message = bench.make("EmailMessage", **sent, RelatedToId=account, Status="3", TextBody="Hello")
    bench.make("EmailMessageRelation", EmailMessageId=message, RelationId=contact, RelationType="ToAddress")
    row = bench.query(
        "SELECT Id, ActivityId, Activity.Subject, (SELECT RelationId FROM EmailMessageRelations) FROM EmailMessage"
    )
    (found,) = row["records"]
    assert (found["Activity"]["Subject"], found["EmailMessageRelations"]["records"][0]["RelationId"]) == (
        "Email: Offer",
        contact,
    )
    task = bench.row("Task", found["ActivityId"])
    assert [task[n] for n in ("TaskSubtype", "WhatId", "WhoId", "AccountId", "ActivityDate", "IsClosed")] == [
        "Email", account, contact, account, "2026-05-01", True]  # fmt: skip
    emails = bench.query(f"SELECT Id, (SELECT Id FROM Emails) FROM Account WHERE Id = '{account}'")["records"][0][
        "Emails"
    ]
    assert [r["Id"] for r in emails["records"]] == [message]
    assert bench.row("Contact", contact)["LastActivityDate"] == "2026-05-01"


def test_only_a_draft_can_be_edited(bench):
    sent = bench.make("EmailMessage", Subject="Sent", Status="3")
    draft = bench.make("EmailMessage", Subject="Draft", Status="5")
    refused = bench.call("PATCH", f"sobjects/EmailMessage/{sent}", json={"Subject": "New"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert bench.call("PATCH", f"sobjects/EmailMessage/{draft}", json={"Subject": "New"}).status_code == 204
