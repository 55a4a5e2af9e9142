"""A twin for tests: `with running(people=50) as twin: ...`, served by threads of this very process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from trueup.twin.serve import Twin


class Control:
    """A small client of the control port."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, verb: str, path: str, body: Mapping[str, Any] | None = None, **query: object) -> Any:
        """One call; raises ValueError with the port's own sentence when it refuses."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        answer = self._session.request(verb, self.url + path, json=body, params=params, timeout=120)
        if answer.status_code >= 400:
            raise ValueError(answer.json().get("error", answer.text))
        return answer.json()

    def state(self) -> Any:
        """What the twin is made of and where its clock stands."""
        return self.call("GET", "/state")

    def ledger(self) -> Any:
        """The ledger, whole."""
        return self.call("GET", "/ledger")

    def requests(self, side: str | None = None, since: int = 0, method: str | None = None) -> list[dict[str, Any]]:
        """Requests received, oldest first."""
        found: list[dict[str, Any]] = self.call("GET", "/requests", side=side, since=since, method=method)
        return found

    def writes(self, side: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Writes committed, oldest first."""
        found: list[dict[str, Any]] = self.call("GET", "/writes", side=side, since=since)
        return found

    def fault(self, **rule: Any) -> int:
        """Put a fault in force; gives its number."""
        number: int = self.call("POST", "/faults", rule)["id"]
        return number

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, with how often each struck."""
        found: list[dict[str, Any]] = self.call("GET", "/faults")["faults"]
        return found

    def clear_faults(self) -> None:
        """Lift every fault."""
        self.call("DELETE", "/faults")

    def clock(self, **move: Any) -> Any:
        """Read the clock, or move it: set, advance, freeze, thaw."""
        return self.call("POST", "/clock", move) if move else self.call("GET", "/clock")

    def edit(self, side: str, object: str, id: str, values: Mapping[str, Any], user: Any = None) -> Any:  # noqa: A002
        """Edit as somebody in the CRM would."""
        body = {"side": side, "object": object, "id": id, "values": dict(values), "user": user}
        return self.call("POST", "/edit", body)

    def create(self, side: str, object: str, values: Mapping[str, Any]) -> str:  # noqa: A002
        """Make a record as somebody in the CRM would; gives its id."""
        made: str = self.call("POST", "/create", {"side": side, "object": object, "values": dict(values)})["created"]
        return made

    def delete(self, side: str, object: str, id: str) -> None:  # noqa: A002
        """Delete as somebody in the CRM would."""
        self.call("POST", "/delete", {"side": side, "object": object, "id": id})

    def merge(self, side: str, object: str, survivor: str, losers: list[str]) -> str:  # noqa: A002
        """Merge as somebody in the CRM would; gives the id of what is left."""
        body = {"side": side, "object": object, "survivor": survivor, "losers": losers}
        left: str = self.call("POST", "/merge", body)["survivor"]
        return left

    def dump(self, side: str, object: str) -> list[dict[str, Any]]:  # noqa: A002
        """Every row of an object as it stands."""
        answer = self._session.get(self.url + "/dump", params={"side": side, "object": object}, timeout=300)
        if answer.status_code >= 400:
            raise ValueError(answer.json()["error"])
        return [json.loads(line) for line in answer.content.splitlines()]

    def switch(self, side: str, name: str, value: Any) -> Any:
        """Turn a switch of a side."""
        return self.call("POST", "/switch", {"side": side, "name": name, "value": value})

    def expire_sessions(self, side: str | None = None) -> None:
        """End the sessions of one side, or of both."""
        self.call("POST", "/expire-sessions", {"side": side} if side else {})

    def snapshot(self) -> int:
        """Photograph the state of both sides."""
        number: int = self.call("POST", "/snapshot")["snapshot"]
        return number

    def diff(self, snapshot: int, ignore: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """What is not as it was, fields in `ignore` left aside."""
        found: list[dict[str, Any]] = self.call("GET", "/diff", snapshot=snapshot, ignore=",".join(ignore))
        return found

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


@dataclass(frozen=True, slots=True)
class Running:
    """A running twin: the ready line, the control client, and the twin itself for those who want to look inside."""

    ready: dict[str, Any]
    control: Control
    twin: Twin

    def ledger(self) -> Any:
        """The ledger, read from its file."""
        return json.loads(Path(self.ready["ledger"]).read_text("utf-8"))


@contextmanager
def running(
    people: int = 60, seed: int = 1, state: Path | None = None, world: Path | Mapping[str, Any] | None = None
) -> Iterator[Running]:
    """Serve a twin while the block runs. `world` may be a mapping, for example `{"faults": "none"}`."""
    with Twin(people, seed, state, world) as twin:
        control = Control(twin.ready["control"]["url"])
        try:
            yield Running(twin.ready, control, twin)
        finally:
            control.close()
