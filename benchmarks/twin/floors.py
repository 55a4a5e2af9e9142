"""What the twin is held against: the same bytes from an app that does nothing else, the same rows out of SQLite."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from benchmarks.twin.reads import SF_FIELDS


class Bare:
    """A starlette app in a process of its own that answers each path with the bytes it was given for it."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(dict(bodies), there), daemon=True)
        self._process.start()
        self.url: str = self._pipe.recv()

    def close(self) -> None:
        """End the process."""
        self._pipe.send("stop")
        self._process.join(30)


def _serve(bodies: Mapping[str, bytes], pipe: Any) -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from trueup.twin.kit.serving import Listener, Servers

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(bodies[request.path_params["name"]], media_type="application/json")

    app = Starlette(routes=[Route("/{name}", answer)])
    servers = Servers([Listener("bare", app)])
    servers.start()
    pipe.send(servers.urls["bare"])
    pipe.recv()
    servers.stop()


def from_sqlite(state: Path, limit: int) -> float:
    """Contacts a second that SQLite and the JSON writer give by themselves."""
    names = [name.strip() for name in SF_FIELDS.split(",")]
    columns = ", ".join(f'"{name}"' for name in names)
    sql = f'SELECT {columns} FROM "Contact" WHERE "IsDeleted" = 0 ORDER BY "SystemModstamp", "Id" LIMIT {limit}'
    con = sqlite3.connect(f"file:{state / 'salesforce.db'}?mode=ro", uri=True)
    begun, read = time.perf_counter(), 0
    cursor = con.execute(sql)
    while rows := cursor.fetchmany(2000):
        json.loads(orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]))
        read += len(rows)
    spent = time.perf_counter() - begun
    con.close()
    return read / spent
