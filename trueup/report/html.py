"""The report as one page that opens from a mail: styles, script and rows inside; readable without script.

Every value is escaped by the template engine or set as text by the script; links are made of http and https only; and
the page's own policy (CSP) allows no script but the one whose digest it names, and no network at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from trueup.report import words
from trueup.report.cards import change_card, finding_card, headline
from trueup.report.rows import State, View
from trueup.report.summary import newest

FIRST = 60
"""Rows that are in the page's own text, for reading without script; the script makes the rest out of data."""


def page(view: View) -> str:
    """The whole page."""
    changes = [change_card(row) for row in view.changes]
    findings = [finding_card(row) for row in view.findings if row.state is State.NO_FIX]
    script, style = _asset("page.js"), _asset("page.css")
    head, tail = headline(view)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            view=view,
            head=head,
            tail=tail,
            fresh=newest(view.sources),
            systems=_systems(view),
            changes=changes,
            findings=findings,
            first=FIRST,
            style=Markup(style),
            script=Markup(script),
            script_digest=_digest(script),
            data=_data({"changes": changes, "findings": findings}),
        )
    )


def _systems(view: View) -> list[dict[str, Any]]:
    """Each system with its objects and how fresh it is."""
    names = sorted({row.system for row in view.sources})
    grouped = [(name, [row for row in view.sources if row.system == name]) for name in names]
    return [
        {
            "name": name,
            "rows": sum(row.rows for row in rows),
            "at": min(row.taken_at for row in rows),
            "complete": all(row.complete for row in rows),
            "objects": rows,
        }
        for name, rows in grouped
    ]


def _data(value: Mapping[str, Any]) -> Markup:
    """JSON that can stand inside a script element: no `<`, `>` or `&`, and no line ends that scripts trip over."""
    text = orjson.dumps(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def _digest(script: str) -> str:
    """The script's digest as the page's policy names it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("page", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("trueup.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": words.moment,
        "clean": words.clean,
        "percent": percent,
        "number": lambda number: f"{number:,}",
    }
    environment.globals |= {"count": words.count}
    return environment


def percent(share: float | None) -> str:
    """One decimal, and never 100.0% while anything is wrong."""
    if share is None:
        return "–"
    if 0.9995 <= share < 1:
        return "99.9%"
    return f"{100 * share:.1f}%"
