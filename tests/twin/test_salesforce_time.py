"""What time does to the org: the deleted feed is purged, the bin emptied, and writes may show later than stamped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from salesforce_bench import NOW, Bench, make_side, served

from trueup.twin.salesforce.ids import make_id


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def on(bench: Bench, **after: float) -> None:
    bench.side.org.clock.set(bench.side.org.now() + timedelta(**after))


def deleted(bench: Bench, start: str, end: str, status: int = 200) -> dict:
    answer = bench.call("GET", "sobjects/Lead/deleted", params={"start": start, "end": end})
    assert answer.status_code == status, answer.text
    return answer.json()


def lead(bench: Bench) -> str:
    return bench.make("Lead", LastName="L", Company="C")


def test_a_deletion_stays_in_the_feed_when_the_bin_is_emptied_and_leaves_it_after_fifteen_days(bench):
    gone = lead(bench)
    bench.call("DELETE", f"sobjects/Lead/{gone}")
    on(bench, days=14)
    feed = deleted(bench, "2026-05-06T11:00:00Z", "2026-05-20T12:00:00Z")
    assert feed["deletedRecords"] == [{"id": gone, "deletedDate": "2026-05-06T12:00:00.000+0000"}]
    on(bench, days=1, hours=3)
    assert bench.query("SELECT Id FROM Lead", all_rows=True)["totalSize"] == 0
    refused = deleted(bench, "2026-05-06T11:00:00Z", "2026-05-20T12:00:00Z", 400)
    assert refused[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    assert deleted(bench, "2026-05-06T16:00:00Z", "2026-05-20T12:00:00Z")["deletedRecords"] == []


def test_a_hard_deleted_record_is_in_the_feed_and_an_undeleted_one_is_not(bench):
    hard, soft = lead(bench), lead(bench)
    job = bench.call(
        "POST", "jobs/ingest", json={"object": "Lead", "operation": "hardDelete", "lineEnding": "LF"}
    ).json()
    bench.call("PUT", f"jobs/ingest/{job['id']}/batches", data=f"Id\n{hard}\n", headers={"Content-Type": "text/csv"})
    bench.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": "UploadComplete"})
    bench.call("GET", f"jobs/ingest/{job['id']}")
    bench.call("DELETE", f"sobjects/Lead/{soft}")
    bench.soap(f"<u:undelete><u:ids>{soft}</u:ids></u:undelete>")
    on(bench, minutes=2)
    assert bench.query("SELECT Id FROM Lead", all_rows=True)["totalSize"] == 1
    feed = deleted(bench, "2026-05-06T11:00:00Z", "2026-05-06T12:02:00Z")
    assert [r["id"] for r in feed["deletedRecords"]] == [hard]


def test_a_full_log_is_purged_and_a_call_into_the_purged_stretch_is_refused(bench):
    bench.side.set_switch("delete_log_rows_per_licence", 2)
    for _ in range(4):
        bench.call("DELETE", f"sobjects/Lead/{lead(bench)}")
        on(bench, minutes=10)
    on(bench, hours=2)
    end = "2026-05-06T14:00:00Z"
    assert deleted(bench, "2026-05-06T12:05:00Z", end, 400)[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    feed = deleted(bench, "2026-05-06T12:15:00Z", end)
    assert len(feed["deletedRecords"]) == 2
    assert feed["earliestDateAvailable"] == "2026-05-06T12:10:00.000+0000"


def test_a_late_write_shows_later_with_its_early_stamp(bench):
    bench.side.set_switch("late_commit_s", 300)
    there = lead(bench)
    made = bench.side.create("Lead", {"LastName": "Late", "Company": "C"})
    bench.side.edit("Lead", there, {"Title": "Changed late"})
    after = lead(bench)
    assert len({there, made, after}) == 3
    on(bench, minutes=4)
    assert bench.side.get("Lead", made) is None
    assert bench.call("GET", f"sobjects/Lead/{there}").json()["Title"] is None
    window = {"start": "2026-05-06T11:00:00Z", "end": "2026-05-06T12:04:00Z"}
    feed = bench.call("GET", "sobjects/Lead/updated", params=window).json()
    assert feed["latestDateCovered"] == "2026-05-06T12:00:00.000+0000"
    on(bench, minutes=2)
    row = bench.call("GET", f"sobjects/Lead/{made}").json()
    assert (row["LastName"], row["CreatedDate"], row["SystemModstamp"]) == (
        "Late",
        *["2026-05-06T12:00:00.000+0000"] * 2,
    )
    assert bench.row("Lead", there)["Title"] == "Changed late"
    feed = bench.call("GET", "sobjects/Lead/updated", params={**window, "end": "2026-05-06T12:05:00Z"}).json()
    assert (set(feed["ids"]), feed["latestDateCovered"]) == ({there, made, after}, "2026-05-06T12:05:00.000+0000")


def test_a_late_write_that_cannot_be_is_refused_at_once(bench):
    bench.side.set_switch("late_commit_s", 300)
    with pytest.raises(Exception, match="REQUIRED_FIELD_MISSING"):
        bench.side.create("Lead", {"LastName": "Late"})
    on(bench, minutes=10)
    assert bench.query("SELECT Id FROM Lead")["totalSize"] == 0


def test_loaded_activities_know_their_account_and_date_what_they_are_tied_to():
    side = make_side()
    account, contact, other = (make_id(prefix, 1) for prefix in ("001", "003", "00Q"))
    side.load("Account", [{"Id": account, "Name": "A", "CreatedDate": NOW}])
    side.load("Contact", [{"Id": contact, "LastName": "C", "AccountId": account, "CreatedDate": NOW}])
    side.load("Lead", [{"Id": other, "LastName": "L", "Company": "C", "CreatedDate": NOW}])
    side.load("Task", [
        {"Id": make_id("00T", n), "Subject": "S", "WhoId": who, "Status": status, "ActivityDate": day, "CreatedDate": NOW}
        for n, (who, status, day) in enumerate(
            [(contact, "Completed", "2026-04-01"), (contact, "Completed", "2026-04-03"), (contact, "Not Started", "2026-09-01"),
             (other, "Completed", "2026-03-03")]
        )
    ])  # fmt: skip
    side.finish_loading()
    dates = [
        side.get(*what)["LastActivityDate"] for what in (("Contact", contact), ("Account", account), ("Lead", other))
    ]  # type: ignore[index]
    assert dates == ["2026-04-03", "2026-04-03", "2026-03-03"]
    assert {r["AccountId"] for r in side.dump("Task") if r["WhoId"] == contact} == {account}
    assert side.get("Contact", contact)["SystemModstamp"] == "2026-05-06T12:00:00.000+0000"  # type: ignore[index]
    side.close()
