"""The object store under load: a hundred thousand contacts, pages in bounded time, state that outlives the process."""

from __future__ import annotations

import time

from salesforce_bench import make_side, served

from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.org import API_USER_ID

MANY = 100_000


def rows():
    for n in range(MANY):
        stamp = f"2026-{n % 4 + 1:02d}-{n % 28 + 1:02d}T00:00:00.000+0000"
        yield {
            "Id": make_id("003", n), "FirstName": f"A{n}", "LastName": "L", "Email": f"a{n}@x.example", "OwnerId": API_USER_ID,
            "Phone": "+49 30 1", "MailingCity": "Berlin", "CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp,
        }  # fmt: skip


def test_pages_of_a_large_org_come_fast_and_the_state_is_kept(tmp_path):
    path = tmp_path / "sf.db"
    side = make_side(path=path)
    assert side.load("Contact", rows()) == MANY
    side.finish_loading()
    fields = "Id, FirstName, LastName, Email, Phone, MailingCity, OwnerId, Owner.Name, Account.Name, SystemModstamp, CreatedDate"
    where = "WHERE SystemModstamp >= 2025-01-01T00:00:00Z ORDER BY SystemModstamp, Id"
    with served(side) as bench:
        page = bench.query(f"SELECT {fields} FROM Contact {where}")
        assert page["totalSize"] == MANY
        times = []
        for _ in range(5):
            begun = time.process_time()
            page = bench.call("GET", page["nextRecordsUrl"], headers={"X-PrettyPrint": "1"}).json()
            times.append(time.process_time() - begun)
            assert len(page["records"]) == 2000
        assert min(times) < 0.5  # the best of five: other threads of this process work too
        begun = time.process_time()
        found = bench.query("SELECT Id FROM Contact WHERE Email = 'A77777@x.example'")
        assert found["totalSize"] == 1
        assert time.process_time() - begun < 0.1
        new = bench.make("Contact", LastName="New")
        token = bench.known["access_token"]
    again = make_side(path=path)
    assert not again.empty
    assert again.get("Contact", new)["LastName"] == "New"
    with served(again) as bench:
        assert bench.known["access_token"] == token
        other = bench.make("Contact", LastName="Newer")
        assert other > new
        assert bench.query("SELECT COUNT() FROM Contact")["totalSize"] == MANY + 2
