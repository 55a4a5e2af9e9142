"""Which column is what: written either way round, by table, and every problem at once."""

import pytest

from trueup.reconcile.linkage import ColumnsError, parse
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
