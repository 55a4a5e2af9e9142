"""Nights of the engine with HubSpot, over a store of its own, while people go on working and answers break.

Records, associations that changed alone, and stage histories: after some quiet nights the store holds what HubSpot
holds, although only the first pull was a full one.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import campaigns
import pytest
import sqlalchemy as sa
from contract_rigs import SYSTEM, HubSpotRig

from trueup.connectors.hubspot import HubSpotConnector
from trueup.connectors.kit.base import Connector
from trueup.model.records import StageSource
from trueup.store import Store, open_store
from trueup.store.tables import associations, records, stage_events
from trueup.sync.pull import pull
from trueup.twin.kit.faults import Fault

CAMPAIGN = 200
ONLY = [f"{SYSTEM}:{name}" for name in ("contacts", "deals", "contacts:history", "deals:history")]
SWEEP_DAYS = 3
STAGES = ["lead", "marketingqualifiedlead", "opportunity", "customer"]
DEAL_STAGES = ["qualifiedtobuy", "presentationscheduled", "contractsent", "closedwon"]


class Office:
    """People, deals, and somebody who works on them."""

    def __init__(self, rig: HubSpotRig, seed: int) -> None:
        self.rig, self.random = rig, random.Random(seed)
        self.made = 0
        for _ in range(10):
            self.person()
        self.companies = [rig.add("companies", {"name": f"Acme {n}"}) for n in range(3)]
        self.deals = [rig.add("deals", {**rig.deal_values, "name": f"Deal {n}"}) for n in range(6)]

    def person(self) -> None:
        self.made += 1
        self.rig.add("contacts", {"email": f"p{self.made}@acme.example", "lifecycle_stage": "lead"})

    def live(self, object_: str) -> list[str]:
        return sorted(r["id"] for r in self.rig.side.dump(object_) if not r["archived"])

    def work(self) -> None:
        """One thing done, or a while of nothing."""
        people, deals = self.live("contacts"), self.live("deals")
        one, other = self.random.sample(people, 2)
        deal = self.random.choice(deals)
        what = self.random.choice(
            ["tie", "tie", "company", "stage", "stage", "deal", "merge", "delete", "person", "wait"]
        )
        if what == "tie":
            self.rig.side.associate("deals", deal, "contacts", one)
        elif what == "company":
            self.rig.side.associate("deals", deal, "companies", self.random.choice(self.companies), 5)
        elif what == "stage":
            self.rig.edit("contacts", one, {"lifecycle_stage": self.random.choice(STAGES)})
        elif what == "deal":
            self.rig.edit("deals", deal, {"stage": self.random.choice(DEAL_STAGES), "pipeline": "default"})
        elif what == "merge" and len(people) > 6:
            self.rig.merge("contacts", one, other)
        elif what == "delete" and len(deals) > 3 and self.random.random() < 0.4:
            self.rig.delete("deals", deal)
        elif what == "person":
            self.person()
        else:
            self.rig.clock.advance(self.random.randrange(40))


def night(connector: Connector, store: Store) -> bool:
    """What `trueup pull` does; whether all was seen."""
    done = pull({SYSTEM: connector}, store, now=lambda: datetime.now(UTC), only=ONLY)
    return all(p.complete for p in done)


@pytest.mark.campaign
def test_after_quiet_nights_the_store_holds_what_hubspot_holds(tmp_path: Path) -> None:
    for seed in range(campaigns.part(CAMPAIGN, least=2)):
        campaigns.count("seeds")
        folder = tmp_path / str(seed)
        folder.mkdir()
        rig, store = HubSpotRig(folder), open_store(f"sqlite:///{folder}/store.db")
        office = Office(rig, seed)
        connector = rig.open(read_only=False, page_size=4, search_page_size=5, sweep_days=SWEEP_DAYS)
        for n, action in enumerate(("answer", "reset_before", "truncate")):
            rig.faults.add(Fault(action, path="/crm/v", status=503, probability=0.1, seed=seed * 10 + n))

        while not night(connector, store):
            campaigns.count("nights that said incomplete")
        for _ in range(4):
            for _ in range(10):
                office.work()
            rig.clock.advance(86_400)
            campaigns.count("nights complete" if night(connector, store) else "nights that said incomplete")
        rig.faults.clear()
        for _ in range(SWEEP_DAYS + 1):
            rig.clock.advance(86_400)
            assert night(connector, store), f"seed {seed}"

        assert _held(store, "contacts") == office.live("contacts"), f"seed {seed}"
        assert _held(store, "deals") == office.live("deals"), f"seed {seed}"
        assert _ties(store) == _true_ties(rig, set(office.live("deals"))), f"seed {seed}"
        assert _histories(store) == _true_histories(rig), f"seed {seed}"
        connector.close()
        store.close()
        rig.close()


def _held(store: Store, object_: str) -> list[str]:
    return sorted(store.live_ids(SYSTEM, object_))


def _ties(store: Store) -> set[tuple[str, str, str]]:
    a = associations.c
    live = sa.select(records.c.id).where(
        records.c.object == "deals", sa.not_(records.c.deleted), records.c.merged_id.is_(None)
    )
    with store.database.read() as connection:
        rows = connection.execute(
            sa.select(a.source_id, a.target_object, a.target_id).where(
                a.source_object == "deals", a.source_id.in_(live)
            )
        )
        return {(row[0], row[1], row[2]) for row in rows}


def _true_ties(rig: HubSpotRig, deals: set[str]) -> set[tuple[str, str, str]]:
    return {
        (t["from_id"], t["to_type"], t["to_id"])
        for t in rig.side.dump("associations")
        if t["from_type"] == "deals" and t["from_id"] in deals
    }


def _histories(store: Store) -> set[tuple[str, str, str, str]]:
    e = stage_events.c
    live = sa.select(records.c.id).where(sa.not_(records.c.deleted), records.c.merged_id.is_(None))
    with store.database.read() as connection:
        rows = connection.execute(
            sa.select(e.object, e.id, e.stage, e.at).where(e.source == StageSource.HISTORY.value, e.id.in_(live))
        )
        return {(row[0], row[1], row[2], str(row[3])[:19].replace("T", " ")) for row in rows}


def _true_histories(rig: HubSpotRig) -> set[tuple[str, str, str, str]]:
    """By a connection that never heard of the nights before."""
    connector = rig.open(read_only=True)
    assert isinstance(connector, HubSpotConnector)
    found = set()
    for tie in ("contacts:history", "deals:history"):
        for page in connector.pull(tie, None):
            found |= {(e.ref.object, e.ref.id, e.stage, str(e.at)[:19]) for e in page.stage_events}
    connector.close()
    return found
