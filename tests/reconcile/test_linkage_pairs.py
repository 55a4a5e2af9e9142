"""Weighed pairs are found again by their key, and gone through slice by slice without being copied."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkage_tables import weighed

from trueup.reconcile.linkage import counterparts, pairs

ENDS = st.tuples(st.integers(0, 8), st.integers(1, 4)).map(lambda drawn: (drawn[0], drawn[0] + drawn[1]))


@given(st.dictionaries(ENDS, st.integers(-9, 9)), st.lists(ENDS))
def test_what_was_weighed_is_looked_up_and_the_rest_weighed_afresh(
    known: dict[tuple[int, int], int], asked: list[tuple[int, int]]
) -> None:
    found = weighed(13, [a for a, _ in known], [b for _, b in known], list(known.values()))
    left, right = (np.array([pair[end] for pair in asked], dtype=np.int64) for end in (0, 1))

    got = found.weigh(left, right, lambda a, b: 100.0 * a + b)

    assert got.tolist() == [known.get((a, b), 100 * a + b) for a, b in asked]


@given(st.dictionaries(ENDS, st.integers(-9, 9), min_size=1))
def test_the_ends_of_pairs_are_those_they_were_made_of(known: dict[tuple[int, int], int]) -> None:
    found = weighed(13, [a for a, _ in known], [b for _, b in known], list(known.values()))
    left, right = found.ends()

    assert dict(zip(zip(left.tolist(), right.tolist(), strict=True), found.weight.tolist(), strict=True)) == known
    assert len(found.where(found.weight > 0)) == sum(weight > 0 for weight in known.values())


def test_what_is_added_slice_by_slice_is_added_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "SLICE", 3)
    left = np.arange(10)
    found = weighed(20, left, left + 10, left)
    side = np.repeat([0, 1], 10).astype(np.int32)

    counterparts.Counterparts(side, within=5.0, across=1.0).add(found)

    assert [len(part) for part in found.slices()] == [3, 3, 3, 1]
    assert found.weight.tolist() == (left + 1.0).tolist()
