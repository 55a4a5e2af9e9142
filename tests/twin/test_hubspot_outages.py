"""Every status that HubSpot's infrastructure answers on a bad day, through the fault rules of the control port."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from hubspot_bench import account

from trueup.twin.hubspot.outages import OUTAGES
from trueup.twin.kit.faults import Fault, Faults
from trueup.twin.kit.pipeline import wrap
from trueup.twin.kit.recorder import Recorder
from trueup.twin.kit.serving import Listener, Servers

STATUSES = {423, 429, 477, 500, 502, 503, 504, 521, 522, 523, 524, 525, 526, 530}


def test_every_outage_is_answered_once_and_the_next_call_is_well() -> None:
    side, faults = account(), Faults()
    clock = side.clock  # type: ignore[attr-defined]
    app = wrap(side.app, "hubspot", clock, Recorder(clock=clock), faults, side.expire_sessions)
    servers = Servers([Listener("http", app)])
    servers.start()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Authorization": f"Bearer {side.credentials('')['access_token']}"}
    request = urllib.request.Request(f"{servers.urls['http']}/crm/v3/objects/contacts", headers=headers)
    seen: dict[int, set[str]] = {}
    try:
        for outage in OUTAGES.values():
            faults.add(Fault.of({**outage, "side": "hubspot", "path": "/contacts", "count": 1}))
            with pytest.raises(urllib.error.HTTPError) as refused:
                opener.open(request, timeout=10)
            seen.setdefault(refused.value.code, set()).add(str(refused.value.headers.get("Retry-After")))
            refused.value.close()
            with opener.open(request, timeout=10) as answer:
                assert answer.status == 200
    finally:
        servers.stop()
        side.close()
    assert set(seen) == STATUSES
    assert seen[429] == {"None", "1"}
    assert seen[477] == {"30"}
