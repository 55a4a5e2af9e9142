"""Every HubSpot call reaches its own rule: a path with a parameter does not stand before a fixed one that it matches."""

from __future__ import annotations

import re

from hubspot_bench import account
from starlette.routing import Match

from trueup.twin.hubspot.app import routes


def test_no_route_hides_another() -> None:
    side = account()
    served = routes(side.portal)
    side.close()
    hidden = []
    for route in served:
        path = re.sub(r"{[^}]*:int}", "7", route.path)
        path = re.sub(r"{[^}]*}", "anything", path)
        scope = {"type": "http", "method": "GET", "path": path}
        first = next(other for other in served if other.matches(scope)[0] is Match.FULL)
        if first is not route:
            hidden.append((route.path, first.path))

    assert len(served) > 100
    assert hidden == []
