"""Who wrote to whom, out of `hs_email_headers`: the read-only properties that HubSpot fills from it (reference 11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

_PARTS = (("email", "email"), ("firstName", "firstname"), ("lastName", "lastname"))


def correspondents(headers: str) -> dict[str, str]:
    """The sender's and the receivers' addresses and names; several receivers are joined by `;`. Bad JSON fills none."""
    try:
        found = orjson.loads(headers)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(found, Mapping):
        return {}
    out: dict[str, str] = {}
    for side in ("from", "to", "cc", "bcc"):
        people = _people(found.get(side))
        for key, name in _PARTS if side in {"from", "to"} else _PARTS[:1]:
            if values := [str(person[key]) for person in people if person.get(key)]:
                out[f"hs_email_{side}_{name}"] = ";".join(values)
    return out


def _people(raw: Any) -> list[Mapping[str, Any]]:
    listed = raw if isinstance(raw, list) else [raw]
    return [person for person in listed if isinstance(person, Mapping)]
