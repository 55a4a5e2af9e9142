"""Programs that know nothing of the twin, in environments of their own, and a network that leads them to it.

Many clients have `https://login.salesforce.com` written into them. They are not changed: a proxy on loopback takes their
CONNECT for any host and leads to the twin's TLS port, whose certificate says `*.salesforce.com`; the usual environment
variables (HTTPS_PROXY, REQUESTS_CA_BUNDLE, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS) tell the client of both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trueup.twin.testing import Running, running

REPO = Path(__file__).resolve().parents[3]
HOME = REPO / ".build" / "strangers"
CLIENTS = Path(__file__).parent / "clients"

PYTHON = {
    "django-salesforce": ["django-salesforce==6.0", "django==5.1.15"],
    "tap-salesforce": ["tap-salesforce==2.8.1"],
    "salesforce-bulk": ["salesforce-bulk==2.2.0"],
    "aio-sf": ["aio-sf==0.1.0b14"],
    "aiosalesforce": ["aiosalesforce[jwt]==0.6.2"],
    "airbyte-source-salesforce": ["airbyte-source-salesforce==2.10.3"],
    "cumulusci": ["cumulusci==4.10.1"],
    "pyforce": ["pyforce==1.9.1"],
    "pipeline-diff": ["pipeline-diff==0.1.0"],
}
NODE = {
    "jsforce": {"jsforce": "3.9.5"},  # the last that Node 20 can run
    "salesforce-cli": {"@salesforce/cli": "2.150.6"},
    "node-salesforce-connection": {"node-salesforce-connection": "2.3.1"},
    "nforce": {"nforce": "1.13.0"},
}
OVERRIDES = {"salesforce-cli": {"undici": "6.21.3"}}
"""The newest undici takes a Node that the machine may not have; it is the HTTP library below, not the client."""


def _run(command: list[str], folder: Path, **env: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} exited with {done.returncode}: {done.stderr.strip()[-400:]}")


def _make(name: str, folder: Path) -> None:
    if name in NODE:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("npm is not on the PATH")
        (folder / "package.json").write_text(
            json.dumps(
                {
                    "name": "stranger",
                    "private": True,
                    "type": "module",
                    "dependencies": NODE[name],
                    "overrides": OVERRIDES.get(name, {}),
                }
            )
        )
        _run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
        return
    own = REPO / ".build" / "uv" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        _run([sys.executable, "-m", "venv", "."], folder)
        _run(["bin/python", "-m", "pip", "install", "--quiet", *PYTHON[name]], folder)
        return
    _run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, "."], folder)
    _run([uv, "pip", "install", "--quiet", *PYTHON[name]], folder, VIRTUAL_ENV=str(folder))


def environment(name: str) -> Path:
    """The folder of a client's own environment, made on first use. Skips with the reason when it cannot be made."""
    wanted = json.dumps(NODE.get(name) or PYTHON[name])
    folder = HOME / name
    stamp = folder / ".made"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _make(name, folder)
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} must run in CI: {error}", pytrace=False)
        pytest.skip(f"{name} cannot be installed here: {error}")
    stamp.write_text(wanted)
    return folder


class Tunnel:
    """A CONNECT proxy that leads every host to one port of 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.hosts: set[str] = set()
        self.url = ""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._client, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        verb, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        if verb != "CONNECT":
            writer.write(b"HTTP/1.1 405 Only CONNECT\r\n\r\n")
            writer.close()
            return
        self.hosts.add(target.rpartition(":")[0])
        there, out = await asyncio.open_connection("127.0.0.1", self._to)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            with contextlib.suppress(OSError):
                sink.close()

        await asyncio.gather(pump(reader, out), pump(there, writer))

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@dataclass
class Stage:
    """A twin, the way to it, and how to run a stranger's work against it."""

    twin: Running
    url: str
    tunnel: Tunnel
    ca_file: Path
    folder: Path

    @property
    def known(self) -> dict[str, Any]:
        return self.twin.ready["salesforce"]

    def env(self, **more: str) -> dict[str, str]:
        """What the client's process gets to know: where it may go, whom to trust, and its log-in."""
        ca = str(self.ca_file)
        kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith("TRUEUP")}
        return {
            **kept,
            "HTTPS_PROXY": self.tunnel.url,
            "https_proxy": self.tunnel.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": ca,
            "SSL_CERT_FILE": ca,
            "NODE_EXTRA_CA_CERTS": ca,
            "HOME": str(self.folder),
            "PYTHONWARNINGS": "ignore",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SALESFORCE": json.dumps({**self.known, "url": self.url}),
            **more,
        }

    def run(self, command: list[str], timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a client; its own words are shown when it fails."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.env(**env), capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            pytest.fail(
                f"{' '.join(command)} exited with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}",
                pytrace=False,
            )
        return done

    def work(self, client: str, script: str, *args: str, **env: str) -> Any:
        """Run one of the scripts in clients/ and read the JSON of its last line."""
        home = environment(client)
        if script.endswith(".mjs"):
            # Modules are looked for beside the script, so it is laid into the client's own folder.
            there = home / script
            there.write_bytes((CLIENTS / script).read_bytes())
            command = ["node", str(there), *args]
        else:
            command = [str(home / "bin" / "python"), str(CLIENTS / script), *args]
        return json.loads(self.run(command, **env).stdout.strip().splitlines()[-1])

    def rows(self, sobject: str) -> list[dict[str, Any]]:
        """The twin's own rows of an object that are not deleted."""
        return [r for r in self.twin.twin.salesforce.dump(sobject) if not r.get("IsDeleted")]


@contextmanager
def stage(folder: Path, people: int = 60, **world: Any) -> Iterator[Stage]:
    """Serve a world, with a tunnel to its TLS port."""
    with running(people, seed=7, world={"faults": "none", **world}) as twin:
        known = twin.ready["salesforce"]
        tunnel = Tunnel(int(known["tls_url"].rpartition(":")[2]))
        try:
            yield Stage(twin, str(known["url"]), tunnel, Path(known["ca_file"]), folder)
        finally:
            tunnel.close()
