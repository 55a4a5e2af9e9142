"""SOQL by recursive descent: tokens to the tree of `ast`.

Rules of the language that differ from SQL: AND and OR may not be mixed without parentheses; aliases need no AS; `LIMIT`
comes after `ORDER BY` and before `OFFSET`. [doc soql-sosl/*] [reference 6.3]
"""

from __future__ import annotations

import re

from ..errors import ApiError
from . import ast
from .errors import malformed
from .reader import Reader
from .subtotals import MOST
from .words import COUNTED_DATES, ENDS, FUNCTIONS, PLAIN_DATES

_FIRST = re.compile(r"\s*(\w+)")


def parse(text: str) -> ast.Query:
    """Read a whole query."""
    if len(text) > 100_000:
        raise ApiError("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    if not text.strip():
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    first = _FIRST.match(text)
    if first and first[1].upper() != "SELECT":  # said without a picture [live org, by two clients' tests]
        raise ApiError("MALFORMED_QUERY", f"unexpected token: '{first[1]}'")
    reader = _Parser(text)
    query = reader.query()
    reader.expect_end()
    return query


class _Parser(Reader):
    # -- the query

    def query(self, semi: bool = False) -> ast.Query:
        start = self.now
        if not self.take_word("SELECT"):
            raise self.fail(start)
        selected = [self.selected(semi)]
        while self.is_mark(","):
            self.step()
            selected.append(self.selected(semi))
        self.need_word("FROM")
        source = self.name()
        alias = None
        self.take_word("AS")
        if self.now.kind == "word" and self.now.upper not in ENDS:
            alias = self.step().text
        scope = None
        if self.take_word("USING"):
            self.need_word("SCOPE")
            scope = self.name().text
        where = self.condition() if self.take_word("WHERE") else None
        notes = self.with_clause()
        group: list[ast.Path | ast.Call] = []
        having, subtotals = None, ""
        if self.take_word("GROUP"):
            self.need_word("BY")
            subtotals = self.subtotals()
            group.append(self.expression())
            while self.is_mark(","):
                self.step()
                group.append(self.expression())
            if subtotals:
                self.need_mark(")")
                if len(group) > MOST:
                    text = f"no more than {MOST} fields can be grouped by {subtotals}"
                    raise malformed(text, self.text, group[MOST].at)
            if self.take_word("HAVING"):
                having = self.condition()
        order: list[ast.Order] = []
        if self.take_word("ORDER"):
            self.need_word("BY")
            order.append(self.order())
            while self.is_mark(","):
                self.step()
                order.append(self.order())
        limit = self.whole_number() if self.take_word("LIMIT") else None
        offset = self.whole_number() if self.take_word("OFFSET") else 0
        purposes: list[str] = []
        while self.take_word("FOR", "UPDATE"):
            purposes.append(self.name().upper)
            while self.is_mark(","):
                self.step()
                purposes.append(self.name().upper)
        all_rows = False
        if self.take_word("ALL"):
            self.need_word("ROWS")
            all_rows = True
        return ast.Query(
            text=self.text,
            selected=tuple(selected),
            source=source.text,
            source_at=source.at,
            alias=alias,
            scope=scope,
            where=where,
            group=tuple(group),
            subtotals=subtotals,
            having=having,
            order=tuple(order),
            limit=limit,
            offset=offset,
            all_rows=all_rows,
            at=start.at,
            notes=notes,
            purposes=tuple(purposes),
        )

    def subtotals(self) -> str:
        """ROLLUP( or CUBE( at the beginning of GROUP BY."""
        if not (self.is_word("ROLLUP") or self.is_word("CUBE")) or self.ahead().text != "(":
            return ""
        word = self.step().upper
        self.step()
        return word

    def with_clause(self) -> tuple[str, ...]:
        out = []
        while self.take_word("WITH"):
            out.append(self.name().upper)
        return tuple(out)

    def whole_number(self) -> int:
        token = self.now
        if token.kind != "number" or not token.text.lstrip("+").isdigit():
            raise self.fail()
        self.step()
        return int(token.text)

    def selected(self, semi: bool) -> ast.Selected:
        expression: ast.Path | ast.Call | ast.FieldSet | ast.TypeOf | ast.Query
        if self.is_mark("("):
            opening = self.step()
            if semi:
                raise self.fail(opening)
            expression = self.query()
            self.need_mark(")")
            return ast.Selected(expression, None)
        if self.is_word("TYPEOF") and self.ahead().kind == "word":
            return ast.Selected(self.type_of(), None)
        if self.is_word("FIELDS") and self.ahead().text == "(":
            start = self.step()
            self.step()
            which = self.name()
            if which.upper not in {"ALL", "STANDARD", "CUSTOM"}:
                raise self.fail(which)
            self.need_mark(")")
            return ast.Selected(ast.FieldSet(which.upper, start.at), None)
        expression = self.expression()
        alias = None
        if self.now.kind == "word" and self.now.upper != "FROM":
            alias = self.step().text
        return ast.Selected(expression, alias)

    def type_of(self) -> ast.TypeOf:
        start = self.step()
        relationship = self.name().text
        cases: list[tuple[str, tuple[ast.Path, ...]]] = []
        otherwise: tuple[ast.Path, ...] = ()
        while self.take_word("WHEN"):
            kind = self.name().text
            self.need_word("THEN")
            cases.append((kind, self.paths()))
        if not cases:
            raise self.fail()
        if self.take_word("ELSE"):
            otherwise = self.paths()
        self.need_word("END")
        return ast.TypeOf(relationship, tuple(cases), otherwise, start.at)

    def paths(self) -> tuple[ast.Path, ...]:
        out = [self.path()]
        while self.is_mark(","):
            self.step()
            out.append(self.path())
        return tuple(out)

    def path(self) -> ast.Path:
        token = self.name()
        return ast.Path(tuple(token.text.split(".")), token.at)

    def expression(self) -> ast.Path | ast.Call:
        token = self.name()
        if token.upper in ENDS and not self.is_mark("("):
            raise self.fail(token)
        if not self.is_mark("("):
            return ast.Path(tuple(token.text.split(".")), token.at)
        if token.upper not in FUNCTIONS:
            raise self.fail(self.now)
        self.step()
        argument = None if self.is_mark(")") else self.expression()
        self.need_mark(")")
        if argument is None and token.upper != "COUNT":
            raise self.fail(self.tokens[self.k - 1])
        return ast.Call(token.upper, argument, token.at)

    def order(self) -> ast.Order:
        expression = self.expression()
        descending = False
        if self.take_word("DESC"):
            descending = True
        else:
            self.take_word("ASC")
        first = True
        if self.take_word("NULLS"):
            if self.take_word("LAST"):
                first = False
            else:
                self.need_word("FIRST")
        return ast.Order(expression, descending, first)

    # -- conditions

    def condition(self) -> ast.Condition:
        first = self.single()
        parts = [first]
        joined = None
        while self.is_word("AND", "OR"):
            word = self.now.upper
            if joined and word != joined:
                raise self.fail()
            joined = word
            self.step()
            parts.append(self.single())
        return first if joined is None else ast.Both(joined == "AND", tuple(parts))

    def single(self) -> ast.Condition:
        if self.take_word("NOT"):
            return ast.Not(self.single())
        if self.is_mark("("):
            self.step()
            inner = self.condition()
            self.need_mark(")")
            return inner
        return self.compare()

    def compare(self) -> ast.Compare:
        start = self.now
        left = self.expression()
        token = self.now
        if token.kind == "operator":
            self.step()
            operator = "!=" if token.text == "<>" else token.text
            return ast.Compare(left, operator, (self.literal(),), None, start.at)
        if self.take_word("LIKE"):
            return ast.Compare(left, "LIKE", (self.literal(),), None, start.at)
        negated = False
        if self.take_word("NOT"):
            negated = True
            if not self.is_word("IN"):
                raise self.fail()
        if self.take_word("IN"):
            operator = "NOT IN" if negated else "IN"
            self.need_mark("(")
            if self.is_word("SELECT"):
                inner = self.query(semi=True)
                self.need_mark(")")
                return ast.Compare(left, operator, (), inner, start.at)
            return ast.Compare(left, operator, self.values(), None, start.at)
        if self.is_word("INCLUDES", "EXCLUDES"):
            operator = self.step().upper
            self.need_mark("(")
            return ast.Compare(left, operator, self.values(), None, start.at)
        raise self.fail()

    def values(self) -> tuple[ast.Literal, ...]:
        out = [self.literal()]
        while self.is_mark(","):
            self.step()
            out.append(self.literal())
        self.need_mark(")")
        return tuple(out)

    def literal(self) -> ast.Literal:
        token = self.now
        if token.kind in {"string", "number", "date", "datetime", "time", "currency"}:
            self.step()
            return ast.Literal(token.kind, token.text, token.at)
        if token.kind == "word":
            word = token.upper
            if word in {"TRUE", "FALSE"}:
                self.step()
                return ast.Literal("boolean", word, token.at)
            if word == "NULL":
                self.step()
                return ast.Literal("null", "", token.at)
            if word in PLAIN_DATES:
                self.step()
                return ast.Literal("dateliteral", word, token.at)
            if word in COUNTED_DATES:
                self.step()
                self.need_mark(":")
                return ast.Literal("dateliteral", word, token.at, n=self.whole_number())
            if self.ahead().kind != "mark" or self.ahead().text != "(":
                raise malformed(f"unexpected token: '{token.text}'", self.text, token.at)
        raise self.fail()
