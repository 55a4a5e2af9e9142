"""Pours a world into the two sides in lots, and its ledger into a file. Memory holds one lot at a time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from trueup.twin.world.ledger import LedgerWriter
from trueup.twin.world.make import Maker
from trueup.twin.world.settings import WorldSettings
from trueup.twin.world.to_hubspot import ToHubSpot
from trueup.twin.world.to_salesforce import ToSalesforce

_LOT = 20_000


class SalesforceLike(Protocol):
    """What a Salesforce must offer to be filled."""

    def load(self, object: str, rows: Iterable[Mapping[str, Any]]) -> Any:  # noqa: A002
        """Take rows as they are."""

    def finish_loading(self) -> None:
        """Make the indexes."""


class HubSpotLike(SalesforceLike, Protocol):
    """What a HubSpot must offer to be filled."""

    def load_history(self, type: str, rows: Iterable[Mapping[str, Any]]) -> None:  # noqa: A002
        """Take property versions."""

    def associate_many(self, from_type: str, to_type: str, type_id: int, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Tie pairs."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was made: rows by `side:object`."""

    people: int
    rows: Mapping[str, int]


def load_world(
    settings: WorldSettings,
    people: int,
    seed: int,
    day: date,
    salesforce: SalesforceLike,
    hubspot: HubSpotLike,
    ledger: Path,
) -> Loaded:
    """Make the world of that seed and fill both sides and the ledger with it."""
    maker = Maker(settings, people, seed, day)
    to_salesforce = ToSalesforce(maker.ids, maker.owners, people, maker.end)
    to_hubspot = ToHubSpot(maker.owners, maker.end)
    writer = LedgerWriter(ledger)
    pour = _Pour(salesforce, hubspot)
    pour.take(to_salesforce.head(), to_hubspot.head(), {}, {})
    made = 0
    for n, (unit, findings) in enumerate(maker.units()):
        made += len(unit.people)
        writer.add(unit, findings)
        pour.take(to_salesforce.rows(unit, random.Random(f"{seed}:spelling:{n}")), *to_hubspot.rows(unit))
    pour.flush()
    salesforce.finish_loading()
    hubspot.finish_loading()
    writer.finish({"people": made, "seed": seed, "as_of": day.isoformat(), "rows": dict(sorted(pour.counts.items()))})
    return Loaded(made, pour.counts)


class _Pour:
    def __init__(self, salesforce: SalesforceLike, hubspot: HubSpotLike) -> None:
        self._salesforce, self._hubspot = salesforce, hubspot
        self._rows: dict[tuple[str, Any], list[Any]] = {}
        self._held = 0
        self.counts: dict[str, int] = {}

    def take(
        self,
        salesforce: Mapping[str, list[Any]],
        hubspot: Mapping[str, list[Any]],
        history: Mapping[str, list[Any]],
        ties: Mapping[tuple[str, str, int], list[Any]],
    ) -> None:
        """Keep rows until a lot is together."""
        for kind, given in (("salesforce", salesforce), ("hubspot", hubspot), ("history", history), ("ties", ties)):
            for key, rows in given.items():
                self._rows.setdefault((kind, key), []).extend(rows)
                self._held += len(rows)
                if kind in ("salesforce", "hubspot"):
                    name = f"{kind}:{key}"
                    self.counts[name] = self.counts.get(name, 0) + len(rows)
        if self._held >= _LOT:
            self.flush()

    def flush(self) -> None:
        """Hand over what is held."""
        for (kind, key), rows in self._rows.items():
            if not rows:
                continue
            if kind == "salesforce":
                self._salesforce.load(key, rows)
            elif kind == "hubspot":
                self._hubspot.load(key, rows)
            elif kind == "history":
                self._hubspot.load_history(key, rows)
            else:
                from_type, to_type, type_id = key
                self._hubspot.associate_many(from_type, to_type, type_id, rows)
        self._rows.clear()
        self._held = 0
