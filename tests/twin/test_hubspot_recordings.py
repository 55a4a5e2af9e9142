"""The recorded v1 and v2 exchanges (2013 to 2019) replayed: the same statuses, the same shapes; differences explained.

The v3 and v4 recordings are replayed in `test_hubspot_side_recordings.py`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from hubspot_bench import Caller, account

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "hubspot" / "hubspot-ruby-legacy-v1"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recordings are not here")

DIFFERENCES: dict[tuple[str, int], tuple[int, str]] = {
    ("all_deal_pipelines.yml", 0): (405, "v1 pipelines are only read here; v3 makes and deletes them"),
    ("all_deal_pipelines.yml", 2): (405, "as above"),
}
"""Where the twin answers another status than was recorded, by file and place, with the reason."""

GONE_SINCE = {
    *("requestId", "guid", "profile-token", "error", "identityProfile"),
    *("num_conversion_events", "num_unique_conversion_events", "property"),
}
"""Keys of the recordings that later years dropped, or that only fill in by forms and visits."""


class _Loader(yaml.SafeLoader):
    """Reads `!binary` bodies as text."""


_Loader.add_constructor("!binary", lambda loader, node: base64.b64decode(loader.construct_scalar(node)).decode())  # type: ignore[no-untyped-call]


def names() -> list[str]:
    return sorted(p.name for p in FOLDER.glob("*.yml")) if FOLDER.is_dir() else []


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all keys; lists by their first element, properties by their fields only."""
    if isinstance(value, dict):
        inside_properties = path.endswith("properties")
        for key, inner in value.items():
            if key in GONE_SINCE:
                continue
            here = f"{path}.{'*' if inside_properties else key}"
            yield here
            yield from keys(inner, here)
    elif isinstance(value, list) and value:
        yield from keys(value[0], f"{path}[]")


@pytest.fixture
def call() -> Iterator[Caller]:
    side = account(switches={"merge_identity": "primary"})
    yield Caller(side)
    side.close()


@pytest.mark.parametrize("name", names())
def test_a_recorded_exchange_of_the_old_apis_has_its_status_and_shape(call: Caller, name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8", errors="replace")
    exchanges = yaml.load(text, Loader=_Loader)["http_interactions"]
    ids: dict[str, str] = {}
    prepare(call, name, ids)
    for place, exchange in enumerate(exchanges):
        request, response = exchange["request"], exchange["response"]
        parts = urlsplit(request["uri"])
        path, body = parts.path, request["body"]["string"] or ""
        for theirs, ours in ids.items():
            path, body = path.replace(theirs, ours), body.replace(theirs, ours)

        answer = call(request["method"].upper(), path, raw=body.encode())

        status, reason = DIFFERENCES.get((name, place), (response["status"]["code"], ""))
        assert answer.status == status, (place, reason, answer.content)
        text = response["body"]["string"] or ""
        if reason or not text.startswith(("{", "[")) or not answer.content:
            continue
        recorded, own = json.loads(text), answer.json
        learn(ids, recorded, own)
        allowed = tuple(ALLOWED.get(name, ()))
        missing = {key for key in set(keys(recorded)) - set(keys(own)) if not key.startswith(allowed)}
        assert not missing, (place, sorted(missing))


ALLOWED: dict[str, set[str]] = {
    # A proxy of 2016 knew who had made and changed an engagement, and its owner; ours was made by an app.
    "engagement_call_find.yml": {".engagement.createdBy", ".engagement.modifiedBy", ".engagement.ownerId"},
    # The twin keeps no audit of a merge; the versions of a merged contact named the vids they came from.
    "contact_merge.yml": {".properties.*.versions[].source-vids", ".merge-audits[]"},
}


def prepare(call: Caller, name: str, ids: dict[str, str]) -> None:
    """What the recorded portal had before the recording began."""
    if name == "contact_create_existing_email.yml":
        call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "testingapis@hubspot.com"}})
    if name == "engagement_call_find.yml":
        made = call(
            "POST",
            "/engagements/v1/engagements",
            {"engagement": {"type": "CALL"}, "metadata": {"body": "test call", "durationMilliseconds": 0}},
        )
        ids["4709059"] = str(made.json["engagement"]["id"])
    if name == "deal_create.yml":
        for path, theirs, values in (
            ("companies", "8954037", {"name": "C"}),
            ("contacts", "27136", {"email": "c@deal.example"}),
        ):
            ids[theirs] = call("POST", f"/crm/v3/objects/{path}", {"properties": values}).json["id"]


def learn(ids: dict[str, str], recorded: Any, own: Any) -> None:
    """Which of our ids stands for which recorded one."""
    for key in ("vid", "companyId", "dealId"):
        if isinstance(recorded, dict) and key in recorded and isinstance(own, dict) and key in own:
            ids[str(recorded[key])] = str(own[key])
