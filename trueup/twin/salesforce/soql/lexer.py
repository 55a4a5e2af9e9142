"""SOQL text to tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import malformed

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<datetime>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d|\ \d\d:?\d\d)?)
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?[Zz])
  | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_]))
  | (?P<currency>[A-Za-z]{3}\d+(?:\.\d+)?(?![A-Za-z0-9_.]))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<operator><>|!=|<=|>=|=|<|>)
  | (?P<mark>[(),:])
  | (?P<string>'(?:[^'\\]|\\.)*')
    """,
    re.VERBOSE | re.DOTALL,
)

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the query: kind, the text as written, where it starts. `end` has the kind of the same name."""

    kind: str
    text: str
    at: int

    @property
    def upper(self) -> str:
        """The text in capitals, for keywords."""
        return self.text.upper()


def tokens(text: str) -> list[Token]:
    """Cut a query into tokens; the last one is the end."""
    out: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            if text[at] == "'":
                raise malformed("unexpected token: '<EOF>'", text, at)
            raise malformed(f"unexpected token: '{text[at]}'", text, at)
        kind = str(found.lastgroup)
        if kind != "space":
            out.append(Token(kind, found.group(), at))
        at = found.end()
    out.append(Token("end", "<EOF>", max(0, len(text.rstrip()))))
    return out


def unquote(literal: str, text: str, at: int, *, pattern: bool = False) -> str:
    r"""Read a quoted literal. With `pattern` (LIKE) the escapes `\%` and `\_` are kept for the matcher."""
    out: list[str] = []
    body = literal[1:-1]
    k = 0
    while k < len(body):
        char = body[k]
        if char != "\\":
            out.append(char)
            k += 1
            continue
        mark = body[k + 1]
        low = mark.lower()
        if mark in "%_":
            out.append("\\" + mark if pattern else mark)
        elif low == "u" and re.fullmatch(r"[0-9A-Fa-f]{4}", body[k + 2 : k + 6]):
            out.append(chr(int(body[k + 2 : k + 6], 16)))
            k += 4
        elif low in _ESCAPES:
            plain = _ESCAPES[low]
            out.append("\\\\" if pattern and plain == "\\" else plain)
        else:
            raise malformed(
                f"Invalid string literal '{body}'. Illegal character sequence '\\{mark}' in string literal.", text, at
            )
        k += 2
    return "".join(out)
