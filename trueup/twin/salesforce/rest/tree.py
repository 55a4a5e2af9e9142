"""composite/tree: parents and children in one create, all or nothing. [reference 8.4]"""

from __future__ import annotations

from typing import Any

from ..behaviour import save
from ..errors import ApiError
from ..metadata.model import SObject
from .call import Answer, Call


class _RollBack(Exception):
    """Leaves the transaction without its changes."""


def tree(call: Call) -> Answer:
    """Create up to 200 records, 5 levels deep."""
    made = call.sobject(call.args[0])
    records = call.json_object().get("records")
    if not isinstance(records, list):
        raise ApiError("JSON_PARSER_ERROR", "records is required and must be a list")
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    try:
        with call.org.store.transaction():
            for record in records:
                _plant(call, made, record, {}, 1, results, errors)
            if len(results) + len(errors) > 200:
                raise ApiError(
                    "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call"
                )
            if errors:
                raise _RollBack
    except _RollBack:
        return Answer(400, {"hasErrors": True, "results": errors})
    return Answer(201, {"hasErrors": False, "results": results})


def _plant(
    call: Call,
    made: SObject,
    record: Any,
    parent: dict[str, Any],
    depth: int,
    results: list[dict[str, Any]],
    errors: list[dict[str, Any]],
) -> None:
    reference = (record.get("attributes") or {}).get("referenceId") if isinstance(record, dict) else None
    if not reference:
        raise ApiError("INVALID_INPUT", "Include a reference ID for each record in the request.")
    if depth > 5:
        raise ApiError("INVALID_INPUT", "A tree can be five levels deep at most.")
    own = {k: v for k, v in record.items() if not (isinstance(v, dict) and "records" in v)}
    try:
        with call.org.store.transaction():
            record_id = save.create(call.org, call.actor, made, {**own, **parent})
    except ApiError as exc:
        errors.append({"referenceId": reference, "errors": exc.as_items()})
        return
    results.append({"referenceId": reference, "id": record_id})
    for name, value in record.items():
        if not (isinstance(value, dict) and "records" in value):
            continue
        child = made.child(name)
        target = call.access.sobject(child.sobject) if child else None
        if child is None or target is None:
            error = ApiError("INVALID_FIELD", f"No such relation '{name}' on entity '{made.name}'")
            errors.append({"referenceId": reference, "errors": error.as_items()})
            continue
        for inner in value["records"]:
            _plant(call, target, inner, {child.field: record_id}, depth + 1, results, errors)
