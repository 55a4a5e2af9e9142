"""Word lists shipped beside the code, read once."""

from __future__ import annotations

from functools import cache
from importlib import resources


def lines(name: str) -> list[str]:
    """The lines of a data file, without comments and blanks."""
    text = resources.files("trueup.reconcile.normalize").joinpath("data", name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def words(name: str) -> frozenset[str]:
    """All white-space separated words of a data file."""
    return frozenset(word for line in lines(name) for word in line.split())
