"""If-Modified-Since and its kin, to the second. [reference 5.6]"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..errors import ApiError
from .call import Call


def _date(call: Call, name: str) -> datetime | None:
    text = call.headers.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        if call.method in {"PATCH", "POST"}:
            raise ApiError("INVALID_DATE_FORMAT", f"{name}: not an RFC 1123 date: {text}") from None
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def unchanged(call: Call, changed: datetime) -> bool:
    """Whether If-Modified-Since says that the client has this already."""
    since = _date(call, "if-modified-since")
    return since is not None and changed <= since


def check_unmodified(call: Call, changed: datetime) -> None:
    """Refuse when the record changed after If-Unmodified-Since. The body is [unverified]; clients look at the 412."""
    since = _date(call, "if-unmodified-since")
    if since is not None and changed > since:
        raise ApiError(
            "PRECONDITION_FAILED", "The precondition given in the request evaluated to false on the server.", status=412
        )


def check_tags(call: Call, tag: str) -> bool:
    """If-Match refuses (412) unless one tag fits; returns whether If-None-Match says 304 (Account rows only)."""
    bare = _bare(tag)
    wanted = call.headers.get("if-match")
    if wanted is not None and wanted.strip() != "*" and bare not in {_bare(t) for t in wanted.split(",")}:
        raise ApiError(
            "PRECONDITION_FAILED", "The precondition given in the request evaluated to false on the server.", status=412
        )
    other = call.headers.get("if-none-match")
    return other is not None and bare in {_bare(t) for t in other.split(",")}


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"').removesuffix("--gzip")
