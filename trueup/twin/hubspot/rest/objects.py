"""Single records: list, get, create, update, archive, GDPR delete, merge, search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.association_types import CATEGORIES, Kind
from trueup.twin.hubspot.bodies import objects
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.http import Call, Reply, Rule, path_text
from trueup.twin.hubspot.portal import Portal
from trueup.twin.hubspot.records import Written, number
from trueup.twin.hubspot.render import Wanted
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.search_request import parse
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

_PAGE, _PAGE_WITH_HISTORY, _PAGE_DEFAULT = 100, 50, 10
_ASSOCIATED_AT_ONCE = 500
_LEAD_PRIMARY = 578


def list_records(call: Call) -> Reply:
    """`GET /crm/v3/objects/{type}`: ascending ids; `after` is the id from which the next page begins."""
    portal, object_type = call.portal, call.object_type
    history = call.many("propertiesWithHistory")
    limit = call.whole("limit", _PAGE_DEFAULT, _PAGE_WITH_HISTORY if history else _PAGE)
    after = call.offset("after")
    wanted = wanted_by(call, object_type, call.many("properties"), history)
    rows = portal.store.page(object_type, after, limit + 1, archived=call.flag("archived"))
    page = rows[:limit]
    results = portal.renderer.many(page, wanted)
    add_associations(portal, object_type, page, results, call.many("associations"))
    body: Json = {"results": results}
    if len(rows) > limit:
        following = str(page[-1].id + 1)
        body["paging"] = {"next": {"after": following, "link": _link(call, following)}}
    return Reply(200, body)


def wanted_by(call: Call, object_type: ObjectType, names: Sequence[str], history: Sequence[str] = ()) -> Wanted:
    """What the answer shows of each record; 403 when a name is of a property that this caller may not see."""
    call.portal.sensitivity.refuse(call.grant, object_type, [*names, *history], "read")
    return call.portal.renderer.wanted(object_type, names, history)


def _link(call: Call, after: str) -> str:
    kept = [(key, value) for key, value in call.query if key != "after"]
    query = "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in [*kept, ("after", after)])
    return f"{call.base_url}{call.asked_path}?{query}"


def add_associations(
    portal: Portal, object_type: ObjectType, rows: Sequence[Row], results: list[Json], names: Sequence[str]
) -> None:
    """Puts the asked-for associations into records: an entry for each kind, so an id may come several times."""
    ids = [row.id for row in rows]
    for name in names:
        other = portal.types.resolve(name)
        ties = portal.associations.of(object_type, ids, other)
        for row, record in zip(rows, results, strict=True):
            found = ties.get(row.id)
            if not found:
                continue
            shown = [
                {"id": str(to_id), "type": portal.associations.v3_name(object_type, other, category, type_id)}
                for to_id, category, type_id in found[:_ASSOCIATED_AT_ONCE]
            ]
            block: Json = {"results": shown}
            if len(found) > _ASSOCIATED_AT_ONCE:
                block["paging"] = {"next": {"after": str(found[_ASSOCIATED_AT_ONCE][0])}}
            record.setdefault("associations", {})[other.name] = block


def _asked(call: Call, object_type: ObjectType) -> Row | None:
    """The record that the path names."""
    secondary = bool(call.portal.switches["secondary_email_resolves"])
    return call.portal.records.find(
        object_type, path_text(call, "id"), call.one("idProperty") or None, secondary=secondary
    )


def get_record(call: Call) -> Reply:
    """`GET /crm/v3/objects/{type}/{id}`: archived ones only on request; a merged-away id gives the survivor."""
    portal, object_type = call.portal, call.object_type
    row = _asked(call, object_type)
    if row is None or row.archived != call.flag("archived"):
        raise errors.not_found()
    wanted = wanted_by(call, object_type, call.many("properties"), call.many("propertiesWithHistory"))
    results = portal.renderer.many([row], wanted)
    add_associations(portal, object_type, [row], results, call.many("associations"))
    return Reply(200, results[0])


def create_record(call: Call) -> Reply:
    """`POST /crm/v3/objects/{type}`: 201 with everything that HubSpot added, and where the record is."""
    portal, object_type = call.portal, call.object_type
    body = call.document()
    hold_to_rules(call, object_type, properties_of(body), new=True)
    with portal.store.transaction():
        written = create(portal, object_type, body, call.origin)
    record = portal.renderer.written(object_type, written)
    location = f"{call.base_url}/crm/v3/objects/{object_type.name}/{written.row.id}"
    return Reply(201, record, {"Location": location})


def hold_to_rules(call: Call, object_type: ObjectType, properties: Json, *, new: bool) -> None:
    """Holds a write to its scopes, and to the admins' rules on the addresses that are: 2026-09 and later."""
    call.portal.sensitivity.refuse(call.grant, object_type, properties, "write")
    validations = call.portal.validations
    if validations.enforced(call.asked_path):
        call.portal.checker.refuse_problems(validations.problems(object_type, properties))
        if new:
            validations.refuse_missing(object_type, properties)


