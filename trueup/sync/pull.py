"""Ask every system what changed, and keep it.

Each system is read in a thread of its own, since the waiting is for the network; pages meet in one queue, and one
thread, the caller's, writes them to the store.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from trueup.connectors.kit.base import Coming, Connector
from trueup.errors import CredentialsError, LimitError, TrueupError, UnavailableError
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Schema
from trueup.store import SnapshotWriter, Store

PAGES_AHEAD = 32
"""Pages that may wait for the store, so that memory stays bounded when a CRM is faster than the disk."""

EVERYTHING = "*"
"""Stands for all objects of a system that told nothing, not even what it has."""

_SAME_REASON = "Not tried, for the same reason."


@dataclass(frozen=True, slots=True)
class Pulled:
    """What the pull of one object came to. `error` is set when it broke off; nothing is concluded from it then.

    `shut_out` says that the system did not take our credentials, which pulling again does not mend; `way` how the
    object was read, where there is a choice.
    """

    system: str
    object: str
    rows: int
    full: bool
    complete: bool
    notes: tuple[str, ...] = ()
    error: str = ""
    shut_out: bool = False
    way: str = ""


Progress = Callable[[str, str, int], None]


def _silent(_system: str, _object: str, _rows: int) -> None:
    """Report progress to nobody."""


_Event = Schema | Page | PullSummary | BaseException


@dataclass(frozen=True, slots=True)
class _Said:
    """Something a system's reading thread says about one object."""

    system: str
    object: str
    event: _Event


@dataclass(frozen=True, slots=True)
class _Done:
    system: str


def pull(
    connectors: Mapping[str, Connector],
    store: Store,
    *,
    now: Callable[[], datetime],
    full: bool = False,
    only: Sequence[str] = (),
    progress: Progress = _silent,
    say: Callable[[str], None] = lambda _: None,
) -> list[Pulled]:
    """Pull every object of every system, from its high-water mark or (`full`) from the beginning.

    `only` names `system` or `system:object`. One object's failure is its own: it is reported as not complete and the
    others go on; the store then concludes nothing from absence there. `say` hears what connectors have to say to
    whoever waits, from their threads.
    """
    tasks: dict[str, list[tuple[str, HighWater | None]]] = {}
    silent: dict[str, TrueupError] = {}
    for system, connector in connectors.items():
        try:
            names = _objects(connector, only)
        except TrueupError as error:
            names, silent[system] = _known_objects(store, system, only), error
        tasks[system] = [(name, None if full else store.high_water(system, name)) for name in names]
    intake = _Intake(store, now, _speller(connectors), progress, tasks)
    for system, why in silent.items():
        for number, (name, _) in enumerate(tasks[system]):
            intake.take(_Said(system, name, TrueupError(_SAME_REASON) if number else why))
    said: queue.Queue[_Said | _Done] = queue.Queue(maxsize=PAGES_AHEAD)
    stop = threading.Event()
    threads = [
        threading.Thread(target=_read, args=(connectors[system], todo, said, stop), name=f"pull-{system}", daemon=True)
        for system, todo in tasks.items()
        if system not in silent
    ]
    for system in tasks.keys() - silent.keys():
        connectors[system].prepare(Coming(dict(tasks[system]), _Held(store, system), say))
    for thread in threads:
        thread.start()
    try:
        running = set(tasks) - silent.keys()
        while running:
            message = said.get()
            if isinstance(message, _Done):
                running.discard(message.system)
            else:
                intake.take(message)
    finally:
        stop.set()
        intake.abandon()
    return intake.results()


def _objects(connector: Connector, only: Sequence[str]) -> list[str]:
    return _wanted(connector.system, [*connector.capabilities.objects, *connector.capabilities.ties], only)


def _known_objects(store: Store, system: str, only: Sequence[str]) -> list[str]:
    """The objects that earlier pulls saw, for a system that does not even say what it has; `*` before the first."""
    seen = [snapshot.object for snapshot in store.snapshots() if snapshot.system == system]
    return _wanted(system, seen or [EVERYTHING], only)


def _wanted(system: str, names: Sequence[str], only: Sequence[str]) -> list[str]:
    return [name for name in names if not only or system in only or f"{system}:{name}" in only]


