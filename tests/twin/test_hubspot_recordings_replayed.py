"""Every recorded exchange of v3, file by file: from an equal state the same statuses and at least the same keys.

What each of them teaches beyond its shape is in `test_hubspot_side_recordings.py`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hubspot_bench import Caller, account
from test_hubspot_side_recordings import RECORDINGS, amp, body_of, exchanges, replay

RUBY = RECORDINGS / "ruby_hubspot_api"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not here")

NO_SCOPE = {
    "contacts/find_by_id_no_scope.yml": ("crm.objects.contacts.read",),
    "companies/properties_no_scope.yml": ("crm.schemas.companies.read", "crm.objects.companies.read"),
}
STAGES_SINCE = ("hs_date_exited_", "hs_date_entered_")
"""Dates of stages that were that account's own."""

NOT_GIVEN = {
    "contacts/find_by_id_no_scope.yml": (".errors[].context.requiredScopes",),
}
"""Keys that the twin does not give: beside the scopes of the object asked for, HubSpot listed those of every other."""


def names() -> list[str]:
    return sorted(str(p.relative_to(RUBY)) for p in RUBY.rglob("*.yml")) if RUBY.is_dir() else []


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all keys, lists by their first element."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}"
            yield from keys(inner, f"{path}.{key}")
    elif isinstance(value, list) and value:
        yield from keys(value[0], f"{path}[]")


def prepare(call: Caller, recorded: list[dict[str, Any]]) -> None:
    """The records that the account had before: those that were answered and not made in the recording itself."""
    made: set[str] = set()
    held: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for exchange in recorded:
        request, answer = exchange["request"], body_of(exchange["response"])
        kind = urlsplit(request["uri"]).path.split("/")[4]
        rows = answer.get("results", [answer]) if isinstance(answer, dict) else []
        rows = [row for row in rows if kind in {"contacts", "companies", "users"} and "properties" in row]
        if request["method"] == "post" and not request["uri"].endswith("/search"):
            made |= {row["id"] for row in rows}
        for row in rows:
            # What was seen first is what was there; what later answers add was there as well.
            seen = {"createdate": row["createdAt"], **row["properties"]}
            held[kind, row["id"]] = {n: v for n, v in seen.items() if v is not None} | held[kind, row["id"]]
    for (kind, id_), values in held.items():
        if id_ not in made:
            call.side.load(kind, [{**values, "id": id_}])
    call.side.finish_loading()


@pytest.mark.parametrize("name", names())
def test_a_recorded_file_is_answered_alike(name: str) -> None:
    side = account(switches={"limits": True, "plan": "free"})
    call = Caller(side)
    recorded = exchanges(name)
    prepare(call, recorded)
    # A page that had another after it has one here too.
    side.load("contacts", [{"id": "99999999990", "createdate": "2024-10-01T00:00:00Z"}])
    side.load("users", [{"id": "99999999991", "createdate": "2024-10-01T00:00:00Z"}])
    side.finish_loading()
    side.set_switch("scopes_removed", NO_SCOPE.get(name, ()))
    ids: dict[str, str] = {}
    for exchange in recorded:
        expected, status = body_of(exchange["response"]), exchange["response"]["status"]["code"]

        answer = replay(call, exchange, **ids)

        assert answer.status == status, (exchange["request"]["uri"], answer.content)
        if not isinstance(expected, dict):
            continue
        found = answer.json
        missing = {k for k in set(keys(expected)) - set(keys(found)) if k.rpartition(".")[2] not in _blank(expected)}
        missing = {k for k in missing if not k.rpartition(".")[2].startswith(STAGES_SINCE)}
        missing -= set(NOT_GIVEN.get(name, ()))
        assert not missing, (exchange["request"]["uri"], sorted(missing))
        if status == 201 and "id" in expected:
            ids[f"id{expected['id']}"] = found["id"]
        asked = dict(parse_qsl(urlsplit(exchange["request"]["uri"]).query))
        if "limit" in asked:
            assert len(found["results"]) == len(expected["results"])
    side.close()


def _blank(expected: Mapping[str, Any]) -> set[str]:
    """Keys of pages only: a search of the account found more than the part of it that was recorded."""
    return {"paging", "next", "after", "link"} if "total" in expected else set()