def create(portal: Portal, object_type: ObjectType, body: Json, origin: Origin) -> Written:
    """Checks and makes one record with its associations."""
    records = portal.records
    checked = portal.checker.check(object_type, properties_of(body), None)
    portal.checker.refuse_problems(checked.problems)
    portal.checker.check_required(object_type, checked)
    ties = _ties(portal, object_type, objects(body.get("associations"), "associations"))
    if object_type.name == "leads" and not any(_is_about(other, kinds) for other, _, kinds in ties):
        raise ApiError(400, f"A lead must be created with an association of type {_LEAD_PRIMARY} to a contact")
    portal.checker.refuse_conflict(object_type, checked.values, None)
    written = records.create(object_type, checked.values, origin)
    for other, other_id, kinds in ties:
        portal.links.tie(object_type, written.row.id, other, other_id, kinds)
    if object_type.name == "deals":
        portal.links.stages_from_deal(written.row)
    if ties:
        written.row = portal.store.get(object_type, written.row.id) or written.row
    return written


def _is_about(other: ObjectType, kinds: Sequence[Kind]) -> bool:
    """Whether a tie names the contact that a lead is about: its primary one (reference 8.5)."""
    return other.name == "contacts" and any(kind.type_id == _LEAD_PRIMARY for kind in kinds)


def _ties(portal: Portal, object_type: ObjectType, raw: Sequence[Any]) -> list[tuple[ObjectType, int, list[Kind]]]:
    """The associations of a create: the type ids say which type the other record is of."""
    out = []
    for entry in raw:
        try:
            to_id = number(entry["to"]["id"])
            chosen = [(CATEGORIES.index(t["associationCategory"]), int(t["associationTypeId"])) for t in entry["types"]]
        except (KeyError, TypeError, ValueError):
            raise ApiError(400, "Invalid input: each association needs `to.id` and `types`") from None
        if not chosen:
            raise ApiError(400, "Invalid input: each association needs at least one type")
        other = _other_type(portal, object_type, *chosen[0])
        kinds = [portal.associations.kind(object_type, other, category, type_id) for category, type_id in chosen]
        row = portal.store.get(other, to_id)
        if row is None or row.archived:
            raise ApiError(
                400,
                "One or more associations are invalid",
                context={"INVALID_OBJECT_IDS": [f"{other.internal}={to_id} is not valid"]},
            )
        out.append((other, to_id, kinds))
    return out


def _other_type(portal: Portal, object_type: ObjectType, category: int, type_id: int) -> ObjectType:
    for other in portal.types:
        for kind in portal.associations.kinds(object_type, other):
            if kind.type_id == type_id and kind.category == category:
                return other
    raise ApiError(
        400,
        "One or more associations are invalid",
        context={"INVALID_ASSOCIATION_TYPE": [f"{type_id} is not an association type of {object_type.internal}"]},
    )


def properties_of(body: Json) -> Json:
    """The properties of a body; 400 when they are no object."""
    found = body.get("properties") or {}
    if not isinstance(found, dict):
        raise errors.invalid_json("line 1, column 15: properties must be an object")
    return found


def update_record(call: Call) -> Reply:
    """`PATCH /crm/v3/objects/{type}/{id}`: 200 with a part of the record."""
    portal, object_type = call.portal, call.object_type
    row = _asked(call, object_type)
    if row is None or row.archived:
        raise errors.not_found()
    body = call.document()
    hold_to_rules(call, object_type, properties_of(body), new=False)
    with portal.store.transaction():
        written = update(portal, object_type, row, body, call.origin)
    return Reply(200, portal.renderer.written(object_type, written))


