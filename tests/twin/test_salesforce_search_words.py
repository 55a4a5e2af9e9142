"""SOSL by words and phone numbers; scopes, labels and modes of SOQL; paths that end in their format."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import SETTINGS, Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


@pytest.mark.parametrize(
    ("sosl", "found"),
    [
        ("FIND {(336)} IN PHONE FIELDS RETURNING contact(id, lastname)", ["Ade", "Bo"]),
        ("FIND {336-222-7000} IN PHONE FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {3362227000} IN PHONE FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {ade@one.example} IN EMAIL FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {Ade OR Cy} IN NAME FIELDS RETURNING Contact(LastName ORDER BY LastName)", ["Ade", "Cy"]),
        ("FIND {on*} IN ALL FIELDS RETURNING Contact(LastName)", ["Ade"]),
        ("FIND {36} IN PHONE FIELDS RETURNING Contact(LastName)", []),
    ],
)
def test_a_search_finds_words_and_phone_numbers_however_they_are_written(bench, sosl, found):
    bench.make("Contact", LastName="Ade", Phone="(336) 222-7000", Email="ade@one.example")
    bench.make("Contact", LastName="Bo", MobilePhone="+1 336 555 0100")
    bench.make("Contact", LastName="Cy", Phone="336555")
    records = bench.call("GET", "search", params={"q": sosl}).json()["searchRecords"]
    assert [r["LastName"] for r in records] == found


def test_a_parameterized_search_looks_in_the_fields_asked_for(bench):
    bench.make("Contact", LastName="336")
    bench.make("Contact", LastName="Ade", Phone="(336) 222-7000")
    body = {"q": "(336)", "in": "PHONE", "sobjects": [{"name": "Contact"}], "fields": ["Id", "Name"]}
    found = bench.call("POST", "parameterizedSearch", json=body).json()["searchRecords"]
    assert [r["Name"] for r in found] == ["Ade"]


def test_scopes_are_those_of_the_object(bench):
    queue = bench.make("Group", Name="Q", Type="Queue")
    mine, queued = bench.make("Lead", LastName="M", Company="C"), bench.make("Lead", LastName="Q", Company="C")
    bench.call("PATCH", f"sobjects/Lead/{queued}", json={"OwnerId": queue})

    def ids(scope: str) -> set[str]:
        return {r["Id"] for r in bench.query(f"SELECT Id FROM Lead USING SCOPE {scope}")["records"]}

    assert (ids("everything"), ids("mine"), ids("queue_owned")) == ({mine, queued}, {mine}, {queued})
    assert bench.error("SELECT Id FROM Lead USING SCOPE nonsense")["errorCode"] == "MALFORMED_QUERY"


def test_modes_are_known_and_labels_are_compared():
    statuses = [{"value": "new", "label": "Brand New", "default": True}, {"value": "won", "converted": True}]
    with served(make_side({**SETTINGS, "lead_statuses": statuses})) as bench:
        lead = bench.make("Lead", LastName="L", Company="C")
        for where in ("toLabel(Status) = 'brand new'", "toLabel(Status) LIKE 'Brand%'", "Status = 'new'"):
            assert [r["Id"] for r in bench.query(f"SELECT Id FROM Lead WHERE {where}")["records"]] == [lead]
        assert bench.query("SELECT Id FROM Lead WHERE toLabel(Status) = 'new'")["totalSize"] == 0
        assert bench.query("SELECT Id FROM Lead WITH USER_MODE")["totalSize"] == 1
        assert "unexpected token: 'NONSENSE'" in bench.error("SELECT Id FROM Lead WITH NONSENSE")["message"]


def test_paths_may_end_in_their_format_and_answers_are_those_of_the_edge(bench):
    for path in ("sobjects.json", "sobjects/Account.json", "sobjects/Account/describe.json", "limits.json"):
        answer = bench.call("GET", path)
        assert answer.status_code == 200
    assert answer.headers["Server"] == "sfdcedge"
    assert len(answer.headers["X-SFDC-Request-Id"]) == 32
