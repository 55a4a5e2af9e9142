"""What a number under one last name says where a first name is missing: as much as this table's own people let it."""

import random

import numpy as np
import pytest
from linkage_tables import FIRST, LAST, matched

COLUMNS = {
    "id": "id", "first name": "first", "last name": "last", "phone": "phone", "organisation": "firm", "city": "city",
}  # fmt: skip
FIRMS = [f"{one} {other} works" for one in LAST for other in FIRST]


def people(*, family: float, count: int = 500) -> list[dict[str, str]]:
    """People and a copy of each under one number; so many copies are another member of the family. Every fifth copy of
    the same person lacks the first name, and the employer."""
    rng = random.Random(5)
    rows = []
    for person in range(count):
        last, first, firm = rng.choice(LAST), rng.choice(FIRST), rng.choice(FIRMS)
        number = {"last": last, "phone": f"+1 415 {rng.randrange(201, 989)} {rng.randrange(10000):04}", "city": ""}
        rows.append({"id": f"{person}-0", "first": first, **number, "firm": firm})
        if rng.random() < family:
            first, firm = rng.choice([name for name in FIRST if name != first]), rng.choice(FIRMS)
        elif person % 5 == 0:
            first, firm = "", ""
        rows.append({"id": f"{person}-1", "first": first, **number, "firm": firm})
    return rows


def found(rows: list[dict[str, str]]) -> tuple[float, float]:
    """What such a number weighs where no first name is known, on average; and the share of these that are together."""
    out, said = matched(rows, columns=COLUMNS)
    assert out.contacts is not None
    subject = out.contacts[0]
    place = {rec: number for number, (_, rec, _, _) in enumerate(said)}
    cluster = {rec: of for _, rec, of, _ in said}
    unknown = [row["id"][:-2] for row in rows if not row["first"]]
    assert len(unknown) > 20
    one, other = (np.array([place[f"{person}-{copy}"] for person in unknown]) for copy in (0, 1))
    compared = subject.compare(np.minimum(one, other), np.maximum(one, other))
    number = next(at for at, ladder in enumerate(subject.model.ladders) if ladder.key == "phone")
    together = sum(cluster[f"{person}-0"] == cluster[f"{person}-1"] for person in unknown)
    return float(compared.weights[number].mean()), together / len(unknown)


def test_where_no_families_share_a_number_it_is_the_persons_own() -> None:
    weight, together = found(people(family=0.0))

    assert weight > 4
    assert together > 0.9


def test_where_numbers_are_families_who_it_was_stays_open() -> None:
    weight, together = found(people(family=0.6))

    assert weight == pytest.approx(1.0, abs=0.01)
    assert together < 0.2
