"""The SOAP verbs that work on records: merge, convertLead, undelete, query, create and its kin. [reference 10]"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from ..behaviour import convert as converting
from ..behaviour import delete as deleting
from ..behaviour import merge as merging
from ..behaviour import save
from ..errors import ApiError
from ..ids import canonical
from ..rest.call import Call
from ..rest.query import compile_query, executor, page_size
from ..rest.sobjects import external_field
from ..rules import matching
from ..values import print_datetime
from . import duplicates, interface, reads
from .each import each, errors, refuse_many
from .envelope import NIL, Request, is_nil, local
from .login import user_info
from .records import Style, object_of, record

Result = list[tuple[str, Any]]


def merge(call: Call, request: Request) -> Result:
    """merge(): every child element is one request, whatever its name. [reference 10.1]"""

    def one(element: ET.Element) -> Result:
        parts = [(local(c), c) for c in element]
        masters = [c for name, c in parts if name == "masterRecord"]
        losers = [(c.text or "").strip() for name, c in parts if name == "recordToMergeIds"]
        if not masters:
            raise ApiError("MISSING_ARGUMENT", "masterRecord is required", fields=[])
        kind, values = record(masters[0])
        done = merging.merge(call.org, call.actor, kind, values, losers)
        return [
            ("id", done.id),
            *(("mergedRecordIds", i) for i in done.merged_ids),
            ("success", True),
            *(("updatedRelatedIds", i) for i in done.updated_related),
        ]

    return [("mergeResponse", each(call, list(request.element), one, [("id", ""), ("success", False)]))]


def convert_lead(call: Call, request: Request) -> Result:
    """convertLead(): up to 100 at a time. [reference 10.2]"""
    elements = list(request.element)
    refuse_many(elements, 100)
    out: Result = []
    for element in elements:
        asked = {local(c): (c.text or "").strip() for c in element if not is_nil(c) and (c.text or "").strip()}
        try:
            with call.org.store.transaction():
                done = converting.convert(call.org, call.actor, asked)
        except ApiError as exc:
            lead = canonical(asked.get("leadId", "")) or NIL
            nothing: Result = [("accountId", NIL), ("contactId", NIL)]
            out.append(
                ("result", [*nothing, *errors(exc), ("leadId", lead), ("opportunityId", NIL), ("success", False)])
            )
            continue
        out.append(
            (
                "result",
                [
                    ("accountId", done.account_id),
                    ("contactId", done.contact_id),
                    ("leadId", done.lead_id),
                    ("opportunityId", done.opportunity_id or NIL),
                    *_person(call, done.person_account_id),
                    ("success", True),
                ],
            )
        )
    return [("convertLeadResponse", out)]


def _person(call: Call, account_id: str | None) -> Result:
    """relatedPersonAccountId, in orgs with person accounts."""
    return [] if call.org.schema.person_fields is None else [("relatedPersonAccountId", account_id or NIL)]


def undelete(call: Call, request: Request) -> Result:
    """undelete(): up to 200 ids."""

    def one(element: ET.Element) -> Result:
        return [("id", deleting.undelete(call.org, call.actor, (element.text or "").strip())), ("success", True)]

    return [("undeleteResponse", each(call, list(request.element), one, [("id", NIL), ("success", False)]))]


def delete(call: Call, request: Request) -> Result:
    """delete(): up to 200 ids of any types."""

    def one(element: ET.Element) -> Result:
        text = (element.text or "").strip()
        targets = [m for m in call.org.schema.of_id(canonical(text) or "") if "deletable" in m.flags]
        if not targets:
            raise ApiError("MALFORMED_ID", f"malformed id {text}", fields=[])
        return [("id", deleting.delete(call.org, call.actor, targets[0], text)), ("success", True)]

    return [("deleteResponse", each(call, list(request.element), one, [("id", NIL), ("success", False)]))]


def create(call: Call, request: Request) -> Result:
    """create(): up to 200 records."""

    def one(element: ET.Element) -> Result:
        kind, values = record(element)
        made = object_of(call, kind)
        return [("id", save.create(call.org, call.actor, made, values)), ("success", True)]

    return [("createResponse", each(call, list(request.element), one, [("id", NIL), ("success", False)]))]


def update(call: Call, request: Request) -> Result:
    """update(): up to 200 records with their ids."""

    def one(element: ET.Element) -> Result:
        kind, values = record(element)
        made = object_of(call, kind)
        record_id = str(values.pop("Id", values.pop("id", "")))
        save.update(call.org, call.actor, made, record_id, values)
        return [("id", canonical(record_id)), ("success", True)]

    return [("updateResponse", each(call, list(request.element), one, [("id", NIL), ("success", False)]))]


def upsert(call: Call, request: Request) -> Result:
    """upsert(): the name of the external id field, then the records."""
    names = [(e.text or "").strip() for e in request.element if local(e).lower() == "externalidfieldname"]
    elements = [e for e in request.element if local(e).lower() != "externalidfieldname"]

    def one(element: ET.Element) -> Result:
        kind, values = record(element)
        made = object_of(call, kind)
        found = external_field(call, made, names[0] if names else "")
        rows = matching(call.org, made, found, values.get(found.name))
        if len(rows) > 1:
            raise ApiError("DUPLICATE_EXTERNAL_ID", f"{found.name}: more than one record found", fields=[found.name])
        if rows:
            values.pop(found.name, None)
            save.update(call.org, call.actor, made, str(rows[0]["Id"]), values)
            return [("created", False), ("id", rows[0]["Id"]), ("success", True)]
        return [("created", True), ("id", save.create(call.org, call.actor, made, values)), ("success", True)]

    failed: Result = [("created", False), ("id", NIL), ("success", False)]
    return [("upsertResponse", each(call, elements, one, failed))]


def query(call: Call, request: Request) -> Result:
    """query(), queryAll(), queryMore(): records in the partner form."""
    text = next(((c.text or "") for c in request.element), "")
    run = executor(call)
    if request.verb == "queryMore":
        cursor, _, _ = call.org.cursors.find(text.strip(), call.org.now())
        answer = run.more(text.strip(), page_size(call, cursor.plan))
    else:
        plan = compile_query(call, text, request.verb == "queryAll")
        answer = run.run(plan, page_size(call, plan))
    return [(f"{request.verb}Response", [('result xsi:type="QueryResult"', Style(request.enterprise).page(answer))])]


def get_user_info(call: Call, request: Request) -> Result:
    """getUserInfo()."""
    del request
    return [("getUserInfoResponse", [("result", user_info(call.org, call.actor.user_id))])]


def get_server_timestamp(call: Call, request: Request) -> Result:
    """getServerTimestamp()."""
    del request
    stamp = print_datetime(call.org.now()).replace("+0000", "Z")
    return [("getServerTimestampResponse", [("result", [("timestamp", stamp)])])]


def logout(call: Call, request: Request) -> Result:
    """logout(): the session is ended by the caller of this."""
    del call, request
    return [("logoutResponse", "")]


VERBS: dict[str, Callable[[Call, Request], Result]] = {
    **reads.VERBS,
    **duplicates.VERBS,
    **interface.VERBS,
    "merge": merge,
    "convertLead": convert_lead,
    "undelete": undelete,
    "delete": delete,
    "create": create,
    "update": update,
    "upsert": upsert,
    "query": query,
    "queryAll": query,
    "queryMore": query,
    "getUserInfo": get_user_info,
    "getServerTimestamp": get_server_timestamp,
    "logout": logout,
}
