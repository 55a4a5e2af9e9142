"""Keeps credentials out of messages: what a CRM or a library echoes is cleaned before it becomes an error's text."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "[hidden]"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|oauth|basic)\s+[A-Za-z0-9._~+/=!-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\bpat-[a-z0-9]+-[0-9a-fA-F-]{16,}"), HIDDEN),
    # A Salesforce session id: the organisation's id, an exclamation mark, and the token.
    (re.compile(r"\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{8,}"), HIDDEN),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"), HIDDEN),
    (
        re.compile(
            r"(?i)([\"']?(?:password|passwd|client_secret|access_token|refresh_token|security_token|assertion|"
            r"sessionid)[\"']?\s*[:=>]\s*[\"']?)[^\s\"'&<,}]+"
        ),
        rf"\1{HIDDEN}",
    ),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without anything that looks like a credential, nor any of the secrets given.

    Known secrets are removed first, longest first, so that a secret which contains another leaves no rest.
    """
    for secret in sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
