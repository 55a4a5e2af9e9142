"""Collections: up to 200 records in one call, with partial success. [reference 8.1]"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..behaviour import delete as deleting
from ..behaviour import save
from ..errors import ApiError
from ..ids import canonical
from ..metadata.model import SObject
from ..rules import matching
from .call import Answer, Call
from .reading import read_records
from .sobjects import external_field

_LIMIT = 200
_CHUNKS = 10
Work = Callable[[], dict[str, Any]]

_ROLLED_BACK = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
    "fields": [],
}


class _RollBack(Exception):
    """Leaves the transaction without its changes."""


def run(call: Call, works: Sequence[Work], all_or_none: bool, shapes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Do the works one by one, each in its own savepoint; with allOrNone one failure undoes all.

    `shapes` hold the keys that a failed item still shows (`created` of an upsert).
    """
    results: list[dict[str, Any]] = []
    failed = False
    try:
        with call.org.store.transaction():
            for work, shape in zip(works, shapes, strict=True):
                try:
                    with call.org.store.transaction():
                        results.append(work())
                except ApiError as exc:
                    failed = True
                    results.append({"success": False, "errors": exc.as_items(), **shape})
            if failed and all_or_none:
                raise _RollBack
    except _RollBack:
        for k, result in enumerate(results):
            if result["success"]:
                kept = {key: result[key] for key in ("created",) if key in result}
                results[k] = {"success": False, "errors": [dict(_ROLLED_BACK)], **kept}
    return results


def _records(call: Call) -> tuple[list[Any], bool]:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list):
        raise ApiError("JSON_PARSER_ERROR", "The records field is required and must be a list")
    if len(records) > _LIMIT:
        raise ApiError(
            "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_LIMIT} records into this call"
        )
    return records, bool(body.get("allOrNone", False))


def _refuse_chunks(types: Sequence[str]) -> None:
    """At most ten runs of one type. [reference 8.1]"""
    runs = sum(1 for k, one in enumerate(types) if k == 0 or types[k - 1] != one)
    if runs > _CHUNKS:
        raise ApiError(
            "MAX_BATCH_SIZE_EXCEEDED", f"cannot process more than {_CHUNKS} chunks of record types in one call"
        )


def _type(call: Call, record: Any) -> SObject:
    name = record.get("attributes", {}).get("type") if isinstance(record, dict) else None
    if not name:
        raise ApiError("JSON_PARSER_ERROR", "The attributes.type field is required for each record", fields=[])
    made = call.access.sobject(str(name))
    if made is None:
        raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported.", fields=[])
    return made


def _runs(records: Sequence[Any]) -> list[str]:
    return [str((r.get("attributes") or {}).get("type", "")) if isinstance(r, dict) else "" for r in records]


def create(call: Call) -> Answer:
    """Insert many."""
    records, all_or_none = _records(call)
    _refuse_chunks(_runs(records))

    def work(record: Any) -> Work:
        def do() -> dict[str, Any]:
            made = _type(call, record)
            return {"id": save.create(call.org, call.actor, made, record), "success": True, "errors": []}

        return do

    return Answer(200, run(call, [work(r) for r in records], all_or_none, [{}] * len(records)))


def update(call: Call) -> Answer:
    """Change many, by the Id in each record."""
    records, all_or_none = _records(call)
    _refuse_chunks(_runs(records))
    seen: set[str] = set()

    def work(record: Any) -> Work:
        def do() -> dict[str, Any]:
            made = _type(call, record)
            given = next((v for k, v in record.items() if k.lower() == "id"), None)
            if not given:
                raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call", fields=[])
            full = canonical(str(given))
            if full is not None and full in seen and call.org.switches["duplicate_ids_in_list_fail"]:
                raise ApiError("DUPLICATE_VALUE", f"duplicate id in list: {full}", fields=[])
            seen.add(full or str(given))
            values = {k: v for k, v in record.items() if k.lower() != "id"}
            save.update(call.org, call.actor, made, str(given), values)
            return {"id": full, "success": True, "errors": []}

        return do

    return Answer(200, run(call, [work(r) for r in records], all_or_none, [{}] * len(records)))


