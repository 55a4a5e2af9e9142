"""Formula fields: the formula language to a tree, and the tree to SQL, so that a value is worked out when it is read.

Nothing is stored, so a formula moves no stamp of its record [reference 7.1]. Percent fields count as fractions inside
a formula; text compares with case; arithmetic with an empty number is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<name>[A-Za-z_$]\w*(?:\.\w+)*)|(?P<mark><>|!=|==|<=|>=|&&|\|\||[-+*/^&=<>!(),]))"
)


class BadFormula(ValueError):
    """A formula that cannot be read, in words for the world file."""


@dataclass(frozen=True, slots=True)
class Value:
    """A piece of SQL and what it yields: text, number, boolean, date, datetime or null."""

    sql: str
    kind: str


Resolve = Callable[[Sequence[str]], Value]
"""Finds a field by its path, from the record that holds the formula."""


def compile_formula(text: str, resolve: Resolve) -> Value:
    """Turn a formula into SQL, or raise BadFormula."""
    parser = _Parser(_tokens(text), resolve, text)
    value = parser.either()
    if parser.k < len(parser.tokens):
        raise BadFormula(f"unexpected {parser.tokens[parser.k][1]!r} in the formula {text!r}")
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadFormula(f"cannot read {text[at:].strip()[:20]!r} in the formula {text!r}")
        out.append((str(found.lastgroup), found.group(str(found.lastgroup))))
        at = found.end()
    return out


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], resolve: Resolve, text: str) -> None:
        self.tokens, self.resolve, self.text, self.k = tokens, resolve, text, 0

    def take(self, *marks: str) -> str | None:
        if self.k < len(self.tokens) and self.tokens[self.k][0] == "mark" and self.tokens[self.k][1] in marks:
            self.k += 1
            return self.tokens[self.k - 1][1]
        return None

    def need(self, mark: str) -> None:
        if self.take(mark) is None:
            raise BadFormula(f"{mark!r} is missing in the formula {self.text!r}")

    def either(self) -> Value:
        left = self.both()
        while self.take("||"):
            left = Value(f"({_true(left)} OR {_true(self.both())})", "boolean")
        return left

    def both(self) -> Value:
        left = self.compared()
        while self.take("&&"):
            left = Value(f"({_true(left)} AND {_true(self.compared())})", "boolean")
        return left

    def compared(self) -> Value:
        left = self.added()
        while mark := self.take("=", "==", "<>", "!=", "<", "<=", ">", ">="):
            right = self.added()
            operator = {"=": "IS", "==": "IS", "<>": "IS NOT", "!=": "IS NOT"}.get(mark, mark)
            left = Value(f"IFNULL({left.sql} COLLATE BINARY {operator} {right.sql}, 0)", "boolean")
        return left

    def added(self) -> Value:
        left = self.multiplied()
        while mark := self.take("+", "-", "&"):
            left = _add(left, self.multiplied(), mark)
        return left

    def multiplied(self) -> Value:
        left = self.raised()
        while mark := self.take("*", "/"):
            right = self.raised()
            divisor = f"NULLIF({right.sql}, 0)" if mark == "/" else right.sql
            left = Value(f"(CAST({left.sql} AS REAL) {mark} {divisor})", "number")
        return left

    def raised(self) -> Value:
        left = self.single()
        while self.take("^"):
            left = Value(f"POWER({left.sql}, {self.single().sql})", "number")
        return left

    def single(self) -> Value:
        if self.take("-"):
            return Value(f"(-{self.single().sql})", "number")
        if self.take("!"):
            return Value(f"(NOT {_true(self.single())})", "boolean")
        if self.take("("):
            inner = self.either()
            self.need(")")
            return inner
        if self.k >= len(self.tokens):
            raise BadFormula(f"the formula {self.text!r} ends too early")
        kind, word = self.tokens[self.k]
        self.k += 1
        if kind == "number":
            return Value(word, "number")
        if kind == "text":
            return Value(quoted(re.sub(r"\\(.)", r"\1", word[1:-1])), "text")
        if kind == "mark":
            raise BadFormula(f"unexpected {word!r} in the formula {self.text!r}")
        if self.take("("):
            return self.called(word.upper())
        if word.upper() in {"TRUE", "FALSE"}:
            return Value("1" if word.upper() == "TRUE" else "0", "boolean")
        if word.upper() == "NULL":
            return Value("NULL", "null")
        return self.resolve(word.split("."))

    def called(self, name: str) -> Value:
        given: list[Value] = []
        if not self.take(")"):
            given.append(self.either())
            while self.take(","):
                given.append(self.either())
            self.need(")")
        make = _FUNCTIONS.get(name)
        if make is None:
            known = ", ".join(sorted(_FUNCTIONS))
            raise BadFormula(f"the formula {self.text!r} uses {name}, which this twin does not know; it knows {known}")
        try:
            return make(given)
        except (IndexError, ValueError):
            raise BadFormula(f"wrong number of arguments for {name} in the formula {self.text!r}") from None


def _true(value: Value) -> str:
    return f"IFNULL({value.sql}, 0)"


def _text(value: Value) -> str:
    return f"IFNULL({value.sql}, '')"


def _shift(value: Value, days: str) -> Value:
    if value.kind == "date":
        return Value(f"date({value.sql}, CAST({days} AS INTEGER) || ' days')", "date")
    seconds = f"CAST(round(({days}) * 86400) AS INTEGER)"
    moved = f"strftime('%Y-%m-%dT%H:%M:%S.000+0000', substr({value.sql}, 1, 19), {seconds} || ' seconds')"
    return Value(moved, "datetime")


def _add(left: Value, right: Value, mark: str) -> Value:
    if mark == "&" or (mark == "+" and "text" in {left.kind, right.kind}):
        return Value(f"NULLIF({_text(left)} || {_text(right)}, '')", "text")
    dated = {"date", "datetime"}
    if left.kind in dated and right.kind in dated:
        return Value(f"(julianday(substr({left.sql}, 1, 19)) - julianday(substr({right.sql}, 1, 19)))", "number")
    if left.kind in dated:
        return _shift(left, right.sql if mark == "+" else f"-({right.sql})")
    if right.kind in dated:
        return _shift(right, left.sql)
    return Value(f"({left.sql} {mark} {right.sql})", "number")


def _if(given: list[Value]) -> Value:
    test, yes, no = given
    kind = no.kind if yes.kind == "null" else yes.kind
    return Value(f"(CASE WHEN {_true(test)} THEN {yes.sql} ELSE {no.sql} END)", kind)


def _case(given: list[Value]) -> Value:
    subject, *pairs, otherwise = given
    if not pairs or len(pairs) % 2:
        raise ValueError
    whens = " ".join(
        f"WHEN {subject.sql} COLLATE BINARY IS {pairs[k].sql} THEN {pairs[k + 1].sql}" for k in range(0, len(pairs), 2)
    )
    return Value(f"(CASE {whens} ELSE {otherwise.sql} END)", pairs[1].kind)


def _as_text(given: list[Value]) -> Value:
    (one,) = given
    if one.kind == "number":
        whole = f"CAST({one.sql} AS INTEGER)"
        return Value(
            f"(CASE WHEN {one.sql} = {whole} THEN CAST({whole} AS TEXT) ELSE CAST({one.sql} AS TEXT) END)", "text"
        )
    return Value(f"CAST({one.sql} AS TEXT)", "text")


def _plain(pattern: str, kind: str, count: int) -> Callable[[list[Value]], Value]:
    """A function of a fixed number of arguments; `{0}` stands for the first, `{t0}` for it as a text."""

    def make(given: list[Value]) -> Value:
        if len(given) != count:
            raise ValueError
        names = {f"t{k}": _text(v) for k, v in enumerate(given)}
        return Value(pattern.format(*(v.sql for v in given), **names), kind)

    return make


def _joined(word: str) -> Callable[[list[Value]], Value]:
    return lambda given: Value(f"({f' {word} '.join(_true(v) for v in given)})", "boolean")


def _either_of(given: list[Value]) -> Value:
    first, second = given
    return Value(f"IFNULL({first.sql}, {second.sql})", first.kind)


def _extreme(name: str) -> Callable[[list[Value]], Value]:
    def make(given: list[Value]) -> Value:
        return given[0] if len(given) == 1 else Value(f"{name}({', '.join(v.sql for v in given)})", given[0].kind)

    return make


_FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "IF": _if,
    "CASE": _case,
    "AND": _joined("AND"),
    "OR": _joined("OR"),
    "NOT": lambda given: Value(f"(NOT {_true(given[0])})", "boolean"),
    "ISBLANK": _plain("({0} IS NULL)", "boolean", 1),
    "ISNULL": _plain("({0} IS NULL)", "boolean", 1),
    "ISPICKVAL": _plain("IFNULL({0} COLLATE BINARY IS NULLIF({1}, ''), 0)", "boolean", 2),
    "BLANKVALUE": _either_of,
    "NULLVALUE": _either_of,
    "TEXT": _as_text,
    "VALUE": _plain("CAST({0} AS REAL)", "number", 1),
    "LEN": _plain("length({t0})", "number", 1),
    "UPPER": _plain("FOLD({0})", "text", 1),
    "LOWER": _plain("lower({0})", "text", 1),
    "TRIM": _plain("trim({0})", "text", 1),
    "LEFT": _plain("substr({0}, 1, {1})", "text", 2),
    "RIGHT": _plain("substr({0}, -({1}))", "text", 2),
    "MID": _plain("substr({0}, {1}, {2})", "text", 3),
    "SUBSTITUTE": _plain("replace({0}, {1}, {2})", "text", 3),
    "CONTAINS": _plain("(instr({t0}, {t1}) > 0)", "boolean", 2),
    "BEGINS": _plain("(substr({t0}, 1, length({t1})) COLLATE BINARY = {t1})", "boolean", 2),
    "ABS": _plain("abs({0})", "number", 1),
    "ROUND": _plain("round({0}, {1})", "number", 2),
    "FLOOR": _plain("FLOOR({0})", "number", 1),
    "CEILING": _plain("CEIL({0})", "number", 1),
    "MOD": _plain("({0} % NULLIF({1}, 0))", "number", 2),
    "MIN": _extreme("min"),
    "MAX": _extreme("max"),
    "TODAY": _plain("ORG_TODAY()", "date", 0),
    "NOW": _plain("ORG_NOW()", "datetime", 0),
    "YEAR": _plain("CAST(substr({0}, 1, 4) AS INTEGER)", "number", 1),
    "MONTH": _plain("CAST(substr({0}, 6, 2) AS INTEGER)", "number", 1),
    "DAY": _plain("CAST(substr({0}, 9, 2) AS INTEGER)", "number", 1),
    "DATE": _plain("printf('%04d-%02d-%02d', {0}, {1}, {2})", "date", 3),
    "DATEVALUE": _plain("substr({0}, 1, 10)", "date", 1),
}
