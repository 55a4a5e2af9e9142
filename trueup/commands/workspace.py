"""A policy, its store and its connections: what every command works in. Each is opened when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from trueup.config import KnownConnector, load_policy, resolve_secret
from trueup.model.policy import Policy, SystemPolicy
from trueup.model.receipts import Run, RunStatus

if TYPE_CHECKING:
    from trueup.connectors.kit.base import Connector
    from trueup.store import Store


BUDGET_WINDOW = timedelta(days=1)
RUNS_A_DAY = 1000
"""More runs than a day has."""


def known_connectors() -> Mapping[str, KnownConnector]:
    """The connectors there are, as the policy file needs to know them; each is imported when it is asked about."""
    from trueup.connectors.kit import registry

    return _Known(registry.connectors())


class _Known(dict[str, KnownConnector]):
    """Imports a connector's declaration only when the policy names it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __missing__(self, name: str) -> KnownConnector:
        from trueup.connectors.kit import registry

        spec = registry.spec(name)
        known = KnownConnector(
            {option.name: option.default for option in spec.options},
            lambda options: registry.option_problems(spec, options),
        )
        self[name] = known
        return known


def _ladders() -> dict[str, dict[str, dict[str, bool]]]:
    """What a file of learned weights may name; asked for only when the policy names such a file."""
    from trueup.reconcile.identity.scoring import shipped

    return {
        kind: {ladder.key: {rung.key: not rung.tf for rung in ladder.rungs[1:]} for ladder in shipped(kind).ladders}
        for kind in ("person", "company")
    }


def utcnow() -> datetime:
    """The clock of everything that is not the CRM's."""
    return datetime.now(UTC)


class Workspace:
    """Opened with a policy; closes what it opened. Use as a context manager."""

    def __init__(self, policy: Policy, *, base: Path, read_only: bool = False) -> None:
        self.policy = policy
        self.base = base
        self.read_only = read_only
        self.all_fields = False
        """Whether pulls keep every mapped field, those too that nothing needs; set before a connection is opened."""
        self._connectors: dict[str, Connector] = {}

    @classmethod
    def from_file(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the policy file's workspace. Raises ConfigError with every problem of the file."""
        from trueup.reconcile import catalogue

        policy = load_policy(path, known_connectors(), catalogue.codes(), _ladders)
        return cls(policy, base=path.parent.resolve(), read_only=read_only)

    @cached_property
    def store(self) -> Store:
        """The store, made when it is not there yet. Raises StoreVersionError for one of another version."""
        from trueup.store import open_store

        return open_store(self.policy.store)

    def connector(self, system: str) -> Connector:
        """The connection to a system; logging in happens with its first request."""
        if system not in self._connectors:
            self._connectors[system] = open_system(
                self.policy.systems[system],
                base=self.base,
                read_only=self.read_only,
                spent_before=self._spent(system),
                all_fields=self.all_fields,
            )
        return self._connectors[system]

    def _spent(self, system: str) -> int:
        """Calls to the system by runs of the last day: the budget is a day's."""
        since = utcnow() - BUDGET_WINDOW
        counts = (run.counts for run in self.store.runs(limit=RUNS_A_DAY) if run.started_at >= since)
        return sum(count.get(f"calls to {system}", 0) for count in counts)

    @property
    def connectors(self) -> Mapping[str, Connector]:
        """All configured connections, in the policy's order."""
        return {system: self.connector(system) for system in self.policy.systems}

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests sent so far, by system; those that were not opened yet are not named."""
        return {system: connector.calls for system, connector in self._connectors.items()}

    @contextmanager
    def run(self, verb: str, *, plan_id: str = "") -> Iterator[RunRecord]:
        """One run of a verb that writes: holds the store's lock, and is recorded with how it ended.

        Raises LockedError when another run holds the lock.
        """
        started = self.store.start_run(verb, plan_id=plan_id)
        record = RunRecord(started)
        made_before = self.calls
        try:
            with self.store.lock(started.id):
                try:
                    yield record
                finally:
                    for system, made in self.calls.items():
                        if calls := made - made_before.get(system, 0):
                            record.counts[f"calls to {system}"] = calls
        except (KeyboardInterrupt, SystemExit):
            self.store.end_run(started.id, RunStatus.INTERRUPTED, 130, record.counts)
            raise
        except BaseException as error:
            code = getattr(error, "exit_code", 1)
            self.store.end_run(started.id, RunStatus.FAILED, code, record.counts)
            raise
        self.store.end_run(started.id, RunStatus.DONE, record.exit_code, record.counts)

    def close(self) -> None:
        """Close connections and the store. Safe to call twice."""
        for connector in self._connectors.values():
            connector.close()
        self._connectors.clear()
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RunRecord:
    """What a run says about itself before it ends."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.exit_code = 0
        self.counts: dict[str, int] = {}

    @property
    def id(self) -> str:
        """The run's id, in every row and line of it."""
        return self.run.id


def open_system(
    system: SystemPolicy, *, base: Path, read_only: bool = False, spent_before: int = 0, all_fields: bool = False
) -> Connector:
    """Open one configured system; `spent_before` are the calls already made of the day's budget."""
    from trueup.connectors.kit import registry
    from trueup.connectors.kit.base import Settings

    paths = {option.name for option in registry.spec(system.connector).options if option.type == "path"}
    settings = Settings(
        system=system.name,
        # Files and folders are named relative to the policy file, wherever the command was started.
        options={k: str(base / str(v)) if k in paths and v else v for k, v in system.options.items()},
        secret=lambda reference: resolve_secret(reference, base=base),
        read_only=system.read_only or read_only,
        budget=system.budget,
        fields=system.fields,
        stored_ids=system.stored_ids,
        spent_before=spent_before,
        all_fields=all_fields,
    )
    return registry.open_connector(system.connector, settings)
