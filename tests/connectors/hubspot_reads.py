"""What the tests of reading HubSpot share: a connector to the rig, many contacts at once, the requests that arrived."""

from __future__ import annotations

from contract_rigs import SYSTEM, HubSpotRig

from trueup.connectors.hubspot import HubSpotConnector
from trueup.model.refs import Ref


def connect(rig: HubSpotRig, **options: object) -> HubSpotConnector:
    """A connector that may write."""
    found = rig.open(read_only=False, **options)
    assert isinstance(found, HubSpotConnector)
    return found


def ref(object_: str, id_: str) -> Ref:
    """A ref of the rig's system."""
    return Ref(SYSTEM, object_, id_)


def load_contacts(rig: HubSpotRig, n: int, updated: str = "2026-01-02T03:04:05Z") -> None:
    """So many contacts, all changed at one moment."""
    rows = [
        {
            "id": str(1000 + i * 7),
            "properties": {"email": f"p{i}@acme.example", "lifecyclestage": "lead"},
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": updated,
            "archived": False,
        }
        for i in range(n)
    ]
    rig.side.load("contacts", rows)
    rig.side.finish_loading()


def paths(rig: HubSpotRig, since: int = 0) -> list[str]:
    """Method and path of each request from the given one on."""
    return [f"{r['method']} {r['path']}" for r in rig.recorder.requests(since=since)]
