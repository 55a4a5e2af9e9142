"""What letters rule out, the measure itself would have ruled out: the results are those of asking it of every pair."""

from __future__ import annotations

import random

import numpy as np
import pytest
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from trueup.reconcile.identity.letters import Letters, sorted_words
from trueup.reconcile.linkage.words import Words

_ALPHABETS = ("ab", "abcdefgh 12", "aąbßcčdeé żабв漢字 '", "0123456789")


def _values(alphabet: str, longest: int) -> list[str]:
    rng = random.Random(longest)
    found = {"", "a", "aa", "aaaa", "aaaaaaaa", "b", alphabet}
    for _ in range(40):
        value = "".join(rng.choices(alphabet, k=rng.randint(1, longest)))
        place = rng.randrange(len(value))
        slips = (
            value[:place] + value[place + 1 :],
            value[:place] + rng.choice(alphabet) + value[place:],
            value[:place] + value[place : place + 2][::-1] + value[place + 2 :],
        )
        found |= {value, *slips}
    return sorted(found)


@pytest.mark.parametrize("longest", [5, 12, 40])
@pytest.mark.parametrize("alphabet", _ALPHABETS)
def test_measures_are_those_of_asking_every_pair(alphabet: str, longest: int) -> None:
    values = _values(alphabet, longest)
    left, right = (x.astype(np.int32) for x in np.triu_indices(len(values), 1))
    pairs = [(values[a], values[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    letters, ordered = Letters(values), sorted_words(values)

    for most in (1, 2):
        asked = [min(OSA.distance(a, b), most + 1) for a, b in pairs]
        assert letters.slips(left, right, most).tolist() == asked
    for least in (0.85, 0.92):
        likely = np.array([JaroWinkler.similarity(a, b) for a, b in pairs], dtype=np.float32) >= least
        assert (letters.winkler(left, right, least) >= least).tolist() == likely.tolist()
    for enough in (70, 92):
        likely = np.array([token_sort_ratio(a, b) for a, b in pairs], dtype=np.float32) >= enough
        assert (ordered.ratio(left, right, enough) >= enough).tolist() == likely.tolist()
    parts = [set(a.split()) <= set(b.split()) or set(b.split()) <= set(a.split()) for a, b in pairs]
    assert not (np.array(parts) & ~letters.within(left, right)).any()


def test_shared_words_weigh_what_they_weigh_one_by_one() -> None:
    rng = random.Random(4)
    values = sorted({" ".join(f"w{rng.randrange(300)}" for _ in range(rng.randint(1, 8))) for _ in range(200)})
    words = Words(values, np.arange(len(values), dtype=np.int32))
    left, right = (x.astype(np.int32) for x in np.triu_indices(len(values), 1))
    weight = dict(zip(words.names, words.weight.tolist(), strict=True))

    said = words.shared(left, right)

    for a, b, shared in zip(left.tolist(), right.tolist(), said.tolist(), strict=True):
        both = set(values[a].split()) & set(values[b].split())
        assert shared == pytest.approx(sum(weight[word] for word in both))
    assert (said > 0).any()
