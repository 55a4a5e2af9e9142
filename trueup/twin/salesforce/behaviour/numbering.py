"""Numbers that an org gives one after another: of its own auto-number fields, of cases and contracts."""

from __future__ import annotations

from ..org import Org


def next_number(org: Org, field: str, last: int = 0) -> int:
    """The next number of a field (`Case.CaseNumber`); `last` is the one before its first. Kept with the state."""
    key = f"auto:{field}"
    number = int(org.store.meta(key) or last) + 1
    org.store.remember(key, str(number))
    return number
