"""Ingest jobs: rows of text become writes, 200 to a transaction, each row failing alone. [reference 9.2]"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..behaviour import delete as deleting
from ..behaviour import save
from ..errors import ApiError, Unreadable
from ..ids import canonical
from ..metadata.model import SObject
from ..org import Actor, Org, UserAccess
from ..rules import matching
from .csvtext import BadFile

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_TRANSACTION = 200
NULL = "#N/A"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one row. A failed row of an insert has no id."""

    id: str
    created: bool
    error: ApiError | None = None

    @property
    def error_text(self) -> str:
        """The `sf__Error` of a row: code, message, fields. [reference 9.2]"""
        if self.error is None:
            return ""
        parts = (self.error, *self.error.more)
        return ";".join(f"{e.code}:{e.message}:{' '.join([*(e.fields or []), ''])}--" for e in parts)


def check_header(org: Org, actor: Actor, made: SObject, header: Sequence[str], operation: str) -> None:
    """Refuse the file as a whole when a column cannot be a field."""
    if operation in {"delete", "hardDelete"} and [h.lower() for h in header] != ["id"]:
        raise BadFile("InvalidBatch : Field name not found : a delete takes one column, Id")
    access = UserAccess(org, actor)
    for name in header:
        first = name.partition(".")[0]
        link = first.rpartition(":")[2]
        known = made.by_relationship.get(link.lower()) if "." in name else access.field(made, name)
        if known is None:
            raise BadFile(f"InvalidBatch : Field name not found : {name}")


def key_of(access: UserAccess, made: SObject, name: str) -> str:
    """The field by which an upsert finds its records, in its own spelling; a field that cannot is refused."""
    found = access.field(made, name)
    if found is None or not (found.external_id or found.id_lookup or found.type == "id"):
        raise BadFile(f"Field name provided, {name} does not match an External ID for {made.name}")
    return found.name


def values_of(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Read one row: empty leaves a field alone, `#N/A` empties it, `Account.Ext__c` names a parent."""
    out: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=True):
        if cell == "":
            continue
        value = None if cell == NULL else cell
        link, dot, inner = name.partition(".")
        if not dot:
            out[name] = value
            continue
        kind, _, relationship = link.rpartition(":")
        parent: dict[str, Any] = {inner: value}
        if kind:
            parent["attributes"] = {"type": kind}
        out[relationship] = parent
    return out


def run(
    org: Org,
    actor: Actor,
    made: SObject,
    operation: str,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    header: Sequence[str] = (),
) -> list[Done]:
    """Do all rows; each is its own savepoint, 200 share a transaction. Rows of a CSV file come with its header."""
    work = _WORK[operation]
    out: list[Done] = []
    for start in range(0, len(rows), _TRANSACTION):
        with org.store.transaction():
            for row in rows[start : start + _TRANSACTION]:
                try:
                    with org.store.transaction():
                        out.append(work(org, actor, made, row, key))
                except ApiError as exc:
                    said = exc.as_cell(header) if header and isinstance(exc, Unreadable) else exc
                    out.append(Done("" if operation == "insert" else _id(row)[1] or "", False, said))
    return out


def _id(row: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """A row without its id, and the id."""
    rest = {k: v for k, v in row.items() if k.lower() != "id"}
    given = next((str(v) for k, v in row.items() if k.lower() == "id" and v), "")
    return rest, canonical(given) or given


def _insert(org: Org, actor: Actor, made: SObject, row: Mapping[str, Any], key: str) -> Done:
    del key
    rest, given = _id(row)
    if given:
        raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", fields=["Id"])
    return Done(save.create(org, actor, made, rest), True)


def _update(org: Org, actor: Actor, made: SObject, row: Mapping[str, Any], key: str) -> Done:
    del key
    rest, given = _id(row)
    if not given:
        raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call", fields=[])
    save.update(org, actor, made, given, rest)
    return Done(given, False)


def _upsert(org: Org, actor: Actor, made: SObject, row: Mapping[str, Any], key: str) -> Done:
    found = made.get(key)
    if found is None or found.type == "id":
        rest, given = _id(row)
        return _update(org, actor, made, row, "") if given else Done(save.create(org, actor, made, rest), True)
    value = next((v for k, v in row.items() if k.lower() == found.name.lower()), None)
    if value is None:
        raise ApiError("MISSING_ARGUMENT", f"{found.name} not specified", fields=[])
    there = matching(org, made, found, value)
    if len(there) > 1:
        ids = ", ".join(str(r["Id"]) for r in there)
        raise ApiError(
            "DUPLICATE_EXTERNAL_ID",
            f"{found.name}: more than one record found for external id field: [{ids}]",
            fields=[found.name],
        )
    if not there:
        return Done(save.create(org, actor, made, row), True)
    rest = {k: v for k, v in row.items() if k.lower() != found.name.lower()}
    save.update(org, actor, made, str(there[0]["Id"]), rest)
    return Done(str(there[0]["Id"]), False)


def _delete(org: Org, actor: Actor, made: SObject, row: Mapping[str, Any], key: str) -> Done:
    del key
    _, given = _id(row)
    return Done(deleting.delete(org, actor, made, given), False)


def _hard_delete(org: Org, actor: Actor, made: SObject, row: Mapping[str, Any], key: str) -> Done:
    done = _delete(org, actor, made, row, key)
    gone = org.store.get(made.name, done.id)
    if gone is not None:
        org.store.purge(made.name, gone)
    return done


_WORK: dict[str, Callable[[Org, Actor, SObject, Mapping[str, Any], str], Done]] = {
    "insert": _insert,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "hardDelete": _hard_delete,
}
