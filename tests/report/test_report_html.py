"""The page: whole, escaped, fetching nothing, the same every time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from report_facts import HOSTILE, facts, hostile, many

from trueup.report.facts import Facts
from trueup.report.html import FIRST, page, percent
from trueup.report.view import build


class Reader(HTMLParser):
    """What a browser would make of the markup: elements, attributes, text by element."""

    VOID = frozenset({"meta", "input", "br", "img", "link", "hr", "path", "rect", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.badly_nested: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.badly_nested.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def said(self) -> str:
        """All text but styles and scripts."""
        return " ".join(
            " ".join(text.split()) for tag, text in self.texts if tag not in ("style", "script") and text.strip()
        )

    def data(self) -> dict[str, list[dict[str, object]]]:
        """The rows for the script."""
        return json.loads(next(text for tag, text in self.texts if tag == "script"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def text() -> str:
    return page(build(facts()))


@pytest.fixture(scope="module")
def read(text: str) -> Reader:
    return Reader(text)


def test_the_page_is_well_formed_and_holds_every_part(read: Reader) -> None:
    assert (read.badly_nested, read.open) == ([], [])
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert [id_ for id_, number in Counter(ids).items() if number > 1] == []
    headings = [data for tag, data in read.texts if tag in ("h1", "h2") and data.strip()]
    assert [heading.strip() for heading in headings] == [
        "Not in true",
        "Agreement by family",
        "Lifecycle",
        "Guards",
        "Not looked at",
        "Planned fixes",
        "Findings without a fix",
        "What was seen",
        "How to go on",
    ]


def test_it_begins_with_the_verdict_and_says_how_fresh_it_is(read: Reader) -> None:
    said = read.said()

    assert said.index("Not in true") < said.index("4 findings on 7 records") < said.index("Nothing has been written")
    assert "hubspot as of 2026-06-01 11:57 UTC, not whole" in said
    assert "salesforce as of 2026-06-01 11:58 UTC" in said


def test_a_change_shows_old_new_why_winner_records_evidence_and_undo(read: Reader) -> None:
    said = read.said()

    for part in (
        "marketingqualifiedlead → salesqualifiedlead",
        "salesforce wins: it owns the stage sql.",
        "Who wins salesforce",
        "hubspot:contacts/51 Anna Kovacs, Acme mql",
        "Evidence sql stands: salesforce owns it.",
        "Why these are the same Weighed part by part 0.9998",
        "e-mail same address +9.3",
        "first name different -2.0",
        "all together +4.4",
        "Cannot be undone. The record itself cannot be restored.",
        "(empty) → CTO",
        "Decided by the rule for fill a blank",
    ):
        assert part in said
    links = {attributes["href"]: attributes for tag, attributes in read.elements if tag == "a"}
    assert set(links) == {"https://app.hubspot.example/contacts/1/record/0-1/51", "https://acme.example/00Q1/view"}
    assert all(a["rel"] == "noopener noreferrer" for a in links.values())


def test_a_finding_without_a_fix_says_why_and_what_was_not_looked_at_stands_by_itself(read: Reader) -> None:
    said = read.said()

    assert "Why no fix Activities are not made up." in said
    assert "LNK001 Person in one system only hubspot contacts were not seen whole." in said


def test_it_says_how_to_go_on_with_this_very_plan(read: Reader) -> None:
    said = read.said()

    assert "trueup review pa1b2c3d4e5f6" in said
    assert "trueup apply pa1b2c3d4e5f6" in said
    assert "d" * 64 in said
    assert "policy0123456789" in said
    assert "Good until 2026-06-04 12:00 UTC" in said


def test_the_page_fetches_nothing(text: str) -> None:
    """Addresses stand only where a person clicks them, and the page's own policy forbids the rest."""
    reader = Reader(page(build(hostile())))
    for tag, attributes in [*Reader(text).elements, *reader.elements]:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form", "video", "audio", "source"), tag
        assert not {"src", "srcset", "action", "formaction", "background", "poster", "ping", "data"} & set(
            attributes
        ), tag
        assert tag == "a" or "href" not in attributes
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    script = text[text.rindex("<script>") :]
    assert not re.search(
        r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|innerHTML|insertAdjacent|eval\(|document\.write",
        script,
    )


def test_the_policy_of_the_page_lets_its_own_script_run_and_no_other(text: str) -> None:
    policy = (
        next(a["content"] for tag, a in Reader(text).elements if a.get("http-equiv") == "Content-Security-Policy") or ""
    )
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)

    assert len(script) == 1
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "connect-src" not in policy


def test_hostile_values_stay_text() -> None:
    text = page(build(hostile()))
    reader = Reader(text)

    assert (reader.badly_nested, reader.open) == ([], [])
    assert sum(tag == "script" for tag, _ in reader.elements) == 2
    handlers = [(tag, name) for tag, attributes in reader.elements for name in attributes if name.startswith("on")]
    assert handlers == []
    assert [a["href"] for tag, a in reader.elements if tag == "a"] == ['https://x.example/"onclick="y'] * 2
    said = reader.said()
    assert HOSTILE["script"] in said
    assert HOSTILE["template"] in said
    assert HOSTILE["entity"] in said
    assert HOSTILE["hebrew"] in said
    assert "invoice\\u202efdp.exe" in said
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "one↵two\\u2028three" in said


def test_a_very_long_value_is_cut_and_says_so() -> None:
    text = page(build(hostile()))

    assert "38,500 more characters" in text
    assert len(text) < 250_000


def test_the_data_for_the_script_cannot_end_its_element(read: Reader) -> None:
    text = page(build(hostile()))
    data = text[text.index('id="data">') + 10 : text.rindex("</script>\n<script>")]

    assert not set("<>&\u2028\u2029") & set(data)
    assert len(json.loads(data)["changes"]) == len(HOSTILE)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert page(build(facts())) == page(build(facts()))


def test_rows_beyond_the_first_are_announced_and_in_the_data() -> None:
    text = page(build(many(500)))
    reader = Reader(text)

    assert len(reader.data()["changes"]) == 500
    assert text.count('<details class="card') == 2 * FIRST
    assert "440 more; this page shows them with scripts allowed, or: trueup report --format csv" in reader.said()


def test_a_page_without_a_plan_or_anything_wrong_is_a_page_too() -> None:
    said = Reader(page(build(Facts()))).said()

    assert said.startswith("In true · Trueup report")
    assert "No fix is planned." in said


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "–"), (1.0, "100.0%"), (0.99999, "99.9%"), (0.9231, "92.3%"), (0.0, "0.0%")]
)
def test_a_hundred_percent_is_said_only_when_nothing_is_wrong(share: float | None, shown: str) -> None:
    assert percent(share) == shown
