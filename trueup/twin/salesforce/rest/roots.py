"""The entry points: versions, resources, limits, record counts, recent items. [reference 5.1]"""

from __future__ import annotations

from typing import Any

from .call import Answer, Call

_SEASONS = ("Spring", "Summer", "Winter")
OLDEST, NEWEST = 31, 67


def versions() -> list[dict[str, str]]:
    """All versions that the service lists, v31 (Summer '14) to the newest."""
    out = []
    for number in range(OLDEST, NEWEST + 1):
        season = ("Summer", "Winter", "Spring")[(number - 31) % 3]
        year = 14 + (number - 31 + 2) // 3
        out.append({"label": f"{season} '{year:02d}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return out


def resources(call: Call) -> Answer:
    """The resources of a version."""
    names = ("sobjects", "query", "queryAll", "search", "parameterizedSearch", "limits", "recent", "composite")
    body: dict[str, Any] = {name: f"{call.root}/{name}" for name in names}
    body["identity"] = f"{call.base_url}/id/{_org_id()}/{call.actor.user_id}"
    return Answer(200, dict(sorted(body.items())))


def _org_id() -> str:
    from ..org import ORG_ID

    return ORG_ID


def limits(call: Call) -> Answer:
    """What is left of the allocations."""
    return Answer(200, call.usage.resource(call.org.now(), int(call.org.switches["daily_api_requests"])))


def record_count(call: Call) -> Answer:
    """Approximate counts; objects without rows and unknown names are left out."""
    asked = call.query.get("sObjects") or call.query.get("sobjects")
    names = [n.strip() for n in asked.split(",")] if asked else list(call.org.schema.objects)
    rows = []
    for name in names:
        made = call.access.sobject(name)
        if made is not None:
            count = call.org.store.count(made.name)
            if count:
                rows.append({"count": count, "name": made.name})
    return Answer(200, {"sObjects": rows})


def recent(call: Call) -> Answer:
    """Recently seen records: an integration user opens none in the interface, so those that it changed last."""
    asked = call.query.get("limit", "200")
    limit = min(200, int(asked)) if asked.isdigit() else 200
    found: list[tuple[str, dict[str, Any]]] = []
    for name in ("Account", "Contact", "Lead", "Opportunity"):
        made = call.access.sobject(name)
        if made is None:
            continue
        rows = call.org.store.find(
            name,
            '"LastModifiedById" = ? AND "IsDeleted" = 0',
            (call.actor.user_id,),
            order=f'"SystemModstamp" DESC LIMIT {limit}',
        )
        for row in rows:
            attributes = {"type": name, "url": f"{call.root}/sobjects/{name}/{row['Id']}"}
            found.append((row["SystemModstamp"], {"attributes": attributes, "Id": row["Id"], "Name": row["Name"]}))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return Answer(200, [record for _, record in found[:limit]])
