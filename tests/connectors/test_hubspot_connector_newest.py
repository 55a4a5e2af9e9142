"""The search for the newest changes: how far its page reaches, and that a walk brings what it does not show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from contract_rigs import HubSpotRig
from hubspot_reads import connect
from test_contract import live, pull

from trueup.connectors.hubspot.newest import judge
from trueup.connectors.kit.base import Coming
from trueup.model.records import HighWater, Record
from trueup.model.refs import Ref

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def hits(*minutes: int) -> list[dict[str, Any]]:
    """Rows dated so many minutes after `SINCE`."""
    return [
        {"id": str(n), "updatedAt": (SINCE + timedelta(minutes=m)).isoformat()} for n, m in enumerate(minutes, start=1)
    ]


def test_a_page_that_reaches_back_behind_the_mark_is_all_there_is() -> None:
    found = judge(hits(9, 5, 0, -1), 500, 4, SINCE, NOW)

    assert [row["id"] for row in found.rows] == ["1", "2", "3"]
    assert found.until is None
    assert found.total == 500


def test_a_page_with_every_record_is_all_there_is() -> None:
    found = judge(hits(9, 5), 2, 4, SINCE, NOW)

    assert len(found.rows) == 2
    assert found.until is None


def test_a_full_page_of_changes_leaves_the_rest_up_to_its_earliest_date() -> None:
    found = judge(hits(9, 9, 5, 5), 500, 4, SINCE, NOW)

    assert len(found.rows) == 4
    assert found.until == SINCE + timedelta(minutes=5)


def test_a_hit_that_shows_a_later_date_than_its_place_does_not_shorten_the_rest() -> None:
    """The index is stale, the row is fresh: the last place may show the latest date."""
    found = judge(hits(9, 7, 6, 30), 500, 4, SINCE, NOW)

    assert found.until == SINCE + timedelta(minutes=6)


@pytest.mark.parametrize("rows", [hits(9, 5, -1), [*hits(9, 5, -1), {"id": "4"}]], ids=["short", "undated"])
def test_a_page_that_lacks_hits_or_dates_proves_nothing(rows: list[dict[str, Any]]) -> None:
    found = judge(rows, 500, 4, SINCE, NOW)

    assert (found.rows, found.until) == ((), NOW)


class Everything:
    """A mirror that holds so many contacts."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = ids

    def live_ids(self, object: str, /) -> list[str]:  # noqa: A002
        return self._ids if object == "contacts" else []

    def records(self, refs: Any, /) -> dict[Ref, Record]:
        return {}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("at_once", [1, 7, 12])
def test_what_changed_is_seen_once_however_many_share_a_moment(rig: HubSpotRig, at_once: int) -> None:
    """Where the page ends within a moment, the walk brings the others of that moment."""
    start = datetime(2026, 1, 2, tzinfo=UTC)
    ids = [str(1000 + n * 7) for n in range(50)]
    rows = [
        {
            "id": id_,
            "properties": {"email": f"p{id_}@acme.example"},
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": (start + timedelta(minutes=(n * 17 % 50) // at_once)).isoformat().replace("+00:00", "Z"),
            "archived": False,
        }
        for n, id_ in enumerate(ids)
    ]
    rig.side.load("contacts", rows)
    rig.side.finish_loading()
    connector = connect(rig, search_page_size=20, overlap_s=0)
    since = HighWater((start + timedelta(minutes=3)).isoformat())
    connector.prepare(Coming({"contacts": since}, Everything(ids)))
    wanted = {row["id"] for row in rows if row["updatedAt"] >= "2026-01-02T00:03:00Z"}

    pages, summary = pull(connector, "contacts", since)

    came = [r.ref.id for r in live(pages)]
    assert sorted(came) == sorted(wanted)
    assert summary.complete
    assert (summary.seen, summary.expected) == (len(wanted), len(wanted))
