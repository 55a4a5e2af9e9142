"""Associations, v4: of one record, in batches, and their labels (reference 10.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from trueup.twin.hubspot.association_types import CATEGORIES, USER_DEFINED, Kind
from trueup.twin.hubspot.associations import Tie
from trueup.twin.hubspot.errors import ApiError, not_found
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.batches import complete, inputs_of
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

PAGE = 500
_MOST_READ, _MOST_WRITTEN = 1_000, 2_000


def pair(call: Call) -> tuple[ObjectType, ObjectType]:
    """The two types of the path."""
    return call.object_type, call.portal.types.resolve(call.params["to"])


def _grouped(call: Call, a: ObjectType, b: ObjectType, ties: Sequence[Tie]) -> list[Json]:
    """One entry for each record, with all that ties it."""
    out: dict[int, Json] = {}
    for to_id, category, type_id in ties:
        entry = out.setdefault(to_id, {"toObjectId": to_id, "associationTypes": []})
        entry["associationTypes"].append(call.portal.associations.label_json(a, b, category, type_id))
    return list(out.values())


def _live(call: Call, object_type: ObjectType, raw: Any) -> int:
    record_id = number(raw)
    row = call.portal.store.get(object_type, record_id)
    if row is None or row.archived:
        raise not_found()
    return record_id


def list_associations(call: Call) -> Reply:
    """`GET /crm/v4/objects/{type}/{id}/associations/{to}`: by the exact id; an old id of a merge has none."""
    a, b = pair(call)
    record_id = number(call.params["id"])
    if call.portal.store.resolve(a, record_id) == record_id:
        _live(call, a, record_id)
    limit, after = call.whole("limit", PAGE, PAGE), call.one("after")
    start = int(after) if after.isdigit() else 0
    entries = _grouped(call, a, b, call.portal.associations.of(a, [record_id], b).get(record_id, ()))
    rest = [e for e in entries if e["toObjectId"] >= start]
    body: Json = {"results": rest[:limit]}
    if len(rest) > limit:
        body["paging"] = next_page(call, str(rest[limit]["toObjectId"]))
    return Reply(200, body)


def next_page(call: Call, after: str) -> Json:
    """Where the next page of one record's associations begins; the address keeps what was asked."""
    kept = [(key, value) for key, value in call.query if key != "after"]
    query = urlencode([*kept, ("after", after)])
    return {"next": {"after": after, "link": f"{call.base_url}{call.asked_path}?{query}"}}


def associate_default(call: Call) -> Reply:
    """`PUT .../associations/default/{to}/{toId}`."""
    a, b = pair(call)
    a_id, b_id = number(call.params["id"]), number(call.params["toId"])
    kind = call.portal.associations.plain(a, b)
    call.portal.links.tie(a, a_id, b, b_id)
    return complete(call, [_default_json(a_id, b_id, kind.type_id), _default_json(b_id, a_id, kind.inverse_id)])


def _default_json(from_id: int, to_id: int, type_id: int) -> Json:
    return {
        "from": {"id": str(from_id)},
        "to": {"id": str(to_id)},
        "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id},
    }


def _kinds(call: Call, a: ObjectType, b: ObjectType, raw: Any) -> list[Kind]:
    if not isinstance(raw, list) or not raw:
        raise ApiError(400, "Invalid input: at least one association type is required")
    out = []
    for one in raw:
        try:
            category, type_id = CATEGORIES.index(one["associationCategory"]), int(one["associationTypeId"])
        except (KeyError, TypeError, ValueError):
            raise ApiError(400, "Invalid input: associationCategory and associationTypeId are required") from None
        out.append(call.portal.associations.kind(a, b, category, type_id))
    return out


def _labels_json(a: ObjectType, a_id: int, b: ObjectType, b_id: int, kinds: Sequence[Kind]) -> Json:
    return {
        "fromObjectTypeId": a.type_id,
        "fromObjectId": a_id,
        "toObjectTypeId": b.type_id,
        "toObjectId": b_id,
        "labels": [kind.label for kind in kinds if kind.label],
    }


def associate(call: Call) -> Reply:
    """`PUT .../associations/{to}/{toId}`: the labels given replace those there were."""
    a, b = pair(call)
    a_id, b_id = number(call.params["id"]), number(call.params["toId"])
    kinds = _kinds(call, a, b, call.json())
    call.portal.links.tie(a, a_id, b, b_id, kinds, replace=True)
    return Reply(201, _labels_json(a, a_id, b, b_id, kinds))


