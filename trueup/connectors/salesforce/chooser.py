"""Which way to read an object: by pages, several pages to a call, or by a Bulk 2.0 job. Pure arithmetic of calls.

| way       | calls for n rows (reference 13.2)                                          |
|-----------|----------------------------------------------------------------------------|
| query     | ceil(n / page)                                                             |
| composite | ceil(ceil(n / page) / 5), and what is left of a call is shared with others |
| bulk      | 1 to create + ceil(n / bulk page) for results + polls, which jobs share    |

The way with the fewest calls is taken; of equal ones the quicker, which is the one without a job to wait for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from trueup.connectors.salesforce.composite import MOST_QUERIES


class Way(StrEnum):
    """How an object is read."""

    QUERY = "query"
    COMPOSITE = "composite"
    BULK = "bulk"


AUTO = "auto"
WORDS: Mapping[Way, str] = {
    Way.QUERY: "REST query",
    Way.COMPOSITE: "composite calls",
    Way.BULK: "Bulk 2.0 query job",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the server takes: rows a page, pages a composite call, rows a page of a job's results, polls of all jobs."""

    page: int = 2000
    pack: int = MOST_QUERIES
    bulk_page: int = 250_000
    polls: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """The way of one object, what it will cost by itself, and from how many rows that was worked out."""

    way: Way
    calls: int
    rows: int | None

    @property
    def sentence(self) -> str:
        """For the log and the pull's result."""
        calls = f"{self.calls} {'call' if self.calls == 1 else 'calls'}"
        rows = "" if self.rows is None else f"about {self.rows:,} {'row' if self.rows == 1 else 'rows'}, "
        return f"{WORDS[self.way]} ({rows}{calls})"


def pages(rows: int | None, page: int) -> int:
    """Pages of a query's result; an empty or unknown one takes one page, to find out."""
    return max(1, -(-(rows or 0) // page))


def query_calls(rows: int | None, terms: Terms) -> int:
    """One call a page."""
    return pages(rows, terms.page)


def composite_calls(rows: int | None, terms: Terms) -> int:
    """Up to five pages a call, each named by the one before."""
    return pages(pages(rows, terms.page), terms.pack)


def bulk_calls(rows: int | None, terms: Terms, *, polls: int) -> int:
    """A job's own calls and its part of the polls. The job is left to expire: deleting it would be one more."""
    return 1 + polls + pages(rows, terms.bulk_page)


def choose(
    sizes: Mapping[str, int | None],
    terms: Terms,
    *,
    forced: str = AUTO,
    no_bulk: Collection[str] = (),
) -> dict[str, Choice]:
    """The way of each object that is to be read whole, from its expected rows (None: unknown).

    Polls are shared: once one job is worth its polls, the others need not earn them again.
    """
    if forced != AUTO:
        return {name: _forced(Way(forced), name in no_bulk, rows, terms) for name, rows in sizes.items()}

    def bulk_is_less(name: str, polls: int) -> bool:
        rows = sizes[name]
        if rows is None or name in no_bulk:
            return False
        return bulk_calls(rows, terms, polls=polls) < composite_calls(rows, terms)

    some = any(bulk_is_less(name, terms.polls) for name in sizes)
    # Two that would not be worth the polls alone may be worth them together.
    together = sum(
        composite_calls(rows, terms) - bulk_calls(rows, terms, polls=0)
        for name, rows in sizes.items()
        if bulk_is_less(name, 0)
    )
    polls = 0 if some or together > terms.polls else terms.polls
    found = {}
    for name, rows in sizes.items():
        if bulk_is_less(name, polls):
            found[name] = Choice(Way.BULK, bulk_calls(rows, terms, polls=0), rows)
        elif terms.pack > 1:
            found[name] = Choice(Way.COMPOSITE, composite_calls(rows, terms), rows)
        else:
            found[name] = Choice(Way.QUERY, query_calls(rows, terms), rows)
    return found


def better_by_bulk(total: int, got: int, terms: Terms) -> bool:
    """Whether a query that turned out larger than expected had better be left, and all of it read by a job."""
    return bulk_calls(total, terms, polls=terms.polls) < composite_calls(total - got, terms)


def _forced(way: Way, no_bulk: bool, rows: int | None, terms: Terms) -> Choice:
    if way is Way.BULK and not no_bulk:
        return Choice(Way.BULK, bulk_calls(rows, terms, polls=0), rows)
    if way is Way.QUERY:
        return Choice(Way.QUERY, query_calls(rows, terms), rows)
    return Choice(Way.COMPOSITE, composite_calls(rows, terms), rows)


def whole(choices: Mapping[str, Choice], terms: Terms) -> int:
    """Calls of all of them together: small objects share composite calls, jobs share their polls."""
    packed = sum(pages(c.rows, terms.page) for c in choices.values() if c.way is Way.COMPOSITE)
    jobs = [c.calls for c in choices.values() if c.way is Way.BULK]
    by_page = sum(c.calls for c in choices.values() if c.way is Way.QUERY)
    return -(-packed // terms.pack) + sum(jobs) + (terms.polls if jobs else 0) + by_page
