"""REST in XML, as some clients ask for it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from salesforce_bench import Bench, make_side, served

XML = {"Accept": "application/xml"}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def asked(bench: Bench, path: str, method: str = "GET", **how: Any) -> tuple[int, ET.Element]:
    headers = {**XML, **how.pop("headers", {})}
    answer = bench.call(method, path, headers=headers, **how)
    assert answer.headers["Content-Type"] == "application/xml;charset=UTF-8"
    return answer.status_code, ET.fromstring(answer.content)


def test_a_query_and_a_record_are_told_in_xml(bench):
    account = bench.make("Account", Name="A & B", NumberOfEmployees=5)
    _, found = asked(bench, "query", params={"q": "SELECT Id, Name, Site, Owner.Name FROM Account"})
    assert (found.tag, found.findtext("done"), found.findtext("totalSize")) == ("QueryResult", "true", "1")
    record = found.find("records")
    assert record is not None
    assert record.attrib == {"type": "Account", "url": f"/services/data/v59.0/sobjects/Account/{account}"}
    assert (record.findtext("Name"), record.findtext("Owner/Name")) == ("A & B", "Sync Integration")
    assert record.find("Site").get(NIL) == "true"
    _, whole = asked(bench, f"sobjects/Account/{account}")
    assert (whole.tag, whole.findtext("NumberOfEmployees")) == ("Account", "5")


def test_records_are_written_in_xml_and_refused_in_xml(bench):
    kind = {"Content-Type": "application/xml"}
    body = "<root><Name>Made</Name><Site>S</Site></root>"
    status, made = asked(bench, "sobjects/Account", "POST", data=body, headers=kind)
    assert (status, made.tag, made.findtext("success")) == (201, "Result", "true")
    record = made.findtext("id")
    change = '<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Site xsi:nil="true"/></r>'
    assert bench.call("PATCH", f"sobjects/Account/{record}", data=change, headers={**XML, **kind}).status_code == 204
    assert bench.row("Account", str(record))["Site"] is None
    status, errors = asked(bench, "sobjects/Account", "POST", data="<r><Foo>1</Foo></r>", headers=kind)
    assert (status, errors.tag, errors.findtext("Error/errorCode")) == (400, "Errors", "INVALID_FIELD")
    status, errors = asked(bench, "sobjects/Account", "POST", data="<r><Name>", headers=kind)
    assert (status, errors.findtext("Error/errorCode")) == (400, "XML_PARSER_ERROR")


def test_lists_limits_and_describes_have_roots_of_their_own(bench):
    roots = {"limits": "LimitsSnapshot", "sobjects": "DescribeGlobal", "": "urls", "sobjects/Account": "Account"}
    for path, root in roots.items():
        assert asked(bench, path)[1].tag == root
    assert asked(bench, "sobjects/Account/describe")[1].findtext("fields/name") == "Id"
    by_suffix = bench.call("GET", "sobjects/Account/describe.xml")
    assert by_suffix.headers["Content-Type"].startswith("application/xml")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,application/xml;q=0.9,*/*;q=0.8", "text/csv"])
def test_whoever_would_take_json_gets_it(bench, accept):
    assert bench.call("GET", "limits", headers={"Accept": accept}).json()["DailyApiRequests"]["Max"] == 100_000
