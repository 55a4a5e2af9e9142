"""The least number of calls that can read so many rows. Pure.

Salesforce (prices of calls: reference, section 13.2): a page of a query holds 2,000 rows; a composite call holds five
queries or following pages; a Bulk 2.0 query costs its creation, one look at its state and one call a result page, which
may hold 250,000 rows. HubSpot (reference, section 13): a page of a list holds 100 records with their associations, 50
when it carries the history of a property; a search holds 200 changed records and no associations, which are read for
1,000 ids a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

QUERY_PAGE, QUERIES_IN_ONE, BULK_PAGE, BULK_FIXED = 2_000, 5, 250_000, 2
LIST_PAGE, HISTORY_PAGE, SEARCH_PAGE, TIES_AT_ONCE = 100, 50, 200, 1_000


@dataclass(frozen=True, slots=True)
class Least:
    """The least calls for one object, and how they come about."""

    calls: int
    way: str


def _pages(rows: int) -> int:
    return max(1, ceil(rows / QUERY_PAGE))


def _bulk(rows: int) -> int:
    return BULK_FIXED + ceil(rows / BULK_PAGE)


def salesforce(rows: int) -> Least:
    """One object by itself: pages of a query, five to a composite call, or Bulk 2.0 where that is less."""
    paged, bulk = ceil(_pages(rows) / QUERIES_IN_ONE), _bulk(rows)
    if bulk < paged:
        return Least(bulk, f"Bulk: create, state, {bulk - BULK_FIXED} result")
    return Least(paged, f"{rows:,} / {QUERY_PAGE:,} / {QUERIES_IN_ONE}")


def salesforce_together(rows: Mapping[str, int]) -> int:
    """Several objects at once: those that are read by pages share composite calls, five pages to a call.

    A page may follow another inside the same call, which refers to the address that the earlier one answered. The list
    of jobs tells the state of all Bulk jobs in one look.
    """
    longest = sorted(rows.values(), reverse=True)

    def calls(jobs: int) -> int:
        paged = sum(_pages(n) for n in longest[jobs:])
        return sum(_bulk(n) - 1 for n in longest[:jobs]) + bool(jobs) + ceil(paged / QUERIES_IN_ONE)

    return min(calls(jobs) for jobs in range(len(longest) + 1))


def hubspot(rows: int) -> Least:
    """Everything of an object: the list, which carries the associations with it."""
    return Least(max(1, ceil(rows / LIST_PAGE)), f"{rows:,} / {LIST_PAGE}")


def hubspot_history(rows: int) -> Least:
    """Everything of an object with the history of a property: the same list in halved pages."""
    return Least(max(1, ceil(rows / HISTORY_PAGE)), f"{rows:,} / {HISTORY_PAGE} with history")


def hubspot_changed(rows: int, tied_to: int) -> Least:
    """What changed of an object: searched (dates of stages are properties), and the ties of what came."""
    search = max(1, ceil(rows / SEARCH_PAGE))
    ties = tied_to * ceil(rows / TIES_AT_ONCE)
    way = f"{rows:,} / {SEARCH_PAGE}"
    return Least(search + ties, way + (f" + {tied_to} × {rows:,} / {TIES_AT_ONCE:,}" if ties else ""))
