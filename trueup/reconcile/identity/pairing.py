"""The sheet on which candidate pairs are marked, ladder by ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Codes, Floats, Ints
from trueup.reconcile.identity.letters import Letters
from trueup.reconcile.identity.scoring import Levels, Model, Share, weigh


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs after comparing: a level and a weight on each ladder of the model, and the number of what contradicts
    (0: none). `shares` are the columns whose values were weighed by how common they are: the codes of all records, and
    each code's share."""

    levels: tuple[Levels, ...]
    weights: tuple[NDArray[np.float32], ...]
    conflict: NDArray[np.int8]
    shares: tuple[tuple[Codes, Floats], ...]

    @property
    def total(self) -> Floats:
        """The sum of the weights, without the prior."""
        total = np.zeros(len(self.conflict))
        for weight in self.weights:
            total += weight
        return total


@dataclass(slots=True)
class Told:
    """What is worked out once for all sheets of the same records, by the column that it is of.

    `shares`: how common its values are; `letters`: of what letters they are.
    """

    shares: dict[tuple[int, int, int], tuple[Codes, Floats]] = field(default_factory=dict)
    letters: dict[int, tuple[Sequence[str], Letters]] = field(default_factory=dict)


@dataclass(slots=True)
class Sheet:
    """Levels being filled in. Later marks overwrite earlier ones, so the strongest level is marked last."""

    model: Model
    pairs: int
    told: Told = field(default_factory=Told)
    _levels: dict[str, Levels] = field(default_factory=dict)
    _common: dict[str, Share] = field(default_factory=dict)
    _shares: list[tuple[Codes, Floats]] = field(default_factory=list)

    def level(self, comparison: str) -> Levels:
        """The level numbers of a comparison so far."""
        if comparison not in self._levels:
            self._levels[comparison] = np.zeros(self.pairs, dtype=np.int8)
        return self._levels[comparison]

    def mark(self, comparison: str, key: str, pairs: Bools) -> None:
        """Put these pairs on the level `key`."""
        level = self.level(comparison)
        # Reckoned for all, since to jump where `pairs` says so takes many times as long.
        level += (np.int8(self.model.ladder(comparison).at(key)) - level) * pairs

    def mark_at(self, comparison: str, key: str, places: Ints) -> None:
        """The same where few pairs are known by their places."""
        self.level(comparison)[places] = self.model.ladder(comparison).at(key)

    def put(self, comparison: str, numbers: NDArray[np.int64], keys: tuple[str, ...]) -> None:
        """Set all levels at once; `numbers` index `keys`."""
        ladder = self.model.ladder(comparison)
        lookup = np.array([ladder.at(key) for key in keys], dtype=np.int8)
        self._levels[comparison] = lookup.take(numbers)

    def is_at(self, comparison: str, key: str) -> Bools:
        """Which pairs stand on the level."""
        return np.asarray(self.level(comparison) == self.model.ladder(comparison).at(key))

    def shares(self, codes: Codes, size: int) -> Floats:
        """How common each value is, beyond the two records that are just being compared.

        In small data a value held twice looks common, though the two may be one thing: the first two holders count
        as two
        in `model.least` records or more, every further one as one in those there are and a few more.
        """
        column = id(codes), size, self.model.least
        if column not in self.told.shares:
            known = codes[codes >= 0]
            counts = np.bincount(known.ravel(), minlength=size + 1).astype(np.float64)
            further = np.maximum(counts - 2, 0) / (known.size + self.model.least / 4)
            share = further + np.minimum(counts, 2) / max(known.size, self.model.least)
            self.told.shares[column] = codes, np.asarray(share)
        self._shares.append(self.told.shares[column])
        return self.told.shares[column][1]

    def letters(self, values: Sequence[str]) -> Letters:
        """The letters of a column's distinct values, which rule out most pairs that are not alike."""
        if id(values) not in self.told.letters:
            self.told.letters[id(values)] = values, Letters(values)
        return self.told.letters[id(values)][1]

    def common(self, comparison: str, share: Share) -> None:
        """How common the agreeing values of pairs are: asked when all is marked, of those that it matters for."""
        self._common[comparison] = share

    def common_value(self, comparison: str, share: Floats, codes: Codes) -> None:
        """The same where the code of each pair's agreeing value is known."""
        self.common(comparison, lambda pairs: share[codes[pairs]])

    def only(self, places: Ints) -> Sheet:
        """The sheet of the pairs at these places alone, with what is marked of them already."""

        def at_places(share: Share) -> Share:
            return lambda pairs: share(places[pairs])

        levels = {key: level[places] for key, level in self._levels.items()}
        common = {key: at_places(share) for key, share in self._common.items()}
        return Sheet(self.model, len(places), self.told, levels, common, self._shares)

    def done(self, conflict: NDArray[np.int8]) -> Compared:
        """Weigh everything."""
        levels = tuple(self.level(ladder.key) for ladder in self.model.ladders)
        weights = tuple(
            weigh(ladder, level, self._common.get(ladder.key, _not_common))
            for ladder, level in zip(self.model.ladders, levels, strict=True)
        )
        return Compared(levels, weights, conflict, tuple(self._shares))


def _not_common(pairs: Ints) -> Floats:
    return np.ones(len(pairs))
