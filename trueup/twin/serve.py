"""`trueup twin serve`: both sides over one world, on loopback, until told to stop."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from trueup.errors import UsageError
from trueup.twin.control import Controlled, control_app
from trueup.twin.control.snapshots import Snapshots
from trueup.twin.hubspot.side import HubSpotSide
from trueup.twin.kit.clock import Clock
from trueup.twin.kit.faults import Faults
from trueup.twin.kit.pipeline import wrap
from trueup.twin.kit.recorder import Recorder
from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.kit.tls import certificate
from trueup.twin.salesforce.side import SalesforceSide
from trueup.twin.world.load import load_world
from trueup.twin.world.settings import load_settings

REAL_HOSTS = (
    "*.salesforce.com",
    "*.my.salesforce.com",
    "*.sandbox.my.salesforce.com",
    "api.hubapi.com",
    "api.hubspot.com",
    "app.hubspot.com",
)
"""The names that clients have written in; who leads them here finds them in the TLS certificate."""


class Twin:
    """A running twin. `ready` is the line that `serve` prints; `close` stops it and forgets a temporary state."""

    def __init__(
        self,
        people: int = 200,
        seed: int = 1,
        state: Path | None = None,
        world: Path | Mapping[str, Any] | None = None,
        salesforce_port: int = 0,
        hubspot_port: int = 0,
        control_port: int = 0,
        salesforce_tls_port: int = 0,
        hubspot_tls_port: int = 0,
    ) -> None:
        settings = load_settings(world)
        if people < 1:
            raise UsageError(f"--people must be at least 1, not {people}.")
        self._temporary = state is None
        self.folder = Path(tempfile.mkdtemp(prefix="trueup-twin-")) if state is None else state.absolute()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.ledger_file = self.folder / "ledger.json"
        self.clock, self.faults = Clock(), Faults()
        self._open: list[Any] = []
        try:
            self._prepare(settings, people, seed)
            self._serve(salesforce_port, hubspot_port, control_port, salesforce_tls_port, hubspot_tls_port)
        except BaseException:
            self.close()
            raise

    def _prepare(self, settings: Any, people: int, seed: int) -> None:
        folder = self.folder
        finished = folder / "world.json"
        databases = (folder / "salesforce.db", folder / "hubspot.db")
        if not finished.exists():
            # What was interrupted while it was made is made anew.
            for file in databases:
                for path in folder.glob(file.name + "*"):
                    path.unlink()
        self.recorder = Recorder(folder / "requests.db", self.clock)
        self._open.append(self.recorder)
        self.salesforce = SalesforceSide(databases[0], self.clock, self.recorder, settings.salesforce)
        self._open.append(self.salesforce)
        self.hubspot = HubSpotSide(databases[1], self.clock, self.recorder, settings.hubspot)
        self._open.append(self.hubspot)
        self.hubspot.connect_salesforce(self.salesforce)  # does nothing until the account's switch is on
        self.sides: dict[str, Any] = {"salesforce": self.salesforce, "hubspot": self.hubspot}
        if not finished.exists():
            day = settings.day()
            loaded = load_world(settings, people, seed, day, self.salesforce, self.hubspot, self.ledger_file)
            made = {
                "people": loaded.people,
                "seed": seed,
                "as_of": day.isoformat(),
                "rows": dict(sorted(loaded.rows.items())),
            }
            finished.write_text(json.dumps(made), "utf-8")
        self.made: dict[str, Any] = json.loads(finished.read_text("utf-8"))

    def _serve(self, sf_port: int, hs_port: int, control_port: int, sf_tls: int, hs_tls: int) -> None:
        tls = certificate(self.folder, REAL_HOSTS)
        self._snapshots = Snapshots(self.folder / "snapshots.db")
        self._open.append(self._snapshots)
        apps = {
            name: wrap(
                side.app,
                name,
                self.clock,
                self.recorder,
                self.faults,
                side.expire_sessions,
                self.hubspot.time_passes,
            )
            for name, side in self.sides.items()
        }
        known = Controlled(
            sides=self.sides,
            clock=self.clock,
            recorder=self.recorder,
            faults=self.faults,
            ledger=self.ledger_file,
            snapshots=self._snapshots,
            credentials=lambda: self.ready,
            made=self.made,
        )
        control = control_app(known, self.hubspot.time_passes)
        self._servers = Servers(
            [
                Listener("salesforce", apps["salesforce"], sf_port),
                Listener("salesforce-tls", apps["salesforce"], sf_tls, tls),
                Listener("hubspot", apps["hubspot"], hs_port),
                Listener("hubspot-tls", apps["hubspot"], hs_tls, tls),
                Listener("control", control, control_port),
            ]
        )
        urls = self._servers.urls
        self.ready: dict[str, Any] = {
            name: {**side.credentials(urls[name], urls[f"{name}-tls"]), "ca_file": str(tls[0])}
            for name, side in self.sides.items()
        }
        self.ready |= {"control": {"url": urls["control"]}, "ledger": str(self.ledger_file), "made": self.made}
        self._servers.start()
        self._open.append(self._servers)

    def close(self) -> None:
        """Stop serving, close every file; remove the state if it was temporary. Safe to call twice."""
        while self._open:
            part = self._open.pop()
            (part.stop if isinstance(part, Servers) else part.close)()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(people: int = 200, seed: int = 1, state: Path | None = None, world: Path | None = None, **ports: int) -> None:
    """Run until SIGTERM or SIGINT. Prints the ready line to standard output, and nothing else there."""
    # A handler runs inside whatever the main thread does just then: an Event's lock may be held by its own wait, a
    # SimpleQueue may be put to at any moment.
    stop: queue.SimpleQueue[int] = queue.SimpleQueue()

    def finish(number: int, _frame: FrameType | None) -> None:
        stop.put(number)

    before = {number: signal.signal(number, finish) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with Twin(people, seed, state, world, **ports) as twin:
            if (twin.made["people"], twin.made["seed"]) != (people, seed):
                held = f"{twin.made['people']} people, seed {twin.made['seed']}"
                sys.stderr.write(f"twin: {twin.folder} already holds a world of {held}; it is kept.\n")
            sys.stdout.write(json.dumps(twin.ready) + "\n")
            sys.stdout.flush()
            stop.get()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