def update(portal: Portal, object_type: ObjectType, row: Row, body: Json, origin: Origin) -> Written:
    """Checks and changes one record."""
    records = portal.records
    checked = portal.checker.check(object_type, properties_of(body), row)
    portal.checker.refuse_problems(checked.problems)
    portal.checker.refuse_conflict(
        object_type, checked.values, row.id, status=int(portal.switches["taken_email_on_update"])
    )
    written = records.update(object_type, row, checked.values, origin)
    if object_type.name == "deals" and "dealstage" in checked.values:
        portal.links.stages_from_deal(written.row)
    return written


def archive_record(call: Call) -> Reply:
    """`DELETE /crm/v3/objects/{type}/{id}`: 204 for every number, even of a record that never was."""
    portal, object_type = call.portal, call.object_type
    record_id = number(path_text(call, "id"))
    portal.records.archive(object_type, portal.records.archived_by(object_type, record_id))
    return Reply(204)


def gdpr_delete(call: Call) -> Reply:
    """`POST /crm/v3/objects/contacts/gdpr-delete`: for good; the e-mail is block-listed even if nobody has it."""
    portal, object_type = call.portal, call.object_type
    if object_type.name != "contacts":
        raise errors.not_found()
    body = call.document()
    raw = str(body.get("objectId") or "")
    if not raw:
        raise ApiError(400, "Invalid input: objectId is required")
    id_property = body.get("idProperty") or None
    row = portal.records.find(object_type, raw, id_property)
    email = raw if id_property == "email" else row.props.get("email") if row else None
    with portal.store.transaction():
        if email:
            portal.store.db.execute("INSERT OR IGNORE INTO blocked_email VALUES (?)", (email.strip().lower(),))
        if row is not None:
            portal.records.erase(object_type, row)
    return Reply(204)


def merge_records(call: Call) -> Reply:
    """`POST /crm/v3/objects/{type}/merge`: a new record, to which both old ids lead."""
    portal, object_type = call.portal, call.object_type
    custom = object_type.type_id.startswith("2-") and portal.switches["merge_custom_objects"]
    if not object_type.mergeable and not custom:
        raise ApiError(400, f"Objects of type {object_type.internal} cannot be merged")
    body = call.document()
    ids = [body.get("primaryObjectId"), body.get("objectIdToMerge")]
    if not all(isinstance(i, str) and i for i in ids):
        raise errors.invalid_json("line 1, column 1: primaryObjectId and objectIdToMerge must be strings")
    rows = [portal.records.find(object_type, str(i)) for i in ids]
    if rows[0] is None or rows[1] is None or rows[0].archived or rows[1].archived:
        if portal.switches["merge_unknown_status"] == 404:
            raise errors.not_found()
        raise ApiError(400, "Could not merge: one of the objects does not exist", context={"ids": list(map(str, ids))})
    with portal.store.transaction():
        written = portal.merger.merge(object_type, rows[0], rows[1], call.origin)
    return Reply(200, portal.renderer.written(object_type, written))


def search_records(call: Call) -> Reply:
    """`POST /crm/v3/objects/{type}/search`."""
    portal, object_type = call.portal, call.object_type
    request = parse(call.json(), len(call.body), int(portal.switches["search_body_limit"]))
    asked = [*(f.name for group in request.groups for f in group), *([request.sort[0]] if request.sort else ())]
    portal.sensitivity.refuse_high(object_type, [*asked, *request.properties], "Search")
    portal.sensitivity.refuse(call.grant, object_type, asked, "read")
    total, rows, more = portal.searcher.run(object_type, request, portal.now())
    wanted = wanted_by(call, object_type, request.properties)
    body: Json = {"total": total, "results": portal.renderer.many(rows, wanted)}
    if more:
        body["paging"] = {"next": {"after": str(request.after + request.limit)}}
    return Reply(200, body)


_BASE = "/crm/v3/objects/{type}"

RULES = (
    Rule("POST", f"{_BASE}/search", search_records, scopes.read, search=True),
    Rule("POST", f"{_BASE}/merge", merge_records, scopes.write),
    Rule("POST", f"{_BASE}/gdpr-delete", gdpr_delete, scopes.write),
    Rule("GET", _BASE, list_records, scopes.read),
    Rule("POST", _BASE, create_record, scopes.write),
    Rule("GET", f"{_BASE}/{{id}}", get_record, scopes.read),
    Rule("PATCH", f"{_BASE}/{{id}}", update_record, scopes.write),
    Rule("DELETE", f"{_BASE}/{{id}}", archive_record, scopes.write),
)
