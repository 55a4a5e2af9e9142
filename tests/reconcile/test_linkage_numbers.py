"""Measured numbers in a table are compared by how near they are; whole ones are codes."""

from __future__ import annotations

import random

import numpy as np
import pytest
from linkage_tables import f1, matched

from trueup.reconcile.identity.encode import coded
from trueup.reconcile.linkage import numbers

_SOUNDS = ["ba", "ke", "lo", "mi", "nu", "ra", "sto", "ter", "din", "gra", "vel", "cho"]


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("12.5", 12.5),
        ("-71.064", -71.064),
        ("$1,249.00", 1249.0),
        ("12,50 €", 12.5),
        ("USD 7", 7.0),
        ("3.2 km", 3.2),
        ("12-50", None),
        ("1.2.3", None),
        ("4x100", None),
        ("", None),
    ],
)
def test_a_number_is_read_with_what_stands_around_it(text: str, is_: float | None) -> None:
    assert numbers.number(text) == is_


def test_whole_numbers_and_texts_stay_what_they_are() -> None:
    assert numbers.measured(coded(str(1900 + n) for n in range(90))) is None
    assert numbers.measured(coded(f"A{n}.5" for n in range(90))) is None
    assert numbers.measured(coded(f"{n}.5" for n in range(9))) is None, "too few to know"


def test_one_number_has_one_spelling() -> None:
    found = numbers.measured(coded([f"{n}.50" for n in range(50)] + [f"{n}.5" for n in range(50)]))

    assert found is not None
    assert len(found.values) == 50


def test_prices_of_very_different_size_are_near_in_proportion() -> None:
    cheap, dear = numbers.scale(["1.00", "1.10", "1000.00", "1100.00"])[:4].reshape(2, 2)

    assert cheap[1] - cheap[0] == pytest.approx(dear[1] - dear[0])


def test_near_numbers_share_a_key_and_far_ones_do_not() -> None:
    rng = np.random.default_rng(1)
    size = np.append(np.sort(rng.uniform(0, 100, 400)), np.nan)
    keys = numbers.buckets(np.arange(400, dtype=np.int32), size, 2.0)

    share = (keys[:, None, :, None] == keys[None, :, None, :]).any(axis=(2, 3))
    apart = np.abs(size[:400, None] - size[None, :400])
    assert share[apart <= 1.0].all()
    assert not share[apart > 2.0].any()


def test_places_are_found_by_their_coordinates_whatever_their_rounding() -> None:
    rng = random.Random(4)
    rows = []
    names = ["".join(rng.choice(_SOUNDS) for _ in range(3)).title() for _ in range(220)]
    for place in range(300):
        lat, lon, name = rng.uniform(25, 48), rng.uniform(-120, -70), rng.choice(names)
        for copy, digits in enumerate((2, 4, 5)):
            called = f"{name}, {rng.choice(['Ohio', 'Utah'])}" if copy == 1 else name
            lats, lons = (f"{value + rng.gauss(0, 0.004):.{digits}f}" for value in (lat, lon))
            rows.append({"id": f"{place}-{copy}", "label": called, "lat": lats, "lon": lons})

    _, said = matched(rows, columns={"id": "id", "other text": "label", "other code": ["lat", "lon"]})

    assert f1(said) > 0.95
