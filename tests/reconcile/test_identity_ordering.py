"""Ranges and the pairs within runs, as arrays, are what loops over them give."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trueup.reconcile.identity.ordering import pairs_within, spread

_RANGES = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 6)), max_size=12)


@given(_RANGES)
def test_ranges_are_laid_out_one_after_another(ranges: list[tuple[int, int]]) -> None:
    start, count = (np.array([pair[side] for pair in ranges], dtype=np.int64) for side in (0, 1))
    of, place = spread(start, count)
    assert list(zip(of.tolist(), place.tolist(), strict=True)) == [
        (number, begin + step) for number, (begin, many) in enumerate(ranges) for step in range(many)
    ]


@given(st.lists(st.integers(0, 6), max_size=12))
def test_pairs_stay_within_their_run(sizes: list[int]) -> None:
    first, second = pairs_within(np.array(sizes, dtype=np.int64))
    begin, wanted = 0, []
    for size in sizes:
        wanted += combinations(range(begin, begin + size), 2)
        begin += size
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == wanted
