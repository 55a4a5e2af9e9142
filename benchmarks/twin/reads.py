"""The common reads of both sides, each a function that sends one request and says how many records came."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

SF_FIELDS = "Id, FirstName, LastName, Email, Phone, Title, AccountId, OwnerId, CreatedDate, SystemModstamp"
HS_FIELDS = ["firstname", "lastname", "email", "phone", "jobtitle", "lifecyclestage", "createdate", "lastmodifieddate"]


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer: records in it, and the body, for the floor."""

    records: int
    body: bytes


Read = Callable[[], Sent]


class _Client:
    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, **given: Any) -> requests.Response:
        answer = self.http.request(method, self.url + path, timeout=1200, **given)
        answer.raise_for_status()
        return answer


class Salesforce(_Client):
    """One client of the Salesforce side."""

    def __init__(self, ready: Mapping[str, Any]) -> None:
        super().__init__(ready["url"], ready["access_token"])
        self.root = "/services/data/v59.0"

    def query(self, soql: str) -> requests.Response:
        """One page of a query."""
        return self.ask("GET", f"{self.root}/query", params={"q": soql})

    def reads(self) -> dict[str, Read]:
        """The reads by name."""
        newest = self.query(
            "SELECT Id, Email, SystemModstamp FROM Contact ORDER BY SystemModstamp DESC LIMIT 2000"
        ).json()
        one = newest["records"][0]
        since = newest["records"][-1]["SystemModstamp"].replace("+0000", "Z")
        everything = f"SELECT {SF_FIELDS} FROM Contact ORDER BY SystemModstamp, Id"
        first = self.query(everything).json()
        following = first.get("nextRecordsUrl")

        def rows(soql: str) -> Read:
            return lambda: _page(self.query(soql), "records")

        def record() -> Sent:
            return Sent(1, self.ask("GET", f"{self.root}/sobjects/Contact/{one['Id']}").content)

        def change() -> Sent:
            return Sent(
                1, self.ask("PATCH", f"{self.root}/sobjects/Contact/{one['Id']}", json={"Title": "CTO"}).content
            )

        out: dict[str, Read] = {
            "GET one record": record,
            "query by Id": rows(f"SELECT Id, Name FROM Contact WHERE Id = '{one['Id']}'"),
            "query by Email": rows(f"SELECT Id, Name FROM Contact WHERE Email = '{one['Email']}'"),
            "query of what changed, 2,000 rows": rows(
                f"SELECT {SF_FIELDS} FROM Contact WHERE SystemModstamp >= {since} ORDER BY SystemModstamp, Id"
            ),
            "query of everything, first page": rows(everything),
        }
        if following:
            out["query of everything, next page"] = lambda: _page(self.ask("GET", following), "records")
        out["COUNT()"] = lambda: Sent(0, self.query("SELECT COUNT() FROM Contact").content)
        out["PATCH one record"] = change
        return out

    def bulk(self) -> tuple[int, float, float]:
        """Read all contacts by Bulk 2.0; gives the records, the seconds of the job and those of reading."""
        body = {"operation": "query", "query": f"SELECT {SF_FIELDS} FROM Contact"}
        begun = time.perf_counter()
        job = self.ask("POST", f"{self.root}/jobs/query", json=body).json()["id"]
        while self.ask("GET", f"{self.root}/jobs/query/{job}").json()["state"] != "JobComplete":
            time.sleep(0.05)
        done, read, locator = time.perf_counter(), 0, ""
        while locator != "null":
            params = {"maxRecords": "50000", "locator": locator}
            answer = self.ask("GET", f"{self.root}/jobs/query/{job}/results", params=params)
            read += sum(1 for _ in csv.reader(io.StringIO(answer.text))) - 1
            locator = answer.headers["Sforce-Locator"]
        ended = time.perf_counter()
        self.ask("DELETE", f"{self.root}/jobs/query/{job}")
        return read, done - begun, ended - done


class HubSpot(_Client):
    """One client of the HubSpot side."""

    def __init__(self, ready: Mapping[str, Any]) -> None:
        super().__init__(ready["url"], ready["access_token"])

    def reads(self) -> dict[str, Read]:
        """The reads by name."""
        path = "/crm/v3/objects/contacts"
        params = {"limit": "100", "properties": ",".join(HS_FIELDS), "associations": "companies"}
        first = self.ask("GET", path, params=params).json()
        one = first["results"][0]
        ids = [{"id": row["id"]} for row in first["results"]]
        email = next(r["properties"]["email"] for r in first["results"] if r["properties"]["email"])
        by_change = [{"propertyName": "lastmodifieddate", "direction": "DESCENDING"}]
        newest = self._search([], by_change, 200).json()
        since = newest["results"][-1]["properties"]["lastmodifieddate"]
        by_email = [{"propertyName": "email", "operator": "EQ", "value": email}]
        window = [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": since}]
        by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        batch = {"properties": HS_FIELDS, "inputs": ids}
        after = ((first.get("paging") or {}).get("next") or {}).get("after", "")

        def one_record() -> Sent:
            return Sent(1, self.ask("GET", f"{path}/{one['id']}", params={"properties": params["properties"]}).content)

        def change() -> Sent:
            return Sent(1, self.ask("PATCH", f"{path}/{one['id']}", json={"properties": {"jobtitle": "CTO"}}).content)

        ties = "/crm/v4/associations/contacts/companies/batch/read"
        return {
            "GET one record": one_record,
            "list page of 100 with companies": lambda: _page(
                self.ask("GET", path, params={**params, "after": after}), "results"
            ),
            "batch read of 100": lambda: _page(self.ask("POST", f"{path}/batch/read", json=batch), "results"),
            "search by email": lambda: _page(self._search(by_email, [], 10), "results"),
            "search of what changed, 200 rows": lambda: _page(self._search(window, by_id, 200), "results"),
            "search of all, newest 200": lambda: _page(self._search([], by_change, 200), "results"),
            "search: how many in all": lambda: Sent(0, self._search([], [], 1).content),
            "associations of 100": lambda: _page(self.ask("POST", ties, json={"inputs": ids}), "results"),
            "PATCH one record": change,
        }

    def _search(self, filters: list[Any], sorts: list[Any], limit: int) -> requests.Response:
        body: dict[str, Any] = {"properties": HS_FIELDS, "limit": limit, "sorts": sorts}
        if filters:
            body["filterGroups"] = [{"filters": filters}]
        return self.ask("POST", "/crm/v3/objects/contacts/search", json=body)


def _page(answer: requests.Response, key: str) -> Sent:
    return Sent(len(answer.json()[key]), answer.content)
