"""Every recorded exchange in scope, replayed from an equal state: same status, same keys and types, same codes and words.

What differs is listed below with its reason; a reason that explains nothing any more fails the test.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from salesforce_bench import make_side, served
from salesforce_replay import FOLDER, Replay, load, settings_of

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not here")

_DATA_COM = "CleanStatus|DunsNumber|CompanyDunsNumber|Tradestyle|NaicsCode|NaicsDesc|YearStarted|DandbCompanyId"
EXPLAINED = {
    rf"\.(Account|Contact|Lead)\.({_DATA_COM}): missing": "Data.com Clean is switched on in that org; the twin's org is without it",
    r"\.Account\.OperatingHoursId: missing": "Field Service is switched on in that org",
    r"\.(Contact|Lead)\.IndividualId: missing": "data protection records are switched on in that org",
    r"\.(Contact|Lead)\.(HasOptedOutOfEmail|HasOptedOutOfFax|DoNotCall): not recorded": (
        "hidden by field-level security in that org, as in every fresh Developer Edition; visible in the twin's"
    ),
    r"recordCount\.sObjects: 0 items, recorded 1": "the count came before any answer that shows the rows it counted",
    r"recordCount\.sObjects: 1 items, recorded 0": "the org's approximate count lagged behind the rows just loaded",
    r"GET /query/\.records: 4 items, recorded 3": "upstream edited this cassette by hand: a created account is left out of the list",
}
NAMES = [
    str(p.relative_to(FOLDER))
    for kind in ("grouparoo/*.json", "cumulusci/Test*.yaml")
    for p in sorted(FOLDER.glob(kind))
]
NAMES.append("cumulusci/GET_sobjects_Organization.yaml")


@cache
def played() -> tuple[dict[str, int], dict[str, list[str]]]:
    """How many exchanges of each recording were played, and all differences."""
    counts: dict[str, int] = {}
    found: dict[str, list[str]] = {}
    org: dict[str, list[Any]] = {}
    for name in NAMES:
        if name.startswith("grouparoo"):  # one org: what one recording describes is true in all
            for sobject, fields in settings_of(load(name))["custom_fields"].items():
                org.setdefault(sobject, fields)
    for name in NAMES:
        turns = [t for t in load(name) if not t["path"].endswith("/describe")]  # describes have a test of their own
        settings = {"custom_fields": org} if name.startswith("grouparoo") else {}
        with served(make_side(settings)) as bench:
            replay = Replay(bench)
            found[name] = [d for t in turns for d in replay.play(t)]
        counts[name] = len(turns)
    return counts, found


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_answered_with_the_recorded_status_and_shape(name: str) -> None:
    _, found = played()
    unexplained = [d for d in found[name] if not any(re.search(p, d) for p in EXPLAINED)]
    assert unexplained == []


def test_enough_was_played_and_every_explanation_is_needed() -> None:
    counts, found = played()
    assert sum(counts.values()) >= 240
    every = [d for diffs in found.values() for d in diffs]
    idle = [p for p in EXPLAINED if not any(re.search(p, d) for d in every)]
    assert idle == []
