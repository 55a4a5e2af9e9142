"""The web-server flow: a person is sent here to log in and consent, and back with a code or a token.

In the twin that person is the integration user, who is logged in and has consented: the answer is the redirect.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

_LIFE = timedelta(minutes=15)


class BadCode(Exception):
    """The code is unknown, used, too old, or not for this caller."""


@dataclass(frozen=True, slots=True)
class _Code:
    redirect: str
    made: datetime
    challenge: str


class Codes:
    """The authorization codes that were given out and not used yet."""

    def __init__(self) -> None:
        self._open: dict[str, _Code] = {}

    def give(self, asked: Mapping[str, str], now: datetime) -> str:
        """Make a code for a request."""
        code = "aPrx" + secrets.token_urlsafe(48)
        self._open[code] = _Code(asked.get("redirect_uri", ""), now, asked.get("code_challenge", ""))
        return code

    def take(self, form: Mapping[str, str], now: datetime) -> None:
        """Use a code up, or refuse it."""
        found = self._open.pop(form.get("code", ""), None)
        if found is None or now - found.made > _LIFE:
            raise BadCode("expired authorization code" if found is not None else "invalid authorization code")
        if form.get("redirect_uri", "") != found.redirect:
            raise BadCode("redirect_uri must match configuration")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if found.challenge and base64.urlsafe_b64encode(digest).decode().rstrip("=") != found.challenge:
            raise BadCode("invalid code verifier")


def back(asked: Mapping[str, str], answer: Mapping[str, str], *, fragment: bool) -> str | None:
    """The address to send the browser back to; None where the request names none that can be one."""
    redirect = asked.get("redirect_uri", "")
    if not urlsplit(redirect).scheme:
        return None
    given = {**answer, **({"state": asked["state"]} if "state" in asked else {})}
    mark = "#" if fragment else "&" if urlsplit(redirect).query else "?"
    return f"{redirect}{mark}{urlencode(given)}"