def _read(
    connector: Connector,
    todo: Sequence[tuple[str, HighWater | None]],
    said: queue.Queue[_Said | _Done],
    stop: threading.Event,
) -> None:
    """The reading thread of one system: describe and pull each object, and say what comes."""

    def say(message: _Said | _Done) -> None:
        while not stop.is_set():
            try:
                said.put(message, timeout=0.2)
            except queue.Full:
                continue
            return

    hope = _Hope()
    for object_, since in todo:
        if stop.is_set():
            break
        if hope.gone:
            say(_Said(connector.system, object_, TrueupError(_SAME_REASON)))
            continue
        try:
            if object_ in connector.capabilities.objects:
                say(_Said(connector.system, object_, connector.describe(object_)))
            pages = connector.pull(object_, since)
            while not stop.is_set():
                try:
                    say(_Said(connector.system, object_, next(pages)))
                    hope.heard()
                except StopIteration as end:
                    say(_Said(connector.system, object_, end.value))
                    hope.heard()
                    break
        except BaseException as error:  # handed to the caller's thread, which decides
            say(_Said(connector.system, object_, error))
            if not isinstance(error, TrueupError):
                break
            hope.failed(error)
    say(_Done(connector.system))


@dataclass(slots=True)
class _Held:
    """What the store holds of one system (`Mirror`)."""

    store: Store
    system: str

    def live_ids(self, object: str, /) -> Sequence[str]:  # noqa: A002
        return self.store.live_ids(self.system, object)

    def records(self, refs: Sequence[Ref], /) -> Mapping[Ref, Record]:
        return self.store.records(refs)


@dataclass(slots=True)
class _Hope:
    """Whether it makes sense to ask a system for its other objects.

    Not after refused credentials (each new log-in brings the user nearer to being locked out) or a used up allowance;
    not when the system does not answer, after all attempts, for its first object or for two in a row.
    """

    gone: bool = False
    silent: int = 1

    def heard(self) -> None:
        """The system gave an answer."""
        self.silent = 0

    def failed(self, error: TrueupError) -> None:
        """An object's pull broke off."""
        if isinstance(error, CredentialsError | LimitError):
            self.gone = True
        elif isinstance(error, UnavailableError):
            self.silent += 1
            self.gone = self.silent > 1
        else:
            self.heard()


@dataclass(slots=True)
class _Intake:
    """The writing side: one open snapshot per system at a time, fed by that system's thread."""

    store: Store
    now: Callable[[], datetime]
    spell: Callable[[Record], Record]
    progress: Progress
    tasks: Mapping[str, Sequence[tuple[str, HighWater | None]]]
    writers: dict[tuple[str, str], SnapshotWriter] = field(default_factory=dict)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    done: dict[tuple[str, str], Pulled] = field(default_factory=dict)

    def take(self, said: _Said) -> None:
        """Keep what one message brings."""
        key = (said.system, said.object)
        event = said.event
        match event:
            case Schema():
                self.store.save_schema(event)
            case Page():
                self._writer(key).add(replace(event, records=tuple(self.spell(r) for r in event.records)))
                self.rows[key] = self.rows.get(key, 0) + len(event.records) + len(event.associations)
                self.progress(said.system, said.object, self.rows[key])
            case PullSummary():
                snapshot = self._writer(key).finish(event)
                del self.writers[key]
                self.done[key] = Pulled(
                    said.system,
                    said.object,
                    snapshot.rows,
                    event.full,
                    snapshot.complete,
                    event.notes,
                    way=event.way,
                )
            case TrueupError():
                self._drop(key)
                notes = (event.hint,) if event.hint else ()
                shut_out = isinstance(event, CredentialsError)
                self.done[key] = Pulled(
                    said.system, said.object, 0, self._full(key), False, notes, str(event), shut_out
                )
            case BaseException():
                raise event

    def _full(self, key: tuple[str, str]) -> bool:
        return dict(self.tasks[key[0]])[key[1]] is None

    def _writer(self, key: tuple[str, str]) -> SnapshotWriter:
        if key not in self.writers:
            self.writers[key] = self.store.begin(*key, full=self._full(key), at=self.now())
        return self.writers[key]

    def _drop(self, key: tuple[str, str]) -> None:
        if key in self.writers:
            self.writers.pop(key).abandon()

    def abandon(self) -> None:
        """Give up whatever did not come to its end."""
        for key in list(self.writers):
            self._drop(key)

    def results(self) -> list[Pulled]:
        """One entry per object, in the order in which they were asked for."""
        return [
            self.done.get((system, object_)) or Pulled(system, object_, 0, since is None, False, (), "not reached")
            for system, todo in self.tasks.items()
            for object_, since in todo
        ]


def _speller(connectors: Mapping[str, Connector]) -> Callable[[Record], Record]:
    """A function that gives stored ids of other systems the spelling which those systems themselves use."""

    def one(text: str) -> str:
        try:
            ref = Ref.parse(text)
        except ValueError:
            return text
        owner = connectors.get(ref.system)
        return str(Ref(ref.system, ref.object, owner.canonical_id(ref.object, ref.id))) if owner else text

    def spelled(record: Record) -> Record:
        stored = record.fields.get("foreign_ids")
        if not stored:
            return record
        ids = ";".join(sorted(one(part) for part in stored.split(";")))
        return record if ids == stored else replace(record, fields={**record.fields, "foreign_ids": ids})

    return spelled
