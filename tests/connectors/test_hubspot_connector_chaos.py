"""A mirror of HubSpot under edits, merges and archiving in the middle of pulls, index lag and broken answers.

Of the requests three in ten fail; bulk edits give many records one instant, more than a page holds. Whatever happens, a pull that calls itself complete leaves a mirror that the next pull can bring up to date: nothing is
missed and nothing doubled. The twin's own records are the truth.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import campaigns
import pytest
import requests
from contract_rigs import SYSTEM, HubSpotRig

from trueup.connectors.hubspot import segments
from trueup.connectors.kit.base import Coming, Connector
from trueup.errors import RemoteError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.twin.kit.faults import Fault

CAMPAIGN = 200

PAGE = 5

A_TENTH = 0.113
"""Of three kinds of fault, each so often: 1 - (1 - 0.113)³ is three requests in ten."""


class Mirror:
    """What a store does with pages, in its smallest form."""

    def __init__(self, *, told: bool) -> None:
        self.rows: dict[str, str | None] = {}
        self.mark: HighWater | None = None
        self.told = told
        """Whether the connector may look at what is held, as the engine lets it."""

    def live_ids(self, object: str, /) -> list[str]:  # noqa: A002
        """See `Mirror`."""
        return sorted(self.rows) if object == "contacts" else []

    def records(self, refs: Sequence[Ref], /) -> dict[Ref, Record]:
        """See `Mirror`; contacts have no associations that would be asked for."""
        return {}

    def pull(self, connector: Connector, meanwhile: object) -> bool:
        """One pull; whether it was complete. `meanwhile` is called between pages."""
        seen: set[str] = set()
        if self.told:
            connector.prepare(Coming({"contacts": self.mark, "contacts:history": self.mark}, self))
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

    def __init__(self, rig: HubSpotRig, seed: int, *more: str) -> None:
        self.rig = rig
        self.more = more
        self.random = random.Random(seed)
        self.made = 0
        for _ in range(24):
            self.make()
        self.bulk(sorted(self.truth()))

    def truth(self) -> dict[str, str | None]:
        """The live records and their phones."""
        rows = (r for r in self.rig.side.dump("contacts") if not r["archived"])
        return {r["id"]: r["properties"].get("phone") for r in rows}

    def make(self) -> None:
        """Add a contact."""
        self.made += 1
        self.rig.add("contacts", {"email": f"p{self.made}@acme.example", "phone": f"+1 555 {self.made:04}"})

    def bulk(self, ids: Sequence[str]) -> None:
        """Edit more records than a page holds at one instant, as a bulk edit or an import does."""
        self.rig.clock.freeze()
        for id_ in self.random.sample(ids, min(len(ids), 3 * PAGE)):
            self.rig.edit("contacts", id_, {"phone": f"+1 555 {self.random.randrange(10000):04}"})
        self.rig.clock.thaw()

    def forget(self, id_: str) -> None:
        """Delete a contact for good, as the GDPR wants it: no listing tells of it afterwards."""
        token = self.rig.side.credentials(self.rig.url)["access_token"]
        headers, body = {"Authorization": f"Bearer {token}"}, {"objectId": id_}
        for _ in range(50):
            try:
                address = f"{self.rig.url}/crm/v3/objects/contacts/gdpr-delete"
                if requests.post(address, json=body, headers=headers, timeout=10).status_code == 204:
                    return
            except requests.RequestException:
                continue

    def act(self, *, pulling: bool = True) -> None:
        """Let somebody do something, half of the time; `pulling`: while a pull is between two pages."""
        if self.random.random() < 0.5:
            return
        ids = sorted(self.truth())
        one, other = self.random.sample(ids, 2)
        what = self.random.choice(["edit", "edit", "edit", "bulk", "make", "merge", "delete", "wait", *self.more])
        if pulling:
            campaigns.count(f"{what} in a pull")
        if what == "edit":
            self.rig.edit("contacts", one, {"phone": f"+1 555 {self.random.randrange(10000):04}"})
        elif what == "bulk":
            self.bulk(ids)
        elif what == "make":
            self.make()
        elif what == "merge" and len(ids) > 8:
            self.rig.merge("contacts", one, other)
        elif what == "delete" and len(ids) > 8:
            self.rig.delete("contacts", one)
        elif what == "forget" and len(ids) > 8:
            self.forget(one)
        else:
            self.rig.clock.advance(self.random.randrange(20))


@pytest.mark.campaign
def test_the_mirror_is_true_whatever_happens_during_pulls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "PARTS", 3)
    monkeypatch.setattr(segments, "REACH", 5)
    for seed in range(campaigns.part(CAMPAIGN, least=2)):
        campaigns.count("seeds")
        folder = tmp_path / str(seed)
        folder.mkdir()
        rig = HubSpotRig(folder)
        # Every other mirror lets itself be looked at, as the store does; only those hear of what is deleted for good.
        told = seed % 2 == 0
        # And every third is read in three places at once.
        monkeypatch.setattr(segments, "WORTH_IT", 10 if seed % 3 == 0 else 20_000)
        world, mirror = World(rig, seed, *(["forget", "forget"] if told else [])), Mirror(told=told)
        for n, action in enumerate(("answer", "reset_before", "truncate")):
            rig.faults.add(Fault(action, path="/crm/v3/objects", status=503, probability=A_TENTH, seed=seed * 10 + n))
        connector = rig.open(page_size=PAGE, search_page_size=PAGE)
        ties = Counter(r["updatedAt"] for r in rig.side.dump("contacts")).most_common(1)[0][1]
        assert ties > 2 * PAGE

        complete = 0
        for _ in range(4):
            whole = mirror.pull(connector, world.act)
            complete += whole
            campaigns.count("pulls complete" if whole else "pulls that said incomplete")
            for _ in range(3):
                world.act(pulling=False)
        asked = sum("/crm/v3/objects" in r["path"] for r in rig.recorder.requests())
        campaigns.count("requests for records", asked)
        campaigns.count("of which failed", sum(rule["hits"] for rule in rig.faults.rules()))
        rig.faults.clear()
        rig.pass_time()
        quiet = mirror.pull(connector, lambda: None)

        assert quiet, f"seed {seed}"
        assert mirror.rows == world.truth(), f"seed {seed}"
        assert complete, f"seed {seed}"
        connector.close()
        rig.close()


@pytest.mark.campaign
def test_nothing_is_made_twice_whatever_happens_to_answers(tmp_path: Path) -> None:
    """Creates, updates and ties are written again until all are done, as after crashes; each then exists once."""
    for seed in range(campaigns.part(CAMPAIGN, least=2)):
        campaigns.count("seeds")
        folder = tmp_path / str(seed)
        folder.mkdir()
        rig = HubSpotRig(folder)
        person = rig.add("contacts", {"email": "ann@acme.example"})
        connector = rig.open()
        assert connector.capabilities.upsert_key["deals"]
        for n, action in enumerate(("answer", "reset_before", "reset_after", "truncate")):
            rig.faults.add(Fault(action, path="/crm/", status=502, probability=0.12, seed=seed * 10 + n))
        deals = [
            Change(
                Action.CREATE,
                Ref(SYSTEM, "deals", f"new-{n}"),
                Kind.DEAL,
                values={"name": f"Deal {n}", "stage": "qualifiedtobuy", "pipeline": "default"},
            )
            for n in range(6)
        ]

        made = {c: r.ref for c, r in _until_done(connector, deals).items()}
        ties = [
            Change(Action.ASSOCIATE, ref, Kind.DEAL, others=(Ref(SYSTEM, "contacts", person),), field="deal_person")
            for ref in made.values()
            if ref is not None
        ]
        _until_done(connector, ties)
        campaigns.count("creates and ties", len(deals) + len(ties))

        live = {r["id"]: r["properties"]["dealname"] for r in rig.side.dump("deals")}
        assert {made[c.id].id: f"Deal {n}" for n, c in enumerate(deals)} == live, f"seed {seed}"  # type: ignore[union-attr]
        tied = [t["from_id"] for t in rig.side.dump("associations") if t["from_type"] == "deals"]
        assert sorted(tied) == sorted(live), f"seed {seed}"
        connector.close()
        rig.close()


def _until_done(connector: Connector, changes: list[Change]) -> dict[str, Receipt]:
    done: dict[str, Receipt] = {}
    for _ in range(40):
        waiting = [c for c in changes if c.id not in done]
        if not waiting:
            return done
        receipts = connector.write(waiting)
        campaigns.count("lots sent")
        assert not [r for r in receipts if r.outcome is Outcome.REFUSED]
        done |= {r.change_id: r for r in receipts if r.outcome in (Outcome.APPLIED, Outcome.ALREADY)}
    raise AssertionError("never done")
