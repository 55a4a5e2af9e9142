"""What a table of contacts teaches: how often its people are there twice, and how alike strangers' first names are."""

import random
from itertools import pairwise

import duckdb
import numpy as np
import pytest
from linkage_tables import FIRST, LAST, load, matched, weighed
from rapidfuzz.distance import OSA

from trueup.reconcile.identity import memory
from trueup.reconcile.identity.blocking import Blocks
from trueup.reconcile.identity.scoring import shipped
from trueup.reconcile.linkage import Table, contacts, counterparts, explain, match, parse, slips
from trueup.reconcile.linkage.grouping import group

COLUMNS = {
    "id": "id", "first name": "first", "last name": "last", "e-mail": "mail", "phone": "phone", "organisation": "firm",
}  # fmt: skip


def staff(count: int, copies: float, first: tuple[str, ...] = tuple(FIRST), seed: int = 4) -> list[dict[str, str]]:
    """People of small firms, each in turn with a copy that has the number alone, or nothing but the name."""
    rng = random.Random(seed)
    rows = []
    for person in range(count):
        name = {"first": rng.choice(first), "last": rng.choice(LAST) + rng.choice(LAST) + rng.choice(LAST)}
        firm, number = (
            f"Firm {rng.randrange(count // 8)}",
            f"+1 415 {rng.randrange(201, 989)} {rng.randrange(10000):04}",
        )
        mail = f"{name['first']}.{name['last']}@{firm.replace(' ', '').lower()}.example"
        rows.append({"id": f"{person}-0", **name, "mail": mail, "phone": number, "firm": firm})
        if rng.random() < copies:
            rows.append({"id": f"{person}-1", **name, "mail": "", "phone": rng.choice([number, ""]), "firm": ""})
    return rows


def blocked(rows: list[dict[str, str]]) -> tuple[set[tuple[str, str]], Blocks]:
    """The pairs of ids that the rules for slips bring together by themselves."""
    con = duckdb.connect()
    load(con, "people", rows)
    found = match(con, [Table("people", "people", parse(COLUMNS, ["people"])["people"])])
    ids = [rec for (rec,) in con.execute("SELECT rec FROM link_ids ORDER BY i").fetchall()]
    assert found.contacts is not None
    subject, *_ = found.contacts
    blocks = Blocks(subject.rows)
    subject.block(blocks)
    own = blocks.found[-3:]
    keys = np.concatenate(own)
    pairs = {tuple(sorted((ids[a], ids[b]))) for a, b in zip(keys // subject.rows, keys % subject.rows, strict=True)}
    blocks.report[:] = blocks.report[-3:]
    return pairs, blocks  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Greta", "Szczepanowski"), ("Greta", "Szczepnaowski")),
        (("Greta", "Szczepanowski"), ("Greta", "Szczepanwski")),
        (("Sigismund", "Szczepanowski"), ("Sigismnud", "Szczepanowski")),
        (("Sigismund", "Szczepanowski"), ("Zigismund", "Szczepanowski")),
        (("Greta", "Szczepanowski"), ("G.", "Szczepanowski")),
    ],
)
def test_a_name_with_a_slip_is_enough_to_be_compared(one: tuple[str, str], other: tuple[str, str]) -> None:
    rows = staff(60, 0.3)
    for place, (first, last) in enumerate((one, other)):
        rows.append({"id": f"x-{place}", "first": first, "last": last, "mail": "", "phone": "", "firm": f"F{place}"})

    assert ("x-0", "x-1") in blocked(rows)[0]


def test_a_slip_of_a_name_that_many_have_is_compared_with_nobody_and_counted() -> None:
    many = [
        {"id": f"{n}-0", "first": "Greta", "last": "Hofmann", "mail": "", "phone": "", "firm": f"F{n}"}
        for n in range(30)
    ]
    odd = {"id": "x", "first": "Greta", "last": "Hofmnan", "mail": "", "phone": "", "firm": "Other"}

    pairs, blocks = blocked([*many, odd])

    assert not any("x" in pair for pair in pairs)
    assert next(rule for rule in blocks.report if rule.rule.startswith("first name")).pairs_left_out == 30
    assert next(rule for rule in blocks.report if rule.rule.startswith("last name and initial")).blocks_left_out == 1


