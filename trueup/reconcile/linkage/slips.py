"""Keys for people whose name was mistyped and who have nothing else in common: a slip in one half of the name.

The rules of `reconcile.identity` want a whole name, or half of one beside an employer, an address or a number. Who has
changed all of these is brought together here by one half of the name and what a slip leaves of the other: its first
letter, or a spelling that is one edit away and that hardly anyone has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import MISSING, Bools, Codes, Ints
from trueup.reconcile.identity.blocking import Blocks, LeftOut, combine
from trueup.reconcile.identity.comparisons import similarity
from trueup.reconcile.identity.name_columns import Names
from trueup.reconcile.identity.ordering import by_key, distinct, runs, spread
from trueup.reconcile.identity.people_columns import People

_FEW = 5
"""A last name and an initial that more records have is a common name's: so little tells nobody from anybody, unless
they live in one city or have one title, and are few again."""
_RARE = 3
"""A slip makes a word that hardly anyone has: one with more bearers is a name of its own."""
_BEARERS = 20
"""A mistyped name is compared with at most so many who have the right one."""
_SHORTEST, _LONGEST = 4, 32
"""Letters of a word in which a slip can be told from another word, and that are looked at."""
_ALIKE = 50
"""So many words that differ in the same place are no slips of one another."""
_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Slipped:
    """Last names and first names that may be slips: words that hardly anyone has, each with a word that is one edit
    away, by their places among the words."""

    family: tuple[Ints, Ints]
    given: tuple[Ints, Ints]

    @classmethod
    def of(cls, names: Names) -> Slipped:
        """It hangs on the words and on how many bear each, on nothing else."""
        return cls(_slips(names.words, names.family), _slips(names.words, names.given))


def block(people: People, slipped: Slipped, blocks: Blocks) -> None:
    """The rules that stand beside those of `identity.people` for a table."""
    names = people.names
    initial = np.where(names.given >= 0, names.of_word.initial[names.given], MISSING)
    known = combine(names.family_key, initial)
    blocks.add("last name and initial", known, cap=_FEW, then=(people.city.codes, people.title.codes))
    _add(blocks, "first name and last name with a slip", slipped.family, names.family, names.root)
    _add(blocks, "last name and first name with a slip", slipped.given, names.given, names.family_key)


def _add(blocks: Blocks, rule: str, slipped: tuple[Ints, Ints], name: Codes, half: Codes) -> None:
    """Pairs of records with one `half` of the name, whose other halves are a slip apart and one of them rare."""
    odd, like = slipped
    known = np.flatnonzero((name >= 0) & (half >= 0))
    size = int(half.max(initial=0)) + 1
    known, whole = by_key(known, name[known].astype(np.int64) * size + half[known], len(name))
    # Every bearer of an odd spelling, once for each word that it may stand for; then who has that word and the half.
    first, last = (np.searchsorted(whole, odd * size, "left"), np.searchsorted(whole, (odd + 1) * size, "left"))
    of, places = spread(first, last - first)
    wanted = like[of] * size + half[known[places]]
    start = np.searchsorted(whole, wanted, "left")
    count = np.searchsorted(whole, wanted, "right") - start
    over = count > _BEARERS
    again, found = spread(start, np.where(over, 0, count))
    blocks.add_pairs(rule, known[places[again]], known[found])
    if over.any():
        left_out = len(np.unique(wanted[over])), int(over.sum()), int(count[over].sum())
        blocks.report[-1] = LeftOut(rule, blocks.report[-1].pairs, *left_out)


def _slips(words: Sequence[str], name: Codes) -> tuple[Ints, Ints]:
    from rapidfuzz.distance import OSA

    bearers = np.bincount(name[name >= 0], minlength=len(words))
    used = np.array(
        [place for place in np.flatnonzero(bearers).tolist() if _SHORTEST <= len(words[place]) <= _LONGEST],
        dtype=np.int64,
    )
    word, key = _without_a_letter([words[place] for place in used.tolist()])
    order = np.lexsort((word, key))
    word, key = word[order], key[order]
    starts, sizes = runs(key)
    rare: Bools = bearers[used] <= _RARE
    several = np.repeat((sizes > 1) & (sizes <= _ALIKE), sizes)
    begin, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    one = np.flatnonzero(several & rare[word])
    of, other = spread(begin[one], size[one])
    pairs = distinct(word[one[of]] * len(used) + word[other])
    left, right = pairs // max(1, len(used)), pairs % max(1, len(used))
    left, right = used[left[left != right]], used[right[left != right]]
    near = similarity(tuple(words), left.astype(np.int32), right.astype(np.int32), OSA.distance) <= 1
    return left[near], right[near]


def _without_a_letter(words: Sequence[str]) -> tuple[Ints, NDArray[np.uint64]]:
    """Each word's number beside a number for the word, and for all that is left of it without one letter.

    Two words one edit apart (a letter more, another one, two that changed places) have such a number in common.
    """
    length = np.array([len(word) for word in words], dtype=np.int64)
    widest = int(length.max(initial=0))
    letters = np.zeros((len(words), widest + 1), dtype=np.uint64)
    flat = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
    letters[spread(np.zeros_like(length), length)] = flat
    power = np.cumprod(np.concatenate([[np.uint64(1)], np.full(widest + 1, _BASE)]), dtype=np.uint64)
    before = np.cumsum(letters * power[1 : widest + 2], axis=1, dtype=np.uint64) - letters * power[1 : widest + 2]
    moved = letters * power[: widest + 1]
    after = moved.sum(axis=1, dtype=np.uint64)[:, None] - np.cumsum(moved, axis=1, dtype=np.uint64)
    # The place behind the last letter takes none away: there the word stands whole.
    there = np.arange(widest + 1)[None, :] <= length[:, None]
    word = np.repeat(np.arange(len(words)), length + 1)
    return word, (before + after)[there]
