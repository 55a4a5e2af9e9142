"""Which column is what: written either way round, by table, and every problem at once."""

import duckdb
import pytest
from linkage_tables import load

from trueup.reconcile.linkage import ColumnsError, Table, explain, match, parse
from trueup.reconcile.linkage.roles import ROLES, role


def test_a_role_is_known_by_its_usual_spellings() -> None:
    assert [role(x) for x in ("E-Mail", "email", "first_name", "Organization", "ZIP", "DOB")] == [
        "e-mail", "e-mail", "first name", "organisation", "postcode", "birth date",
    ]  # fmt: skip
    assert all(role(one) == one for one in ROLES)
    assert role("shoe size") is None


@pytest.mark.parametrize(
    "written",
    [
        {"id": "no", "last name": "surname", "other code": ["tax", "vat"]},
        {"no": "id", "surname": "last name", "tax": "other code", "vat": "other code"},
        {"columns": {"id": "no", "last_name": "surname", "other code": ["tax", "vat"]}},
    ],
)
def test_roles_may_be_written_either_way_round(written: dict[str, object]) -> None:
    columns = parse(written, ["a"])["a"]

    assert columns["id"] == ("no",)
    assert columns.compared == (("last name", "surname"), ("other code", "tax"), ("other code", "vat"))


def test_a_table_may_name_its_own_columns() -> None:
    found = parse({"id": "id", "city": "town", "tables": {"b": {"city": "Ort"}}}, ["a", "b"])

    assert found["a"]["city"] == ("town",)
    assert found["b"]["city"] == ("Ort",)
    assert found["b"]["id"] == ("id",)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ColumnsError) as caught:
        parse({"shoe size": "x", "city": {"a": 1}, "id": ["a", "b"], "tables": {"c": {}}}, ["a"])

    text = "\n".join(caught.value.problems)
    for part in ("shoe size: no such role", "city: give the name", "`tables` names c", "one column at most"):
        assert part in text


@pytest.mark.parametrize("nothing", [None, {}, [], {"id": "a"}])
def test_nothing_to_compare_is_an_error(nothing: object) -> None:
    with pytest.raises(ColumnsError):
        parse(nothing, ["a"])


def test_one_column_cannot_be_two_things() -> None:
    with pytest.raises(ColumnsError, match="given as city and as postcode"):
        parse({"city": "x", "postcode": "x"}, ["a"])


EVERY = {
    "first name": "Ilse {n}", "last name": "Brandt{n}", "e-mail": "ilse{n}@brandt{n}.example", "phone": "+49 30 9012{n:04}",
    "organisation": "Brandt {n} Werke", "domain": "brandt{n}.example", "street": "Lange Strasse {n}", "city": "Ort {n}",
    "postcode": "1{n:04}", "birth date": "19{m}-03-1{d}", "other text": "head of hall {n}", "other code": "K{n:05}",
}  # fmt: skip
COUNTRIES = ("Germany", "France", "Spain")


def _everything(without: set[str]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Forty people with a value in every role, each twice; and which column is what."""
    have = [role for role in EVERY if role not in without]
    rows = [
        {"id": f"{n}-{copy}", "country": COUNTRIES[n % 3]}
        | {x.replace(" ", "_").replace("-", ""): EVERY[x].format(n=n * 7, m=30 + n, d=n % 10) for x in have}
        for n in range(40)
        for copy in range(2)
    ]
    return rows, {x: x.replace(" ", "_").replace("-", "") for x in have} | {"id": "id", "country": "country"}


@pytest.mark.parametrize("without", [set(), {"organisation", "e-mail", "phone"}, {"first name", "last name"}])
def test_every_role_has_its_say(without: set[str]) -> None:
    rows, columns = _everything(without)
    con = duckdb.connect()
    load(con, "t", rows)
    tables = [Table("t", "t", parse(columns, ["t"])["t"])]
    found = match(con, tables)

    pair = explain(con, found, tables, "3-0", "3-1")

    assert pair.together
    assert pair.score > 0.99
    shown = {level.left for level in pair.levels}
    said = {name for role, name in columns.items() if role != "id" and rows[6][name] in shown}
    follows = {"city", "postcode", "country", "street", "domain"} if found.contacts else set()
    assert said | {columns[x] for x in follows} >= set(columns.values()) - {"id"}, "of colleagues' place one row tells"


def test_a_whole_name_is_taken_apart() -> None:
    rows = [
        {"id": f"{n}-{c}", "who": w} for n in range(20) for c, w in enumerate((f"Ilse Brandt{n}", f"Brandt{n}, I."))
    ]
    con = duckdb.connect()
    load(con, "t", rows)
    tables = [Table("t", "t", parse({"id": "id", "full name": "who"}, ["t"])["t"])]

    pair = explain(con, match(con, tables), tables, "3-0", "3-1")

    assert {level.comparison for level in pair.levels} == {"first name", "last name"}
    assert [level.label for level in pair.levels if level.comparison == "first name"] == ["initial agrees"]
