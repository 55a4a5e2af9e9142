"""ActivityHistories and OpenActivities: tasks and events of one record in one list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def test_what_is_done_is_history_and_the_rest_is_open(bench):
    account = bench.make("Account", Name="A")
    contact = bench.make("Contact", LastName="C", AccountId=account)
    bench.make("Task", Subject="Done", WhoId=contact, Status="Completed", ActivityDate="2026-05-01", TaskSubtype="Call")
    bench.make("Task", Subject="To do", WhoId=contact, ActivityDate="2026-05-09")
    for subject, start in (("Past", "2026-05-04T09:00:00Z"), ("Coming", "2026-05-06T11:45:00Z")):
        bench.make("Event", Subject=subject, WhoId=contact, StartDateTime=start, DurationInMinutes=30)
    bench.make("Task", Subject="Another's", Status="Completed", ActivityDate="2026-05-01")
    inner = "SELECT Subject, IsTask, ActivitySubtype, Who.Name, Owner.Name FROM {} ORDER BY ActivityDate DESC, LastModifiedDate DESC LIMIT 500"
    for parent, key in (("Account", account), ("Contact", contact)):
        text = f"SELECT ({inner.format('ActivityHistories')}), ({inner.format('OpenActivities')}) FROM {parent} WHERE Id = '{key}'"
        (row,) = bench.query(text)["records"]
        history, still = row["ActivityHistories"]["records"], row["OpenActivities"]["records"]
        assert [(r["Subject"], r["IsTask"], r["ActivitySubtype"]) for r in history] == [
            ("Past", False, "Event"),
            ("Done", True, "Call"),
        ]
        assert [r["Subject"] for r in still] == ["To do", "Coming"]
        assert history[0]["Who"]["Name"] == "C"
        assert history[0]["attributes"]["type"] == "ActivityHistory"
    bench.side.org.clock.advance(3600)
    (row,) = bench.query(f"SELECT (SELECT Subject FROM OpenActivities) FROM Contact WHERE Id = '{contact}'")["records"]
    assert [r["Subject"] for r in row["OpenActivities"]["records"]] == ["To do"]


def test_they_are_not_read_by_themselves_and_not_written(bench):
    error = bench.error("SELECT Id FROM ActivityHistory")
    assert error["errorCode"] == "INVALID_TYPE_FOR_OPERATION"
    assert "entity type ActivityHistory does not support query" in error["message"]
    assert bench.call("POST", "sobjects/OpenActivity", json={"Subject": "x"}).status_code == 400
    assert bench.call("GET", "sobjects/OpenActivity/describe").json()["queryable"] is False
    asked = {"sObjects": "ActivityHistory,Nope"}
    assert bench.call("GET", "limits/recordCount", params=asked).json() == {"sObjects": []}
    names = {c["relationshipName"] for c in bench.call("GET", "sobjects/Lead/describe").json()["childRelationships"]}
    assert names >= {"ActivityHistories", "OpenActivities", "Tasks", "Events"}


def test_an_opportunity_knows_of_open_activities_and_overdue_tasks_as_time_passes(bench):
    deal = bench.make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-09-30")
    stamp = bench.row("Opportunity", deal)["SystemModstamp"]

    def flags() -> tuple[bool, bool]:
        read = bench.call("GET", f"sobjects/Opportunity/{deal}").json()
        (asked,) = bench.query("SELECT HasOpenActivity, HasOverdueTask FROM Opportunity")["records"]
        assert (read["HasOpenActivity"], read["HasOverdueTask"]) == (asked["HasOpenActivity"], asked["HasOverdueTask"])
        assert read["SystemModstamp"] == stamp
        return asked["HasOpenActivity"], asked["HasOverdueTask"]

    assert flags() == (False, False)
    bench.make("Event", Subject="E", WhatId=deal, StartDateTime="2026-05-06T13:00:00Z", DurationInMinutes=30)
    assert flags() == (True, False)
    bench.side.org.clock.advance(3 * 3600)  # the meeting is over
    assert flags() == (False, False)
    task = bench.make("Task", Subject="T", WhatId=deal, ActivityDate="2026-05-07")
    assert flags() == (True, False)
    bench.side.org.clock.advance(2 * 86_400)
    assert flags() == (True, True)
    bench.call("PATCH", f"sobjects/Task/{task}", json={"Status": "Completed"})
    assert flags() == (False, False)
    late = bench.make("Task", Subject="T", WhatId=deal, ActivityDate="2026-05-01")
    assert flags() == (True, True)
    bench.call("DELETE", f"sobjects/Task/{late}")
    assert flags() == (False, False)
