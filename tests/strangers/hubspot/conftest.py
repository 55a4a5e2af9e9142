"""A served HubSpot account, and environments of their own for clients that we did not write.

Each stranger is installed once below `.build/strangers` and kept. Where it cannot be installed its tests skip and say
why; in CI (`CI=true`) they fail instead. Strangers with HubSpot's address written in are led to the twin by name
resolution (`redirect/sitecustomize.py`) and a certificate for that name: nothing of theirs is patched.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trueup.twin.hubspot.ids import make_id
from trueup.twin.hubspot.side import HubSpotSide
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.faults import Faults
from trueup.twin.kit.pipeline import wrap
from trueup.twin.kit.recorder import Recorder
from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.kit.tls import certificate

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[2]
ROOMS = REPO / ".build" / "strangers"
NAMES = ("api.hubapi.com", "api.hubspot.com", "app.hubspot.com")

PEOPLE, COMPANIES, DEALS = 230, 40, 60
STAGES = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent", "closedwon", "closedlost")


@dataclass
class Portal:
    """The account that a stranger meets: its side, its addresses, what was written to it."""

    side: HubSpotSide
    recorder: Recorder
    faults: Faults
    url: str
    tls_port: int
    certificate: Path

    @property
    def token(self) -> str:
        """The private app's token."""
        return str(self.side.credentials("")["access_token"])

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """What strangers sent, oldest first."""
        return list(self.recorder.requests("hubspot", since=since))

    def props(self, object_name: str, record_id: str) -> dict[str, Any]:
        """A record's properties as they stand."""
        return next(r["properties"] for r in self.side.dump(object_name) if r["id"] == str(record_id))

    def live(self, object_name: str) -> list[dict[str, Any]]:
        """The live records of a type."""
        return [r for r in self.side.dump(object_name) if not r["archived"]]


def _fill(side: HubSpotSide) -> None:
    side.load("owners", [{"id": "51", "email": "ann@twin.example", "firstName": "Ann", "lastName": "Lee", "userId": 7}])
    side.load("owners", [{"id": "52", "email": "bo@twin.example", "firstName": "Bo", "lastName": "Quist", "userId": 8}])
    side.load("contacts", [_person(n) for n in range(PEOPLE)])
    side.load("companies", [_company(n) for n in range(COMPANIES)])
    side.load("deals", [_deal(n) for n in range(DEALS)])
    at_work = [(make_id("contacts", n), make_id("companies", n % COMPANIES)) for n in range(PEOPLE)]
    side.associate_many("contacts", "companies", 1, at_work)
    side.associate_many("deals", "contacts", 3, [(make_id("deals", n), make_id("contacts", n)) for n in range(DEALS)])
    side.finish_loading()


def _person(n: int) -> dict[str, Any]:
    return {
        "id": make_id("contacts", n),
        "createdate": f"2025-01-{n % 28 + 1:02d}T00:00:00Z",
        "lastmodifieddate": f"2025-02-{n % 28 + 1:02d}T10:00:00.250Z",
        "email": f"person{n}@house{n % COMPANIES}.example",
        "firstname": f"First{n}",
        "lastname": f"Last{n}",
        "phone": f"+1 206 555 {n:04d}",
        "lifecyclestage": "lead",
        "hubspot_owner_id": "51" if n % 2 else "52",
        "associatedcompanyid": make_id("companies", n % COMPANIES),
    }


def _company(n: int) -> dict[str, Any]:
    return {
        "id": make_id("companies", n),
        "createdate": "2024-11-05T08:00:00Z",
        "hs_lastmodifieddate": f"2025-03-{n % 28 + 1:02d}T08:00:00.500Z",
        "name": f"House {n}",
        "domain": f"house{n}.example",
        "numberofemployees": str(10 * n + 5),
        "lifecyclestage": "lead",
    }


def _deal(n: int) -> dict[str, Any]:
    return {
        "id": make_id("deals", n),
        "createdate": "2025-04-01T09:00:00Z",
        "hs_lastmodifieddate": f"2025-05-{n % 28 + 1:02d}T09:00:00.750Z",
        "dealname": f"Deal {n}",
        "pipeline": "default",
        "dealstage": STAGES[n % len(STAGES)],
        "amount": str(1000 + n),
        "closedate": "2026-12-31T00:00:00Z",
        "hubspot_owner_id": "51",
    }


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    """A filled account of this test's own, on http and on https under HubSpot's name."""
    clock, faults = Clock(), Faults()
    recorder = Recorder(clock=clock)
    settings = {
        "properties": {"contacts": [{"name": "trueup_key", "type": "string", "hasUniqueValue": True}]},
        "switches": {"search_lag_seconds": 0, "limits": False, "account_type": "DEVELOPER_TEST"},
    }
    side = HubSpotSide(None, clock, recorder, settings)
    side.clock = clock  # type: ignore[attr-defined]
    _fill(side)
    app = wrap(side.app, "hubspot", clock, recorder, faults, side.expire_sessions)
    cert, key = certificate(tmp_path, NAMES)
    servers = Servers([Listener("http", app), Listener("https", app, tls=(cert, key))])
    servers.start()
    try:
        port = int(servers.urls["https"].rpartition(":")[2])
        yield Portal(side, recorder, faults, servers.urls["http"], port, cert)
    finally:
        servers.stop()
        side.close()