def upsert(call: Call) -> Answer:
    """Create or change many of one type, by an external id in each record (or by Id: absent means insert)."""
    made = call.sobject(call.args[0])
    found = external_field(call, made, call.args[1])
    records, all_or_none = _records(call)
    shapes: list[dict[str, Any]] = [{"created": False} for _ in records]

    def work(k: int, record: Any) -> Work:
        def do() -> dict[str, Any]:
            if _type(call, record).name != made.name:
                raise ApiError("INVALID_TYPE", "all records of an upsert must have the type of the URL", fields=[])
            key = next((v for n, v in record.items() if n.lower() == found.name.lower()), None)
            if found.type == "id":
                values = {n: v for n, v in record.items() if n.lower() != "id"}
                if not key:
                    shapes[k]["created"] = True
                    return _done(save.create(call.org, call.actor, made, values), True)
                save.update(call.org, call.actor, made, str(key), values)
                return _done(str(canonical(str(key))), False)
            if key is None or key == "":
                raise ApiError("MISSING_ARGUMENT", f"{found.name} not specified", fields=[])
            rows = matching(call.org, made, found, key)
            if len(rows) > 1:
                ids = ", ".join(str(r["Id"]) for r in rows)
                raise ApiError(
                    "DUPLICATE_EXTERNAL_ID",
                    f"{found.name}: more than one record found for external id field: [{ids}]",
                    fields=[found.name],
                )
            if not rows:
                shapes[k]["created"] = True
                return _done(save.create(call.org, call.actor, made, record), True)
            values = {n: v for n, v in record.items() if n.lower() != found.name.lower()}
            save.update(call.org, call.actor, made, str(rows[0]["Id"]), values)
            return _done(str(rows[0]["Id"]), False)

        return do

    return Answer(200, run(call, [work(k, r) for k, r in enumerate(records)], all_or_none, shapes))


def _done(record_id: str, created: bool) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": [], "created": created}


def delete(call: Call) -> Answer:
    """Delete many, of any types, by the ids in the URL."""
    ids = [i.strip() for i in call.query.get("ids", "").split(",") if i.strip()]
    if len(ids) > _LIMIT:
        raise ApiError(
            "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_LIMIT} records into this call"
        )
    all_or_none = call.query.get("allOrNone", "false").lower() == "true"

    def work(given: str) -> Work:
        def do() -> dict[str, Any]:
            full = canonical(given)
            targets = [m for m in call.org.schema.of_id(full or "") if "deletable" in m.flags]
            if full is None or not targets:
                raise ApiError("MALFORMED_ID", f"malformed id {given}", fields=[])
            return {"id": deleting.delete(call.org, call.actor, targets[0], full), "success": True, "errors": []}

        return do

    return Answer(200, run(call, [work(i) for i in ids], all_or_none, [{"id": i} for i in ids]))


def retrieve(call: Call) -> Answer:
    """Read many by ids in the URL."""
    ids = [i for i in call.query.get("ids", "").split(",") if i]
    names = [n.strip() for n in call.query.get("fields", "Id").split(",") if n.strip()]
    return _retrieve(call, ids, names)


def retrieve_by_body(call: Call) -> Answer:
    """Read many by ids in the body, 2,000 at most."""
    body = call.json_object()
    ids, names = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(names, list):
        raise ApiError("JSON_PARSER_ERROR", "ids and fields are required and must be lists")
    return _retrieve(call, [str(i) for i in ids], [str(n) for n in names])


def _retrieve(call: Call, ids: list[str], names: list[str]) -> Answer:
    made = call.sobject(call.args[0])
    if len(ids) > 2000:
        raise ApiError("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 2000 records into this call")
    full = []
    for one in ids:
        found = canonical(one)
        if found is None or not found.startswith(made.prefix):
            raise ApiError("MALFORMED_ID", f"malformed id {one}")
        full.append(found)
    return Answer(200, read_records(call, made, full, names))