def dissociate(call: Call) -> Reply:
    """`DELETE .../associations/{to}/{toId}`: everything between the two."""
    a, b = pair(call)
    call.portal.links.cut(a, number(call.params["id"]), b, number(call.params["toId"]))
    return Reply(204)


def read_batch(call: Call) -> Reply:
    """`POST .../batch/read`: an id without associations is an error entry, not an empty row."""
    a, b = pair(call)
    inputs = inputs_of(call, _MOST_READ)
    bad: list[Json] = []
    starts: dict[int, int] = {}
    for one in inputs:
        raw = str(one.get("id", ""))
        if not raw.isdigit() or int(raw) == 0:
            bad.append(error_entry("INVALID_IDENTIFIER", f"{raw} is not a valid ID", {"id": [raw]}))
            continue
        after = str(one.get("after") or "0")
        starts[int(raw)] = int(after) if after.isdigit() else 0
    ties = call.portal.associations.of(a, list(starts), b)
    results: list[Json] = []
    for record_id, start in starts.items():
        entries = [e for e in _grouped(call, a, b, ties.get(record_id, ())) if e["toObjectId"] >= start]
        if not entries:
            message = f"No {b.singular} is associated with {a.singular} {record_id}."
            context = {"fromObjectId": [str(record_id)], "fromObjectType": [a.type_id], "toObjectType": [b.type_id]}
            bad.append(error_entry("NO_ASSOCIATIONS_FOUND", message, context))
            continue
        row: Json = {"from": {"id": str(record_id)}, "to": entries[:PAGE]}
        if len(entries) > PAGE:
            row["paging"] = {"next": {"after": str(entries[PAGE]["toObjectId"])}}
        results.append(row)
    return complete(call, results, bad)


def error_entry(kind: str, message: str, context: Json) -> Json:
    category = "OBJECT_NOT_FOUND" if kind == "NO_ASSOCIATIONS_FOUND" else "VALIDATION_ERROR"
    return {
        "status": "error",
        "category": category,
        "subCategory": f"crm.associations.{kind}",
        "message": message,
        "context": context,
    }


def each_input(call: Call, most: int, write: Callable[[Json, int, int], Any]) -> tuple[list[Any], list[Json]]:
    """Does something for each pair of a batch; a bad pair is an error entry."""
    done: list[Any] = []
    bad: list[Json] = []
    for one in inputs_of(call, most):
        try:
            a_id, b_id = number(one["from"]["id"]), number(one["to"]["id"])
            done.append(write(one, a_id, b_id))
        except (KeyError, TypeError):
            raise ApiError(400, "Invalid input: each input needs `from.id` and `to.id`") from None
        except ApiError as error:
            if error.category == "OBJECT_NOT_FOUND":
                raw = str(error.context["id"][0])
                bad.append(error_entry("INVALID_IDENTIFIER", f"{raw} is not a valid ID", {"id": [raw]}))
            else:
                entry = error.body("")
                del entry["correlationId"]
                entry.setdefault("category", "VALIDATION_ERROR")
                bad.append(entry)
    return done, bad


def create_batch(call: Call) -> Reply:
    """`POST .../batch/create`."""
    a, b = pair(call)

    def write(one: Json, a_id: int, b_id: int) -> Json:
        kinds = _kinds(call, a, b, one.get("types"))
        call.portal.links.tie(a, a_id, b, b_id, kinds, replace=True)
        return _labels_json(a, a_id, b, b_id, kinds)

    with call.portal.store.transaction():
        done, bad = each_input(call, _MOST_WRITTEN, write)
    return complete(call, done, bad, status=201)


def associate_batch(call: Call) -> Reply:
    """`POST .../batch/associate/default`: both directions are listed; failed pairs do not make it a 207."""
    a, b = pair(call)
    kind = call.portal.associations.plain(a, b)

    def write(_one: Json, a_id: int, b_id: int) -> list[Json]:
        call.portal.links.tie(a, a_id, b, b_id)
        return [_default_json(a_id, b_id, kind.type_id), _default_json(b_id, a_id, kind.inverse_id)]

    with call.portal.store.transaction():
        done, bad = each_input(call, _MOST_WRITTEN, write)
    answer = complete(call, [row for rows in done for row in rows], bad)
    return Reply(200, answer.body)


