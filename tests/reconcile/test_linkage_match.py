"""Matching any table: accurate without labels, the same whatever the order of rows, bounded."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest
from linkage_tables import COLUMNS, f1, matched, people

from trueup.reconcile.linkage import candidates, likeness
from trueup.reconcile.linkage.features import Feature, Step, rarity
from trueup.reconcile.linkage.grouping import group
from trueup.reconcile.linkage.prepare import Key, Prepared, digits
from trueup.reconcile.linkage.weights import among_strangers, bits, expected
from trueup.reconcile.linkage.words import Words

SETS = Path(__file__).resolve().parents[3] / "shared" / "benchmarks" / "er"


def test_duplicates_with_slips_and_gaps_are_found_without_labels() -> None:
    found, said = matched(people(600))

    assert f1(said) >= 0.97
    assert found.grouped.expected == pytest.approx(f1(said), abs=0.05), "what is expected is about what is true"
    assert all(0 <= p <= 1 for *_, p in said)


def test_the_result_depends_on_neither_row_order_nor_threads() -> None:
    rows = people(250)
    shuffled = rows[:]
    random.Random(1).shuffle(shuffled)

    assert matched(rows, threads=1)[1] == matched(shuffled, threads=2)[1]


def test_two_tables_are_linked_one_to_one_when_they_look_it() -> None:
    rows = people(400, copies=0.6)
    first = [row for row in rows if row["id"].endswith("-0")]
    second = [row for row in rows if row["id"].endswith("-1")]

    found, said = matched(first, second)

    assert found.grouped.one_to_one
    assert found.largest == 2
    assert f1(said, across=True) >= 0.97


def test_a_record_may_have_several_counterparts_unless_the_user_says_otherwise() -> None:
    rows = people(150, copies=1.0)
    first = [row for row in rows if row["id"].endswith("-0")]
    rest = [row for row in rows if not row["id"].endswith("-0")]

    assert matched(first, rest, one_to_one=True)[0].largest == 2
    found, said = matched(first, rest)
    assert not found.grouped.one_to_one, "the data show that many have two"
    assert f1(said, across=True) >= 0.97


def test_tables_may_have_different_columns() -> None:
    rows = people(300, copies=0.9)
    first = [row for row in rows if row["id"].endswith("-0")]
    second = [
        {"key": row["id"], "name": f"{row['first']} {row['last']}", "mail": row["mail"]}
        for row in rows
        if row["id"].endswith("-1")
    ]
    for row in first:
        row["name"] = f"{row['last']}, {row['first']}"
    columns = {"id": "id", "full name": "name", "e-mail": "mail", "tables": {"t1": {"id": "key"}}}

    _, said = matched(first, second, columns=columns)

    assert f1(said, across=True) >= 0.95


@pytest.mark.parametrize("rows", [people(1)[:1], [{**people(1)[0], "id": str(n)} for n in range(5)]])
def test_tables_with_next_to_nothing_in_them_do_no_harm(rows: list[dict[str, str]]) -> None:
    _, said = matched(rows)

    assert len(said) == len(rows)


def test_a_column_that_is_empty_everywhere_says_nothing() -> None:
    rows = [{**row, "town": ""} for row in people(300)]

    assert f1(matched(rows)[1]) >= 0.95


def test_a_block_that_everybody_is_in_gives_no_pairs_and_is_counted() -> None:
    rows = 3000
    prepared = Prepared(
        rows, np.zeros(rows, dtype=np.int32), [], [Key("a", "everybody", np.zeros(rows, dtype=np.int32))]
    )

    keys, report = candidates.find(prepared)

    assert len(keys) == 0
    assert report[0].pairs_left_out == rows * (rows - 1) // 2


def test_a_rule_stays_within_its_budget_and_takes_small_blocks_first() -> None:
    rows = 2000
    codes = np.concatenate([np.repeat(np.arange(500), 2), np.repeat(np.arange(500, 510), 100)]).astype(np.int32)
    prepared = Prepared(rows, np.zeros(rows, dtype=np.int32))

    pairs, left_out = candidates.block(prepared, "mixed", codes, 2_000)

    assert len(pairs) == 500
    assert left_out.blocks_left_out == 10


def test_linking_pairs_records_of_different_tables_only() -> None:
    side = np.array([0, 0, 1, 1], dtype=np.int32)
    pairs, _ = candidates.block(Prepared(4, side), "k", np.zeros(4, dtype=np.int32), 100)

    assert sorted(divmod(int(key), 4) for key in pairs) == [(0, 2), (0, 3), (1, 2), (1, 3)]


def test_a_rarer_value_stands_on_a_rarer_step() -> None:
    steps = rarity(np.array([0] * 60 + [1] * 2 + [2], dtype=np.int32), 3)

    assert steps.step[2] <= steps.step[1] < steps.step[0]
    assert steps.u[steps.step[0]] > steps.u[steps.step[1]]


def test_words_that_nobody_else_has_do_not_take_the_place_of_those_that_bring_records_together() -> None:
    values = ("blue kettle qx1 qx2 qx3 qx4", "kettle of blue steel", "steel pan", "qx9")
    codes = np.array([0, 1, 2, 3], dtype=np.int32)
    words = Words(values, codes)

    def rarest(side: list[int]) -> list[set[str]]:
        found = words.rarest(2, words.meeting(codes, np.array(side, dtype=np.int32)))
        return [{words.names[n] for n in row if n >= 0} for row in found.tolist()]

    assert rarest([0, 0, 0, 0]) == [{"blue", "kettle"}, {"blue", "kettle"}, {"steel"}, set(), set()]
    assert rarest([0, 0, 1, 1]) == [set(), {"steel"}, {"steel"}, set(), set()], "what one table alone has meets nobody"


def test_a_record_does_not_meet_itself() -> None:
    alone, twice = (rarity(np.array(codes, dtype=np.int32), 40) for codes in (range(40), [*range(40), *range(40)]))

    assert alone.u == (0.0,), "no two share a value"
    assert twice.u == (pytest.approx(40 * 2 / 80**2),)


@pytest.mark.parametrize("held", [1e-3, 1e-5])
def test_equal_values_that_hardly_anybody_has_say_no_less_than_values_that_are_alike(held: float) -> None:
    steps = (Step("exact", "same", 0.7, held), Step("alike", "alike", 0.2), Step("other", "different", 0.1))
    title = Feature("title", "title", "title", steps, lambda left, _: np.zeros(len(left), dtype=np.int8))
    m = expected(title)
    # Of ten thousand strangers none have values that are alike, and true pairs explain all equal ones.
    u = among_strangers(title, np.full(10_000, 3), np.ones(10_000), m, share=held / 0.7)

    equal, alike = bits([m], [u])[0][1:3]
    assert equal >= alike - 1e-9
    assert u[1:].sum() == pytest.approx(1.0, abs=held)


def test_one_value_of_which_nothing_else_is_known_joins_nobody_unless_it_is_sure() -> None:
    rows = people(300, copies=0.5)
    for n in range(6):
        rows += [{"id": f"street-{n}-{copy}", "last": f"hof{n}er"} for copy in (1, 2)]
    rows = [dict.fromkeys(rows[0], "") | row for row in rows]

    columns = {role: name for role, name in COLUMNS.items() if role != "e-mail"}
    found, said = matched(rows, columns=columns)

    cluster = {rec: c for _, rec, c, _ in said}
    assert all(cluster[f"street-{n}-1"] != cluster[f"street-{n}-2"] for n in range(6))
    assert f1([x for x in said if not x[1].startswith("street")]) >= 0.94
    assert found.trained.wary


def test_a_chain_through_a_doubtful_record_is_cut_where_the_pairs_do_not_hold() -> None:
    # 0-1-2 and 4-5-6 are sure; 3 resembles both a little, and the two groups resemble each other not at all.
    sure = {(0, 1), (0, 2), (1, 2), (4, 5), (4, 6), (5, 6)}

    def weigh(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.array([
            12.0 if (min(x, y), max(x, y)) in sure else 1.0 if 3 in (x, y) else -20.0
            for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ])  # fmt: skip

    left = np.array([0, 0, 1, 2, 3, 4, 4, 5])
    right = np.array([1, 2, 2, 3, 4, 5, 6, 6])
    found = group(7, np.zeros(7, dtype=np.int32), left, right, weigh(left, right), 7.0, weigh)

    assert found.label[0] == found.label[1] == found.label[2]
    assert found.label[4] == found.label[5] == found.label[6]
    assert found.label[0] != found.label[4]


@pytest.mark.parametrize(
    ("text", "is_"),
    [("1971-06-24", "19710624"), ("19710624", "19710624"), ("24.6.1971", "19710624"), ("1638-22-02", "16382202")],
)
def test_dates_become_eight_digits(text: str, is_: str) -> None:
    assert digits(text) == is_


@pytest.mark.skipif(not SETS.exists(), reason="the labelled sets are not there")
def test_two_years_have_no_day_in_common() -> None:
    values = ("1932", "1980", "19320405", "19800405", "19810405")
    step = likeness.dates(values)(np.array([0, 2, 3], dtype=np.int32), np.array([1, 3, 4], dtype=np.int32))

    assert [likeness.DATE[number].key for number in step] == ["other", "day", "near"]


@pytest.mark.parametrize(
    ("file", "columns", "least"),
    [
        ("febrl1.csv", {"first name": "given_name", "last name": "surname", "street": ["street_number", "address_1"],
                        "city": "suburb", "postcode": "postcode", "birth date": "date_of_birth"}, 0.99),
        ("fake_1000.csv", {"first name": "first_name", "last name": "surname", "birth date": "dob", "city": "city",
                           "e-mail": "email"}, 0.93),
    ],
)  # fmt: skip
def test_labelled_sets_come_out_right(file: str, columns: dict[str, object], least: float) -> None:
    rows = []
    with (SETS / file).open(encoding="utf-8") as text:
        for number, row in enumerate(csv.DictReader(text)):
            truth = row.pop("cluster").replace("-", "_")
            row = {key: value for key, value in row.items() if key not in ("rec_id", "unique_id")}
            rows.append({"id": f"{truth}-{number}", **row})

    assert f1(matched(rows, columns={"id": "id", **columns})[1]) >= least


def test_the_columns_of_the_examples_are_those_of_the_tables() -> None:
    assert set(COLUMNS.values()) <= set(people(1)[0])
