"""What the engine's tests share: two memory CRMs, a store, and changes made up for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from trueup.connectors.kit.base import Settings
from trueup.connectors.memory import MemoryConnector, MemoryCrm
from trueup.model.changes import Action, Change, Plan
from trueup.model.kinds import Kind
from trueup.model.policy import Policy, StoredId, SystemPolicy
from trueup.model.refs import Ref
from trueup.reconcile.plan import seal
from trueup.store import Store, open_store
from trueup.sync.apply import Applied, apply

POLICY = Policy(systems={name: SystemPolicy(name, "memory") for name in ("left", "right")})


@dataclass
class Ticker:
    """A clock that moves a second with every look."""

    now: datetime = datetime(2026, 5, 6, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Pair:
    """Two CRMs and a store; connections are opened anew for every run, as in real life."""

    url: str
    conditional: bool = False
    clock: Ticker = field(default_factory=Ticker)
    crms: dict[str, MemoryCrm] = field(default_factory=dict)
    stored_ids: dict[str, tuple[StoredId, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.crms = {name: MemoryCrm(clock=self.clock) for name in ("left", "right")}

    def connectors(self) -> dict[str, MemoryConnector]:
        return {
            name: MemoryConnector(
                Settings(
                    name,
                    {"database": name, "upsert_key": "key", "conditional": self.conditional},
                    secret=lambda reference: reference,
                    stored_ids=self.stored_ids.get(name, ()),
                ),
                crm,
            )
            for name, crm in self.crms.items()
        }

    def store(self) -> Store:
        return open_store(self.url)

    def plan(self, changes: Sequence[Change]) -> Plan:
        plan = seal(list(changes), (), (), POLICY, self.clock())
        with self.store() as store:
            store.save_plan(plan)
        return plan

    def apply(self, plan: Plan, approved: Sequence[str] | None = None) -> Applied:
        with self.store() as store:
            run = store.start_run("apply", plan.id, at=self.clock())
            wanted = [c.id for c in plan.changes] if approved is None else approved
            return apply(plan, wanted, self.connectors(), store, run_id=run.id, now=self.clock)

    def value(self, ref: Ref, name: str) -> str | None:
        row = self.crms[ref.system].table(ref.object)[ref.id]
        return row.fields.get(name)

    def person(self, system: str, **fields: str) -> Ref:
        return Ref(system, "people", self.crms[system].add("people", fields))


def update(ref: Ref, name: str, before: str | None, after: str | None) -> Change:
    return Change(Action.UPDATE, ref, Kind.PERSON, field=name, before=before, after=after, rule="conflict")


def create(system: str, name: str, **values: str) -> Change:
    return Change(Action.CREATE, Ref(system, "people", f"new-{name}"), Kind.PERSON, values=values, rule="create")
