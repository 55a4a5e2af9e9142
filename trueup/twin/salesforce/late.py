"""Writes that become visible late: a long transaction stamps its rows when it works and shows them when it commits.

With the switch `late_commit_s` a write through control is checked at once, gets its id and its stamp at once, and is
there for readers only so many seconds of the clock later, with the early stamp. [reference 7.1: look back minutes]
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from .errors import ApiError
from .org import Org

T = TypeVar("T")
_log = logging.getLogger(__name__)


class _Undo(Exception):
    """Leaves the rehearsal without its changes."""


@dataclass(frozen=True, slots=True)
class _Late:
    work: Callable[[], Any]
    stamped: datetime
    due: datetime
    ids: tuple[str, ...]


class LateWrites:
    """The transactions that are still open."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._open: list[_Late] = []

    def run(self, work: Callable[[], T]) -> T:
        """Do a write: now, or rehearse it now and do it when its time has come."""
        wait = float(self.org.switches["late_commit_s"])
        store = self.org.store
        if wait <= 0:
            with store.transaction():
                return work()
        done: list[T] = []
        with store.lock:
            store.handed = []
            try:
                with store.transaction():
                    done.append(work())
                    raise _Undo
            except _Undo:
                pass
            finally:
                ids, store.handed = tuple(store.handed), None
            store.skip(ids)
            now = self.org.now()
            self._open.append(_Late(work, now, now + timedelta(seconds=wait), ids))
        return done[0]

    def oldest(self) -> datetime | None:
        """The earliest stamp that is still to appear."""
        return min((late.stamped for late in self._open), default=None)

    def tick(self, now: datetime) -> None:
        """Commit what is due, in the order in which it was begun."""
        due = [late for late in self._open if late.due <= now]
        if not due:
            return
        self._open = [late for late in self._open if late.due > now]
        self._commit(due)

    def finish(self) -> None:
        """Commit what is still open, as an org does that is shut down in good order."""
        left, self._open = self._open, []
        self._commit(left)

    def _commit(self, due: list[_Late]) -> None:
        for late in due:
            self.org.at, self.org.store.reserved = late.stamped, list(late.ids)
            try:
                with self.org.store.transaction():
                    late.work()
            except ApiError as exc:
                _log.warning("a write that was to become visible late was refused in the end: %s", exc)
            finally:
                self.org.at, self.org.store.reserved = None, []