def archive_batch(call: Call) -> Reply:
    """`POST .../batch/archive`: everything between the pairs."""
    a, b = pair(call)
    with call.portal.store.transaction():
        for one in inputs_of(call, _MOST_WRITTEN):
            for a_id, b_id in _ends(one):
                call.portal.links.cut(a, a_id, b, b_id)
    return Reply(204)


def _ends(one: Json) -> list[tuple[int, int]]:
    """The pairs that an input of an archive names: `to` is a list, and clients send a single one too."""
    named: Any = one.get("to") or []
    try:
        return [
            (number(one["from"]["id"]), number(target["id"]))
            for target in (named if isinstance(named, list) else [named])
        ]
    except (KeyError, TypeError):
        raise ApiError(400, "Invalid input: each input needs `from.id` and `to[].id`") from None


def archive_labels(call: Call) -> Reply:
    """`POST .../batch/labels/archive`: only the named kinds; without the plain one nothing is left."""
    a, b = pair(call)

    def write(one: Json, a_id: int, b_id: int) -> None:
        call.portal.links.cut(a, a_id, b, b_id, _kinds(call, a, b, one.get("types")))

    with call.portal.store.transaction():
        each_input(call, _MOST_WRITTEN, write)
    return Reply(204)


def list_labels(call: Call) -> Reply:
    """`GET .../labels`."""
    a, b = pair(call)
    kinds = call.portal.associations.kinds(a, b)
    return Reply(200, {"results": [_kind_json(kind) for kind in kinds]})


def _kind_json(kind: Kind) -> Json:
    return {"category": CATEGORIES[kind.category], "typeId": kind.type_id, "label": kind.label}


def create_label(call: Call) -> Reply:
    """`POST .../labels`: a paired label gives two numbers; at most ten for a pair of types."""
    a, b = pair(call)
    body = call.document()
    if not body.get("label") or not body.get("name"):
        raise ApiError(400, "Invalid input JSON: Some required fields were not set: [label, name]")
    associations = call.portal.associations
    if len([k for k in associations.kinds(a, b) if k.category == USER_DEFINED]) >= 10:
        raise ApiError(400, "The limit of 10 labels for this pair of object types has been reached")
    made = associations.add_label(a, b, str(body["name"]), str(body["label"]), body.get("inverseLabel"))
    return Reply(200, {"results": [_kind_json(kind) for kind in made]})


def change_label(call: Call) -> Reply:
    """`PUT .../labels`."""
    a, b = pair(call)
    body = call.document()
    type_id = number(body.get("associationTypeId", ""))
    call.portal.associations.change_label(a, b, type_id, str(body.get("label", "")), body.get("inverseLabel"))
    return Reply(204)


def delete_label(call: Call) -> Reply:
    """`DELETE .../labels/{typeId}`."""
    a, b = pair(call)
    call.portal.associations.drop_label(a, b, number(call.params["typeId"]))
    return Reply(204)


_RECORD = "/crm/v4/objects/{type}/{id}/associations"
_PAIR = "/crm/v4/associations/{type}/{to}"

RULES = (
    Rule("PUT", f"{_RECORD}/default/{{to}}/{{toId}}", associate_default, scopes.from_write, ties=True),
    Rule("GET", f"{_RECORD}/{{to}}", list_associations, scopes.from_read, ties=True),
    Rule("PUT", f"{_RECORD}/{{to}}/{{toId}}", associate, scopes.from_write, ties=True),
    Rule("DELETE", f"{_RECORD}/{{to}}/{{toId}}", dissociate, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/read", read_batch, scopes.from_read, ties=True),
    Rule("POST", f"{_PAIR}/batch/create", create_batch, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/associate/default", associate_batch, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/archive", archive_batch, scopes.from_write, ties=True),
    Rule("POST", f"{_PAIR}/batch/labels/archive", archive_labels, scopes.from_write, ties=True),
    Rule("GET", f"{_PAIR}/labels", list_labels, scopes.from_read, ties=True),
    Rule("POST", f"{_PAIR}/labels", create_label, scopes.from_write, ties=True),
    Rule("PUT", f"{_PAIR}/labels", change_label, scopes.from_write, ties=True),
    Rule("DELETE", f"{_PAIR}/labels/{{typeId}}", delete_label, scopes.from_write, ties=True),
)
