"""The account's own day of association calls used up: what needs none goes on, nothing is guessed, all is there later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_rigs import HubSpotRig
from hubspot_reads import connect, paths, ref
from test_contract import live, pull

from trueup.connectors.hubspot import HubSpotConnector, errors
from trueup.errors import LimitError, PartLimitError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome
from trueup.model.records import HighWater

LONG_AGO = HighWater("2026-01-01T00:00:00Z")
DAILY = {"policyName": "DAILY", "message": "You have reached your daily limit."}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def spent(rig: HubSpotRig) -> HubSpotConnector:
    """A connector to an account with a person and two deals, whose one association call of the day is made."""
    rig.add("contacts", {"email": "ann@acme.example"})
    for n in range(2):
        rig.add("deals", {"name": f"Deal {n}", "stage": "qualifiedtobuy", "pipeline": "default"})
    rig.pass_time()
    connector = connect(rig)
    assert connector.capabilities
    for object_ in ("contacts", "deals"):
        connector.describe(object_)
    connector.client.read("/crm/v4/associations/deals/contacts/batch/read", {"inputs": [{"id": "1"}]})
    rig.side.set_switch("association_calls_per_day", 1)
    rig.side.set_switch("limits", True)
    return connector


@pytest.mark.parametrize(
    ("path", "left", "expected"),
    [
        ("/crm/v4/associations/deals/contacts/batch/read", "649000", PartLimitError),
        ("/crm/v4/associations/deals/contacts/batch/read", None, PartLimitError),  # an OAuth app is told no day
        ("/crm/v4/associations/deals/contacts/batch/read", "0", LimitError),
        ("/crm/v3/objects/contacts", "649000", LimitError),
    ],
)
def test_whose_day_is_used_up_is_told_apart(path: str, left: str | None, expected: type[Exception]) -> None:
    headers = {} if left is None else {"X-HubSpot-RateLimit-Daily-Remaining": left}

    assert type(errors.from_answer(429, DAILY, headers, system="hubspot", path=path)) is expected


def test_deals_wait_for_the_next_day_and_people_do_not(rig: HubSpotRig, spent: HubSpotConnector) -> None:
    before = rig.arrived()
    with pytest.raises(PartLimitError, match="daily limit"):
        pull(spent, "deals", LONG_AGO)
    refused = [p for p in paths(rig, since=before) if "/associations/" in p]
    pages, people = pull(spent, "contacts", LONG_AGO)
    # A full pull has the associations from the list itself, without any such call.
    _, full = pull(spent, "deals")
    rig.clock.advance(86_400)
    rig.side.set_switch("association_calls_per_day", 10)
    later, deals = pull(spent, "deals", LONG_AGO)

    assert len(refused) == 1  # asked once: it is not worth repeating
    assert people.complete
    assert len(live(pages)) == 1
    assert (full.seen, full.complete) == (2, True)
    assert deals.complete
    assert len(live(later)) == 2


def test_a_tie_is_not_written_and_said_so(rig: HubSpotRig, spent: HubSpotConnector) -> None:
    deal = next(iter(rig.side.dump("deals")))["id"]
    person = next(iter(rig.side.dump("contacts")))["id"]
    tie = Change(
        Action.ASSOCIATE, ref("deals", deal), Kind.DEAL, others=(ref("contacts", person),), field="deal_person"
    )

    (refused,) = spent.write([tie])
    tied_meanwhile = list(rig.side.dump("associations"))
    rig.clock.advance(86_400)
    rig.side.set_switch("association_calls_per_day", 10)
    (done,) = spent.write([tie])

    assert (refused.outcome, tied_meanwhile) == (Outcome.FAILED, [])
    assert "daily limit" in refused.message
    assert done.outcome is Outcome.APPLIED
    assert list(rig.side.dump("associations"))


def test_a_deal_is_made_once_and_gets_its_company_the_day_after(rig: HubSpotRig, spent: HubSpotConnector) -> None:
    company = rig.add("companies", {"name": "Acme"})
    values = {"name": "Big", "stage": "qualifiedtobuy", "pipeline": "default", "company_id": f"companies/{company}"}
    change = Change(Action.CREATE, ref("deals", "new-1"), Kind.DEAL, values=values)

    (half,) = spent.write([change])
    rig.clock.advance(86_400)
    rig.side.set_switch("association_calls_per_day", 10)
    (whole,) = spent.write([change])

    assert (half.outcome, half.code) == (Outcome.FAILED, "COMPANY_NOT_ATTACHED")
    assert "daily limit" in half.message
    assert whole.outcome is Outcome.ALREADY
    assert [d["properties"]["dealname"] for d in rig.side.dump("deals")].count("Big") == 1
    got = spent.get([whole.ref])[whole.ref]  # type: ignore[list-item,index]
    assert got is not None
    assert got.fields["company_id"] == f"companies/{company}"
