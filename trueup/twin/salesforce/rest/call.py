"""One call of the REST API as the handlers see it, and their answer. Composite makes such calls without any HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..errors import ApiError
from ..limits import Usage
from ..metadata.model import SObject
from ..org import Actor, Org, UserAccess
from . import multipart, xmltext


@dataclass(slots=True)
class Call:
    """Method, path below the version, query, headers (lower case) and body."""

    org: Org
    usage: Usage
    actor: Actor
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    version: str
    base_url: str
    parsed: Any = None
    args: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """`/services/data/vNN.0`."""
        return f"/services/data/v{self.version}"

    @property
    def number(self) -> float:
        """The API version as a number."""
        return float(self.version)

    @property
    def access(self) -> UserAccess:
        """What the user may see."""
        return UserAccess(self.org, self.actor)

    def json(self) -> Any:
        """Read the body."""
        if self.parsed is not None:
            return self.parsed
        kind = self.headers.get("content-type", "application/json")
        if kind.lower().startswith("multipart/"):
            return multipart.record(self.body, kind)
        if self.body and "xml" in kind:
            return xmltext.read(self.body)
        if self.body and "json" not in kind:
            raise ApiError(
                "UNSUPPORTED_MEDIA_TYPE",
                f"Content-Type header specified in HTTP request is not supported: {kind}",
                status=415,
            )
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as exc:
            raise ApiError("JSON_PARSER_ERROR", f"Unexpected character or end of input: {exc}") from None

    def json_object(self) -> dict[str, Any]:
        """Read a body that must be an object."""
        data = self.json()
        if not isinstance(data, dict):
            raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required to be a JSON object")
        return data

    def sobject(self, name: str) -> SObject:
        """Find the object a path names, or answer 404."""
        from ..errors import not_found

        made = self.access.sobject(name)
        if made is None:
            raise not_found()
        return made


@dataclass(slots=True)
class Answer:
    """Status, body (JSON-able, or None for none, or bytes) and extra headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media: str = "application/json;charset=UTF-8"
