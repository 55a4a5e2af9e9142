"""What the Salesforce tests share: a small org, a clock and a recorder of their own, a server, and the mounted adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from trueup.twin.kit.clock import Clock
from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.salesforce.side import SalesforceSide

NOW = datetime(2026, 5, 6, 12, 0, 0, tzinfo=UTC)

SETTINGS: dict[str, Any] = {
    "custom_fields": {
        "Lead": [
            {"name": "HubSpot_Id__c", "type": "text", "length": 30, "external_id": True, "unique": True},
            {"name": "Tags__c", "type": "multipicklist", "values": ["A", "B", "C"]},
            {
                "name": "Trueup_Key__c",
                "type": "text",
                "length": 64,
                "external_id": True,
                "unique": True,
                "case_sensitive": True,
            },
        ],
        "Contact": [{"name": "HubSpot_Id__c", "type": "text", "length": 30, "external_id": True, "unique": True}],
        "Account": [{"name": "Ext__c", "type": "text", "length": 30, "external_id": True}],
    },
    "custom_objects": {"Thing__c": {"fields": [{"name": "Parent__c", "type": "lookup", "refers_to": "Account"}]}},
}


class Heard:
    """A recorder that keeps what it hears."""

    def __init__(self) -> None:
        self.writes: list[tuple[str, str, str]] = []
        self.rows: list[tuple[Any, Any]] = []

    def commit(self, side: str, *what: Any) -> None:
        sobject, record_id, action, before, after = what
        assert side == "salesforce"
        self.writes.append((sobject, record_id, action))
        self.rows.append((before, after))


def make_side(settings: Mapping[str, Any] | None = None, path: Any = ":memory:") -> SalesforceSide:
    """A fresh org whose clock stands still."""
    clock = Clock(NOW)
    clock.freeze()
    side = SalesforceSide(path, clock, Heard(), SETTINGS if settings is None else settings)
    side.finish_loading()
    return side


class Loopback(HTTPAdapter):
    """Sends what is meant for https anywhere to a plain-http server here."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.netloc = urlsplit(base_url).netloc

    def send(self, request: Any, **kw: Any) -> Any:
        split = urlsplit(request.url)
        request.url = urlunsplit(("http", self.netloc, split.path, split.query, ""))
        kw["proxies"] = {}
        return super().send(request, **kw)


class Bench:
    """A served org and ways to call it."""

    def __init__(self, side: SalesforceSide, url: str) -> None:
        self.side = side
        self.url = url
        self.known = side.credentials(url)
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.known['access_token']}"

    @property
    def heard(self) -> Heard:
        recorder = self.side.recorder
        assert isinstance(recorder, Heard)
        return recorder

    def mounted(self) -> requests.Session:
        session = requests.Session()
        session.mount("https://", Loopback(self.url))
        return session

    def client(self, **how: Any) -> Salesforce:
        """simple-salesforce, unmodified, over the mounted adapter; a direct session unless told otherwise."""
        how = how or {"session_id": self.known["access_token"], "instance": "acme.my.salesforce.com"}
        return Salesforce(session=self.mounted(), version="59.0", **how)

    def call(self, method: str, path: str, **kw: Any) -> requests.Response:
        if not path.startswith("/"):
            path = f"/services/data/v59.0/{path}"
        return self.http.request(method, self.url + path, **kw)

    def query(self, soql: str, all_rows: bool = False, **kw: Any) -> dict[str, Any]:
        answer = self.call("GET", "queryAll" if all_rows else "query", params={"q": soql}, **kw)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def error(self, soql: str) -> dict[str, Any]:
        answer = self.call("GET", "query", params={"q": soql})
        assert answer.status_code == 400, answer.text
        return answer.json()[0]

    def make(self, sobject: str, **values: Any) -> str:
        answer = self.call("POST", f"sobjects/{sobject}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def row(self, sobject: str, record_id: str) -> dict[str, Any]:
        found = self.side.get(sobject, record_id)
        assert found is not None
        return found

    def soap(self, body: str, token: str | None = None) -> requests.Response:
        session = self.known["access_token"] if token is None else token
        text = (
            '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:u="urn:partner.soap.sforce.com" '
            'xmlns:s="urn:sobject.partner.soap.sforce.com"><e:Header><u:SessionHeader><u:sessionId>'
            f"{session}</u:sessionId></u:SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
        )
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
        return requests.post(f"{self.url}/services/Soap/u/59.0", data=text.encode(), headers=headers)


@contextmanager
def served(side: SalesforceSide) -> Iterator[Bench]:
    """Serve a side on a free port."""
    servers = Servers([Listener("salesforce", side.app)])
    servers.start()
    bench = Bench(side, servers.urls["salesforce"])
    try:
        yield bench
    finally:
        bench.http.close()
        servers.stop()
        side.close()
