"""Going through a plan: which change comes next, and what each answer does. The keyboard is `trueup.keyboard`.

Every answer is stored at once, so a review that is broken off resumes where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from trueup.commands import naming
from trueup.commands.approvals import decide, newest_plan, verdicts
from trueup.commands.workspace import Workspace, utcnow
from trueup.errors import UsageError
from trueup.model.changes import Action, Change, Plan
from trueup.model.findings import Finding
from trueup.model.receipts import Decision, Verdict
from trueup.model.refs import Ref


class Session:
    """One review of one plan by one person."""

    def __init__(self, workspace: Workspace, plan_id: str | None, *, by: str) -> None:
        self.workspace = workspace
        self.by = by
        self.plan: Plan = workspace.store.plan(plan_id) if plan_id else newest_plan(workspace)
        self._skipped: set[str] = set()

    def waiting(self) -> list[Change]:
        """Undecided changes that this session has not skipped, what needs a person most first."""
        decided = verdicts(self.workspace, self.plan)
        open_ = [c for c in self.plan.changes if c.id not in decided and c.id not in self._skipped]
        return sorted(open_, key=lambda c: _URGENCY.get(c.risk.value, 0))

    @property
    def decided(self) -> int:
        """How many changes of the plan have a verdict."""
        return len(verdicts(self.workspace, self.plan))

    @property
    def accepted(self) -> int:
        """How many changes of the plan are approved, by whomever."""
        return sum(decision.verdict is Verdict.APPROVE for decision in verdicts(self.workspace, self.plan).values())

    def finding(self, change: Change) -> Finding | None:
        """What the change mends, with its evidence; None when it is no longer open, or there was none."""
        return self._findings.get(change.finding)

    def title(self, code: str) -> str:
        """What a finding code is called."""
        return self._titles.get(code, code)

    def names(self, change: Change) -> Mapping[Ref, str]:
        """What people call the records that the change is about."""
        from trueup.report.words import value_refs

        return naming.names(self.workspace, self._refs(change) | value_refs([change]))

    def urls(self, change: Change) -> Mapping[Ref, str]:
        """Where the records open."""
        return naming.urls(self.workspace, self._refs(change))

    def _refs(self, change: Change) -> set[Ref]:
        finding = self.finding(change)
        winner = (change.winner,) if change.winner else ()
        return {change.target, *change.others, *winner, *(finding.subjects if finding else ())}

    @cached_property
    def _findings(self) -> Mapping[str, Finding]:
        return {finding.id: finding for finding in self.workspace.store.open_findings()}

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return naming.titles()

    def alike(self, change: Change) -> list[Change]:
        """The waiting changes of the same class, field and system as this one, itself included."""
        key = (change.rule, change.field, change.target.system)
        return [c for c in self.waiting() if (c.rule, c.field, c.target.system) == key]

    def accept(self, changes: Sequence[Change], note: str = "") -> None:
        """Approve."""
        decide(self.workspace, changes, Verdict.APPROVE, by=self.by, note=note)

    def reject(self, changes: Sequence[Change], note: str = "") -> None:
        """Reject; the same change is not proposed for approval again while the verdict stands."""
        decide(self.workspace, changes, Verdict.REJECT, by=self.by, note=note)

    def skip(self, change: Change) -> None:
        """Leave undecided; it comes again in the next session."""
        self._skipped.add(change.id)

    def never_for_this_pair(self, change: Change) -> None:
        """Reject, and remember that these records are not the same: the pair is never asked about again."""
        if not change.others:
            raise UsageError("This change is about one record, not about a pair.")
        self.reject([change], note="not the same")
        for other in change.others:
            left, right = sorted((str(change.target), str(other)))
            self.workspace.store.decide(Decision(f"{left}|{right}", Verdict.NOT_SAME, self.by, utcnow()))

    def edit(self, change: Change, value: str | None) -> Change:
        """Put another value in place of the proposed one, reseal the plan with it, and approve the new change."""
        from trueup.reconcile.plan import reseal

        if change.action is not Action.UPDATE:
            raise UsageError(f"Only a change of a value can be edited, not a {change.action.value}.")
        if value == change.before:
            raise UsageError("That is the value it has now; reject the change instead.")
        reason = f"{change.reason} Edited by {self.by}: {change.after!r} was proposed."
        edited = replace(change, after=value, reason=reason.strip(), winner=None)
        notes = self.workspace.store.notes(self.plan.id)
        self.plan = reseal(self.plan, {change.id: edited}, utcnow())
        self.workspace.store.save_plan(self.plan)
        if notes is not None:
            self.workspace.store.save_notes(self.plan.id, notes)
        self.accept([edited], note=f"edited, instead of {change.id}")
        return edited


_URGENCY = {"high": -2, "medium": -1, "low": 0}
