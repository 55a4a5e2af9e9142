"""The scopes that `doctor` names are enough for everything that the connector does, and none of them is for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_rigs import HubSpotRig
from hubspot_reads import connect, ref
from test_contract import live, pull, update

from trueup.connectors.hubspot import HubSpotConnector
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome
from trueup.model.records import HighWater
from trueup.twin.hubspot.auth import ALL_SCOPES

LONG_AGO = HighWater("2026-01-01T00:00:00Z")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    made.add("contacts", {"email": "ann@acme.example"})
    made.add("companies", {"name": "Acme"})
    made.add("deals", made.deal_values)
    made.pass_time()
    yield made
    made.close()


def first(rig: HubSpotRig, object_: str) -> str:
    return str(next(iter(rig.side.dump(object_)))["id"])


def grant_only(rig: HubSpotRig, scopes: tuple[str, ...]) -> None:
    rig.side.set_switch("scopes_removed", tuple(s for s in ALL_SCOPES if s not in scopes))


def everything(rig: HubSpotRig, connector: HubSpotConnector) -> list[str]:
    """Pulls and writes of every kind; what was refused."""
    refused = []
    for object_ in (*connector.capabilities.objects, *connector.capabilities.ties):
        for since in (None, LONG_AGO):
            try:
                _, summary = pull(connector, object_, since)
            except RemoteError as error:
                refused.append(f"{object_}: {error.message}")
            else:
                refused += [f"{object_}: {note}" for note in summary.notes if "scope" in note]
    person, company, deal = (first(rig, o) for o in ("contacts", "companies", "deals"))
    call = {"activity_type": "call", "subject": "S", "occurred_at": "2026-05-06T12:00:00Z", "done": "true"}
    changes = [
        update(ref("contacts", person), "phone", None, "+1 555 0100"),
        update(ref("companies", company), "phone", None, "+1 555 0101"),
        Change(Action.UPDATE, ref("deals", deal), Kind.DEAL, field="name", before="A deal", after="A better deal"),
        Change(Action.CREATE, ref("calls", "new-1"), Kind.ACTIVITY, values=call),
        Change(Action.ASSOCIATE, ref("deals", deal), Kind.DEAL, others=(ref("contacts", person),), field="deal_person"),
    ]
    for change in changes:
        (receipt,) = connector.write([change])
        if receipt.outcome not in (Outcome.APPLIED, Outcome.ALREADY):
            refused.append(f"{change.action} {change.target}: {receipt.message}")
    return refused


def test_the_scopes_named_are_enough(rig: HubSpotRig) -> None:
    needed = connect(rig).permissions().needed
    grant_only(rig, needed)

    assert everything(rig, connect(rig)) == []
    assert len(live(pull(connect(rig), "calls")[0])) == 1


@pytest.mark.parametrize(
    "scope",
    [
        f"crm.objects.{name}.{verb}"
        for name, verbs in {"contacts": 2, "companies": 2, "deals": 2, "owners": 1}.items()
        for verb in ("read", "write")[:verbs]
    ],
)
def test_without_one_of_them_something_is_refused(rig: HubSpotRig, scope: str) -> None:
    found = connect(rig).permissions()
    grant_only(rig, tuple(s for s in found.needed if s != scope))

    refused = everything(rig, connect(rig))
    lacking = connect(rig).permissions().lacking

    assert scope in found.needed
    assert refused
    # Whether writing is allowed cannot be tried: those scopes are only named.
    assert (scope in lacking) is scope.endswith("read")
    assert scope in found.untried or scope.endswith("read")
