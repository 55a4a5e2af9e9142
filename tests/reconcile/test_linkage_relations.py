"""What makes records alike that are two: families, albums, companies at one place. And one column alone."""

from __future__ import annotations

import random

import duckdb
import pytest
from linkage_tables import f1, load, matched

from trueup.reconcile.linkage import Table, explain, match, parse

Rows = list[dict[str, str]]
_SOUNDS = ["ba", "ke", "lo", "mi", "nu", "ra", "sto", "ter", "din", "gra", "vel", "cho"]
_GIVEN = ["Anna", "Ben", "Clara", "David", "Eva", "Franz", "Greta", "Hugo", "Ines", "Jan", "Karl", "Lea", "Max", "Nora"]
VOTERS = {
    "id": "id", "first name": "first", "last name": "last", "street": "street", "city": "city", "postcode": "zip",
    "birth date": "born",
}  # fmt: skip
TRACKS = {"id": "id", "other text": ["title", "artist", "album"], "other code": ["number", "year"]}


def _word(rng: random.Random, of: tuple[int, ...] = (2, 3)) -> str:
    return "".join(rng.choice(_SOUNDS) for _ in range(rng.choice(of)))


def _slip(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def families(twice: float, seed: int = 3, homes: int = 400) -> Rows:
    """People of families of up to five, of whom a share is there twice, with slips and now and then moved."""
    rng = random.Random(seed)
    names, streets, cities = ([_word(rng).title() for _ in range(n)] for n in (400, 150, 25))
    found: Rows = []
    for home in range(homes):
        last, city = rng.choice(names), rng.randrange(25)
        street, code = f"{rng.randint(1, 900)} {rng.choice(streets)} St", f"{27000 + city * 3 + rng.randrange(3)}"
        for member in range(rng.choice((1, 2, 3, 4, 5))):
            of = {"first": rng.choice(_GIVEN), "last": last, "street": street, "city": cities[city], "zip": code}
            of |= {"born": str(rng.randint(1925, 2000))}
            for copy in range(1 + (rng.random() < twice)):
                one = dict(of)
                if copy:
                    for name in ("first", "last", "street"):
                        one[name] = _slip(rng, one[name]) if rng.random() < 0.15 else one[name]
                    if rng.random() < 0.15:
                        one |= {"street": f"{rng.randint(1, 900)} {rng.choice(streets)} St", "zip": "27099"}
                found.append({"id": f"{home}.{member}-{copy}", **one})
    rng.shuffle(found)
    return found


def tracks(seed: int = 5, albums: int = 150) -> Rows:
    """Tracks of albums, each as one to three shops list it."""
    rng = random.Random(seed)
    words = [_word(rng) for _ in range(900)]
    found: Rows = []
    for album in range(albums):
        artist, name = (" ".join(rng.choices(words, k=rng.choice((1, 2, 3)))) for _ in range(2))
        year = str(rng.randint(1965, 2015))
        for number in range(1, rng.randint(5, 12)):
            title = " ".join(rng.choices(words, k=rng.randint(1, 4)))
            for shop in range(rng.choice((1, 1, 2, 3))):
                said = {0: title, 1: f"{number:02d} {title}", 2: f"{title} ({name})"}[shop]
                said = _slip(rng, said) if rng.random() < 0.2 else said
                one = {"id": f"{album}.{number}-{shop}", "title": said, "artist": artist, "album": name}
                one |= {"number": str(number) if rng.random() < 0.7 else "", "year": year if rng.random() < 0.7 else ""}
                found.append(one)
    rng.shuffle(found)
    return found


def titles(seed: int = 6, count: int = 700) -> Rows:
    """Titles alone, a third of them twice."""
    rng = random.Random(seed)
    words = [_word(rng) for _ in range(1500)]
    found: Rows = []
    for number in range(count):
        title = " ".join(rng.choices(words, k=rng.randint(3, 9)))
        for copy in range(1 + (number % 3 == 0)):
            said = _slip(rng, title) if copy and rng.random() < 0.3 else title
            found.append({"id": f"{number}-{copy}", "title": said})
    rng.shuffle(found)
    return found


@pytest.mark.parametrize("twice", [0.1, 0.6])
def test_a_family_at_one_address_is_not_one_person(twice: float) -> None:
    found, said = matched(families(twice), columns=VOTERS)

    assert f1(said) > 0.85
    assert found.largest <= 5
    assert any({"street", "postcode"} <= set(relation.shares) for relation in found.trained.relations)


def test_families_come_out_the_same_whatever_the_order_of_rows_and_the_threads() -> None:
    rows = families(0.2, homes=150)
    turned = rows[::-1]

    assert matched(rows, columns=VOTERS, threads=1)[1] == matched(turned, columns=VOTERS, threads=2)[1]


def test_families_of_whom_nobody_is_there_twice_are_left_apart() -> None:
    assert matched(families(0.0), columns=VOTERS)[0].largest == 1


def test_the_tracks_of_an_album_are_not_one_track() -> None:
    found, said = matched(tracks(), columns=TRACKS)

    assert f1(said) > 0.75
    assert found.largest <= 12


def test_the_parts_of_a_pair_of_a_family_add_up_and_name_the_relation() -> None:
    rows = families(0.3)
    con = duckdb.connect(config={"threads": "2"})
    load(con, "t", rows)
    tables = [Table("t", "t", parse(VOTERS, ["t"])["t"])]
    found = match(con, tables)
    one, other = _related(rows)

    pair = explain(con, found, tables, one, other)

    assert not pair.together
    told = [level for level in pair.levels if level.comparison == "relation"]
    assert "postcode" in told[0].label
    assert told[0].weight < -3
    total = pair.prior_weight + sum(level.weight for level in pair.levels)
    assert pair.score == pytest.approx(2**total / (1 + 2**total), abs=0.02)


def _related(rows: Rows) -> tuple[str, str]:
    """Two of one home and one last name, with other first names."""
    homes: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        homes.setdefault((row["street"], row["last"]), []).append(row)
    return next(
        (a["id"], b["id"])
        for home in homes.values()
        for a in home
        for b in home
        if a["first"] not in b["first"] and a["first"][0] != b["first"][0] and a["id"][:-2] != b["id"][:-2]
    )


def test_one_column_alone_is_matched_by_what_is_expected() -> None:
    _, said = matched(titles(), columns={"id": "id", "other text": "title"})

    assert f1(said) > 0.85


def test_columns_that_say_nothing_make_no_relation_of_the_matches() -> None:
    """A price and a note that differ in true pairs as in others are idle, not a sign that the pairs are two."""
    rng = random.Random(8)
    rows = [
        {
            **row, "price": str(rng.randint(1, 999)), "note": _word(rng, (4, 5)),
            "maker": f"maker {int(row['id'].partition('-')[0]) * 7919 % 83}",
        }
        for row in titles(seed=9)
    ]  # fmt: skip
    columns = {"id": "id", "other text": ["title", "note"], "other code": "price", "organisation": "maker"}

    found, said = matched(rows, columns=columns)

    assert not found.trained.relations
    assert f1(said) > 0.85
