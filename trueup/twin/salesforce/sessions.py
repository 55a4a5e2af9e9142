"""Access tokens: issued, configured, expired, revoked. Only these are valid. [reference 2.4, 4]"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import ExpiredSession
from .org import ORG_ID


@dataclass(slots=True)
class Session:
    """One token in use."""

    token: str
    user_id: str
    used: datetime
    preset: bool = False


def token_for(seed: str) -> str:
    """Make a token in the real form: 15-character org id, `!`, about 95 characters."""
    body = hashlib.sha256(seed.encode()).hexdigest() + hashlib.sha256((seed + "+").encode()).hexdigest()[:31]
    return f"{ORG_ID[:15]}!AQ{body}"


class Sessions:
    """The tokens that the org knows at present. A life of inactivity ends them; use extends it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self.made = 0
        self.on_use: Callable[[Session], None] = lambda _session: None
        self.on_end: Callable[[Session], None] = lambda _session: None
        self._live: dict[str, Session] = {}

    def add(self, token: str, user_id: str, now: datetime, *, preset: bool = False) -> None:
        """Accept a configured token."""
        self._live[token] = Session(token, user_id, now, preset)
        self.on_use(self._live[token])

    def issue(self, user_id: str, now: datetime) -> str:
        """Make a new token."""
        self.made += 1
        token = token_for(f"{self._secret}/{self.made}/{now.isoformat()}")
        self.add(token, user_id, now)
        return token

    def find(self, token: str | None, now: datetime, timeout_s: float, preset_lives: bool) -> Session:
        """Return the session of a token and extend it, or refuse."""
        session = self._live.get(token or "")
        if session is None:
            raise ExpiredSession
        if now - session.used > timedelta(seconds=timeout_s) and not (session.preset and preset_lives):
            self.revoke(session.token)
            raise ExpiredSession
        session.used = now
        self.on_use(session)
        return session

    def peek(self, token: str) -> Session | None:
        """Look at a session without extending it."""
        return self._live.get(token)

    def revoke(self, token: str) -> bool:
        """End one session."""
        session = self._live.pop(token, None)
        if session is not None:
            self.on_end(session)
        return session is not None

    def expire_all(self) -> None:
        """End all sessions, configured ones too."""
        for token in list(self._live):
            self.revoke(token)
