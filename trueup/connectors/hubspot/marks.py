"""Where an incremental pull begins, and what it remembers from one night to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from trueup.connectors.kit.values import format_datetime, parse_datetime
from trueup.model.records import HighWater


@dataclass(frozen=True, slots=True)
class Mark:
    """`at`: everything changed before it was seen.

    `round_since` and `round_after`: when the present round of reading all associations again began, and the id up to
    which it has come. `unindexed`: by how many records the search index was found to count too few, all of which are
    there.
    """

    at: datetime
    round_since: datetime | None = None
    round_after: int = 0
    unindexed: int = 0

    @property
    def high_water(self) -> HighWater:
        """As the store keeps it: the bare moment when there is nothing else to remember."""
        at = format_datetime(self.at)
        if self.round_since is None and not self.unindexed:
            return HighWater(at)
        told: dict[str, object] = {"at": at}
        if self.round_since is not None:
            told |= {"round_since": format_datetime(self.round_since), "round_after": self.round_after}
        if self.unindexed:
            told["unindexed"] = self.unindexed
        return HighWater(orjson.dumps(told).decode())

    @classmethod
    def of(cls, high_water: HighWater) -> Mark:
        """Read what `high_water` wrote."""
        text = high_water.mark
        if not text.startswith("{"):
            return cls(parse_datetime(text))
        told = orjson.loads(text)
        since = told.get("round_since")
        return cls(
            parse_datetime(told["at"]),
            parse_datetime(since) if since else None,
            int(told.get("round_after", 0)),
            int(told.get("unindexed", 0)),
        )
