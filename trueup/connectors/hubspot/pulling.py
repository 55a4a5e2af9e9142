"""What the pulls share: their type, where they begin, and how they say that something is missing."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta

from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.marks import Mark
from trueup.model.records import Page, PullSummary

Pull = Generator[Page, None, PullSummary]

INDEX_LAG = timedelta(minutes=2)

SETTLING_S = (6.0, 12.0, 24.0)
"""Pauses before the index is asked again for a count that does not fit; half a minute is what it usually lags."""


def began(mark: Mark, client: Client) -> datetime:
    """Where an incremental pull begins: behind the mark, by as much as the index may lag."""
    return mark.at - timedelta(seconds=client.options.overlap_s)


def short(object: str, seen: int, expected: int) -> str:  # noqa: A002
    """The sentence for a pull that saw less than HubSpot counts."""
    return f"HubSpot counts {expected:,} {object}, and {seen:,} came: something was not seen."
