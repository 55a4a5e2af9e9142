"""When the integration runs: a tick every fifteen minutes for Salesforce's changes, at once for HubSpot's own.

Both go by the twin's clock and run on requests to either side: whoever looks finds what would be there by then.
"""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.integration.account import Account
from trueup.twin.hubspot.integration.activities import Activities
from trueup.twin.hubspot.integration.bridge import Bridge, SalesforceLike
from trueup.twin.hubspot.integration.records import Syncing
from trueup.twin.hubspot.integration.rules import OBJECTS
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.store import Event

Json = dict[str, Any]

TICK_MS = 15 * 60 * 1000
_PUSHED = frozenset(OBJECTS.values())


class Integration:
    """The integration of one account with one org; on while the account's switch `salesforce_integration` is."""

    def __init__(self, portal: Portal, salesforce: SalesforceLike) -> None:
        self._portal = portal
        self._bridge = Bridge(portal, salesforce)
        self._records = Syncing(self._bridge)
        self._activities = Activities(self._bridge)
        self._account = Account(self._bridge, self._records)
        self._changed: dict[tuple[str, int], None] = {}
        self._busy = False

    @property
    def errors(self) -> list[Json]:
        """The errors of the sync, oldest first."""
        return self._bridge.errors

    @property
    def on(self) -> bool:
        """Whether the account's switch is on."""
        return bool(self._portal.switches["salesforce_integration"])

    def state(self) -> Json:
        """What the app's settings page shows: on or off, how many ticks so far, the last one, errors."""
        kept = self._portal.store.kv_get("integration", "last")
        ticks = int(self._portal.store.kv_get("integration", "ticks") or 0)
        return {"on": self.on, "ticks": ticks, "last_ms": kept, "errors": list(self.errors)}

    def run_due(self) -> int:
        """Does what time has come for: HubSpot's changes, and the ticks since the last time.

        One tick is enough for any number of missed ones: nobody has looked in between.
        """
        if self._busy or not self.on:
            self._changed.clear()
            return 0
        self._push()
        last = self._portal.store.kv_get("integration", "last")
        if last is not None and self._portal.now() - int(last) < TICK_MS:
            return 0
        self.tick()
        return 1

    def tick(self) -> dict[str, int]:
        """One sync: gives how many records were written on each side."""
        portal, bridge = self._portal, self._bridge
        self._busy = True
        try:
            bridge.begin()
            self._account.owners()
            for name in OBJECTS:
                self._records.sync(name)
            self._account.stages()
            self._account.include()
            self._activities.sync()
            portal.store.kv_put("integration", "last", portal.now())
            portal.store.kv_put("integration", "ticks", int(portal.store.kv_get("integration", "ticks") or 0) + 1)
            self._changed.clear()
        finally:
            self._busy = False
        return bridge.done

    def note(self, event: Event) -> None:
        """Hears of every committed write in HubSpot; its own do not count."""
        object_name, record_id, action, _, _ = event
        if self.on and not self._busy and action in {"create", "update"} and object_name in _PUSHED:
            self._changed[object_name, int(record_id)] = None

    def _push(self) -> None:
        """Carries HubSpot's own changes over at once (reference 14.2)."""
        if not self._changed:
            return
        waiting, self._changed = list(self._changed), {}
        self._busy = True
        try:
            self._bridge.begin()
            for object_name, record_id in waiting:
                self._records.push(object_name, record_id)
        finally:
            self._busy = False
