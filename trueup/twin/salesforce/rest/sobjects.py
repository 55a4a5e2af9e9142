"""Single records: create, read, update, delete, by id and by external id. [reference 5.3 to 5.6]"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from ..behaviour import delete as deleting
from ..behaviour import owners, save
from ..errors import Ambiguous, ApiError, not_found
from ..ids import canonical
from ..metadata.model import Field, SObject
from ..rules import matching
from ..soql.execute import Executor
from ..store import Row
from ..values import parse_datetime
from .call import Answer, Call
from .conditions import check_tags, check_unmodified, unchanged
from .reading import read_records

_ID_FORM = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def create(call: Call) -> Answer:
    """Insert one record."""
    made = call.sobject(call.args[0])
    with call.org.store.transaction():
        record_id = save.create(call.org, call.actor, made, call.json_object())
    _looked_at(call, made, record_id)
    return created(call, made, record_id, {"id": record_id, "success": True, "errors": []})


def _looked_at(call: Call, made: SObject, record_id: str) -> None:
    """Sforce-Mru: updateMru=true puts the record among the user's recent ones. [doc rest-api/headers_mru]"""
    if "updatemru=true" in call.headers.get("sforce-mru", "").lower().replace(" ", ""):
        call.org.viewed.mark(call.actor.user_id, made, [record_id])


def created(call: Call, made: SObject, record_id: str, body: dict[str, Any], status: int = 201) -> Answer:
    """The answer of a create, with its Location."""
    return Answer(status, body, {"Location": f"{call.root}/sobjects/{made.name}/{record_id}"})


def insert_by_id(call: Call) -> Answer:
    """POST sobjects/X/Id inserts."""
    if call.args[1].lower() != "id":
        raise ApiError(
            "METHOD_NOT_ALLOWED", "HTTP Method 'POST' not allowed. Allowed are HEAD,GET,PATCH,DELETE", status=405
        )
    return create(call)


def _addressed(call: Call) -> SObject:
    """The object of a path; what stands after it and has no id's form is read as the name of an external id field.

    [rec restforce/delete_error_response.json] [live org, by the integration tests of OpenFn's adaptor]
    """
    made = call.sobject(call.args[0])
    if not _ID_FORM.fullmatch(call.args[1]):
        external_field(call, made, call.args[1])
        raise not_found()
    return made


def _live(call: Call, made: SObject, record_id: str) -> Row:
    full = canonical(record_id)
    if full is None:
        raise ApiError(
            "MALFORMED_ID", f"{made.label} ID: id value of incorrect type: {record_id}", status=404, fields=["Id"]
        )
    if not full.startswith(made.prefix):
        raise ApiError(
            "MALFORMED_ID", f"{made.label} ID: id value of incorrect type: {record_id}", status=400, fields=["Id"]
        )
    row = call.org.store.get(made.name, full)
    if row is None or row.get("IsDeleted") or owners.hidden(call.org, call.actor, made, row):
        raise not_found()
    return row


def read(call: Call) -> Answer:
    """Read one record by id."""
    made = _addressed(call)
    row = _live(call, made, call.args[1])
    _looked_at(call, made, str(row["Id"]))
    return _show(call, made, row)


def _show(call: Call, made: SObject, row: Row) -> Answer:
    headers: dict[str, str] = {}
    changed = _changed(row)
    if changed is not None:
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        check_unmodified(call, changed)
    if made.name == "Account":
        tag = account_tag(row)
        suffix = "--gzip" if "gzip" in call.headers.get("accept-encoding", "") else ""
        headers["ETag"] = f'"{tag}{suffix}"'
        if check_tags(call, tag):
            return Answer(304, None, headers)
    if changed is not None and unchanged(call, changed):
        return Answer(304, None, headers)
    names = [n.strip() for n in call.query["fields"].split(",") if n.strip()] if call.query.get("fields") else None
    return Answer(200, read_records(call, made, [str(row["Id"])], names)[0], headers)


def account_tag(row: Row) -> str:
    """The ETag of an account row."""
    digest = hashlib.sha256(f"{row['Id']}{row['SystemModstamp']}".encode()).digest()
    return base64.b64encode(digest).decode()


def _changed(row: Row) -> datetime | None:
    stamp = row.get("LastModifiedDate")
    return parse_datetime(stamp) if stamp else None


def _check_write(call: Call, made: SObject, record_id: str) -> None:
    """The preconditions of a write."""
    full = canonical(record_id)
    row = call.org.store.get(made.name, full) if full else None
    if row is None:
        return
    changed = _changed(row)
    if changed is not None:
        check_unmodified(call, changed)
    if made.name == "Account":
        check_tags(call, account_tag(row))


