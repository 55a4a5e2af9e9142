"""Companies v2 and deals v1: paged lists, recently changed, single records, with versions (recorded 2014 to 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trueup.twin.hubspot.bodies import objects, section, texts, whole
from trueup.twin.hubspot.http import Call, Handler, Reply, Rule
from trueup.twin.hubspot.records import number
from trueup.twin.hubspot.rest.legacy import change, live, make, page_of, recent, sent, tied, typed, versioned
from trueup.twin.hubspot.rest.legacy_contacts import profile
from trueup.twin.hubspot.store import Row

Json = dict[str, Any]

_BY_PATH = {"companies": ("companies", "companyId"), "deals": ("deals", "dealId")}


def _kind(call: Call) -> tuple[str, str]:
    return _BY_PATH[call.path.split("/")[1]]


def shown(call: Call, rows: Sequence[Row], names: Sequence[str] | None, *, versions: bool, ties: bool) -> list[Json]:
    """Companies or deals as v1 and v2 show them."""
    name, key = _kind(call)
    object_type = typed(call, name)
    out: list[Json] = []
    for row in rows:
        record: Json = {
            "portalId": call.portal.portal_id,
            key: row.id,
            "isDeleted": row.archived,
        }
        record["properties"] = versioned(call, object_type, row, names, versions=versions)
        if name == "companies":
            domains = [d for d in row.props.get("hs_additional_domains", "").split(";") if d]
            record |= {"additionalDomains": [{"domain": d} for d in domains], "stateChanges": [], "mergeAudits": []}
        out.append(record)
    if name == "deals":
        empty: Json = {"associatedVids": [], "associatedCompanyIds": [], "associatedDealIds": [],
                       "associatedTicketIds": []}  # fmt: skip
        ids = [row.id for row in rows] if ties else []
        keys = (("contacts", "associatedVids"), ("companies", "associatedCompanyIds"), ("deals", "associatedDealIds"))
        found = {key: tied(call, object_type, ids, typed(call, other)) for other, key in keys}
        for record in out:
            mine = {key: by_id.get(record["dealId"], []) for key, by_id in found.items()}
            record["associations"] = empty | mine
            record.update({"imports": [], "stateChanges": []})
    return out


def _asked(call: Call) -> list[str] | None:
    if call.flag("includeAllProperties"):
        return None
    return [*call.many("properties"), *call.many("propertiesWithHistory")]


def list_paged(call: Call) -> Reply:
    """`GET /companies/v2/companies/paged` and `/deals/v1/deal/paged`: by id; `offset` is where the next begins."""
    name, _ = _kind(call)
    object_type = typed(call, name)
    limit = call.whole("limit", 100, 250)
    rows, more = page_of(call, object_type, limit, call.one("offset"))
    names = _asked(call)
    if names is not None and name == "companies":
        # The paged companies always say when they changed (the tap of Singer's own rests on it).
        names = [*names, "createdate", "hs_lastmodifieddate"]
    elif names is not None:
        names = names or ["hs_lastmodifieddate", "createdate"]
    versions = bool(call.many("propertiesWithHistory")) or call.one("allPropertiesFetchMode") == "all_versions"
    records = shown(call, rows, names, versions=versions, ties=call.flag("includeAssociations"))
    offset = rows[-1].id + 1 if rows else 0
    more_key = "has-more" if name == "companies" else "hasMore"
    return Reply(200, {name: records, more_key: more, "offset": offset})


def list_recent(call: Call) -> Reply:
    """`GET .../recent/modified` and `.../recent/created`: newest first, ten thousand at most."""
    name, _ = _kind(call)
    column = "updated" if call.path.endswith("modified") else "created"
    count, offset = call.whole("count", 20, 250), call.offset("offset")
    rows, total = recent(call, typed(call, name), column, call.offset("since"), count, offset)
    records = shown(call, rows, None, versions=call.flag("includePropertyVersions"), ties=True)
    following = offset + len(rows)
    return Reply(200, {"results": records, "hasMore": following < total, "offset": following, "total": total})


def get_one(call: Call) -> Reply:
    """`GET /companies/v2/companies/{id}` and `/deals/v1/deal/{id}`."""
    row = live(call, typed(call, _kind(call)[0]), call.params["id"])
    return Reply(200, shown(call, [row], None, versions=True, ties=True)[0])


def create_one(call: Call) -> Reply:
    """`POST /companies/v2/companies` and `/deals/v1/deal`: 200 with the record."""
    name, _ = _kind(call)
    object_type, body = typed(call, name), call.document()
    row = make(call, object_type, sent(body, "name")).row
    for other, key in (("contacts", "associatedVids"), ("companies", "associatedCompanyIds")):
        for raw in texts(section(body, "associations").get(key), key):
            call.portal.links.tie(object_type, row.id, typed(call, other), number(raw))
    names = sorted({p["name"] for p in body.get("properties") or ()} | {"createdate", object_type.modified})
    return Reply(200, shown(call, [row], names, versions=True, ties=True)[0])


def update_one(call: Call) -> Reply:
    """`PUT /companies/v2/companies/{id}` and `/deals/v1/deal/{id}`: 200 with the record."""
    object_type = typed(call, _kind(call)[0])
    row = live(call, object_type, call.params["id"])
    written = change(call, object_type, row, sent(call.document(), "name"))
    return Reply(200, shown(call, [written.row], None, versions=True, ties=True)[0])


def delete_one(call: Call) -> Reply:
    """`DELETE`: a company says so, a deal answers 204."""
    name, key = _kind(call)
    object_type = typed(call, name)
    row = live(call, object_type, call.params["id"])
    call.portal.records.archive(object_type, row.id)
    return Reply(200, {key: row.id, "deleted": True}) if name == "companies" else Reply(204)


def batch_async(call: Call) -> Reply:
    """`POST /companies/v1/batch-async/update` and `/deals/v1/batch-async/update`: 202, nothing else."""
    body = objects(call.json() or None, "the body")
    object_type = typed(call, _kind(call)[0])
    for one in body:
        row = live(call, object_type, str(one.get("objectId", "")))
        change(call, object_type, row, sent(one, "name"))
    return Reply(202)


def by_domain(call: Call) -> Reply:
    """`POST /companies/v2/domains/{domain}/companies`: the companies of a domain."""
    companies, body = typed(call, "companies"), call.document()
    domain = call.params["domain"].lower()
    found = [r for r in call.portal.store.rows(companies) if not r.archived and r.props.get("domain") == domain]
    names = texts(section(body, "requestOptions").get("properties"), "properties") or ["domain", "name"]
    limit = max(whole(body, "limit", 100), 1)
    results = shown(call, found[:limit], [*names, "createdate"], versions=False, ties=False)
    offset = {"isPrimary": True, "companyId": found[limit - 1].id if len(found) > limit else 0}
    return Reply(200, {"results": results, "hasMore": len(found) > limit, "offset": offset})


def contacts_of(call: Call) -> Reply:
    """`GET /companies/v2/companies/{id}/contacts` and `/vids`."""
    companies, contacts = typed(call, "companies"), typed(call, "contacts")
    row = live(call, companies, call.params["id"])
    ids = sorted(tied(call, companies, [row.id], contacts)[row.id])
    count, offset = call.whole("count", 100, 100), call.offset("vidOffset")
    rest = [i for i in ids if i >= offset]
    tail = {"vidOffset": rest[count] if len(rest) > count else 0, "hasMore": len(rest) > count}
    if call.path.endswith("vids"):
        return Reply(200, {"vids": rest[:count], **tail})
    people = call.portal.store.get_many(contacts, rest[:count])
    listed = []
    for i in rest[:count]:
        whole = profile(call, people[i], versions=False)
        flat = [{"name": n, "value": v["value"], "sourceVid": []} for n, v in whole["properties"].items()]
        entry = {"identities": whole["identity-profiles"], "properties": flat, "formSubmissions": []}
        listed.append(entry | {"listMembership": [], "vid": i, "portalId": call.portal.portal_id, "isContact": True})
    return Reply(200, {"contacts": listed, **tail})


def tie_deal(call: Call) -> Reply:
    """`PUT` and `DELETE /deals/v1/deal/{id}/associations/{CONTACT|COMPANY}?id=`: 204."""
    deals, other = typed(call, "deals"), typed(call, call.params["type"])
    row = live(call, deals, call.params["id"])
    for raw in call.many("id"):
        if call.method == "DELETE":
            call.portal.links.cut(deals, row.id, other, number(raw))
        else:
            call.portal.links.tie(deals, row.id, other, number(raw))
    return Reply(204)


def deals_of(call: Call) -> Reply:
    """`GET /deals/v1/deal/associated/{CONTACT|COMPANY}/{id}/paged`."""
    deals, other = typed(call, "deals"), typed(call, call.params["type"])
    row = live(call, other, call.params["id"])
    ids = sorted(tied(call, other, [row.id], deals)[row.id])
    limit, offset = call.whole("limit", 100, 100), call.offset("offset")
    rest = [i for i in ids if i >= offset]
    found = call.portal.store.get_many(deals, rest[:limit])
    records = shown(call, [found[i] for i in rest[:limit]], _asked(call), versions=False,
                    ties=call.flag("includeAssociations"))  # fmt: skip
    return Reply(
        200, {"deals": records, "hasMore": len(rest) > limit, "offset": rest[limit] if len(rest) > limit else 0}
    )


def tie_contact(call: Call) -> Reply:
    """`PUT /companies/v2/companies/{id}/contacts/{vid}`: 200 with the company; `DELETE`: 204."""
    companies, contacts = typed(call, "companies"), typed(call, "contacts")
    row = live(call, companies, call.params["id"])
    person = live(call, contacts, call.params["vid"])
    if call.method == "DELETE":
        call.portal.links.cut(contacts, person.id, companies, row.id)
        return Reply(204)
    call.portal.links.tie(contacts, person.id, companies, row.id)
    return Reply(200, shown(call, [row], None, versions=False, ties=False)[0])


def _scoped(verb: str) -> Any:
    def needs(call: Call) -> Sequence[str]:
        return (f"crm.objects.{_kind(call)[0]}.{verb}",)

    return needs


_reads, _writes = _scoped("read"), _scoped("write")


def _both(base: str, one: str) -> tuple[Rule, ...]:
    """The rules that companies and deals share."""
    table: tuple[tuple[str, str, Handler], ...] = (
        ("GET", f"{base}/paged", list_paged),
        ("GET", f"{base}/recent/modified", list_recent),
        ("GET", f"{base}/recent/created", list_recent),
        ("POST", base, create_one),
        ("GET", one, get_one),
        ("PUT", one, update_one),
        ("DELETE", one, delete_one),
    )
    return tuple(Rule(verb, path, run, _reads if verb == "GET" else _writes) for verb, path, run in table)


_COMPANY, _DEAL = "/companies/v2/companies", "/deals/v1/deal"

RULES = (
    Rule("POST", "/companies/v1/batch-async/update", batch_async, _writes),
    Rule("POST", "/deals/v1/batch-async/update", batch_async, _writes),
    Rule("POST", "/companies/v2/domains/{domain}/companies", by_domain, _reads),
    Rule("GET", f"{_COMPANY}/{{id}}/contacts", contacts_of, _reads),
    Rule("GET", f"{_COMPANY}/{{id}}/vids", contacts_of, _reads),
    Rule("PUT", f"{_COMPANY}/{{id}}/contacts/{{vid}}", tie_contact, _writes),
    Rule("DELETE", f"{_COMPANY}/{{id}}/contacts/{{vid}}", tie_contact, _writes),
    Rule("GET", f"{_DEAL}/associated/{{type}}/{{id}}/paged", deals_of, _reads),
    Rule("PUT", f"{_DEAL}/{{id}}/associations/{{type}}", tie_deal, _writes),
    Rule("DELETE", f"{_DEAL}/{{id}}/associations/{{type}}", tie_deal, _writes),
    *_both(_COMPANY, f"{_COMPANY}/{{id}}"),
    *_both(_DEAL, f"{_DEAL}/{{id}}"),
)
