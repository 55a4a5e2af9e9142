"""A table of business contacts: colleagues agree in nearly everything and are not one person."""

import random

import numpy as np
import pytest
from linkage_tables import FIRST, LAST, f1, matched, slip, weighed

from trueup.reconcile.linkage import contacts as linkage_contacts
from trueup.reconcile.linkage import rivals

COLUMNS = {
    "id": "id", "first name": "first", "last name": "last", "e-mail": ["mail", "mail2"], "phone": ["phone", "mobile"],
    "organisation": "firm", "city": "town", "postcode": "zip", "other text": "title",
}  # fmt: skip


def contacts(count: int, seed: int = 3) -> list[dict[str, str]]:
    """Offices of some twenty; a copy of every second person, with slips, gaps and now and then another employer."""
    rng = random.Random(seed)
    firms = [
        {"firm": f"{a.title()} {b}", "domain": f"{a}{n}.example", "town": rng.choice(["Gera", "Husum"]),
         "zip": f"{rng.randrange(10000, 99999)}", "phone": number(rng)}
        for n, (a, b) in enumerate((rng.choice(LAST), rng.choice(["Works", "Foods"])) for _ in range(max(1, count // 20)))
    ]  # fmt: skip
    rows = []
    for person in range(count):
        first, last = rng.choice(FIRST), rng.choice(LAST) + rng.choice(LAST)
        own = {"mobile": number(rng), "title": rng.choice(["Buyer", "Engineer", "Head of Sales"])}
        home = rng.choice(firms)
        for copy in range(1 + (rng.random() < 0.5)):
            firm = rng.choice(firms) if copy and rng.random() < 0.08 else home
            row = {
                "first": first, "last": last, "mail": f"{first}.{last}@{firm['domain']}", "mail2": "",
                **{key: firm[key] for key in ("firm", "town", "zip", "phone")}, **own,
            }  # fmt: skip
            if copy:
                for field in ("first", "last"):
                    row[field] = slip(row[field], rng) if rng.random() < 0.1 else row[field]
                for field in ("mail", "mobile", "firm", "town", "phone"):
                    row[field] = "" if rng.random() < 0.2 else row[field]
                if rng.random() < 0.2:
                    row["mail"], row["mail2"] = "", row["mail"]
            rows.append({"id": f"{person}-{copy}", **row})
    return rows


def number(rng: random.Random) -> str:
    return f"+1 {rng.randrange(201, 989)} {rng.randrange(201, 989)} {rng.randrange(10000):04}"


def test_an_office_is_not_one_person() -> None:
    found, said = matched(contacts(700), columns=COLUMNS)

    assert f1(said) >= 0.92
    assert found.largest <= 4


def test_two_tables_of_contacts_are_linked() -> None:
    rows = contacts(500)
    first = [row for row in rows if row["id"].endswith("-0")]
    second = [row for row in rows if row["id"].endswith("-1")]

    found, said = matched(first, second, columns=COLUMNS)

    assert found.grouped.one_to_one
    assert f1(said, across=True) >= 0.92


def test_two_columns_of_one_role_are_compared_without_an_organisation_too() -> None:
    columns = {role: of for role, of in COLUMNS.items() if role != "organisation"}
    rows = [{**row, "town": ""} for row in contacts(200) if row["phone"]]

    assert f1(matched(rows, columns=columns)[1]) >= 0.6


def test_the_result_is_the_same_whatever_the_order_of_rows_and_the_threads() -> None:
    rows = contacts(300)
    shuffled = rows[:]
    random.Random(1).shuffle(shuffled)

    assert matched(rows, columns=COLUMNS, threads=1)[1] == matched(shuffled, columns=COLUMNS, threads=2)[1]


def test_standing_alone_speaks_for_a_doubtful_pair_and_company_against_it() -> None:
    """Probable pairs are alone, hopeless ones have company: so doubtful ones that are alone gain, the others lose."""
    alone = np.arange(0, 400, 2)
    grouped = np.arange(400, 1200, 2)
    left = np.concatenate([alone, grouped, grouped[:200]])
    right = np.concatenate([alone + 1, grouped + 1, grouped[200:400]])
    weight = np.concatenate([np.full(200, 2.0), np.full(400, 20.0), np.full(200, -6.0)])

    found = rivals.learn(weighed(1200, left, right, weight), lambda a, b: np.full(len(a), 20.0))

    pairs = np.array([0, 400]), np.array([2, 402])
    assert found.bits[0] > 1
    assert found.bits[2] < -1
    gained, lost = found.adjust(*pairs, np.array([-2.0, -2.0])) + 2.0
    assert (gained, lost) == (found.bits[0], found.bits[2])
    assert found.adjust(*pairs, np.array([9.0, -60.0])).tolist() == [9.0, -60.0], "what is sure stays as it is"


def test_the_weights_that_contacts_were_compared_with_are_told_like_any_other_tables() -> None:
    found, _ = matched(contacts(200), columns=COLUMNS)

    assert found.contacts is not None
    ladders = found.contacts[0].model.ladders
    assert len(found.trained.weights) == len(found.trained.m) == len(found.trained.u) == len(ladders)
    for ladder, weights in zip(ladders, found.trained.weights, strict=True):
        told = {rung.key: weight for rung, weight in zip(ladder.rungs, weights.tolist(), strict=True)}
        assert told["missing"] == 0
        assert all(told[rung.key] == pytest.approx(rung.weight) for rung in ladder.rungs if not rung.tf)
    assert found.trained.prior < -9, "as rare as a match is among a thousand records"
    assert 80 < found.trained.matches < 130


@pytest.mark.parametrize("together", [1, 3])
def test_the_result_is_the_same_however_many_slices_are_compared_at_a_time(
    together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = contacts(80)
    whole, said = matched(rows, columns=COLUMNS)
    monkeypatch.setattr(linkage_contacts, "_TOGETHER", together)
    monkeypatch.setattr(linkage_contacts, "_PART", 997)

    again, said_again = matched(rows, columns=COLUMNS)

    assert said_again == said
    assert again.cluster.tolist() == whole.cluster.tolist()
    assert again.probability.tolist() == whole.probability.tolist()
