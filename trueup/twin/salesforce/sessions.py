"""Access tokens: issued, configured, expired, revoked. Only these are valid. [reference 2.4, 4]"""

from __future__ import annotations

import hashlib
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
        self._made = 0
        self._live: dict[str, Session] = {}

    def add(self, token: str, user_id: str, now: datetime, *, preset: bool = False) -> None:
        """Accept a configured token."""
        self._live[token] = Session(token, user_id, now, preset)

    def issue(self, user_id: str, now: datetime) -> str:
        """Make a new token."""
        self._made += 1
        token = token_for(f"{self._secret}/{self._made}/{now.isoformat()}")
        self.add(token, user_id, now)
        return token

    def find(self, token: str | None, now: datetime, timeout_s: float, preset_lives: bool) -> Session:
        """Return the session of a token and extend it, or refuse."""
        session = self._live.get(token or "")
        if session is None:
            raise ExpiredSession
        if now - session.used > timedelta(seconds=timeout_s) and not (session.preset and preset_lives):
            del self._live[session.token]
            raise ExpiredSession
        session.used = now
        return session

    def peek(self, token: str) -> Session | None:
        """Look at a session without extending it."""
        return self._live.get(token)

    def revoke(self, token: str) -> bool:
        """End one session."""
        return self._live.pop(token, None) is not None

    def expire_all(self) -> None:
        """End all sessions, configured ones too."""
        self._live.clear()
