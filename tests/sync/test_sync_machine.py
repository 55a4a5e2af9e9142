"""The engine as a state machine: plans, edits in between, lost answers, failures and kills, in any order.

Afterwards both sides and the journal agree: nothing unapproved, nothing stale overwritten, nothing lost, nothing twice.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import campaigns
import pytest
from crm_machine import Pair, create, update
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trueup.connectors.memory import Fault, Killed
from trueup.model.changes import Action, Change, Plan
from trueup.model.refs import Ref

SYSTEMS = st.sampled_from(["left", "right"])
FIELDS = st.sampled_from(["phone", "title", "city"])
VALUES = st.sampled_from([None, "a", "b", "c"])


class ApplyMachine(RuleBasedStateMachine):
    """Random life of two CRMs and one store."""

    @initialize(conditional=st.booleans(), people=st.integers(1, 4))
    def begin(self, conditional: bool, people: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.pair = Pair(f"sqlite:///{Path(self.folder.name) / 'store.db'}", conditional=conditional)
        self.people = [
            self.pair.person(system, phone="a", title="a", city="a")
            for system in ("left", "right")
            for _ in range(people)
        ]
        self.plan: Plan | None = None
        self.approved: list[str] = []
        self.foreign: dict[tuple[Ref, str], str | None] = {}
        self.ever_ours: dict[tuple[Ref, str], set[str | None]] = {}
        self.keys: set[str] = set()
        self.made = 0
        campaigns.count("lives")

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(data=st.data(), size=st.integers(1, 6))
    def make_a_plan(self, data: st.DataObject, size: int) -> None:
        changes: dict[tuple[str, str], Change] = {}
        for _ in range(size):
            if data.draw(st.integers(0, 4)) == 0:
                self.made += 1
                change = create(data.draw(SYSTEMS), str(self.made), last_name=f"N{self.made}")
                self.keys.add(change.id)
            else:
                ref = data.draw(st.sampled_from(self.people))
                name, after = data.draw(FIELDS), data.draw(VALUES)
                before = self.pair.value(ref, name)
                if before == after:
                    continue
                change = update(ref, name, before, after)
            changes[str(change.target), change.field] = change
        self.plan = self.pair.plan(list(changes.values()))
        self.approved = [c.id for c in self.plan.changes if data.draw(st.integers(0, 3)) > 0]
        self.foreign.clear()

    @rule(data=st.data())
    def somebody_edits(self, data: st.DataObject) -> None:
        ref, name, value = data.draw(st.sampled_from(self.people)), data.draw(FIELDS), data.draw(VALUES)
        if self.pair.crms[ref.system].live(ref.object, ref.id) is not None and self.pair.value(ref, name) != value:
            self.pair.crms[ref.system].edit(ref.object, ref.id, {name: value})
            self.foreign[ref, name] = value

    @rule(
        system=SYSTEMS, fault=st.sampled_from([f for f in Fault if f is not Fault.INCOMPLETE]), after=st.integers(0, 3)
    )
    def something_goes_wrong(self, system: str, fault: Fault, after: int) -> None:
        self.pair.crms[system].fail(fault, after=after)
        campaigns.count("faults")

    @precondition(lambda self: self.plan is not None)
    @rule()
    def apply(self) -> None:
        assert self.plan is not None
        before = {key: self.pair.value(*key) for key in self.foreign}
        campaigns.count("applies")
        try:
            applied = self.pair.apply(self.plan, self.approved)
        except Killed:
            applied = None
            campaigns.count("kills")
        if applied is not None:
            counts = dict(applied.counts)
            campaigns.count("applied", counts["applied"])
            campaigns.count("stale", counts["stale"])
            assert counts.pop("planned") == sum(counts.values()) == len(self.plan.changes)
        self._nothing_stale_was_overwritten(before)

    @precondition(lambda self: self.plan is not None)
    @rule()
    def heal_and_apply_until_settled(self) -> None:
        assert self.plan is not None
        for crm in self.pair.crms.values():
            crm.heal()
        self.pair.apply(self.plan, self.approved)
        applied = self.pair.apply(self.plan, self.approved)
        assert not applied.counts["unknown"]
        sent = [len(crm.writes) for crm in self.pair.crms.values()]

        again = self.pair.apply(self.plan, self.approved)

        assert again.sent == 0
        assert [len(crm.writes) for crm in self.pair.crms.values()] == sent
        with self.pair.store() as store:
            assert store.open_intents() == []

    def _nothing_stale_was_overwritten(self, before: dict[tuple[Ref, str], str | None]) -> None:
        """A value that somebody wrote since the plan, and that the plan did not know, is still there."""
        assert self.plan is not None
        planned = {(c.target, c.field): c for c in self.plan.changes if c.action is Action.UPDATE}
        for key, seen in before.items():
            change = planned.get(key)
            if change is None or seen not in (change.before, change.after):
                assert self.pair.value(*key) == seen

    @invariant()
    def nothing_is_created_twice(self) -> None:
        if not hasattr(self, "pair"):
            return
        for crm in self.pair.crms.values():
            names = [row["last_name"] for row in crm.state().get("people", {}).values() if row.get("last_name")]
            assert len(names) == len(set(names))

    @invariant()
    def every_record_that_was_changed_has_its_image_in_the_journal(self) -> None:
        if not hasattr(self, "pair"):
            return
        with self.pair.store() as store:
            imaged = {i.change.target for run in store.runs(limit=500) for i in store.intents(run.id) if i.image}
        for system, crm in self.pair.crms.items():
            for commit in crm.commits:
                action, _, where = commit.partition(" ")
                object_, _, id_ = where.partition("/")
                if action == "update":
                    assert Ref(system, object_, id_) in imaged


TestApplyMachine = pytest.mark.campaign(ApplyMachine.TestCase)
TestApplyMachine.settings = settings(
    max_examples=campaigns.part(1000, least=10),
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
