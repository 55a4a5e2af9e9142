"""`trueup explain`: what a finding code means."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from trueup.errors import UsageError

if TYPE_CHECKING:
    from trueup.reconcile.checks.registry import CheckSpec


def explain(code: str | None) -> tuple[CheckSpec, ...]:
    """The entry of a code, or the whole catalogue. Raises UsageError, naming near ones, for a code that is none."""
    from trueup.reconcile import catalogue

    if code is None:
        return catalogue.entries()
    entry = catalogue.explain(code)
    if entry is None:
        near = difflib.get_close_matches(code.upper(), catalogue.codes(), n=3)
        listed = ", ".join(near or catalogue.codes())
        raise UsageError(f"There is no finding code {code!r}.", hint=f"Perhaps: {listed}.")
    return (entry,)
