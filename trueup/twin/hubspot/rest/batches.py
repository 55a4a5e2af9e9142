"""Batches of up to a hundred records: read, create, update, upsert, archive.

One bad input fails the whole batch, unless every input carries a trace id: then the good ones are written and the
answer is 207 (reference 6.2). Results do not come back in the order of the inputs.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.bodies import texts
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.records import Written, number
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.rest.objects import create, hold_to_rules, properties_of, update, wanted_by
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType
from trueup.twin.hubspot.values import Problem

Json = dict[str, Any]

MOST_INPUTS = 100


def inputs_of(call: Call, most: int = MOST_INPUTS) -> list[Json]:
    """The inputs; none at all when the key is missing, which HubSpot takes for an empty batch."""
    found = call.document().get("inputs")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(i, dict) for i in found):
        raise errors.invalid_json("line 1, column 11: inputs must be a list of objects")
    if len(found) > most:
        raise ApiError(400, f"The maximum number of inputs is {most}; {len(found)} were provided")
    return found


def complete(call: Call, results: list[Json], problems: Sequence[Json] = (), *, status: int = 200) -> Reply:
    """A batch's answer: 207 with the errors when there are some."""
    portal = call.portal
    if portal.switches["shuffle_batch_results"] and len(results) > 1:
        # Scattered, but the same way every time for the same batch.
        random.Random(call.body).shuffle(results)
    now = iso(portal.now())
    body: Json = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if problems:
        body |= {"numErrors": len(problems), "errors": list(problems)}
    return Reply(207 if problems else status, body)


def missing(object_type: ObjectType, ids: Sequence[str], traces: Sequence[str] = ()) -> Json:
    """The one error entry that stands for all ids that were not found."""
    context: Json = {"ids": list(ids)}
    if traces:
        context["objectWriteTraceId"] = list(traces)
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {object_type.internal} objects, they may be deleted or not exist. "
        "Check that ids are valid.",
        "context": context,
    }


def read_batch(call: Call) -> Reply:
    """`batch/read`: by id or by a unique property; archived ones only on request; never any associations."""
    portal, object_type = call.portal, call.object_type
    body = call.document()
    history = texts(body.get("propertiesWithHistory"), "propertiesWithHistory")
    inputs = inputs_of(call, int(portal.switches["history_batch_limit"]) if history else MOST_INPUTS)
    raw_ids = list(dict.fromkeys(str(i.get("id", "")) for i in inputs))
    id_property = body.get("idProperty") or None
    archived = call.flag("archived")
    if id_property and id_property != "hs_object_id":
        portal.checker.check_id_property(object_type, id_property)
        holders = {raw: portal.store.holder(object_type, id_property, raw) for raw in raw_ids}
    else:
        holders = {raw: portal.store.resolve(object_type, number(raw)) for raw in raw_ids}
    found = portal.store.get_many(object_type, [i for i in holders.values() if i is not None])
    rows = {i: row for i, row in found.items() if row.archived == archived}
    lost = [raw for raw, i in holders.items() if i is None or i not in rows]
    wanted = wanted_by(call, object_type, texts(body.get("properties"), "properties"), history)
    results = portal.renderer.many(list(rows.values()), wanted)
    return complete(call, results, [missing(object_type, lost)] if lost else ())


def create_batch(call: Call) -> Reply:
    """`batch/create`."""
    portal, object_type = call.portal, call.object_type
    inputs = inputs_of(call)
    for one in inputs:
        hold_to_rules(call, object_type, properties_of(one), new=True)
    if _traced(inputs):
        return _one_by_one(call, inputs, lambda one: create(portal, object_type, one, call.origin), status=201)
    _refuse_bad(portal, object_type, inputs)
    emails: set[str] = set()
    for one in inputs:
        values = portal.checker.check(object_type, properties_of(one), None).values
        email = values.get("email") if object_type.name == "contacts" else None
        taken = portal.checker.conflict(object_type, values, None)
        if (taken and taken[0] == "email") or (email and email in emails):
            raise errors.contact_exists(None)
        portal.checker.refuse_conflict(object_type, values, None)
        if email:
            emails.add(email)
    with portal.store.transaction():
        written = [create(portal, object_type, one, call.origin) for one in inputs]
    return complete(call, [portal.renderer.written(object_type, w) for w in written], status=201)


def update_batch(call: Call) -> Reply:
    """`batch/update`: unknown ids are one error of a 207, merged-away ids are silently absent."""
    portal, object_type = call.portal, call.object_type
    inputs = inputs_of(call)
    _refuse_twice(inputs)
    for one in inputs:
        hold_to_rules(call, object_type, properties_of(one), new=False)
    targets: list[tuple[Json, Any]] = []
    lost: list[Json] = []
    for one in inputs:
        id_property = one.get("idProperty") or None
        raw = str(one.get("id", ""))
        row = (
            portal.records.find(object_type, raw, id_property)
            if id_property
            else portal.store.get(object_type, number(raw))
        )
        if row is not None and not row.archived:
            targets.append((one, row))
        elif id_property or portal.store.resolve(object_type, number(raw)) == number(raw):
            lost.append(one)
    problems: list[Json] = []
    if lost:
        traces = [str(o["objectWriteTraceId"]) for o in lost if "objectWriteTraceId" in o]
        problems.append(missing(object_type, [str(o["id"]) for o in lost], traces))
    if _traced(inputs) and portal.switches["traced_updates_partial"]:
        rows = {id(one): row for one, row in targets}
        return _one_by_one(
            call,
            [one for one, _ in targets],
            lambda one: update(portal, object_type, rows[id(one)], one, call.origin),
            problems=problems,
        )
    found: list[Problem] = []
    for one, row in targets:
        found += portal.checker.check(object_type, properties_of(one), row).problems
    portal.checker.refuse_problems(found)
    with portal.store.transaction():
        written = []
        for one, row in targets:
            fresh = portal.store.get(object_type, row.id) or row
            written.append(update(portal, object_type, fresh, one, call.origin))
    return complete(call, [portal.renderer.written(object_type, w) for w in written], problems)


