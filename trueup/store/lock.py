"""One run at a time per store: a row that names its holder, kept alive by a heartbeat.

The row is the same on both databases, because it has to say who holds it. A holder is dead when its process is gone
from this host (told from a later process of the same number by its birth), or when nothing was heard of it for ten
minutes, which is all that can be known of another host. The next run then takes the lock over and says so. Should the
one given up for dead wake up after all, it may write nothing: every intent is refused unless its run still holds
the lock (`refuse_if_lost`).
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from trueup.errors import LockedError
from trueup.store import runs
from trueup.store.engine import Database
from trueup.store.tables import run_lock

HEARTBEAT_S = 20.0
GIVEN_UP_AFTER = timedelta(minutes=10)
_SLOT = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock."""

    run_id: str
    host: str
    pid: int
    space: str
    born: str
    since: datetime
    heartbeat: datetime

    def __str__(self) -> str:
        return f"run {self.run_id} (process {self.pid} on {self.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC)"


@dataclass(frozen=True, slots=True)
class HeldLock:
    """The lock while it is ours. `taken_over` is the dead run that still held it, whose open intents come first."""

    run_id: str
    since: datetime
    taken_over: Holder | None = None


@contextmanager
def hold(database: Database, run_id: str) -> Iterator[HeldLock]:
    """Hold the lock for the block. Raises LockedError, naming the holder, when a living run has it."""
    held = _acquire(database, run_id)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(database, run_id, stop), name="trueup-heartbeat", daemon=True)
    beat.start()
    try:
        yield held
    finally:
        stop.set()
        beat.join()
        with database.write() as connection:
            connection.execute(sa.delete(run_lock).where(run_lock.c.run_id == run_id))


def holder(database: Database) -> Holder | None:
    """Who holds the lock, dead or alive; None when it is free."""
    with database.read() as connection:
        return _holder(connection)


def refuse_if_lost(connection: Connection, run_id: str) -> None:
    """Raise LockedError when another run holds the lock: this one was given up for dead and must not act any more."""
    other = _holder(connection)
    if other is not None and other.run_id != run_id:
        raise LockedError(
            f"The lock of run {run_id} was taken over by {other}. Nothing more was sent.",
            hint="That run settles what this one left open.",
        )


def is_dead(it: Holder, now: datetime) -> bool:
    """Whether a holder can be given up: certain for a process of this host, by silence for any other."""
    if (it.host, it.space) == (socket.gethostname(), _space()):
        return _birth(it.pid) != it.born
    return now - it.heartbeat > GIVEN_UP_AFTER


def _acquire(database: Database, run_id: str) -> HeldLock:
    now = datetime.now(UTC)
    pid = os.getpid()
    mine = Holder(run_id, socket.gethostname(), pid, _space(), _birth(pid), now, now)
    try:
        with database.write() as connection:
            before = _holder(connection, for_update=True)
            if before is not None and not is_dead(before, now):
                raise _locked(before)
            if before is not None:
                connection.execute(sa.delete(run_lock).where(run_lock.c.slot == _SLOT))
                runs.interrupt(connection, before.run_id, now)
                _log.warning("lock of dead %s taken over by run %s", before, run_id)
            connection.execute(
                sa.insert(run_lock).values(
                    slot=_SLOT,
                    run_id=mine.run_id,
                    host=mine.host,
                    pid=mine.pid,
                    space=mine.space,
                    born=mine.born,
                    since=mine.since,
                    heartbeat=mine.heartbeat,
                )
            )
    except IntegrityError:  # another run was a moment faster
        winner = holder(database)
        if winner is None:  # … and has ended already
            return _acquire(database, run_id)
        raise _locked(winner) from None
    return HeldLock(run_id, now, before)


def _locked(by: Holder) -> LockedError:
    return LockedError(f"Another run holds the lock of this store: {by}.", hint="Wait until it has ended.")


def _holder(connection: Connection, *, for_update: bool = False) -> Holder | None:
    wanted = sa.select(run_lock).where(run_lock.c.slot == _SLOT)
    row = connection.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        return None
    return Holder(row.run_id, row.host, row.pid, row.space, row.born, row.since, row.heartbeat)


def _beat(database: Database, run_id: str, stop: threading.Event) -> None:
    mine = run_lock.c.run_id == run_id
    while not stop.wait(HEARTBEAT_S):
        try:
            with database.write() as connection:
                kept = connection.execute(sa.update(run_lock).where(mine).values(heartbeat=datetime.now(UTC))).rowcount
        except SQLAlchemyError as error:  # busy or unreachable now: the next beat may get through
            _log.warning("run %s: heartbeat not written: %s", run_id, type(error).__name__)
            continue
        if not kept:
            _log.error("run %s has lost the lock", run_id)
            return


def _space() -> str:
    """The process numbers that this process can see: two containers may share a host's name but not these."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _birth(pid: int) -> str:
    """When a process began, as its host tells; "" when there is no such process, "?" when the host does not tell."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return "" if after_name[0] == "Z" else f"{boot}/{after_name[19]}"
    except (OSError, IndexError):
        return "?"
