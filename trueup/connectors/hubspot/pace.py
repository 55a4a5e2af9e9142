"""The burst limit, used to the full: so many calls in any ten seconds, told from HubSpot's own headers.

HubSpot counts a call when it arrives, which is somewhere between our sending it and its answer. A call therefore
leaves the window ten seconds after its answer: then it has surely left HubSpot's window too, and no tenth has to be
kept back for the difference. What the headers count beyond our own calls is made by others with the same app.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from trueup.connectors.kit.transport import Pace


class Burst(Pace):
    """At most `calls` in any `window_s` seconds, counting those under way and those that others made."""

    def __init__(
        self,
        calls: int,
        window_s: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(calls, window_s, sleep=sleep, clock=clock)
        self._answered: deque[float] = deque()
        self._under_way = 0
        self._others = 0
        self._state = threading.Lock()

    def wait(self) -> None:
        """Return when another call may be made, which then counts until `answered` and a window beyond."""
        while True:
            with self._state:
                pause, mine = self._pause()
                self._under_way += mine
            if pause > 0:
                self._sleep(pause)
            if mine:
                return

    def answered(self) -> None:
        """The call has come to its end, whatever that was."""
        with self._state:
            self._under_way = max(0, self._under_way - 1)
            self._answered.append(self._clock())

    def told(self, allowed: int, left: int | None) -> None:
        """Take in what an answer says: how many calls a window holds, and how many of them are left to the app.

        The answer's own call is still under way here.
        """
        with self._state:
            self.calls = max(1, allowed)
            if left is not None:
                self._drop()
                self._others = max(0, allowed - left - len(self._answered) - self._under_way)

    def _pause(self) -> tuple[float, bool]:
        """Seconds to wait, and whether the call may be made after them."""
        self._drop()
        if len(self._answered) + self._under_way + self._others < self.calls:
            return 0.0, True
        if self._answered:
            # The place of the oldest call becomes ours as soon as it has left the window.
            return self.window_s - (self._clock() - self._answered.popleft()), True
        # Others have used everything: what they did is over some time, or the next answer says that it is not.
        self._others = max(0, self._others - max(1, self.calls // 10))
        return self.window_s / 100, False

    def _drop(self) -> None:
        now = self._clock()
        while self._answered and now - self._answered[0] >= self.window_s:
            self._answered.popleft()
