"""Connectors of others, unmodified, reading the same twin: Airbyte's for Salesforce, Meltano's Singer tap for HubSpot.

They are installed as the strangers of the tests are, in environments of their own, and led to the twin by a proxy or by
name resolution. Each is given its best terms: the few objects of the benchmark, one slice of time instead of many.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.calls.amounts import HUBSPOT, SALESFORCE
from benchmarks.served import Served

_TESTS = Path(__file__).resolve().parents[2] / "tests" / "strangers"
HOSTS = ("*.salesforce.com", "*.my.salesforce.com", "api.hubapi.com", "api.hubspot.com")
"""What the twin's certificate must hold for, besides loopback."""


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"_strangers_{path.stem}_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class NotHereError(RuntimeError):
    """A stranger that cannot be installed; the message says why."""


@dataclass
class Reading:
    """What a stranger read: rows by stream, and the state that its next reading begins from."""

    rows: Counter[str] = field(default_factory=Counter)
    state: Any = None


def _run(command: list[str], folder: Path, env: Mapping[str, str], out: Path) -> None:
    with out.open("w") as file, (folder / "stderr.txt").open("w") as errors:
        done = subprocess.run(command, cwd=folder, env=dict(env), stdout=file, stderr=errors, timeout=7200, check=False)
    if done.returncode:
        tail = (folder / "stderr.txt").read_text()[-1500:] + out.read_text()[-1500:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {tail}")


def _base(ca_file: str, folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith("TRUEUP")}
    kept.pop("PYTHONPATH", None)
    return {
        **kept,
        "REQUESTS_CA_BUNDLE": ca_file,
        "SSL_CERT_FILE": ca_file,
        "HOME": str(folder),
        "PYTHONWARNINGS": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class Airbyte:
    """airbyte-source-salesforce: Bulk 2.0 query jobs, incremental by SystemModstamp."""

    name = "airbyte-source-salesforce"
    side = "salesforce"

    def __init__(self, twin: Served, folder: Path) -> None:
        self._tools = _module(_TESTS / "salesforce" / "salesforce_strangers.py")
        try:
            self._home = self._tools.environment(self.name)
        except pytest.skip.Exception as reason:
            raise NotHereError(str(reason)) from reason
        self._folder = folder
        folder.mkdir(exist_ok=True)
        known = twin.ready["salesforce"]
        self._tunnel = self._tools.Tunnel(int(known["tls_url"].rpartition(":")[2]))
        proxy = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self._tunnel.url)
        local = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        self._env = _base(known["ca_file"], folder) | proxy | local
        config = {
            "auth_type": "Client",
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "refresh_token": known["refresh_token"],
            "start_date": "2018-01-01T00:00:00Z",
            "stream_slice_step": "P3650D",
            "streams_criteria": [{"criteria": "exacts", "value": name} for name in SALESFORCE],
        }
        self._config = folder / "airbyte.json"
        self._config.write_text(json.dumps(config))
        self._catalog: Path | None = None

    def _source(self, *args: str) -> list[str]:
        return [str(self._home / "bin" / "source-salesforce"), *args, "--config", str(self._config)]

    def prepare(self) -> None:
        """Discover the streams; not counted."""
        out = self._folder / "discovered.jsonl"
        _run(self._source("discover"), self._folder, self._env, out)
        streams = next(m["catalog"]["streams"] for m in _messages(out) if m["type"] == "CATALOG")
        chosen = [
            {
                "stream": s,
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
                "cursor_field": ["SystemModstamp"],
            }
            for s in streams
            if s["name"] in SALESFORCE
        ]
        self._catalog = self._folder / "airbyte-catalog.json"
        self._catalog.write_text(json.dumps({"streams": chosen}))

    def read(self, state: Any = None) -> Reading:
        """Read the streams, from the state on if one is given."""
        args = ["read", "--catalog", str(self._catalog)]
        if state is not None:
            file = self._folder / "state.json"
            file.write_text(json.dumps(state))
            args += ["--state", str(file)]
        out = self._folder / "read.jsonl"
        _run(self._source(*args), self._folder, self._env, out)
        reading, states = Reading(), {}
        for message in _messages(out):
            if message["type"] == "RECORD":
                reading.rows[message["record"]["stream"]] += 1
            elif message["type"] == "STATE":
                states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        out.unlink()
        reading.state = list(states.values())
        return reading

    def close(self) -> None:
        """Close the way to the twin."""
        self._tunnel.close()


class Meltano:
    """meltano-tap-hubspot: lists by v3, incremental by search."""

    name = "meltano-tap-hubspot"
    side = "hubspot"

    def __init__(self, twin: Served, folder: Path) -> None:
        tools = _module(_TESTS / "hubspot" / "conftest.py")
        version = _module(_TESTS / "hubspot" / "test_stranger_taps.py").MELTANO
        try:
            self._room = tools._room("pypi", (version,))
        except pytest.skip.Exception as reason:
            raise NotHereError(str(reason)) from reason
        self._folder = folder
        folder.mkdir(exist_ok=True)
        known = twin.ready["hubspot"]
        self._env = _base(known["ca_file"], folder) | {
            "TWIN_TLS_PORT": known["tls_url"].rpartition(":")[2],
            "PYTHONPATH": str(_TESTS / "hubspot" / "redirect"),
            "NO_PROXY": "*",
        }
        self._config = folder / "tap.json"
        self._config.write_text(json.dumps({"access_token": known["access_token"], "start_date": "2018-01-01"}))
        self._catalog = folder / "tap-catalog.json"

    def _tap(self, *args: str) -> list[str]:
        return [str(self._room / "bin" / "tap-hubspot"), "--config", str(self._config), *args]

    def prepare(self) -> None:
        """Discover the streams; not counted."""
        out = self._folder / "discovered.json"
        _run(self._tap("--discover"), self._folder, self._env, out)
        catalog = json.loads(out.read_text())
        for stream in catalog["streams"]:
            chosen = stream["tap_stream_id"] in HUBSPOT
            stream["selected"] = chosen
            for entry in stream["metadata"]:
                if entry["metadata"].get("inclusion") != "unsupported":
                    entry["metadata"]["selected"] = chosen
        self._catalog.write_text(json.dumps(catalog))

    def read(self, state: Any = None) -> Reading:
        """Read the streams, from the state on if one is given."""
        args = ["--catalog", str(self._catalog)]
        if state is not None:
            file = self._folder / "state.json"
            file.write_text(json.dumps(state))
            args += ["--state", str(file)]
        out = self._folder / "read.jsonl"
        _run(self._tap(*args), self._folder, self._env, out)
        reading = Reading()
        for message in _messages(out):
            if message["type"] == "RECORD":
                reading.rows[message["stream"]] += 1
            elif message["type"] == "STATE":
                reading.state = message["value"]
        out.unlink()
        return reading

    def close(self) -> None:
        """Nothing is held."""


def _messages(path: Path) -> Iterable[dict[str, Any]]:
    with path.open() as file:
        for line in file:
            if line.startswith("{"):
                yield json.loads(line)
