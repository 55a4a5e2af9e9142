"""The twin's clock: runs in real time from where it was set, and stands still when told to."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Says what time it is in the twin. Everything stamped, expired or rate-limited there goes by this clock."""

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._frozen = False
        self._origin = start or datetime.now(UTC)
        self._mark = time.monotonic()

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        if self._frozen:
            return self._origin
        return self._origin + timedelta(seconds=time.monotonic() - self._mark)

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen

    def set(self, instant: datetime) -> None:
        """Jump to an instant. Raises ValueError for a naive one: a time without a zone is a mistake here."""
        if instant.tzinfo is None:
            raise ValueError("the twin's clock needs an aware datetime")
        with self._lock:
            self._origin, self._mark = instant.astimezone(UTC), time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move forward (or back, when negative) by so many seconds."""
        with self._lock:
            self._origin, self._mark = self._now() + timedelta(seconds=seconds), time.monotonic()

    def freeze(self) -> None:
        """Stand still at the present instant."""
        with self._lock:
            self._origin, self._frozen = self._now(), True

    def thaw(self) -> None:
        """Run on from where the clock stands."""
        with self._lock:
            self._mark, self._frozen = time.monotonic(), False
