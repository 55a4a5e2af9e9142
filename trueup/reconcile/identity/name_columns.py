"""The parts of people's names as columns, and what the ladders ask of every word in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Bools, Codes, Ints
from trueup.reconcile.identity.comparisons import pair_codes
from trueup.reconcile.identity.encode import Column, recode
from trueup.reconcile.identity.spelling import Forms, Numbers, Spelled, from_name
from trueup.reconcile.normalize import names


@dataclass(frozen=True, slots=True)
class WordFacts:
    """What the ladders of names ask of every word, by its code (one more element serves MISSING)."""

    length: Ints
    initial: Ints
    common: Bools
    several: Bools
    nicknames: Ints
    spelled: Spelled
    forms: Forms

    @classmethod
    def of(cls, words: tuple[str, ...]) -> WordFacts:
        """Worked out once for all comparisons."""
        return cls(
            length=np.array([*map(len, words), 0], dtype=np.int64),
            initial=np.array([ord(word[0]) if word else 0 for word in words] + [0], dtype=np.int64),
            common=np.array([names.is_common(word) for word in words] + [False], dtype=np.bool_),
            several=np.array([" " in word for word in words] + [False], dtype=np.bool_),
            nicknames=pair_codes(names.nickname_pairs(), words),
            spelled=Spelled.of([word.replace(" ", "") for word in words]),
            forms=Forms.of(words),
        )


@dataclass(frozen=True, slots=True)
class Names:
    """The parts of everybody's name as codes, of one dictionary so that swapped names can be seen.

    `root` and `family_key` are the first and the last name without what differs between forms of one name; `word_root`
    has the root of every word, by its code.
    """

    words: tuple[str, ...]
    of_word: WordFacts
    given: Codes
    family: Codes
    root: Codes
    family_key: Codes
    word_root: Codes
    middle: Column
    suffix: Column

    @classmethod
    def of(cls, first: Column, last: Column) -> Names:
        """From the columns of first and last names as they are written."""
        given, middle, family, suffix = parted(first, last)
        words = sorted({*given.values, *family.values})
        place = {word: code for code, word in enumerate(words)}
        given_codes, family_codes = renumbered(given, place), renumbered(family, place)
        root_of = [names.root(word) for word in words]
        key_of = [names.family_key(word) for word in words]
        keys = {word: code for code, word in enumerate(sorted({*root_of, *key_of}))}
        word_root = _lookup(root_of, keys)
        return cls(
            words=tuple(words),
            of_word=WordFacts.of(tuple(words)),
            given=given_codes,
            family=family_codes,
            root=word_root[given_codes],
            family_key=_lookup(key_of, keys)[family_codes],
            word_root=word_root,
            middle=middle,
            suffix=suffix,
        )

    def spell(self, texts: Numbers, rows: Ints) -> Bools:
        """Which texts, by their numbers, follow from the names of the records in these rows."""
        return from_name(texts, self.given[rows], self.family[rows], self.of_word.spelled, self.of_word.forms)


def parted(first: Column, last: Column) -> tuple[Column, Column, Column, Column]:
    """Name parts from the two columns: by distinct value where both are there, by pair only where one field holds
    all."""
    given = [names.given_parts(value) for value in first.values]
    family = [names.family_parts(value) for value in last.values]
    no_first = first.codes < 0
    firsts, lasts = first.codes, last.codes
    held_alone = set(lasts[no_first].tolist())
    alone = [
        names.person(None, value) if code in held_alone else names.PersonName()
        for code, value in enumerate(last.values)
    ]
    # One dictionary a part: those of the first name, those of the last name, those of a last name that holds
    # everything.
    only_last = np.where(no_first & (lasts >= 0), lasts + len(given), np.where(firsts >= 0, firsts, MISSING))
    of_given = recode(only_last.astype(np.int32), [x[0] for x in given] + [x.given for x in alone])
    of_middle = recode(only_last.astype(np.int32), [x[1] for x in given] + [x.middle for x in alone])
    both = np.where(no_first & (lasts >= 0), lasts + len(family), lasts).astype(np.int32)
    of_family = recode(both, [x[0] for x in family] + [x.family for x in alone])
    mine = recode(only_last.astype(np.int32), [x[2] for x in given] + [x.suffix for x in alone])
    other = recode(both, [x[1] for x in family] + [x.suffix for x in alone])
    ranks = sorted({*mine.values, *other.values})
    place = {word: code for code, word in enumerate(ranks)}
    suffix = np.maximum(renumbered(mine, place), renumbered(other, place))
    return of_given, of_middle, of_family, Column(suffix, tuple(ranks))


def renumbered(found: Column, place: dict[str, int]) -> Codes:
    """The codes of a column's values in another dictionary."""
    return np.array([place[value] for value in found.values] + [MISSING], dtype=np.int32)[found.codes]


def _lookup(values: list[str], place: dict[str, int]) -> Codes:
    """The place of each value (one more element serves MISSING)."""
    return np.array([place[value] for value in values] + [MISSING], dtype=np.int32)
