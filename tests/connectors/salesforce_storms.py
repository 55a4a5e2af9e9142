"""A storm over an org: faults on a share of all requests while somebody works, and what a pull then has to have seen.

A pull that says it is complete is held to it: every record that was there when it began is held in that state or a
later one, every record that was gone is held to be gone, and nothing is held that never was.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import campaigns
from salesforce_org import Org

from trueup.connectors.kit.base import Coming
from trueup.connectors.salesforce.connector import SalesforceConnector
from trueup.connectors.salesforce.cursor import Row
from trueup.connectors.salesforce.rows import stamp
from trueup.errors import RemoteError
from trueup.model.records import HighWater, Record
from trueup.model.refs import Ref

BUSY = '[{"message":"busy","errorCode":"SERVER_UNAVAILABLE"}]'
SLOW = '[{"message":"slow down","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
CONCURRENT = (
    '[{"message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
)


class Store:
    """What a store would hold of some objects: records, and marks that move with complete pulls only."""

    def __init__(self, objects: Sequence[str]) -> None:
        self.objects = tuple(objects)
        self.records: dict[Ref, Record] = {}
        self.marks: dict[str, HighWater | None] = dict.fromkeys(objects)

    def live_ids(self, object: str, /) -> list[str]:  # noqa: A002
        return [r.id for r, rec in self.records.items() if r.object == object and not rec.deleted]

    def put(self, record: Record) -> None:
        known = self.records.get(record.ref)
        if known and known.modified_at and record.modified_at and record.modified_at < known.modified_at:
            return
        fields = record.fields or (known.fields if known else {})
        self.records[record.ref] = Record(
            record.ref, record.kind, fields, record.version, record.modified_at, record.deleted, record.merged_into
        )

    def end(self, object_: str, seen: set[Ref], mark: HighWater | None, *, full: bool) -> None:
        self.marks[object_] = mark
        if full:
            for ref, record in list(self.records.items()):
                if ref.object == object_ and ref not in seen and not record.deleted:
                    self.records[ref] = Record(ref, record.kind, record.fields, deleted=True)


def weather(org: Org, draw: random.Random, share: float) -> None:
    """Every kind of fault on some requests, each kind drawn from a seed of its own."""
    for fault in (
        {"action": "answer", "status": 429, "body": SLOW, "headers": {"Retry-After": "0"}},
        {"action": "answer", "status": 503, "body": BUSY},
        {"action": "answer", "status": 403, "body": CONCURRENT},
        {"action": "answer", "status": 502, "body": "<html>bad gateway</html>"},
        {"action": "reset_before"},
        {"action": "reset_after"},
        {"action": "truncate"},
        {"action": "expire_session"},
    ):
        org.fault(path="/services/", probability=share / 8, seed=draw.randrange(10**6), **fault)


def somebody_works(org: Org, draw: random.Random, objects: Sequence[str]) -> None:
    """One thing that a user, an admin or the system does meanwhile."""
    name = draw.choice(objects)
    with org.side.store.lock:
        living = f'SELECT "Id" FROM "{name}" WHERE "IsDeleted" = 0 ORDER BY "Id"'
        alive = [row[0] for row in org.side.store.con.execute(living)]
    field = {"Account": "Website", "Task": "Subject"}.get(name, "Title")
    what = draw.randrange(10)
    if what < 4:
        campaigns.count("edits meanwhile")
        org.side.edit(name, draw.choice(alive), {field: f"w{draw.randrange(10**6)}"})
    elif what == 4:
        # A long transaction: stamped now, seen minutes later.
        org.side.set_switch("late_commit_s", 240)
        org.side.edit(name, draw.choice(alive), {field: f"late{draw.randrange(10**6)}"})
        org.side.set_switch("late_commit_s", 0)
    elif what == 5 and name != "Account":
        org.side.delete(name, draw.choice(alive))
    elif what == 6 and name in ("Contact", "Lead"):
        campaigns.count("merges meanwhile")
        survivor, *losers = draw.sample(alive, 3)
        org.side.merge(name, survivor, losers[: draw.randrange(1, 3)])
    elif what == 7 and name in ("Contact", "Lead"):
        more = {"Company": "New Inc"} if name == "Lead" else {}
        org.side.create(name, {"LastName": f"New{draw.randrange(10**6)}", **more})
    elif what == 8:
        campaigns.count("cursors ended meanwhile")
        org.side.expire_cursors()
    elif what == 9 and name != "Account":
        # Out of the bin at once, as by an admin who empties it: only the feed of deletes still names it.
        gone = draw.choice(alive)
        org.side.delete(name, gone)
        with org.side.store.lock:
            org.side.store.con.execute(f'DELETE FROM "{name}" WHERE "Id" = ?', (gone,))
    org.clock.advance(draw.randrange(0, 3))


def states(org: Org, objects: Sequence[str]) -> dict[str, dict[str, Row]]:
    """Every row of some objects as it stands."""
    return {name: {row["Id"]: dict(row) for row in org.side.dump(name)} for name in objects}


def night(org: Org, store: Store, connector: SalesforceConnector, draw: random.Random, busy: float) -> dict[str, str]:
    """One pull of all objects while somebody works; what it said of each object."""
    said: dict[str, str] = {}
    connector.prepare(Coming(dict(store.marks), store))  # type: ignore[arg-type]
    for name in store.objects:
        seen: set[Ref] = set()
        try:
            pull = connector.pull(name, store.marks[name])
            while True:
                try:
                    page = next(pull)
                except StopIteration as end:
                    summary = end.value
                    break
                for record in page.records:
                    seen.add(record.ref)
                    store.put(record)
                if draw.random() < busy:
                    somebody_works(org, draw, store.objects)
        except RemoteError:
            said[name] = "gave up"
            continue
        said[name] = "complete" if summary.complete else "said incomplete"
        if summary.complete:
            store.end(name, seen, summary.high_water, full=summary.full)
            assert not summary.full or len(store.live_ids(name)) == summary.seen == summary.expected, (name, summary)
    return said


def assert_held(store: Store, name: str, began: Mapping[str, Row], now: Mapping[str, Row]) -> None:
    """What was there is held in that state or a later one; what was gone is held to be gone.

    What was thrown out of the bin before its page was read was never seen, and need not be held.
    """
    for record_id, row in began.items():
        record = store.records.get(Ref("salesforce", name, record_id))
        then = stamp(row["SystemModstamp"])
        assert then is not None
        if row["IsDeleted"]:
            assert record is None or record.deleted, (name, record_id)
        elif record is None:
            assert record_id not in now, (name, record_id)
        else:
            assert record.deleted or (record.modified_at is not None and record.modified_at >= then), (name, record_id)


def assert_true(store: Store, org: Org) -> None:
    """What is held is what is there, value by value."""
    for name, rows in states(org, store.objects).items():
        alive = {record_id for record_id, row in rows.items() if not row["IsDeleted"]}
        assert set(store.live_ids(name)) == alive, name
        for record_id in alive:
            held = store.records[Ref("salesforce", name, record_id)]
            assert held.version == rows[record_id]["SystemModstamp"], (name, record_id)
