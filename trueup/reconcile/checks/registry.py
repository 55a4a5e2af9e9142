"""The check contract.

A check is a function from a `Frame` to what it found, set-wise: one query or a few, Python objects only for findings.
It is declared by the decorator below with the words that `trueup explain CODE` prints, and lives in any module of
this package: adding a check is adding a file, or a function to its family's file.

**Must be written**: the function, yielding `Found`, and `NotLookedAt` where a conclusion from absence would need a
snapshot that is not complete. **May be read**: `frame.policy`, and `params(frame, code)` for the numbers in `checks:
{CODE: {params: {...}}}`. **Must not be touched**: severity, exceptions and order; the runner sees to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.reconcile.frame import Frame


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found: printed refs, and the rest as in `Finding`."""

    kind: Kind
    subjects: Sequence[str]
    field: str = ""
    values: Mapping[str, str | None] = dataclass_field(default_factory=dict)
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True, order=True)
class NotLookedAt:
    """What could not be concluded and why: its own box in every report, never "clean"."""

    code: str
    why: str


Check = Callable[[Frame], Iterator[Found | NotLookedAt]]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One finding code with the words that explain it."""

    code: str
    title: str
    severity: Severity
    means: str
    why: str
    how: str
    fix: str
    run: Check


_SPECS: dict[str, CheckSpec] = {}


def check(
    code: str, title: str, severity: Severity, *, means: str, why: str, how: str, fix: str
) -> Callable[[Check], Check]:
    """Declare a check. `means`, `why`, `how` and `fix` are sentences for an admin."""

    def register(run: Check) -> Check:
        if code in _SPECS:
            raise ValueError(f"two checks for {code}")
        _SPECS[code] = CheckSpec(code, title, severity, means, why, how, fix, run)
        return run

    return register


def specs() -> Mapping[str, CheckSpec]:
    """All declared checks by code."""
    return dict(sorted(_SPECS.items()))


def number(frame: Frame, code: str, name: str, default: float) -> float:
    """A number from the code's params in the policy."""
    value = frame.policy.check(code).params.get(name, default)
    return float(value) if isinstance(value, (int, float, str)) else default
