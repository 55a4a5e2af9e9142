"""Where the time of a check and a plan goes, by wrapping the functions it passes through. Each second is counted once.

Run in a process of its own: `python -m benchmarks.check.phases POLICY [check|plan]` prints one JSON line.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WRAPPED = (
    ("trueup.store.columns", "load", "loading columns"),
    ("trueup.reconcile.identity.owners", "resolve", "identity: owners"),
    ("trueup.reconcile.identity.claims", "follow", "identity: stored ids"),
    ("trueup.reconcile.identity.companies", "stage", "identity: normalising"),
    ("trueup.reconcile.identity.people", "stage", "identity: normalising"),
    ("trueup.reconcile.identity.companies", "prepare", "identity: codes"),
    ("trueup.reconcile.identity.people", "prepare", "identity: codes"),
    ("trueup.reconcile.identity.companies", "block", "identity: blocking"),
    ("trueup.reconcile.identity.people", "block", "identity: blocking"),
    ("trueup.reconcile.identity.companies", "compare", "identity: comparing"),
    ("trueup.reconcile.identity.people", "compare", "identity: comparing"),
    ("trueup.reconcile.identity.resolve", "grade", "identity: grading"),
    ("trueup.reconcile.identity.resolve", "cluster", "identity: clustering"),
    ("trueup.reconcile.identity.output", "register", "identity: writing out"),
    ("trueup.reconcile.identity.output", "choose_links", "identity: writing out"),
    ("trueup.reconcile.identity.output", "write", "identity: writing out"),
    ("trueup.reconcile.identity.deals", "resolve", "identity: deals"),
    ("trueup.reconcile.identity.resolve", "resolve", "identity: the rest"),
    ("trueup.reconcile.frame", "_derive", "shared tables: members and pairs"),
    ("trueup.reconcile.compare", "norms", "shared tables: values judged"),
    ("trueup.reconcile.stages", "prepare", "shared tables: stages"),
    ("trueup.reconcile.touches", "prepare", "shared tables: activities"),
    ("trueup.reconcile.emails", "prepare", "shared tables: addresses"),
    ("trueup.reconcile.checks", "run", "findings made and sorted"),
    ("trueup.reconcile.propose", "propose", "proposing"),
    ("trueup.reconcile.guards", "judge", "guards"),
    ("trueup.reconcile.plan", "seal", "sealing"),
    ("trueup.commands.plan", "approve_by_rule", "approving by rule"),
    ("trueup.store.base_values", "put", "base: saving"),
    ("trueup.store.links", "save", "saving links"),
    ("trueup.store.findings", "save", "saving findings"),
    ("trueup.store.plans", "save", "saving the plan"),
)
"""Module, function, and the name of its share."""


class Phases:
    """A stack of what is being done: time goes to the innermost."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)
        self._stack = ["start and rest"]
        self._since = time.perf_counter(), time.process_time()

    def _settle(self) -> None:
        now = time.perf_counter(), time.process_time()
        self.wall[self._stack[-1]] += now[0] - self._since[0]
        self.cpu[self._stack[-1]] += now[1] - self._since[1]
        self._since = now

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time counted under the name; of a generator, the time between its values."""

        def call(*args: Any, **kwargs: Any) -> Any:
            self._settle()
            self._stack.append(name)
            try:
                result = function(*args, **kwargs)
            finally:
                self._settle()
                self._stack.pop()
            return self._steps(name, result) if isinstance(result, Iterator) else result

        return call

    def _steps(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        following = self.timed(name, lambda: next(items, self))
        while (item := following()) is not self:
            yield item

    def install(self) -> None:
        """Wrap everything of `WRAPPED`, and each check under its family."""
        from trueup.reconcile import agreement, checks

        for module, name, share in WRAPPED:
            self._replace(importlib.import_module(module), name, share)
        self._replace(agreement, "agreed", "base: agreeing")
        timed = {
            code: dataclasses.replace(spec, run=self.timed(f"checks {code[:3]}: {code}", spec.run))
            for code, spec in checks.specs().items()
        }
        self._replace(checks, "specs", "findings made and sorted", lambda: timed)

    def _replace(self, module: Any, name: str, share: str, instead: Callable[..., Any] | None = None) -> None:
        before = getattr(module, name)
        after = self.timed(share, instead or before)
        for other in list(sys.modules.values()):
            if getattr(other, "__name__", "").startswith("trueup") and other.__dict__.get(name) is before:
                setattr(other, name, after)

    def told(self) -> dict[str, dict[str, float]]:
        """Everything so far, by share."""
        self._settle()
        return {name: {"wall": self.wall[name], "cpu": self.cpu[name]} for name in self.wall}


def main() -> None:
    """Run one verb over a policy's store, wrapped."""
    policy, verb = Path(sys.argv[1]).resolve(), sys.argv[2]
    os.chdir(policy.parent)
    phases = Phases()
    from trueup.commands import check as check_
    from trueup.commands import plan as plan_
    from trueup.commands.workspace import Workspace

    phases.install()
    with Workspace.from_file(policy) as workspace:
        if verb == "check":
            counts = {"findings": len(check_.check(workspace).findings)}
        else:
            made = plan_.plan(workspace)
            counts = {"findings": len(made.check.findings), "changes": len(made.plan.changes)}
    print(json.dumps({"phases": phases.told(), "counts": counts}))


if __name__ == "__main__":
    main()
