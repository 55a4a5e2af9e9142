"""What a user sees less: feeds under sharing, activities of one record, deprecated versions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from salesforce_bench import NOW, SETTINGS, make_side, served

USERS = {
    **SETTINGS,
    "users": [{"username": "rep@acme.example", "permissions": {"only_own": ["Lead"]}}],
}


def test_the_feeds_tell_what_the_user_had_access_to_and_sharing_deletes_nothing():
    with served(make_side(USERS)) as bench:
        rep = bench.known["users"][0]
        own = bench.make("Lead", LastName="Own", Company="C", OwnerId=rep["user_id"])
        gone = bench.make("Lead", LastName="Gone", Company="C", OwnerId=rep["user_id"])
        other = bench.make("Lead", LastName="Other", Company="C")
        taken = bench.make("Lead", LastName="Taken", Company="C", OwnerId=rep["user_id"])
        bench.side.org.clock.advance(60)
        bench.call("DELETE", f"sobjects/Lead/{gone}")
        bench.call("DELETE", f"sobjects/Lead/{other}")
        bench.call("PATCH", f"sobjects/Lead/{taken}", json={"OwnerId": bench.side.known.user_id})
        bench.side.org.clock.advance(120)
        window = {"start": NOW.isoformat(), "end": (NOW + timedelta(minutes=3)).isoformat()}
        as_rep = {"Authorization": f"Bearer {rep['access_token']}"}

        def feed(kind: str, headers: dict[str, str] | None = None) -> set[str]:
            body = bench.call("GET", f"sobjects/Lead/{kind}", params=window, headers=headers).json()
            return set(body["ids"]) if kind == "updated" else {r["id"] for r in body["deletedRecords"]}

        assert feed("deleted") == {gone, other}
        assert feed("deleted", as_rep) == {gone}  # what is no longer shared was not deleted
        assert feed("updated", as_rep) == {own}
        assert feed("updated") == {own, taken}
        bench.soap(f"<u:emptyRecycleBin><u:ids>{gone}</u:ids><u:ids>{other}</u:ids></u:emptyRecycleBin>")
        assert feed("deleted", as_rep) == {gone}


def test_an_end_in_the_future_is_refused_by_rest_and_taken_for_now_by_soap():
    with served(make_side()) as bench:
        lead = bench.make("Lead", LastName="L", Company="C")
        bench.side.org.clock.advance(180)
        window = {"start": "2026-05-06T11:00:00Z", "end": "2026-05-07T00:00:00Z"}
        refused = bench.call("GET", "sobjects/Lead/updated", params=window)
        assert refused.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"
        asked = "".join(f"<u:{k}Date>{v}</u:{k}Date>" for k, v in window.items())
        text = bench.soap(f"<u:getUpdated><u:sObjectType>Lead</u:sObjectType>{asked}</u:getUpdated>").text
        assert f"<ids>{lead}</ids>" in text
        assert "<latestDateCovered>2026-05-06T12:03:00.000Z</latestDateCovered>" in text


GOOD = "SELECT Subject FROM {} ORDER BY ActivityDate {}, LastModifiedDate DESC LIMIT 500"


@pytest.mark.parametrize(
    ("inner", "where", "says"),
    [
        (GOOD.format("ActivityHistories", "DESC"), "WHERE Id = '{}'", ""),
        (GOOD.format("OpenActivities", "ASC"), "WHERE Id IN ('{}')", ""),
        (GOOD.format("ActivityHistories", "ASC"), "WHERE Id = '{}'", "sort order: ActivityDate DESC, LastModifiedDate DESC"),
        ("SELECT Subject FROM OpenActivities LIMIT 500", "WHERE Id = '{}'", "sort order: ActivityDate ASC"),
        (GOOD.format("ActivityHistories", "DESC").replace("500", "501"), "WHERE Id = '{}'", "LIMIT of 500"),
        ("SELECT Subject FROM ActivityHistories WHERE IsTask = true LIMIT 5", "WHERE Id = '{}'", "leave out the WHERE"),
        (GOOD.format("ActivityHistories", "DESC"), "WHERE Name LIKE 'A%'", "the Id of one record"),
    ],
)  # fmt: skip
def test_activities_of_one_record_are_listed_as_the_interface_does_for_users_who_do_not_see_all(inner, where, says):
    with served(make_side(USERS)) as bench:
        account = bench.make("Account", Name="A")
        soql = f"SELECT ({inner}) FROM Account {where.format(account)}"
        assert bench.call("GET", "query", params={"q": soql}).status_code == 200  # an administrator
        as_rep = {"Authorization": f"Bearer {bench.known['users'][0]['access_token']}"}
        answer = bench.call("GET", "query", params={"q": soql}, headers=as_rep)
        if not says:
            assert answer.status_code == 200, answer.text
        else:
            error = answer.json()[0]
            assert (answer.status_code, error["errorCode"]) == (400, "MALFORMED_QUERY")
            assert "There is an implementation restriction on" in error["message"]
            assert says in error["message"]


def test_calls_of_a_deprecated_version_are_warned_of():
    with served(make_side()) as bench:
        old = bench.call("GET", "/services/data/v31.0/limits")
        assert old.headers["Warning"].startswith('299 - "This API is deprecated and will be removed')
        assert "Warning" not in bench.call("GET", "limits").headers
        bench.side.set_switch("deprecated_below", 0)
        assert "Warning" not in bench.call("GET", "/services/data/v31.0/limits").headers


def test_bulk_says_what_it_cannot_query_in_the_words_of_its_api():
    with served(make_side()) as bench:
        nested = "SELECT Name, (SELECT LastName FROM Contacts) FROM Account"
        two = bench.call("POST", "jobs/query", json={"operation": "query", "query": nested}).json()[0]
        assert f"{two['errorCode']}: {two['message']}" == (
            "API_ERROR: Aggregate Relationships not supported in Bulk V2 Query with CSV content type"
        )

        def batch(sobject: str) -> str:
            headers = {"X-SFDC-Session": bench.known["access_token"], "Content-Type": "application/json"}
            body = {"operation": "query", "object": sobject, "contentType": "CSV"}
            job = bench.call("POST", "/services/async/59.0/job", json=body, headers=headers).json()["id"]
            headers["Content-Type"] = "text/csv"
            bench.call("POST", f"/services/async/59.0/job/{job}/batch", data=nested, headers=headers)
            return bench.call("GET", f"/services/async/59.0/job/{job}/batch", headers=headers).text

        assert "FeatureNotEnabled : Aggregate Relationships not supported in Bulk Query with CSV content type" in batch("Account")  # fmt: skip
        mismatch = "The root entity of the requested query (Account) does not match the entity of the requested Bulk API Job (Contact)"
        assert f"INVALID_TYPE_FOR_OPERATION: {mismatch}" in batch("Contact")