@dataclass
class Stranger:
    """An installed client, run in a process of its own against one account."""

    room: Path
    portal: Portal
    folder: Path

    @property
    def lead(self) -> Path:
        """What leads a node program with HubSpot's address written in to the twin: for `NODE_OPTIONS`."""
        return HERE / "redirect" / "lead.js"

    def environment(self, **more: str) -> dict[str, str]:
        """What the process sees: the twin's addresses and certificate, nothing of ours but that."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        ca = str(self.portal.certificate)
        return kept | {
            "TWIN_URL": self.portal.url,
            "TWIN_TOKEN": self.portal.token,
            "TWIN_TLS_PORT": str(self.portal.tls_port),
            "TWIN_CLIENT_ID": str(self.portal.side.credentials("")["client_id"]),
            "TWIN_CLIENT_SECRET": str(self.portal.side.credentials("")["client_secret"]),
            "TWIN_REFRESH_TOKEN": str(self.portal.side.credentials("")["refresh_token"]),
            "TWIN_DEVELOPER_KEY": str(self.portal.side.credentials("")["developer_api_key"]),
            "TWIN_APP_ID": str(self.portal.side.credentials("")["app_id"]),
            "SSL_CERT_FILE": ca,
            "REQUESTS_CA_BUNDLE": ca,
            "PYTHONPATH": str(HERE / "redirect"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_PROXY": "*",
            **more,
        }

    def run(
        self, *command: str, check: bool = True, timeout_s: float = 180, **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs one of the environment's programs (or `python`, or `node`) in the test's folder."""
        program = shutil.which(command[0]) if command[0] == "node" else str(self.room / "bin" / command[0])
        assert program
        done = subprocess.run(
            [program, *command[1:]], cwd=self.folder, env=self.environment(**more),
            capture_output=True, text=True, timeout=timeout_s,
        )  # fmt: skip
        if check and done.returncode:
            pytest.fail(f"{command} ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done

    def script(self, name: str, **more: str) -> Any:
        """Runs a script of `scripts/` with the stranger's interpreter; its last line of output is JSON."""
        runner = "node" if name.endswith("js") else "python"
        if runner == "node":
            more["NODE_PATH"] = str(self.room / "node_modules")
        done = self.run(runner, str(HERE / "scripts" / name), **more)
        return json.loads(done.stdout.strip().splitlines()[-1])


def _unavailable(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"a stranger is missing in CI: {reason}", pytrace=False)
    pytest.skip(reason)


def _room(kind: str, packages: tuple[str, ...]) -> Path:
    """The environment of some packages, made on first use; several test processes may ask at once."""
    digest = hashlib.sha256("\n".join((kind, sys.version, *packages)).encode()).hexdigest()[:10]
    plain = packages[0].rpartition("@")[0].rpartition("/")[2] if kind == "npm" else packages[0].partition("==")[0]
    room = ROOMS / f"hubspot-{plain}-{digest}"
    ROOMS.mkdir(parents=True, exist_ok=True)
    with (ROOMS / f".{room.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (room / ".done").exists():
            return room
        shutil.rmtree(room, ignore_errors=True)
        for command in _install(kind, room, packages):
            try:
                made = subprocess.run(command, capture_output=True, text=True, timeout=600)
            except (OSError, subprocess.TimeoutExpired) as error:
                _unavailable(f"{packages[0]}: {error}")
            if made.returncode:
                shutil.rmtree(room, ignore_errors=True)
                last = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
                _unavailable(f"{packages[0]} cannot be installed: {last}")
        (room / ".done").touch()
    return room


def _install(kind: str, room: Path, packages: tuple[str, ...]) -> list[list[str]]:
    if kind == "npm":
        if not (shutil.which("node") and shutil.which("npm")):
            _unavailable(f"{packages[0]} needs node and npm")
        room.mkdir(parents=True)
        (room / "package.json").write_text('{"private": true}')
        return [["npm", "install", "--no-audit", "--no-fund", "--prefix", str(room), *packages]]
    own = REPO / ".build" / "uv" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        _unavailable(f"{packages[0]} needs uv")
    assert uv
    python = ["--python", str(room / "bin" / "python")]
    return [
        [uv, "venv", "--quiet", "--python", sys.executable, str(room)],
        [uv, "pip", "install", "--quiet", *python, *packages],
    ]


@pytest.fixture
def stranger(portal: Portal, tmp_path: Path) -> Callable[..., Stranger]:
    """Makes a stranger from exact package versions: `stranger("hubspot3==3.2.56")`, `stranger("x@1.2", kind="npm")`."""

    def make(*packages: str, kind: str = "pypi") -> Stranger:
        return Stranger(_room(kind, packages), portal, tmp_path)

    return make
