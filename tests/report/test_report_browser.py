"""The page in a real Chromium: filters count right, five thousand rows stay usable, nothing is asked of a network."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_facts import HOSTILE, facts, hostile, many

from trueup.report.facts import Facts
from trueup.report.html import FIRST, page
from trueup.report.view import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: `make setup` brings it")
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a report; anything that a page asks for or complains about fails the test."""
    troubles: list[str] = []
    contexts = []

    def opened(given: Facts, width: int = 1280, **options: object) -> Page:
        file = tmp_path / "report.html"
        file.write_text(page(build(given)), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: None if request.url.startswith("file:") else troubles.append(request.url))
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        tab.goto(file.as_uri())
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def shown(tab: Page, list_: str) -> int:
    return tab.locator(f"#{list_} .card").count()


def wait_for_cards(tab: Page, number: int) -> None:
    from playwright.sync_api import expect

    expect(tab.locator("#changes .card")).to_have_count(number)


def wait_for_other_cards(tab: Page, number: int) -> None:
    from playwright.sync_api import expect

    expect(tab.locator("#changes .card")).not_to_have_count(number)


def facet(tab: Page, name: str, value: str) -> None:
    tab.locator(f'button[data-facet="{name}"][data-value="{value}"]').click()


def test_the_script_draws_the_same_cards_as_the_page_has_without_it(show: Open) -> None:
    parsed = "t => [...new DOMParser().parseFromString(t, 'text/html').querySelectorAll('.card')].map(n => n.outerHTML)"
    for given in (facts(), hostile()):
        tab = show(given)

        drawn = tab.locator(".card").evaluate_all("nodes => nodes.map(n => n.outerHTML)")

        assert len(drawn) > 3
        assert drawn == tab.evaluate(parsed, page(build(given)))


def test_each_filter_shows_as_many_rows_as_it_says(show: Open) -> None:
    tab = show(many(40))

    for button in tab.locator("button[data-facet]").evaluate_all(
        "b => b.map(x => [x.dataset.facet, x.dataset.value, Number(x.lastChild.textContent)])"
    ):
        name, value, number = button
        facet(tab, name, value)
        assert shown(tab, "changes") + shown(tab, "findings") == number, button
        facet(tab, name, value)
    assert (shown(tab, "changes"), shown(tab, "findings")) == (40, 10)


def test_filters_narrow_together_and_clear(show: Open) -> None:
    tab = show(many(60))

    facet(tab, "field", "City")
    facet(tab, "risk", "high")
    assert shown(tab, "changes") == 5  # every fourth and every third of sixty
    assert tab.locator("#changes .of").inner_text() == "5 of 60"
    assert shown(tab, "findings") == 0
    tab.locator("#clear").click()
    assert tab.locator("#changes .of").inner_text() == "60"


def test_free_text_finds_names_values_and_ids(show: Open) -> None:
    tab = show(facts())

    for asked, number in (("anna KOVACS", 1), ("salesqualified", 1), ("contacts/61", 1), ("nobody", 0)):
        tab.fill("#q", asked)
        wait_for_cards(tab, number)


def test_a_tile_and_an_address_filter_too(show: Open) -> None:
    tab = show(facts())

    tab.locator("button.tile.wait").click()
    assert shown(tab, "changes") == 2
    assert shown(tab, "findings") == 0
    assert "state=Waits" in tab.url
    tab.reload()
    assert shown(tab, "changes") == 2


def test_five_thousand_rows_stay_usable(show: Open) -> None:
    began = time.monotonic()
    tab = show(many(5_000))
    assert shown(tab, "changes") == FIRST
    facet(tab, "field", "City")
    assert tab.locator("#changes .of").inner_text() == "1,250 of 5,000"
    tab.fill("#q", "contacts/4992")
    wait_for_cards(tab, 1)
    tab.locator("#clear").click()
    tab.locator("#changes .more").click()
    assert shown(tab, "changes") == FIRST + 100
    assert time.monotonic() - began < 180  # a hang, not a stopwatch


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_out_of_the_page_at_any_width(show: Open, width: int, scheme: str) -> None:
    for given in (facts(), hostile()):
        tab = show(given, width, color_scheme=scheme)
        tab.locator("#changes .card summary").first.click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        ink, paper = tab.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert ink != paper


def test_hostile_values_do_nothing_but_stand_there(show: Open) -> None:
    tab = show(hostile())
    for summary in tab.locator(".card summary").all():
        summary.click()
    tab.wait_for_timeout(100)

    assert "stolen" not in tab.title()
    assert tab.locator("main img, main iframe").count() == 0
    assert tab.locator('a[href^="javascript"]').count() == 0
    assert HOSTILE["script"] in tab.locator("#changes").inner_text()


def test_without_script_the_page_is_read_all_the_same(show: Open) -> None:
    tab = show(facts(), java_script_enabled=False)

    assert tab.locator("#changes .card").count() == 3
    tab.locator("#changes .card summary").first.click()
    assert tab.locator("#changes .card .bars").first.is_visible()
    assert not tab.locator("#facets").is_visible()


def test_printed_it_holds_the_rows_and_leaves_the_filters_out(show: Open) -> None:
    tab = show(many(150))
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")

    assert shown(tab, "changes") == 150
    assert not tab.locator("#facets").is_visible()
    assert tab.pdf().startswith(b"%PDF")


def test_paper_says_how_many_rows_are_not_on_it(show: Open) -> None:
    tab = show(many(1200))
    note = tab.locator("#changes .cut")
    assert not note.is_visible(), "on the screen there is a button for more"
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")

    assert shown(tab, "changes") == 1000
    assert note.is_visible()
    assert note.inner_text().startswith("Printed are the first 1,000 of 1,200 rows. All of them")
    assert "trueup report --format csv" in note.inner_text()
    assert not tab.locator("#findings .cut").is_visible(), "all findings are on the paper"


def test_paper_says_that_filters_were_set(show: Open) -> None:
    tab = show(many(120))
    tab.locator("#q").fill("Person 11")
    wait_for_other_cards(tab, FIRST)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")

    assert (
        tab.locator("#changes .cut").inner_text().startswith(f"The filters chose {shown(tab, 'changes')} of 120 rows.")
    )


def test_paper_of_a_page_without_script_says_what_is_not_on_it(show: Open) -> None:
    tab = show(many(150), java_script_enabled=False)
    tab.emulate_media(media="print")

    assert "90 more; this page shows them with scripts allowed" in tab.locator("#changes .rest").inner_text()