def upsert_batch(call: Call) -> Reply:
    """`batch/upsert`: by e-mail or a unique property; each result says whether it is new."""
    portal, object_type = call.portal, call.object_type
    inputs = inputs_of(call)
    _refuse_twice(inputs)
    for one in inputs:
        name = one.get("idProperty")
        if not name:
            raise ApiError(400, "Invalid input: idProperty is required for every input of an upsert")
        portal.checker.check_id_property(object_type, str(name))
        portal.sensitivity.refuse(call.grant, object_type, [str(name), *properties_of(one)], "write")
    if _traced(inputs):
        return _one_by_one(call, inputs, lambda one: _upsert(call, one), upsert=True)
    found: list[Problem] = []
    for one in inputs:
        row = portal.records.find(object_type, str(one.get("id", "")), one["idProperty"])
        found += portal.checker.check(object_type, properties_of(one), row).problems
    portal.checker.refuse_problems(found)
    with portal.store.transaction():
        written = [_upsert(call, one) for one in inputs]
    return complete(call, [_upserted(portal, object_type, w, {}) for w in written])


def _upsert(call: Call, one: Json) -> Written:
    portal, object_type = call.portal, call.object_type
    raw, name = str(one.get("id", "")), str(one["idProperty"])
    row = portal.records.find(object_type, raw, name)
    properties = dict(properties_of(one))
    if row is not None and not row.archived:
        if name == "email":
            # A secondary e-mail finds its contact and does not become the primary one.
            properties = {k: v for k, v in properties.items() if not (k == "email" and str(v).lower() == raw.lower())}
        return update(portal, object_type, row, {"properties": properties}, call.origin)
    return create(portal, object_type, {"properties": {name: raw, **properties}}, call.origin)


def _upserted(portal: Portal, object_type: ObjectType, written: Written, one: Json) -> Json:
    out = portal.renderer.written(object_type, written) | {"new": written.new}
    return out | _trace(one)


def archive_batch(call: Call) -> Reply:
    """`batch/archive`: 204, whatever the ids are."""
    portal, object_type = call.portal, call.object_type
    ids = [number(one.get("id", "")) for one in inputs_of(call)]
    with portal.store.transaction():
        for record_id in ids:
            portal.records.archive(object_type, portal.records.archived_by(object_type, record_id))
    return Reply(204)


def _traced(inputs: Sequence[Json]) -> bool:
    return bool(inputs) and all("objectWriteTraceId" in one for one in inputs)


def _trace(one: Json) -> Json:
    return {"objectWriteTraceId": str(one["objectWriteTraceId"])} if "objectWriteTraceId" in one else {}


def _refuse_twice(inputs: Sequence[Json]) -> None:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for one in inputs:
        key = str(one.get("id", "")).strip().lower()
        if key in seen:
            twice[key] = None
        seen.add(key)
    if twice:
        raise ApiError(
            400,
            f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique",
            context={"ids": list(twice)},
        )


def _refuse_bad(portal: Portal, object_type: ObjectType, inputs: Sequence[Json]) -> None:
    found: list[Problem] = []
    for one in inputs:
        found += portal.checker.check(object_type, properties_of(one), None).problems
    portal.checker.refuse_problems(found)


def _one_by_one(
    call: Call,
    inputs: Sequence[Json],
    write: Any,
    *,
    problems: Sequence[Json] = (),
    status: int = 200,
    upsert: bool = False,
) -> Reply:
    """Writes each input by itself, because each carries a trace id: a bad one fails alone."""
    portal, object_type = call.portal, call.object_type
    results: list[Json] = []
    failed = list(problems)
    for one in inputs:
        trace = str(one["objectWriteTraceId"])
        try:
            with portal.store.transaction():
                written = write(one)
        except ApiError as error:
            failed += _entries(error, trace)
            continue
        if upsert:
            results.append(_upserted(portal, object_type, written, one))
        else:
            results.append(portal.renderer.written(object_type, written) | _trace(one))
    return complete(call, results, failed, status=status)


def _entries(error: ApiError, trace: str) -> list[Json]:
    """The error entries of one refused input: one for each problem, each with the trace id."""
    if error.errors:
        return [
            {
                "status": "error",
                "category": error.category,
                "message": e["message"],
                "errors": [e],
                "context": {**e.get("context", {}), "objectWriteTraceId": [trace]},
            }
            for e in error.errors
        ]
    context: Json = {**error.context, "objectWriteTraceId": [trace]}
    if "Existing ID: " in error.message:
        context["existingId"] = [error.message.rpartition(" ")[2]]
    return [{"status": "error", "category": error.category, "message": error.message, "context": context}]


_BASE = "/crm/v3/objects/{type}/batch"

RULES = (
    Rule("POST", f"{_BASE}/read", read_batch, scopes.read),
    Rule("POST", f"{_BASE}/create", create_batch, scopes.write),
    Rule("POST", f"{_BASE}/update", update_batch, scopes.write),
    Rule("POST", f"{_BASE}/upsert", upsert_batch, scopes.write),
    Rule("POST", f"{_BASE}/archive", archive_batch, scopes.write),
)
