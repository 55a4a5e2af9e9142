"""Whole columns in DuckDB: the ordinary case is SQL, the rest goes to the very same Python function per value.

The SQL paths take only values for which they provably give what Python gives (a test compares them).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trueup.model.kinds import FieldType
from trueup.reconcile.normalize import text, values
from trueup.reconcile.normalize.countries import country as country_code
from trueup.reconcile.normalize.emails import PATTERN
from trueup.reconcile.normalize.phones import phone, phone_malformed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PRINTABLE = "^[!-~]+( [!-~]+)*$"
"""ASCII without outer or double blanks: nothing to clean."""

_NEVER_ASCII = "[À-ÖØ-Þà-öø-ÿА-яぁ-ヺ一-鿿]"
"""Letters that stay what they are, however they are composed or folded: what has one is no junk word in ASCII."""

_FAST = {
    "text": ("regexp_matches(x, '" + _PRINTABLE + "')", "lower(x)"),
    "choice": ("regexp_matches(x, '" + _PRINTABLE + "')", "lower(x)"),
    "email": (
        "regexp_full_match(lower(x), '" + PATTERN.replace("'", "''") + "') AND length(x) <= 64",
        "lower(x)",
    ),
    "number": ("regexp_full_match(x, '[1-9][0-9]{0,14}')", "x"),
    "boolean": ("x IN ('true', 'false')", "x"),
    "date": (
        "regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND try_cast(x AS DATE) IS NOT NULL AND x >= '0001-01-01'",
        "x",
    ),
    "datetime": (
        "regexp_full_match(x, '[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z') "
        "AND try_cast(x AS TIMESTAMP) IS NOT NULL AND substr(x, 12, 2) < '24'",
        "x",
    ),
    "ref": ("regexp_matches(x, '" + _PRINTABLE + "')", "x"),
}
_PLAIN_HOST = "[a-z0-9]+(?:-[a-z0-9]+)*[.](?:com|net|org|example|test)"
"""A name right under a suffix that has no longer ones below it: what was registered is all there is to the host."""

_FAST["url"] = (
    f"length(x) <= 63 AND regexp_full_match(lower(x), '(?:https?://)?(?:www[.])?{_PLAIN_HOST}/?')",
    f"regexp_extract(lower(x), '^(?:https?://)?(?:www[.])?({_PLAIN_HOST})', 1)",
)
_NATIONAL = r"\(?([2-9][0-9]{2})\)?[ .-]?([2-9][0-9]{2})[ .-]?([0-9]{4})"
"""A North American number without the code of its country."""
# With such an area code no number is one digit over and over: [2-9] follows the 1.
_FAST_PHONE = rf"regexp_full_match(x, '\+1 ?{_NATIONAL}')"
_ONE_DIGIT = "|".join(f"(?:[ ().-]*{digit})+" for digit in "23456789")
_FAST_NATIONAL = f"regexp_full_match(x, '{_NATIONAL}') AND NOT regexp_full_match(x, '{_ONE_DIGIT}')"
_E164 = rf"regexp_replace(x, '^(?:\+1 ?)?{_NATIONAL}$', '+1\1\2\3')"


def install(con: DuckDBPyConnection, country: str = "US", junk: frozenset[str] | None = None) -> None:
    """Put the normalisers into a connection: `norm_<form>(text)`, `reason_<form>(text)`; for phones with a country.

    Doing it again replaces junk and country, so each policy can have its own.
    """
    listed = install_junk(con, junk)
    home = country_code(country) or "US"
    for form in (*values.FORMS, "phone"):
        if form == "phone":
            _function(con, "norm_py_phone", lambda x, c: phone(x, country_code(c) or home), 2)
            _function(con, "reason_py_phone", lambda x, c: phone_malformed(x, country_code(c) or home), 2)
            continue
        _function(con, f"norm_py_{form}", values.FORMS[form], 1)
        reason = values._REASONS.get(form)
        if reason is not None:
            _function(con, f"reason_py_{form}", reason, 1)
    for form in values.FORMS:
        con.execute(f"CREATE OR REPLACE MACRO norm_{form}(x) AS {_body(form)}")
    test, _ = _FAST["email"]
    # What looks like an address is printable: the list alone says whether it is junk.
    con.execute(
        f"CREATE OR REPLACE MACRO norm_email(x) AS CASE WHEN {test} THEN CASE WHEN lower(x) IN ({listed}) THEN NULL "
        f"ELSE lower(x) END WHEN norm_junk(x) THEN NULL ELSE norm_py_email(x) END"
    )
    fast = _FAST_PHONE
    con.execute(
        f"CREATE OR REPLACE MACRO norm_phone(x, c) AS CASE WHEN {fast} "
        f"THEN {_E164} WHEN coalesce(c, '{home}') IN ('US', 'CA') AND {_FAST_NATIONAL} THEN {_E164} "
        f"WHEN norm_junk(x) THEN NULL ELSE norm_py_phone(x, coalesce(c, '{home}')) END"
    )
    con.execute(
        f"CREATE OR REPLACE MACRO reason_phone(x, c) AS CASE WHEN {fast} THEN NULL "
        f"WHEN norm_junk(x) THEN NULL ELSE reason_py_phone(x, coalesce(c, '{home}')) END"
    )
    for form in values._REASONS:
        con.execute(
            f"CREATE OR REPLACE MACRO reason_{form}(x) AS "
            f"CASE WHEN norm_{form}(x) IS NOT NULL OR norm_junk(x) THEN NULL ELSE reason_py_{form}(x) END"
        )


def install_junk(con: DuckDBPyConnection, junk: frozenset[str] | None = None) -> str:
    """Put `norm_junk(text)` alone into a connection, for those who need no more; gives the words as a list in SQL."""
    words = junk or text.JUNK
    _function(con, "norm_py_junk", lambda x: text.is_junk(x, words), 1, "BOOLEAN")
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words))
    never = f"WHEN regexp_matches(x, '{_NEVER_ASCII}') THEN FALSE " if all(word.isascii() for word in words) else ""
    con.execute(
        f"CREATE OR REPLACE MACRO norm_junk(x) AS CASE WHEN x IS NULL THEN TRUE WHEN regexp_matches(x, '{_PRINTABLE}') "
        f"THEN lower(x) IN ({listed}) {never}ELSE norm_py_junk(x) END"
    )
    return listed


def sql(field_type: FieldType | str, column: str, country: str = "NULL") -> str:
    """The SQL expression that normalises a column (`install` first).

    `country` is an expression too; where it is NULL or unknown, the country given to `install` counts.
    """
    if str(field_type) == "phone":
        return f"norm_phone({column}, {country})"
    return f"norm_{field_type}({column})"


def malformed_sql(field_type: FieldType | str, column: str, country: str = "NULL") -> str:
    """The SQL expression that gives the reason why a column's value is malformed, else NULL."""
    if str(field_type) == "phone":
        return f"reason_phone({column}, {country})"
    return f"reason_{field_type}({column})" if str(field_type) in values._REASONS else "NULL::VARCHAR"


def _body(form: str) -> str:
    slow = f"norm_py_{form}(x)"
    if form in _FAST:
        test, fast = _FAST[form]
        slow = f"CASE WHEN {test} THEN {fast} ELSE {slow} END"
    if form in ("ref", "refs"):
        return slow
    return f"CASE WHEN norm_junk(x) THEN NULL ELSE {slow} END"


def _function(
    con: DuckDBPyConnection,
    name: str,
    function: Callable[..., str | bool | None],
    arguments: int,
    result: str = "VARCHAR",
) -> None:
    import duckdb

    with contextlib.suppress(duckdb.InvalidInputException, duckdb.CatalogException):  # not installed yet
        con.remove_function(name)
    takes: list[Any] = ["VARCHAR"] * arguments
    special: Any = "special"
    con.create_function(name, function, takes, result, null_handling=special)
