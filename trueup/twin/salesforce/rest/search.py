"""SOSL in its common form, and how records are found by words. [reference 6.4]

Every word must be found, as the beginning of a word (`jo*`) or whole, in the name, e-mail, phone or all text fields.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError
from ..metadata.model import Field, SObject
from ..text import like
from .call import Answer, Call
from .reading import read_records

_FIND = re.compile(
    r"^\s*FIND\s*\{(?P<text>(?:[^}\\]|\\.)*)\}\s*(?:IN\s+(?P<group>\w+)\s+FIELDS)?\s*(?:RETURNING\s+(?P<returning>.*?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT = re.compile(r"(\w+)\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?\s*(?:,|$)")
_CLAUSE = re.compile(r"\s(WHERE|ORDER\s+BY|LIMIT|OFFSET|USING)\s", re.IGNORECASE)
_GROUPS: dict[str, set[str]] = {
    "ALL": {"string", "email", "phone", "textarea", "url", "picklist", "combobox"},
    "EMAIL": {"email"},
    "PHONE": {"phone"},
    "NAME": {"string"},
}


def search(call: Call) -> Answer:
    """Run a SOSL query."""
    text = call.query.get("q", "")
    found = _FIND.match(text)
    if not found:
        raise ApiError("MALFORMED_SEARCH", f"No search term found. The search term must be enclosed in braces.\n{text}")
    term = re.sub(r"\\(.)", r"\1", found["text"])
    if len(term.replace("*", "").strip()) < 2:
        raise ApiError("MALFORMED_SEARCH", "search term must be longer than one character: " + term)
    group = (found["group"] or "ALL").upper()
    limit = int(found["limit"] or 2000)
    records: list[Any] = []
    returning = (found["returning"] or "").strip()
    for name, inner in _OBJECT.findall(returning) if returning else [(n, "") for n in everywhere(call)]:
        records += hits(call, searchable(call, name), term, group, inner, limit - len(records))
    return answered(call, records)


def searchable(call: Call, name: str) -> SObject:
    """The object of a name, or a refusal where it is unknown or not searched."""
    made = call.access.sobject(name)
    if made is None or "searchable" not in made.flags:
        raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported in search")
    return made


def answered(call: Call, records: list[Any]) -> Answer:
    """Records as the calling version shows what was found."""
    return Answer(200, records if call.number <= 36 else {"searchRecords": records})


def everywhere(call: Call) -> list[str]:
    """The objects that a search without any looks through."""
    return [n for n in ("Account", "Contact", "Lead", "Opportunity") if call.access.sobject(n)]


def hits(call: Call, made: SObject, term: str, group: str, inner: str, limit: int) -> list[Any]:
    """What an object's records hold of the words: `inner` is what SOSL writes in brackets, fields and clauses."""
    if limit <= 0:
        return []
    where_text = ""
    clause = _CLAUSE.search(f" {inner} ")
    names = inner
    if clause:
        names, where_text = inner[: max(0, clause.start() - 1)], inner[max(0, clause.start() - 1) :]
    columns = [n.strip() for n in names.split(",") if n.strip()] or ["Id"]
    ids = _matching(call, made, term, group, limit)
    if where_text and ids:
        from .query import compile_query, executor

        listed = ",".join(f"'{i}'" for i in ids)
        body = re.sub(
            r"^\s*WHERE\s+(.*?)(?=\s+ORDER\s|\s+LIMIT\s|$)", r" AND (\1)", where_text, flags=re.IGNORECASE | re.DOTALL
        )
        plan = compile_query(call, f"SELECT {', '.join(columns)} FROM {made.name} WHERE Id IN ({listed}){body}", False)
        return list(executor(call).run(plan, 2000)["records"])
    return [r for r in read_records(call, made, ids, columns) if r is not None]


def _matching(call: Call, made: SObject, term: str, group: str, limit: int) -> list[str]:
    kinds = _GROUPS.get(group, _GROUPS["ALL"])
    fields = [f for f in call.access.fields(made) if _searched(f, kinds, group)]
    if not fields:
        return []
    args: list[str] = []
    choices = []
    for alternative in re.split(r"\s+OR\s+", term):
        parts = []
        for word in re.findall(r'"[^"]+"|\S+', alternative):
            bare = _plain(word)
            if not bare or bare.upper() == "AND":
                continue
            spots = []
            for f in fields:
                for column, sought in _spellings(f, bare):
                    spot, given = like(column, f"% {sought} %")
                    spots.append(spot)
                    args += given
            parts.append("(" + " OR ".join(spots) + ")")
        choices.append(" AND ".join(parts) or "0")
    where = " OR ".join(f"({c})" for c in choices)
    live = 'AND "IsDeleted" = 0' if made.get("IsDeleted") else ""
    sql = f'SELECT "Id" FROM "{made.name}" WHERE ({where}) {live} ORDER BY "Id" LIMIT {limit}'
    return [row[0] for row in call.org.store.con.execute(sql, args)]


_SIGNS = "@-().+/,;:"
"""What parts words, in what is sought and where it is sought."""


def _plain(word: str) -> str:
    """A word of the search as a LIKE pattern, its signs blanks."""
    escaped = word.strip('"').replace("%", "\\%").replace("_", "\\_")
    return " ".join(escaped.translate({ord(c): " " for c in _SIGNS}).replace("*", "%").replace("?", "_").split())


def _spellings(f: Field, bare: str) -> list[tuple[str, str]]:
    """Where a field is looked through and for what: its words, and of a phone number its figures run together too."""
    spaced = joined = f'"{f.name}"'
    for sign in _SIGNS:
        spaced = f"replace({spaced}, '{sign}', ' ')"
    out = [(f"(' ' || replace({spaced}, '  ', ' ') || ' ')", bare)]
    figures = bare.replace(" ", "")
    if f.type == "phone" and len(figures) > 5 and figures.rstrip("%").isdigit():
        for sign in f"{_SIGNS} ":
            joined = f"replace({joined}, '{sign}', '')"
        out.append((f"(' ' || {joined} || ' ')", figures))
    return out


def _searched(f: Field, kinds: set[str], group: str) -> bool:
    if not f.stored or f.type not in kinds:
        return False
    return group != "NAME" or f.name_field or f.name in {"FirstName", "LastName"}