def test_a_batch_of_ties_answers_as_recorded() -> None:
    side = account()
    call = Caller(side)
    person = call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@tie.example"}}).json["id"]
    companies = [call("POST", "/crm/v3/objects/companies", {"properties": {"name": n}}).json["id"] for n in "ab"]
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    inputs = [{"from": {"id": person}, "to": {"id": c}, "types": types} for c in companies]
    expected = amp("associations/contact-to-company-resp.json")

    answer = call("POST", "/crm/v4/associations/contacts/companies/batch/create", {"inputs": inputs}).json
    side.close()

    assert set(answer) == set(expected)
    for own, theirs in zip(answer["results"], expected["results"], strict=True):
        assert {k: type(v) for k, v in own.items()} == {k: type(v) for k, v in theirs.items()}
        assert (own["fromObjectTypeId"], own["toObjectTypeId"]) == ("0-1", "0-2")


def test_a_missing_scope_of_schemas_answers_as_recorded() -> None:
    side = account(switches={"scopes_removed": ("crm.schemas.custom.read",)})
    expected = amp("metadata-err-schemas-scope.json")

    answer = Caller(side)("GET", "/crm/v3/schemas")
    side.close()

    assert answer.status == 403
    assert list(answer.json) == list(expected)
    assert (answer.json["message"], answer.json["category"]) == (expected["message"], expected["category"])
    assert set(answer.json["context"]) == set(expected["context"])


def test_the_schema_of_contacts_has_the_recorded_keys() -> None:
    side = account()
    expected = amp("associations/contacts-schema-resp.json")

    found = Caller(side)("GET", "/crm/v3/schemas/contacts").json
    side.close()

    # Null there: absent here, since HubSpot's own specification calls them text and numbers.
    null = {f".{k}" for k, v in expected.items() if v is None} | {
        ".associations[].createdAt",
        ".associations[].updatedAt",
    }
    assert set(keys(expected)) - set(keys(found)) - null <= {".description"}
    for key in (
        set(expected) - {"properties", "associations", "description"} - {k for k, v in expected.items() if v is None}
    ):
        assert found[key] == expected[key], key
    own = {tie["id"]: tie for tie in found["associations"]}
    for tie in expected["associations"]:
        told = {k: v for k, v in tie.items() if v is not None and not k.startswith("max")}
        assert told.items() <= own[tie["id"]].items()


def test_a_search_of_lists_answers_as_recorded() -> None:
    side = account()
    call = Caller(side)
    call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@list.example"}})
    known = {"filterType": "PROPERTY", "property": "email"}
    known["operation"] = {"operationType": "ALL_PROPERTY", "operator": "IS_KNOWN"}  # type: ignore[assignment]
    branch = {"filterBranchType": "AND", "filters": [known]}
    for n in range(3):
        new = {"name": f"L{n}", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": branch}
        assert call("POST", "/crm/v3/lists", new).status == 200
    expected = amp("read-lists-1-first-page.json")
    asked = {"count": 2, "additionalProperties": list(expected["lists"][0]["additionalProperties"])}

    found = call("POST", "/crm/v3/lists/search", asked).json
    side.close()

    assert set(keys(found)) >= set(keys(expected))
    assert (found["offset"], found["hasMore"]) == (expected["offset"], expected["hasMore"])
    assert {type(v) for v in found["lists"][0]["additionalProperties"].values()} == {str}


@pytest.mark.parametrize("recorded", ["read/objects-api/contacts-response.json", "search/contacts/1-first-page.json"])
def test_an_incremental_read_answers_as_recorded(recorded: str) -> None:
    side = account()
    rows = [{"id": str(n), "email": f"p{n}@read.example", "createdate": "2024-10-01T00:00:00Z"} for n in range(1, 300)]
    side.load("contacts", [{**row, "lastmodifieddate": "2024-11-01T00:00:00Z"} for row in rows])
    side.finish_loading()
    expected = amp(recorded)
    asked = amp("read/objects-api/contacts-req-payload-since-until.json")
    asked["properties"] = [n for n in expected["results"][0]["properties"] if n not in {"createdate", "hs_object_id"}]

    answer = Caller(side)("POST", "/crm/v3/objects/contacts/search", json.loads(json.dumps(asked)))
    side.close()

    assert answer.status == 200, answer.content
    # The one recording has the link of a list, which searches do not give.
    assert set(keys(expected)) - set(keys(answer.json)) <= {".paging.next.link"}
    assert len(answer.json["results"]) == 200