def update(call: Call) -> Answer:
    """Change one record by id."""
    made = _addressed(call)
    with call.org.store.transaction():
        _check_write(call, made, call.args[1])
        save.update(call.org, call.actor, made, call.args[1], call.json_object())
    _looked_at(call, made, str(canonical(call.args[1])))
    return Answer(204)


def delete(call: Call) -> Answer:
    """Delete one record by id."""
    made = _addressed(call)
    with call.org.store.transaction():
        _check_write(call, made, call.args[1])
        deleting.delete(call.org, call.actor, made, call.args[1])
    return Answer(204)


def external_field(call: Call, made: SObject, name: str) -> Field:
    """Find a field that may address records from outside, or answer 404. [rec restforce/delete_error_response.json]"""
    found = call.access.field(made, name)
    if found is None or not (found.external_id or found.id_lookup or found.type == "id"):
        raise ApiError(
            "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}", status=404
        )
    return found


def _one(call: Call, made: SObject, name: str, value: str) -> tuple[Field, Row | None]:
    found = external_field(call, made, name)
    if "/" in value:  # cannot be addressed so, however it is written [reference 5.5]
        raise not_found()
    rows = matching(call.org, made, found, value)
    if len(rows) > 1:
        raise Ambiguous(made.name, [str(r["Id"]) for r in rows])
    return found, rows[0] if rows else None


def read_by(call: Call) -> Answer:
    """Read by external id, or follow a relationship of a record."""
    made = call.sobject(call.args[0])
    head, value = call.args[1], unquote(call.args[2])
    if head.lower() == "describe":  # nothing lies below it but the resources of its own
        raise not_found()
    if canonical(head) is not None and head.startswith(made.prefix) and made.get(head) is None:
        return _follow(call, made, head, value)
    _, row = _one(call, made, head, value)
    if row is None:
        raise not_found()
    return _show(call, made, row)


def _follow(call: Call, made: SObject, record_id: str, relationship: str) -> Answer:
    row = _live(call, made, record_id)
    found = call.access.field(made, relationship)
    if found is not None and found.type == "base64":
        content = base64.b64decode(str(row.get(found.name) or ""))
        return Answer(200, content, media=str(row.get("ContentType") or "application/octet-stream"))
    link = made.by_relationship.get(relationship.lower())
    if link is not None:
        there = call.org.exists(link.refers_to, str(row.get(link.name) or ""))
        if there is None:
            raise not_found()
        return Answer(200, read_records(call, there[0], [str(there[1]["Id"])], None)[0])
    child = made.child(relationship)
    target = call.access.sobject(child.sobject) if child else None
    if child is None or target is None:
        raise not_found()
    from .query import compile_query, executor, page_size

    names = call.query.get("fields") or ",".join(f.name for f in call.access.fields(target) if f.stored)
    text = f"SELECT {names} FROM {target.name} WHERE {child.field} = '{row['Id']}'"
    plan = compile_query(call, text, deleted=False)
    run: Executor = executor(call)
    return Answer(200, run.run(plan, page_size(call, plan)))


def upsert(call: Call) -> Answer:
    """Create or update by external id. [reference 5.5]"""
    made = call.sobject(call.args[0])
    name, value = call.args[1], unquote(call.args[2])
    body = call.json_object()
    with call.org.store.transaction():
        found, row = _one(call, made, name, value)
        body = {k: v for k, v in body.items() if k != "attributes"}
        if any(k.lower() in {"id", found.name.lower()} for k in body):
            raise ApiError(
                "INVALID_FIELD", f"The {found.name} field should not be specified in the sobject data.", fields=[]
            )
        if row is not None:
            _check_write(call, made, str(row["Id"]))
            save.update(call.org, call.actor, made, str(row["Id"]), body)
            if call.number < 46:
                return Answer(204)
            done = {"id": row["Id"], "success": True, "errors": [], "created": False}
            return created(call, made, str(row["Id"]), done, 200)
        if found.type == "id" or call.query.get("updateOnly", "").lower() == "true":
            raise not_found()
        record_id = save.create(call.org, call.actor, made, {**body, found.name: value})
    done = {"id": record_id, "success": True, "errors": [], "created": True}
    return created(call, made, record_id, done)


def delete_by(call: Call) -> Answer:
    """Delete by external id."""
    made = call.sobject(call.args[0])
    with call.org.store.transaction():
        _, row = _one(call, made, call.args[1], unquote(call.args[2]))
        if row is None:
            raise not_found()
        deleting.delete(call.org, call.actor, made, str(row["Id"]))
    return Answer(204)
