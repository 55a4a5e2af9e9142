"""What namesakes teach: a level is worth what it is among this table's own people who share a name."""

import random

import numpy as np
import pytest
from linkage_tables import FIRST, LAST, matched

from trueup.reconcile.identity.scoring import shipped

COLUMNS = {
    "id": "id", "first name": "first", "last name": "last", "phone": "phone", "organisation": "firm", "city": "city",
}  # fmt: skip
FIRMS = [f"{one} {other} works" for one in LAST for other in FIRST]
CITIES = ("Kent", "Riverton", "Neustadt", "Altdorf", "Ashford", "Lakeside")


def movers(*, stay: bool = False, moved: float = 0.5, known: float = 0.8, people: int = 1200) -> list[dict[str, str]]:
    """People and a copy of each; who changed the employer keeps the city, or lives in any. Most have a number."""
    rng = random.Random(3)
    rows = []
    for person in range(people):
        name = {"first": rng.choice(FIRST), "last": rng.choice(LAST)}
        number = f"+1 415 {rng.randrange(201, 989)} {rng.randrange(10000):04}" if rng.random() < known else ""
        city, firm = rng.choice(CITIES), rng.choice(FIRMS)
        rows.append({"id": f"{person}-0", **name, "phone": number, "firm": firm, "city": city})
        if rng.random() < moved:
            city, firm = city if stay else rng.choice(CITIES), rng.choice(FIRMS)
        rows.append({"id": f"{person}-1", **name, "phone": number, "firm": firm, "city": city})
    return rows


def weight(rows: list[dict[str, str]], ladder: str, level: str) -> float:
    """What the level weighs, on average over people who work elsewhere in their other record."""
    found, said = matched(rows, columns=COLUMNS)
    assert found.contacts is not None
    subject = found.contacts[0]
    row = {rec: number for number, (_, rec, _, _) in enumerate(said)}
    firm = {of["id"]: of["firm"] for of in rows}
    changed = [n for n in range(len(rows) // 2) if firm[f"{n}-0"] != firm[f"{n}-1"]]
    one, other = (np.array([row[f"{n}-{copy}"] for n in changed]) for copy in (0, 1))
    compared = subject.compare(np.minimum(one, other), np.maximum(one, other))
    place = next(number for number, of in enumerate(subject.model.ladders) if of.key == ladder)
    there = compared.levels[place] == subject.model.ladders[place].at(level)
    assert there.sum() > 20
    return float(compared.weights[place][there].mean())


def test_a_city_says_as_much_of_who_works_elsewhere_as_people_stay_in_theirs() -> None:
    stays, roams = weight(movers(stay=True), "place", "city"), weight(movers(), "place", "city")

    assert roams < 1 < stays - 1, "who lives anywhere agrees by chance"


def test_another_employer_speaks_against_a_pair_where_few_change_theirs() -> None:
    often, seldom = weight(movers(moved=0.6), "company", "other"), weight(movers(moved=0.05), "company", "other")

    assert seldom < -3 < -1.5 < often


def test_nothing_is_learned_where_nobody_is_known_for_sure() -> None:
    ladder = shipped("person").ladder("company")

    assert weight(movers(known=0), "company", "other") == pytest.approx(ladder.rungs[ladder.at("other")].weight)
