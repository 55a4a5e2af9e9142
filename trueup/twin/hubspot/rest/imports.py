"""Imports: a multipart start, the list, one, its errors, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]


def _parts(call: Call) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The fields and the files of a multipart body."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import FormParser, parse_options_header

    kind, options = parse_options_header(call.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise ApiError(415, "Unsupported Media Type", category=None)
    fields: dict[str, bytes] = {}
    files: dict[str, bytes] = {}

    def on_field(field: Any) -> None:
        fields[(field.field_name or b"").decode()] = field.value or b""

    def on_file(part: Any) -> None:
        part.file_object.seek(0)
        files[(part.file_name or b"").decode()] = part.file_object.read()

    try:
        parser = FormParser("multipart/form-data", on_field, on_file, boundary=options[b"boundary"])
        parser.write(call.body)
        parser.finalize()
    except FormParserError as error:
        raise ApiError(400, f"Invalid multipart body: {error}") from error
    return fields, files


def start(call: Call) -> Reply:
    """`POST /crm/v3/imports`."""
    fields, files = _parts(call)
    try:
        request = orjson.loads(fields.get("importRequest") or files.get("importRequest") or b"")
    except orjson.JSONDecodeError as error:
        raise errors.invalid_json(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    if not isinstance(request, dict):
        raise errors.invalid_json("line 1, column 1: expected an object")

    def may_write(object_type: ObjectType, names: Sequence[str]) -> None:
        call.portal.sensitivity.refuse(call.grant, object_type, names, "write")

    return Reply(200, call.portal.imports.start(request, files, may_write))


def _page(call: Call, rows: list[Json], key: Callable[[Json], int], most: int) -> Reply:
    limit, after = call.whole("limit", 10, most), call.one("after") or "0"
    if not after.isdigit():
        raise ApiError(400, f"Invalid after: '{after}'")
    rest = [r for r in rows if key(r) > int(after)]
    body: Json = {"results": rest[:limit]}
    if len(rest) > limit:
        following = str(key(rest[limit - 1]))
        body["paging"] = {"next": {"after": following, "link": f"{call.base_url}{call.asked_path}?after={following}"}}
    return Reply(200, body)


def list_all(call: Call) -> Reply:
    """`GET /crm/v3/imports`."""
    return _page(call, call.portal.imports.all(), lambda r: int(r["id"]), 100)


def get_one(call: Call) -> Reply:
    """`GET /crm/v3/imports/{id}`."""
    call.portal.imports.run()
    return Reply(200, call.portal.imports.shown(call.params["id"]))


def list_errors(call: Call) -> Reply:
    """`GET /crm/v3/imports/{id}/errors`."""
    call.portal.imports.run()
    return _page(call, call.portal.imports.errors(call.params["id"]), lambda r: int(r["id"]), 10_000)


def cancel(call: Call) -> Reply:
    """`POST /crm/v3/imports/{id}/cancel`."""
    return Reply(200, call.portal.imports.cancel(call.params["id"]))


RULES = (
    Rule("POST", "/crm/v3/imports", start, lambda _call: ("crm.import",)),
    Rule("GET", "/crm/v3/imports", list_all, lambda _call: ("crm.import",)),
    Rule("GET", "/crm/v3/imports/{id}", get_one, lambda _call: ("crm.import",)),
    Rule("GET", "/crm/v3/imports/{id}/errors", list_errors, lambda _call: ("crm.import",)),
    Rule("POST", "/crm/v3/imports/{id}/cancel", cancel, lambda _call: ("crm.import",)),
)