def test_words_one_edit_apart_are_found_among_all_pairs_of_words() -> None:
    rng = random.Random(2)
    words = sorted(
        {"".join(rng.choice("abc") for _ in range(rng.randrange(3, 8))) for _ in range(60)} | {"ßeño", "ßñeo"}
    )
    left, right = slips._slips(words, np.arange(len(words), dtype=np.int32))

    near = {
        (a, b) for a in range(len(words)) for b in range(len(words))
        if a != b and min(len(words[a]), len(words[b])) >= 4 and OSA.distance(words[a], words[b]) <= 1
    }  # fmt: skip
    assert near
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == near


def test_what_is_done_one_after_another_for_want_of_room_comes_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = staff(200, 0.5)
    _, beside = matched(rows, columns=COLUMNS)
    monkeypatch.setattr(memory, "_MANY", 0)

    assert memory.at_once(len(rows)) == 1
    assert matched(rows, columns=COLUMNS)[1] == beside


def weights(sure: int, doubtful: int) -> np.ndarray:
    return np.concatenate([np.full(sure, 15.0), np.full(doubtful, -1.0), np.full(2000, -9.0)])


def test_the_prior_follows_how_many_pairs_of_the_table_are_one() -> None:
    """Of 4,000 records 2,000 pairs are expected: 100 are fewer by more than three bits, 8,000 more by two."""
    side = np.zeros(4000, dtype=np.int32)

    def bits(sure: int) -> float:
        weight = weights(sure, 200)
        left = np.zeros(len(weight), dtype=np.int64)
        return counterparts.count(side, weighed(4000, left, left + 1, weight)).within

    assert -4 <= bits(100) < -3
    assert abs(bits(2000)) < 0.1
    assert 1.8 < bits(8000) < 2.2
    assert all(a < b for a, b in pairwise(bits(sure) for sure in (200, 500, 1000, 3000)))


def test_of_two_linked_tables_each_kind_of_pair_has_its_own_share() -> None:
    """Half of either table is in the other, and nobody is in one twice."""
    side = np.repeat([0, 1], 1000).astype(np.int32)
    left, right = np.arange(500), np.arange(1000, 1500)

    found = counterparts.count(side, weighed(2000, left, right, np.full(500, 15.0)))

    assert found.across == pytest.approx(0, abs=0.1)
    assert found.within == -4.0
    assert found.bits(np.array([0, 0]), np.array([1, 1000])).tolist() == [found.within, found.across]


def test_few_records_leave_the_prior_as_it_ships() -> None:
    side = np.zeros(3, dtype=np.int32)

    assert abs(counterparts.count(side, weighed(3, [], [], [])).within) < 0.1


def test_where_hardly_anybody_is_there_twice_a_name_alone_is_worth_less() -> None:
    """The same two records, in a table of people who are there once, and in one of people who are there twice."""
    pair = [
        {"id": f"x-{n}", "first": "greta", "last": "grafabelilg", "mail": "", "phone": "", "firm": ""} for n in (0, 1)
    ]
    priors = []
    for copies in (0.02, 0.9):
        found, _ = matched([*staff(500, copies), *pair], columns=COLUMNS)
        priors.append(found.trained.prior)

    assert priors[0] < priors[1] - 2


def test_an_explained_pair_adds_up_to_its_score() -> None:
    con = duckdb.connect()
    load(con, "people", staff(300, 0.1))
    tables = [Table("people", "people", parse(COLUMNS, ["people"])["people"])]
    found = match(con, tables)
    twice = [rec[:-2] for (rec,) in con.execute("SELECT rec FROM link_ids WHERE rec LIKE '%-1'").fetchall()]

    for person in twice[:20]:
        pair = explain(con, found, tables, f"{person}-0", f"{person}-1")
        total = pair.prior_weight + sum(level.weight for level in pair.levels)
        assert pair.prior_weight == pytest.approx(found.trained.prior, abs=0.001)
        assert pair.score == pytest.approx(1 / (1 + 2**-total), abs=0.02)


