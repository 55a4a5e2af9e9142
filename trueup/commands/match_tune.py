"""`trueup match tune`: learn the weights from what was pulled, show what would change, write them only when told."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.commands.analysis import frame
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace
from trueup.errors import UsageError

if TYPE_CHECKING:
    from trueup.reconcile.identity.effects import Effects
    from trueup.reconcile.identity.tuning import Tuned

DEFAULT = "weights.yaml"
KINDS = ("person", "company")


@dataclass(frozen=True, slots=True)
class TunedKind:
    """What one kind came to: learned from how much, and what it would change against the weights in use."""

    kind: str
    tuned: Tuned
    effects: Effects
    weights: dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True, slots=True)
class Tuning:
    """Everything to look at before the weights are used. `file` was written, or would be.

    `spelled` is how the policy would name it.
    """

    kinds: tuple[TunedKind, ...]
    file: Path
    spelled: str
    written: bool
    named: bool

    @property
    def changes(self) -> int:
        """How many levels would weigh other than they do now."""
        return sum(len(kind.effects.shifts) for kind in self.kinds)


def tune(workspace: Workspace, *, write: bool = False, out: Path | None = None, progress: Progress = SILENT) -> Tuning:
    """Learn people's and companies' weights and compare them with those in use.

    The shipped weights are where learning starts, whatever is in use now: the same data give the same file.
    """
    from trueup.reconcile.identity.effects import effects
    from trueup.reconcile.identity.resolve import reweighed, stage
    from trueup.reconcile.identity.scoring import shipped, weighted
    from trueup.reconcile.identity.tuning import learned_of
    from trueup.reconcile.identity.tuning import tune as learn

    match = workspace.policy.match
    named = Path(match.weights_file) if match.weights_file else None
    file = out or named or workspace.base / DEFAULT
    found = []
    with frame(workspace, progress) as con:
        for kind in KINDS:
            progress.step(f"Learning how {'people' if kind == 'person' else 'companies'} match")
            subject = stage(con, kind, workspace.policy)
            if not subject.rows:
                continue
            tuned = learn(reweighed(subject, shipped(kind)))
            learned = learned_of(tuned.model, shipped(kind))
            # What is written has six digits; the comparison is of what would really be used.
            used = replace(tuned, model=weighted(kind, learned))
            found.append(TunedKind(kind, used, effects(con, subject, used.model), learned))
    if write:
        _write(file, found)
    return Tuning(
        tuple(found),
        file,
        os.path.relpath(file, workspace.base),
        write,
        named is not None and named.resolve() == file.resolve(),
    )


def _write(file: Path, found: list[TunedKind]) -> None:
    """The weights as a file to review; it appears whole or not at all."""
    from trueup.config.weights import weights_text
    from trueup.reconcile.identity.scoring import shipped

    models = {item.kind: item.tuned.model for item in found}

    def said(kind: str, comparison: str, level: str) -> str:
        ladder, now = shipped(kind).ladder(comparison), models[kind].ladder(comparison)
        was, rung = ladder.rungs[ladder.at(level)], now.rungs[now.at(level)]
        ships = (
            f"ships m {was.m:g}" if was.tf else f"ships m {was.m:g}, u {was.u:g}; {rung.weight - was.weight:+.1f} bits"
        )
        return f"{ladder.label}: {was.label} ({ships})"

    parts = {
        item.kind: {
            "learned_from": {
                "records": item.tuned.records,
                "pairs": item.tuned.pairs,
                "matches": round(item.tuned.matches),
                "decisions": item.tuned.decisions,
            },
            "weights": item.weights,
        }
        for item in found
    }
    half = file.with_name(file.name + ".new")
    try:
        half.write_text(weights_text(parts, said), encoding="utf-8", newline="")
        os.replace(half, file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror or error}.") from error
