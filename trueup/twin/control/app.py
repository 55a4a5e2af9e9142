"""The control port's HTTP API.

Every answer is JSON (NDJSON for dumps); every refusal is `{"error": "..."}` with 400.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from trueup.twin.control.snapshots import Snapshots
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.faults import ACTIONS, Fault, Faults
from trueup.twin.kit.recorder import Recorder

Handler = Callable[[Request], Awaitable[Response]]


class _Refused(ValueError):
    """A request to the control port that cannot be carried out."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """What the control port looks at and acts on; `sides` by name."""

    sides: Mapping[str, Any]
    clock: Clock
    recorder: Recorder
    faults: Faults
    ledger: Path
    snapshots: Snapshots
    credentials: Callable[[], dict[str, Any]]
    made: Mapping[str, Any]


def control_app(twin: Controlled, time_passes: Callable[[], None] = lambda: None) -> Starlette:
    """The application. `time_passes` does what is due by itself before anybody looks or acts."""
    api = _Control(twin)
    routes = [
        ("/state", api.state, ["GET"]),
        ("/ledger", api.ledger, ["GET"]),
        ("/credentials", api.credentials, ["GET"]),
        ("/requests", api.requests, ["GET"]),
        ("/writes", api.writes, ["GET"]),
        ("/faults", api.list_faults, ["GET"]),
        ("/faults", api.add_fault, ["POST"]),
        ("/faults", api.clear_faults, ["DELETE"]),
        ("/clock", api.clock, ["GET", "POST"]),
        ("/edit", api.edit, ["POST"]),
        ("/create", api.create, ["POST"]),
        ("/delete", api.delete, ["POST"]),
        ("/undelete", api.undelete, ["POST"]),
        ("/merge", api.merge, ["POST"]),
        ("/dump", api.dump, ["GET"]),
        ("/switch", api.switch, ["POST"]),
        ("/expire-sessions", api.expire_sessions, ["POST"]),
        ("/snapshot", api.snapshot, ["POST"]),
        ("/diff", api.diff, ["GET"]),
        ("/integration", api.integration, ["GET"]),
    ]
    return Starlette(
        routes=[Route(path, _edge(handler, time_passes), methods=methods) for path, handler, methods in routes]
    )


class _Control:
    def __init__(self, twin: Controlled) -> None:
        self._twin = twin

    async def state(self, _: Request) -> Response:
        return _json(
            {
                "made": dict(self._twin.made),
                "clock": self._clock_state(),
                "counts": self._twin.recorder.counts,
                "faults": self._twin.faults.rules(),
                "switches": {name: side.switches() for name, side in self._twin.sides.items()},
                "objects": {name: list(side.objects()) for name, side in self._twin.sides.items()},
            }
        )

    async def ledger(self, _: Request) -> Response:
        if not self._twin.ledger.exists():
            raise _Refused("there is no ledger: this state was not made from a world")
        return FileResponse(self._twin.ledger, media_type="application/json")

    async def credentials(self, _: Request) -> Response:
        return _json(self._twin.credentials())

    async def requests(self, request: Request) -> Response:
        since, limit, side = _range(request)
        method = request.query_params.get("method")
        return _json(list(self._twin.recorder.requests(side, since, limit, method.upper() if method else None)))

    async def writes(self, request: Request) -> Response:
        since, limit, side = _range(request)
        return _json(list(self._twin.recorder.writes(side, since, limit)))

    async def list_faults(self, _: Request) -> Response:
        outages = {name: sorted(self._outages(name)) for name in self._twin.sides}
        return _json({"faults": self._twin.faults.rules(), "actions": list(ACTIONS), "outages": outages})

    async def add_fault(self, request: Request) -> Response:
        given = await _body(request)
        fault = Fault.of(self._outage(given))
        if fault.side:
            self._side(fault.side)
        return _json({"id": self._twin.faults.add(fault)}, 201)

    async def clear_faults(self, request: Request) -> Response:
        number = request.query_params.get("id")
        return _json({"lifted": self._twin.faults.clear(int(number) if number else None)})

    async def clock(self, request: Request) -> Response:
        if request.method == "POST":
            given = await _body(request)
            known = {"set", "advance", "freeze", "thaw"}
            if not given or set(given) - known:
                raise _Refused("say one of: set (ISO time), advance (seconds), freeze, thaw")
            if "set" in given:
                self._twin.clock.set(datetime.fromisoformat(str(given["set"]).replace("Z", "+00:00")))
            if "advance" in given:
                self._twin.clock.advance(float(given["advance"]))
            if given.get("freeze"):
                self._twin.clock.freeze()
            if given.get("thaw"):
                self._twin.clock.thaw()
        return _json(self._clock_state())

    async def edit(self, request: Request) -> Response:
        side, name, given = await self._asked(request, "id", "values")
        record = side.edit(name, given["id"], given["values"], user=given.get("user"))
        return _json({"edited": given["id"], "record": record})

    async def create(self, request: Request) -> Response:
        side, name, given = await self._asked(request, "values")
        made = side.create(name, given["values"], user=given.get("user"))
        return _json({"created": made["id"] if isinstance(made, dict) else made}, 201)

    async def delete(self, request: Request) -> Response:
        side, name, given = await self._asked(request, "id")
        side.delete(name, given["id"])
        return _json({"deleted": given["id"]})

    async def undelete(self, request: Request) -> Response:
        side, name, given = await self._asked(request, "id")
        side.undelete(name, given["id"])
        return _json({"restored": given["id"]})

    async def merge(self, request: Request) -> Response:
        side, name, given = await self._asked(request, "survivor", "losers")
        left = side.merge(name, given["survivor"], list(given["losers"]))
        return _json({"survivor": left or given["survivor"]})

    async def dump(self, request: Request) -> Response:
        side = self._side(request.query_params.get("side", ""))
        name = request.query_params.get("object", "")
        if name not in side.objects():
            raise _Refused(f"unknown object {name!r}; there are: {', '.join(side.objects())}")

        def lines() -> Iterator[bytes]:
            for row in side.dump(name):
                yield orjson.dumps(row, default=str) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def switch(self, request: Request) -> Response:
        given = await _body(request, "side", "name", "value")
        side = self._side(given["side"])
        side.set_switch(given["name"], given["value"])
        return _json(side.switches())

    async def expire_sessions(self, request: Request) -> Response:
        given = await _body(request)
        names = [given["side"]] if given.get("side") else list(self._twin.sides)
        for name in names:
            self._side(name).expire_sessions()
        return _json({"expired": names})

    async def snapshot(self, _: Request) -> Response:
        return _json({"snapshot": self._twin.snapshots.take(self._twin.sides)}, 201)

    async def diff(self, request: Request) -> Response:
        number = int(request.query_params.get("snapshot", "0"))
        if not self._twin.snapshots.has(number):
            raise _Refused(f"there is no snapshot {number}")
        ignore = frozenset(part for part in request.query_params.get("ignore", "").split(",") if part)
        return _json(list(self._twin.snapshots.diff(number, self._twin.sides, ignore)))

    async def integration(self, _: Request) -> Response:
        found = self._side("hubspot").integration
        return _json(found.state() if found is not None else {"on": False, "ticks": 0, "last_ms": None, "errors": []})

    async def _asked(self, request: Request, *needed: str) -> tuple[Any, str, dict[str, Any]]:
        """The side and the object that a request acts on, and all that it says."""
        given = await _body(request, "side", "object", *needed)
        return self._side(given["side"]), given["object"], given

    def _side(self, name: object) -> Any:
        if name not in self._twin.sides:
            raise _Refused(f"unknown side {name!r}; there are: {', '.join(self._twin.sides)}")
        return self._twin.sides[str(name)]

    def _outages(self, side: str) -> Mapping[str, Mapping[str, Any]]:
        """The ready faults of a side by name; a side may have none."""
        known = getattr(self._side(side), "outages", None)
        return known() if known is not None else {}

    def _outage(self, given: dict[str, Any]) -> dict[str, Any]:
        """A fault with the status, headers and body of the outage that it names; what it says itself comes first."""
        if "outage" not in given:
            return given
        name, rest = given["outage"], {k: v for k, v in given.items() if k != "outage"}
        known = self._outages(str(given.get("side", "")))
        if name not in known:
            raise _Refused(f"unknown outage {name!r} of {given.get('side')}; there are: {', '.join(known) or 'none'}")
        return {**known[name], **rest}

    def _clock_state(self) -> dict[str, Any]:
        return {"now": self._twin.clock.now().isoformat(), "frozen": self._twin.clock.frozen}


def _edge(handler: Handler, time_passes: Callable[[], None]) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            time_passes()
            return await handler(request)
        except Exception as error:  # the outermost edge of a tool for tests: say what went wrong, go on serving
            text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            return _json({"error": text or type(error).__name__, "kind": type(error).__name__}, 400)

    return guarded


async def _body(request: Request, *needed: str) -> dict[str, Any]:
    raw = await request.body()
    try:
        given = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise _Refused(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise _Refused("the body must be a JSON object")
    missing = [name for name in needed if name not in given]
    if missing:
        raise _Refused(f"missing: {', '.join(missing)}")
    return given


def _range(request: Request) -> tuple[int, int | None, str | None]:
    query = request.query_params
    limit = query.get("limit")
    return int(query.get("since", "0")), int(limit) if limit else None, query.get("side") or None


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value, default=str), status, media_type="application/json")