def ladder(rows: list[dict[str, str]]) -> dict[str, tuple[float, float, float]]:
    """m, u and leak of each level of first names, as this table taught them."""
    found, _ = matched(rows, columns=COLUMNS)
    assert found.contacts is not None
    given = found.contacts[0].model.ladder("given")
    return {rung.key: (rung.m, rung.u, rung.leak) for rung in given.rungs}


def test_short_forms_are_worth_more_where_few_strangers_of_a_root_differ_in_form() -> None:
    mixed = ladder(staff(400, 0.2, ("Robert", "Bob", "William", "Bill", "Greta", "Sigrid")))
    formal = ladder(staff(400, 0.2, ("Robert", "Robert", "William", "William", "Bob", "Greta")))
    none = ladder(staff(400, 0.2, ("Greta", "Sigrid", "Astrid", "Ingrid")))

    assert none["short"][2] < formal["short"][2] < mixed["short"][2] < 0.7, (
        "of two with one root so many differ in form"
    )


def test_spellings_are_worth_less_where_strangers_are_spelled_alike() -> None:
    alike = ladder(staff(400, 0.2, tuple(f"Zobalin{end}" for end in "abcdefgh")))
    apart = ladder(staff(400, 0.2))

    assert alike["similar"][1] > 0.5 > 0.01 > apart["similar"][1]
    assert {key: of[0] for key, of in alike.items()} == {key: of[0] for key, of in apart.items()}, "m stays as it ships"


def test_a_table_without_first_names_keeps_what_ships() -> None:
    taught = ladder([{**row, "first": ""} for row in staff(300, 0.3)])
    ships = {rung.key: (rung.m, rung.leak) for rung in shipped("person").ladder("given").rungs}

    assert {key: (m, leak) for key, (m, _, leak) in taught.items()} == ships


def tongues(names: dict[str, tuple[list[str], list[str]]], count: int = 600) -> list[dict[str, str]]:
    """People of several languages, each there once: first and last names are drawn within their language."""
    rng = random.Random(8)
    rows = []
    for person in range(count):
        first, last = names[rng.choice(sorted(names))]
        name = {"first": rng.choice(first), "last": rng.choice(last)}
        mail, firm = f"m{rng.randrange(10**9)}@f{person}.example", f"Firm {person}"
        rows.append({"id": f"{person}-0", **name, "mail": mail, "phone": "", "firm": firm})
    return rows


def test_names_that_go_together_make_namesakes_no_persons() -> None:
    """The same twenty first and twenty last names; in one table five of each belong to a language."""
    last = [a + b for a, b in zip(LAST, [*LAST[3:], *LAST[:3]], strict=True)] + ["zeller", "zander"]
    mixed = {"all": (FIRST, last)}
    parted = {str(n): (FIRST[n * 5 : n * 5 + 5], last[n * 5 : n * 5 + 5]) for n in range(4)}
    apart, together = ladder(tongues(mixed)), ladder(tongues(parted))

    assert apart["exact"][2] < 1.3
    assert 2.5 < together["exact"][2] < 5, "of four languages one: four times as often"
    found, _ = matched(tongues(parted), columns=COLUMNS)
    assert found.largest <= 2


def test_no_pair_counts_for_more_than_a_sure_one_when_a_group_is_put_together() -> None:
    assert contacts.vote(np.array([30.0, 1.0, -2.0, -19.0, -60.0])).tolist() == [4.0, 1.0, -2.0, -4.0, -5.0]


def test_a_record_with_little_in_it_does_not_part_those_that_it_belongs_to() -> None:
    """0 and 1 are sure, 1 and 2 as well; 0 and 2 have little to compare, or contradict each other."""

    def together(between: float) -> bool:
        known = {(0, 1): 15.0, (1, 2): 9.0, (0, 2): between}

        def weigh(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return np.array([known[x, y] for x, y in zip(a.tolist(), b.tolist(), strict=True)])

        left, right = np.array([0, 1]), np.array([1, 2])
        found = group(
            3, np.zeros(3, dtype=np.int32), left, right, weigh(left, right), 2.0, weigh, vote=contacts.vote,
            thresholds=(0.45,),
        )  # fmt: skip
        return found.split and found.label.tolist() == [0, 0, 0]

    assert together(-12.0)
    assert not together(-60.0)
