"""The findings catalogue: what each code means, collected from the checks themselves, for `trueup explain`."""

from __future__ import annotations

from dataclasses import dataclass

from trueup.model.findings import Severity
from trueup.reconcile.checks import specs


@dataclass(frozen=True, slots=True)
class Entry:
    """One code explained in sentences for an admin."""

    code: str
    title: str
    severity: Severity
    means: str
    why: str
    how: str
    fix: str


def codes() -> tuple[str, ...]:
    """Every finding code there is, sorted."""
    return tuple(specs())


def explain(code: str) -> Entry | None:
    """The entry of a code, however it is cased; None when there is no such code."""
    spec = specs().get(code.upper())
    if spec is None:
        return None
    return Entry(spec.code, spec.title, spec.severity, spec.means, spec.why, spec.how, spec.fix)


def entries() -> tuple[Entry, ...]:
    """The whole catalogue, by code."""
    return tuple(entry for code in codes() if (entry := explain(code)) is not None)
