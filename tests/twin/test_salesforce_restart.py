"""A twin with a saved state that is stopped and started: its clients go on where they were."""

from __future__ import annotations

import requests
from salesforce_bench import NOW, SETTINGS, Bench, Heard, make_side, served

from trueup.twin.kit.clock import Clock
from trueup.twin.salesforce.side import SalesforceSide


def again(path, moved_s: float = 0, settings=SETTINGS) -> SalesforceSide:
    """The same org in another process, some seconds later."""
    clock = Clock(NOW)
    clock.freeze()
    clock.advance(moved_s)
    return SalesforceSide(path, clock, Heard(), settings)


def login(bench: Bench) -> str:
    form = {
        "grant_type": "password", "client_id": bench.known["client_id"], "client_secret": bench.known["client_secret"],
        "username": bench.known["username"], "password": bench.known["password"],
    }  # fmt: skip
    return str(requests.post(bench.url + "/services/oauth2/token", data=form).json()["access_token"])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_sessions_outlive_a_restart_and_their_end_does_too(tmp_path):
    path = tmp_path / "sf.db"
    with served(make_side(path=path)) as bench:
        kept, revoked = login(bench), login(bench)
        requests.post(bench.url + "/services/oauth2/revoke", data={"token": revoked})
        preset = bench.known["access_token"]
    with served(again(path, 3600)) as bench:
        assert bench.call("GET", "limits", headers=bearer(kept)).status_code == 200
        assert bench.call("GET", "limits", headers=bearer(revoked)).status_code == 401
        assert bench.known["access_token"] == preset
        assert login(bench) not in {kept, revoked}
    with served(again(path, 3600 + 7201)) as bench:  # inactive for longer than two hours
        assert bench.call("GET", "limits", headers=bearer(kept)).status_code == 401


def test_a_revoked_token_of_the_ready_line_is_replaced_at_the_next_start(tmp_path):
    path = tmp_path / "sf.db"
    with served(make_side(path=path)) as bench:
        before = dict(bench.known)
        for name in ("access_token", "refresh_token"):
            assert requests.post(bench.url + "/services/oauth2/revoke", data={"token": before[name]}).status_code == 200
    with served(again(path)) as bench:
        assert bench.call("GET", "limits", headers=bearer(before["access_token"])).status_code == 401
        assert bench.call("GET", "limits").status_code == 200
        form = {"grant_type": "refresh_token", "client_id": bench.known["client_id"]}
        tried = [
            requests.post(bench.url + "/services/oauth2/token", data={**form, "refresh_token": t}).status_code
            for t in (before["refresh_token"], bench.known["refresh_token"])
        ]
        assert tried == [400, 200]


def test_query_pages_go_on_after_a_restart_those_of_subqueries_too(tmp_path):
    path = tmp_path / "sf.db"
    side = make_side(path=path)
    with served(side) as bench:
        account = bench.make("Account", Name="A")
        contacts = side.schema.objects["Contact"]
        side.store.load(contacts, [{"Id": f"003Hn00000{k:05d}AAA", "LastName": f"L{k:05d}", "AccountId": account} for k in range(2500)])  # fmt: skip
        plain = bench.query("SELECT Id, LastName FROM Contact ORDER BY LastName")
        nested = bench.query("SELECT Id, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account")
        below = nested["records"][0]["Contacts"]
    with served(again(path)) as bench:
        rest = bench.call("GET", plain["nextRecordsUrl"]).json()
        assert (rest["done"], len(rest["records"]), rest["records"][0]["LastName"]) == (True, 500, "L02000")
        more = bench.call("GET", below["nextRecordsUrl"]).json()
        assert (more["done"], [r["LastName"] for r in more["records"]][:1]) == (True, ["L02000"])
        fresh = bench.query("SELECT Id FROM Contact")["nextRecordsUrl"]
        assert fresh not in {plain["nextRecordsUrl"], below["nextRecordsUrl"]}
    with served(again(path, 2 * 86_400 + 1)) as bench:
        dead = bench.call("GET", plain["nextRecordsUrl"])
        assert (dead.status_code, dead.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_cursors_that_were_ended_stay_ended(tmp_path):
    path = tmp_path / "sf.db"
    side = make_side(path=path)
    with served(side) as bench:
        side.store.load(side.schema.objects["Lead"], [{"Id": f"00QHn00000{k:05d}AAA", "LastName": "L", "Company": "C"} for k in range(2001)])  # fmt: skip
        url = bench.query("SELECT Id FROM Lead")["nextRecordsUrl"]
        side.expire_cursors()
    with served(again(path)) as bench:
        assert bench.call("GET", url).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_the_calls_of_the_last_day_are_counted_on(tmp_path):
    path = tmp_path / "sf.db"
    with served(make_side(path=path)) as bench:
        for _ in range(30):
            used = bench.call("GET", "limits").headers["Sforce-Limit-Info"]
        assert used == "api-usage=30/100000"
    with served(again(path, 3600)) as bench:
        assert bench.call("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=31/100000"
    with served(again(path, 86_400 + 3700)) as bench:
        assert bench.call("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/100000"


def test_the_log_ins_of_the_last_hour_are_counted_on(tmp_path):
    path = tmp_path / "sf.db"
    settings = {**SETTINGS, "switches": {"logins_per_hour": 2}}

    def logins(bench: Bench, times: int) -> list[str]:
        form = {
            "grant_type": "password", "client_id": bench.known["client_id"],
            "client_secret": bench.known["client_secret"], "username": bench.known["username"],
            "password": bench.known["password"],
        }  # fmt: skip
        answers = [requests.post(bench.url + "/services/oauth2/token", data=form).json() for _ in range(times)]
        return [answer.get("error", "in") for answer in answers]

    with served(make_side(settings, path)) as bench:
        assert logins(bench, 1) == ["in"]
    with served(again(path, 1800, settings)) as bench:
        assert logins(bench, 2) == ["in", "rate_limit_exceeded"]
    with served(again(path, 3601, settings)) as bench:  # the first is an hour old
        assert logins(bench, 2) == ["in", "rate_limit_exceeded"]


def test_a_write_that_was_to_show_later_is_not_lost_by_a_stop(tmp_path):
    path = tmp_path / "sf.db"
    side = make_side(path=path)
    with served(side) as bench:
        there = bench.make("Lead", LastName="L", Company="C")
        side.set_switch("late_commit_s", 300)
        side.edit("Lead", there, {"Title": "Late"})
        made = side.create("Lead", {"LastName": "Later", "Company": "C"})
        assert bench.row("Lead", there)["Title"] is None
    with served(again(path, 60)) as bench:
        assert bench.row("Lead", there)["Title"] == "Late"
        assert (bench.row("Lead", made)["LastName"], bench.row("Lead", made)["CreatedDate"]) == (
            "Later",
            "2026-05-06T12:00:00.000+0000",
        )
