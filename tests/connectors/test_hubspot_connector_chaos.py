"""A mirror of HubSpot under edits, merges and archiving in the middle of pulls, index lag and broken answers.

Whatever happens, a pull that calls itself complete leaves a mirror that the next pull can bring up to date: nothing is
missed and nothing doubled. The twin's own records are the truth.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from contract_rigs import HubSpotRig

from trueup.connectors.kit.base import Connector
from trueup.errors import RemoteError
from trueup.model.records import HighWater, Page, PullSummary
from trueup.twin.kit.faults import Fault

CAMPAIGN = 200


class Mirror:
    """What a store does with pages, in its smallest form."""

    def __init__(self) -> None:
        self.rows: dict[str, str | None] = {}
        self.mark: HighWater | None = None

    def pull(self, connector: Connector, meanwhile: object) -> bool:
        """One pull; whether it was complete. `meanwhile` is called between pages."""
        seen: set[str] = set()
        steps = connector.pull("contacts", self.mark)
        try:
            while True:
                self._take(next(steps), seen)
                meanwhile()  # type: ignore[operator]
        except StopIteration as stop:
            summary: PullSummary = stop.value
        except RemoteError:
            return False
        if not summary.complete:
            return False
        if summary.full:
            self.rows = {id_: phone for id_, phone in self.rows.items() if id_ in seen}
        self.mark = summary.high_water
        return True

    def _take(self, page: Page, seen: set[str]) -> None:
        for record in page.records:
            if record.deleted or record.merged_into is not None:
                self.rows.pop(record.ref.id, None)
            else:
                assert record.ref.id not in seen, "a record came twice in one pull"
                seen.add(record.ref.id)
                self.rows[record.ref.id] = record.fields["phone"]


class World:
    """People in HubSpot who do something now and then."""

    def __init__(self, rig: HubSpotRig, seed: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)
        self.made = 0
        for _ in range(24):
            self.make()

    def truth(self) -> dict[str, str | None]:
        """The live records and their phones."""
        rows = (r for r in self.rig.side.dump("contacts") if not r["archived"])
        return {r["id"]: r["properties"].get("phone") for r in rows}

    def make(self) -> None:
        """Add a contact."""
        self.made += 1
        self.rig.add("contacts", {"email": f"p{self.made}@acme.example", "phone": f"+1 555 {self.made:04}"})

    def act(self) -> None:
        """Let somebody do something, half of the time."""
        if self.random.random() < 0.5:
            return
        ids = sorted(self.truth())
        one, other = self.random.sample(ids, 2)
        what = self.random.choice(["edit", "edit", "edit", "make", "merge", "delete", "wait"])
        if what == "edit":
            self.rig.edit("contacts", one, {"phone": f"+1 555 {self.random.randrange(10000):04}"})
        elif what == "make":
            self.make()
        elif what == "merge" and len(ids) > 8:
            self.rig.merge("contacts", one, other)
        elif what == "delete" and len(ids) > 8:
            self.rig.delete("contacts", one)
        else:
            self.rig.clock.advance(self.random.randrange(20))


@pytest.mark.campaign
def test_the_mirror_is_true_whatever_happens_during_pulls(tmp_path: Path, campaign_share: float) -> None:
    for seed in range(max(2, round(CAMPAIGN * campaign_share))):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rig = HubSpotRig(folder)
        world, mirror = World(rig, seed), Mirror()
        for n, action in enumerate(("answer", "reset_before", "truncate")):
            rig.faults.add(Fault(action, path="/crm/v3/objects", status=503, probability=0.1, seed=seed * 10 + n))
        connector = rig.open(page_size=5, search_page_size=5)

        complete = 0
        for _ in range(4):
            complete += mirror.pull(connector, world.act)
            for _ in range(3):
                world.act()
        rig.faults.clear()
        rig.pass_time()
        quiet = mirror.pull(connector, lambda: None)

        assert quiet, f"seed {seed}"
        assert mirror.rows == world.truth(), f"seed {seed}"
        assert complete, f"seed {seed}"
        connector.close()
        rig.close()
