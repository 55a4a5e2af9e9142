"""Records sent with a file: a JSON part for the fields, a part with the bytes. [doc rest-api/insert blob data]"""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.policy import HTTP
from typing import Any

import orjson

from ..errors import ApiError


def parts(body: bytes, kind: str) -> dict[str, bytes]:
    """The parts of a multipart body by their names."""
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    out: dict[str, bytes] = {}
    for part in whole.iter_parts():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            out[str(part.get_param("name", header="content-disposition"))] = content
    return out


def record(body: bytes, kind: str) -> dict[str, Any]:
    """A record whose file fields are told in base64, as if it had come in one piece."""
    out: dict[str, Any] = {}
    files: dict[str, str] = {}
    for name, content in parts(body, kind).items():
        if name.startswith("entity_"):
            try:
                fields = orjson.loads(content)
            except orjson.JSONDecodeError as exc:
                raise ApiError("JSON_PARSER_ERROR", f"Unexpected character or end of input: {exc}") from None
            out |= fields if isinstance(fields, dict) else {}
        else:
            files[name] = base64.b64encode(content).decode()
    if not out:
        raise ApiError("INVALID_MULTIPART_REQUEST", "a multipart request has a part for the fields, entity_<object>")
    return {**out, **files}
