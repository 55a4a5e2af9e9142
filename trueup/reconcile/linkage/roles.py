"""Which column of a table is what: the roles that matching understands, and the mapping a user writes down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROLES = (
    "id",
    "full name",
    "first name",
    "last name",
    "e-mail",
    "phone",
    "organisation",
    "domain",
    "street",
    "city",
    "postcode",
    "country",
    "birth date",
    "other text",
    "other code",
)
"""Every role a column can have. `id` names the record and is never compared; any other can have several columns."""

_SPELLINGS = {
    "email": "e-mail",
    "e mail": "e-mail",
    "mail": "e-mail",
    "organization": "organisation",
    "org": "organisation",
    "company": "organisation",
    "name": "full name",
    "fullname": "full name",
    "given name": "first name",
    "firstname": "first name",
    "surname": "last name",
    "lastname": "last name",
    "family name": "last name",
    "address": "street",
    "zip": "postcode",
    "zip code": "postcode",
    "postal code": "postcode",
    "birthdate": "birth date",
    "date of birth": "birth date",
    "dob": "birth date",
    "text": "other text",
    "code": "other code",
    "record id": "id",
}


class ColumnsError(ValueError):
    """The columns file says something that cannot be meant; every problem at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Columns:
    """Role → the table's columns in the order written."""

    of: Mapping[str, tuple[str, ...]]

    def __getitem__(self, role: str) -> tuple[str, ...]:
        return self.of.get(role, ())

    @property
    def compared(self) -> tuple[tuple[str, str], ...]:
        """Every (role, column) that is compared, in the order of `ROLES`."""
        return tuple((role, column) for role in ROLES[1:] for column in self[role])


def role(text: str) -> str | None:
    """The role meant by a word: case, underscores and usual other spellings do not matter."""
    plain = re.sub(r"[\s_]+", " ", text.strip().lower())
    bare = plain.replace("-", " ")
    for found in (plain, bare, _SPELLINGS.get(plain), _SPELLINGS.get(bare)):
        if found in ROLES:
            return found
    return None


def parse(data: object, tables: Sequence[str]) -> dict[str, Columns]:
    """The columns of each table from the plain form of a columns file.

    Written as role → column or list of columns, or the other way round as column → role. Where two tables name
    things differently, `tables:` says for a table (by its file's name without the ending) what differs. Raises
    ColumnsError with every problem at once.
    """
    problems: list[str] = []
    if not isinstance(data, Mapping) or not data:
        raise ColumnsError(["the file must say which column is what, for example `last name: surname`"])
    own = data.get("tables")
    given = {key: value for key, value in data.items() if key != "tables"}
    if isinstance(given.get("columns"), Mapping) and len(given) == 1:
        given = dict(given["columns"])
    base = _roles(given, "", problems) if given else {}
    found = {table: dict(base) for table in tables}
    if own is not None and not isinstance(own, Mapping):
        problems.append("`tables` must map a table's name to its own roles")
        own = None
    for name, mapping in (own or {}).items():
        if str(name) not in found:
            problems.append(f"`tables` names {name}, but the tables are {', '.join(tables)}")
        elif not isinstance(mapping, Mapping):
            problems.append(f"`tables: {name}` must map roles to columns")
        else:
            found[str(name)].update(_roles(mapping, f"tables: {name}: ", problems))
    for table, roles in found.items():
        if len(roles.get("id", ())) > 1:
            problems.append(f"{table}: one column at most can be the id")
        seen: dict[str, str] = {}
        for one, columns in roles.items():
            for column in columns:
                if column in seen and not problems:
                    problems.append(f"{table}: column {column!r} is given as {seen[column]} and as {one}")
                seen[column] = one
        if not any(one != "id" for one in roles) and not problems:
            problems.append(f"{table}: no column to compare is named")
    if problems:
        raise ColumnsError(problems)
    return {table: Columns(roles) for table, roles in found.items()}


def _roles(data: Mapping[object, object], where: str, problems: list[str]) -> dict[str, tuple[str, ...]]:
    """Role → columns, whichever way round it was written."""
    by_role = [role(str(key)) for key in data]
    turned = not all(by_role) and all(isinstance(value, str) and role(value) for value in data.values())
    found: dict[str, tuple[str, ...]] = {}
    for key, value in data.items():
        columns: tuple[str, ...] = (str(key),)
        if turned:
            one = role(str(value))
        else:
            one = role(str(key))
            listed = value if isinstance(value, list) else [value]
            if any(not isinstance(item, (str, int, float)) for item in listed):
                problems.append(f"{where}{key}: give the name of a column, or a list of names")
                continue
            columns = tuple(str(item) for item in listed)
        if one is None:
            problems.append(f"{where}{key}: no such role; the roles are {', '.join(ROLES)}")
        else:
            found[one] = found.get(one, ()) + tuple(c for c in columns if c not in found.get(one, ()))
    return found
