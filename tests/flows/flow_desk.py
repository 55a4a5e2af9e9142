"""A desk to work at: a folder with a policy and a store, and `trueup` as a process of its own against a real twin."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trueup.commands.twin_policy import write_twin_policy
from trueup.twin.testing import Running, running

TIMEOUT_S = 300

MANY_UPDATES: Mapping[str, Any] = {"faults": {"FLD002": 0.06, "FLD003": 0.10}}
"""A world with more differing and blank values than usual."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which holds one JSON document and nothing else."""
        assert self.out, f"exit {self.code}, nothing on standard output\n{self.err}"
        return json.loads(self.out)

    def ok(self, *codes: int) -> Ran:
        """This, if it ended with one of the codes (0 when none is named)."""
        assert self.code in (codes or (0,)), f"exit {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass(slots=True)
class Desk:
    """One admin's folder, and the twin that the policy in it points to."""

    folder: Path
    twin: Running
    env: dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> Path:
        return self.folder / "trueup.yaml"

    @property
    def store(self) -> Path:
        return self.folder / "trueup.db"

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TRUEUP_") and "proxy" not in k.lower()}
        return {**kept, "NO_COLOR": "1", "COLUMNS": "100", "TRUEUP_USER": "dana", **self.env}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "trueup", *words]

    def trueup(self, *words: str) -> Ran:
        """Run a command to its end."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            # A shell that starts tests in the background has them ignore Ctrl-C, and what they start as well.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # type: ignore[arg-type,return-value]
        )

    # -- what the twin saw

    def requests(self) -> int:
        """How many requests the CRMs have received so far."""
        return int(self.twin.control.state()["counts"]["requests"])

    def writes(self) -> list[dict[str, Any]]:
        """The writes that requests have caused; edits through the control port are not among them."""
        return [write for write in self.twin.control.writes() if write["seq"] is not None]

    def photograph(self) -> dict[tuple[str, str], dict[str, dict[str, Any]]]:
        """Every row of both CRMs: (side, object) → id → row; ties and the like by their whole content."""
        control = self.twin.control
        return {
            (side, name): {_key(row): _flat(row) for row in control.dump(side, name)}
            for side, names in control.state()["objects"].items()
            for name in names
        }

    # -- the policy

    def edit_policy(self, old: str, new: str) -> int:
        """Replace a text that stands there exactly once; gives the line on which it begins, counting from 1."""
        text = self.policy.read_text("utf-8")
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        self.policy.write_text(text.replace(old, new), "utf-8")
        return text[: text.index(old)].count("\n") + 1


def _key(row: Mapping[str, Any]) -> str:
    key = row.get("id") or row.get("Id")
    return str(key) if key else json.dumps(row, sort_keys=True)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """HubSpot's properties beside the rest; values that are blank are not there."""
    flat = {**row, **row.get("properties", {})}
    flat.pop("properties", None)
    return {name: value for name, value in flat.items() if value not in (None, "")}


@contextmanager
def desk_over_twin(folder: Path, people: int, seed: int, world: Mapping[str, Any] | None = None) -> Iterator[Desk]:
    """A fresh world, a fresh policy, no store yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with running(people=people, seed=seed, world=world) as twin:
        desk = Desk(folder, twin)
        written = write_twin_policy(twin.ready, desk.policy)
        assert not written.not_read, written.not_read
        yield desk


@dataclass(frozen=True, slots=True)
class Prepared:
    """A world that was pulled and planned once, kept as files to begin from."""

    folder: Path
    urls: Mapping[str, str]

    @classmethod
    def make(cls, folder: Path, people: int, seed: int, world: Mapping[str, Any] | None = None) -> Prepared:
        with running(people=people, seed=seed, world=world, state=folder / "twin") as twin:
            (folder / "desk").mkdir()
            desk = Desk(folder / "desk", twin)
            write_twin_policy(twin.ready, desk.policy)
            desk.trueup("pull").ok()
            plan = desk.trueup("plan", "--json").ok()
            (folder / "desk" / "plan.json").write_text(plan.out, "utf-8")
            urls = {side: str(twin.ready[side]["url"]) for side in ("salesforce", "hubspot")}
        return cls(folder, urls)

    @contextmanager
    def desk(self, folder: Path) -> Iterator[Desk]:
        """A copy of it all, served anew on ports of its own."""
        shutil.copytree(self.folder / "desk", folder, dirs_exist_ok=True)
        shutil.copytree(self.folder / "twin", folder / ".twin")
        with running(state=folder / ".twin") as twin:
            desk = Desk(folder, twin)
            for side, url in self.urls.items():
                desk.edit_policy(url, str(twin.ready[side]["url"]))
            yield desk


def planned(desk: Desk) -> Any:
    """The document of the plan that `Prepared` made."""
    return json.loads((desk.folder / "plan.json").read_text("utf-8"))
