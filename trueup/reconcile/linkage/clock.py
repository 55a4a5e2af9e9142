"""How long each step of matching took."""

from __future__ import annotations

import time


class Clock:
    """Starts when it is made; `seconds` are those of each step that is done, in their order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def done(self, step: str) -> None:
        """The step that was under way is done, and the next begins."""
        now = time.perf_counter()
        self.seconds[step] = now - self._since
        self._since = now
