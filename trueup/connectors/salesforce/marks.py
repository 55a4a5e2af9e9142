"""Where the next pull of an object begins, and what it has to know of the ones before.

The text begins with a moment; what else is known follows as `;name=value`, so that a mark made before something was
known can still be read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from trueup.connectors.kit.values import datetime_
from trueup.model.records import HighWater


@dataclass(frozen=True, slots=True)
class Mark:
    """`at`: rows from here on are read again. `deletes`: up to here the feed of deletes has told everything.
    `formulas`: when fields that move no stamp were last read. `fields`: which fields were read, as a short sum.
    """

    at: str
    deletes: str = ""
    formulas: str = ""
    fields: str = ""

    @classmethod
    def read(cls, mark: HighWater) -> Mark:
        """A mark from its text; names that are not known are left out."""
        at, *rest = mark.mark.split(";")
        known = {f.name for f in fields(cls)}
        pairs = (part.partition("=") for part in rest)
        return cls(at, **{name: value for name, _, value in pairs if name in known and name != "at"})

    @property
    def high_water(self) -> HighWater | None:
        """Its text; None when no time is known."""
        if not self.at:
            return None
        rest = {"deletes": self.deletes, "formulas": self.formulas, "fields": self.fields}
        return HighWater(";".join([self.at, *(f"{name}={value}" for name, value in rest.items() if value)]))


def sum_of(names: Iterable[str], extras: Iterable[str] = ()) -> str:
    """A short sum of the fields that are read, and after a `+` of those that are read only on demand."""
    more = set(extras)
    text = _sum(set(names) - more)
    return f"{text}+{_sum(more)}" if more else text


def _sum(names: set[str]) -> str:
    return f"{zlib.crc32(','.join(sorted(names)).encode()):08x}"


def covers(before: str, now: str) -> bool:
    """Whether a pull that read the one set of fields read the other too; not known of a mark made before sums were."""
    if not before:
        return True
    had, _, had_more = before.partition("+")
    wants, _, wants_more = now.partition("+")
    return had == wants and (not wants_more or had_more == wants_more)


class Began:
    """When a pull began: the org's clock when its first request was sent.

    Whatever commits later carries a stamp not much earlier than that (the overlap is for "not much"). The newest stamp
    seen would not do: a row may change after its page was read, while a later page shows stamps that are later still;
    and after a load of many rows on one stamp it would have all of them read again, every night. It serves only where
    no answer told the time.
    """

    def __init__(self, before: str = "") -> None:
        self._newest = before
        self._began: str | None = None

    def note(self, at: str | None) -> None:
        """Take in the time of a request, if it is the first."""
        self._began = self._began or at

    def see(self, stamps: Sequence[str | None]) -> None:
        """Take in the stamps of a page."""
        if self._began is None:
            self._newest = max([self._newest, *(datetime_(stamp) or "" for stamp in stamps)])

    @property
    def at(self) -> str:
        """The moment; "" when neither a clock nor a record told any."""
        return self._began or self._newest
