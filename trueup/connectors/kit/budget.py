"""The call budget: how many requests of a CRM's daily allowance are ours, counted one by one.

The allowance belongs to everybody who uses the CRM. We take a share of it, and stop earlier when so little is left for
all that the reserve for others would be touched.
"""

from __future__ import annotations

import threading

from trueup.errors import LimitError
from trueup.model.schema import Limit


class Budget:
    """Counts every HTTP request of one system and refuses the one that would be too many.

    The allowance is learnt from the CRM's own answers (`learn`); before the first of them nothing is refused, because a
    share of an unknown number is unknown. `spent_before` are the calls of earlier runs within the same window.
    """

    def __init__(self, system: str, share: float = 0.2, *, reserve: float = 0.1, spent_before: int = 0) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"a budget is a share above 0 and up to 1, not {share}")
        self.system = system
        self.share = share
        self.reserve = reserve
        self.spent_before = spent_before
        self.spent = 0
        self.remote_used: int | None = None
        self.remote_allowed: int | None = None
        self._lock = threading.Lock()

    @property
    def allowed(self) -> int | None:
        """Our calls a day; None while the CRM's allowance is not known."""
        return None if self.remote_allowed is None else int(self.remote_allowed * self.share)

    @property
    def left(self) -> int | None:
        """How many more calls we may make now: what is left of our share, or of what is not others' reserve."""
        if self.allowed is None or self.remote_allowed is None:
            return None
        ours = self.allowed - self.spent_before - self.spent
        everybody = self.remote_allowed - (self.remote_used or 0) - int(self.remote_allowed * self.reserve)
        return max(0, min(ours, everybody))

    def learn(self, used: int | None, allowed: int) -> None:
        """Take in what the CRM says of its own allowance. The used number need not rise from answer to answer."""
        with self._lock:
            self.remote_allowed = allowed
            if used is not None:
                self.remote_used = used

    def spend(self, calls: int = 1) -> None:
        """Count calls that are about to be made; raises LimitError instead when they do not fit any more."""
        with self._lock:
            self._check(calls, "")
            self.spent += calls

    def plan(self, calls: int, what: str) -> None:
        """Refuse a piece of work before it begins when its calls do not fit: half a job costs as much as none."""
        with self._lock:
            self._check(calls, what)

    def limits(self) -> tuple[Limit, ...]:
        """The CRM's allowance, as last heard, and our budget within it."""
        found = []
        if self.remote_allowed is not None:
            found.append(Limit(name="daily calls", used=self.remote_used or 0, allowed=self.remote_allowed))
        if self.allowed is not None:
            found.append(Limit(name="our budget", used=self.spent_before + self.spent, allowed=self.allowed))
        return tuple(found)

    def _check(self, calls: int, what: str) -> None:
        left = self.left
        if left is None or calls <= left:
            return
        spent, allowed = self.spent_before + self.spent, self.allowed or 0
        subject = f"{what} needs {calls:,} calls, but" if what else "the call was not made:"
        if allowed - spent < calls:
            why = f"{spent:,} of our {allowed:,} calls a day ({self.share:.0%} of {self.remote_allowed:,}) are used"
        else:
            why = (
                f"the CRM has used {self.remote_used or 0:,} of {self.remote_allowed:,} calls, "
                f"and {self.reserve:.0%} are kept for others"
            )
        raise LimitError(
            f"{self.system}: {subject} {why}.",
            system=self.system,
            hint=f"Come back when the day's window has moved, or raise systems.{self.system}.budget.",
        )
