"""The findings catalogue: what each code means, collected from the checks themselves, for `trueup explain`."""

from __future__ import annotations

from trueup.reconcile.checks import specs
from trueup.reconcile.checks.registry import CheckSpec


def codes() -> tuple[str, ...]:
    """Every finding code there is, sorted."""
    return tuple(specs())


def explain(code: str) -> CheckSpec | None:
    """The words of a code, however it is cased; None when there is no such code."""
    return specs().get(code.upper())


def entries() -> tuple[CheckSpec, ...]:
    """The whole catalogue, by code."""
    return tuple(specs()[code] for code in codes())
