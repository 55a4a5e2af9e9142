"""The entry points: versions, resources, limits, record counts, recent items. [reference 5.1]"""

from __future__ import annotations

from typing import Any

from ..metadata.model import SObject
from ..store import Row
from .call import Answer, Call

_SEASONS = ("Spring", "Summer", "Winter")
OLDEST, NEWEST = 31, 67


def spoken(version: str) -> bool:
    """Whether this is a version that the service speaks: whole, not retired, not of the future."""
    number, _, rest = version.partition(".")
    return number.isdecimal() and rest == "0" and OLDEST <= int(number) <= NEWEST


def versions() -> list[dict[str, str]]:
    """All versions that the service lists, v31 (Summer '14) to the newest."""
    out = []
    for number in range(OLDEST, NEWEST + 1):
        season = ("Summer", "Winter", "Spring")[(number - 31) % 3]
        year = 14 + (number - 31 + 2) // 3
        out.append({"label": f"{season} '{year:02d}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return out


_RESOURCES = (
    "actions",
    "analytics",
    "appMenu",
    "chatter",
    "composite",
    "jobs",
    "limits",
    "metadata",
    "parameterizedSearch",
    "query",
    "queryAll",
    "quickActions",
    "recent",
    "search",
    "sobjects",
    "tabs",
    "theme",
    "tooling",
)
"""What the service lists. [reference 5.1] Not served here, and 404: actions, analytics, appMenu, metadata, tooling."""


def resources(call: Call) -> Answer:
    """The resources of a version."""
    body: dict[str, Any] = {name: f"{call.root}/{name}" for name in _RESOURCES}
    body["identity"] = f"{call.base_url}/id/{_org_id()}/{call.actor.user_id}"
    return Answer(200, dict(sorted(body.items())))


def _org_id() -> str:
    from ..org import ORG_ID

    return ORG_ID


def limits(call: Call) -> Answer:
    """What is left of the allocations."""
    body = call.usage.resource(call.org.now(), int(call.org.switches["daily_api_requests"]))
    if call.number < 49:  # the name before v49
        body["DailyBulkApiRequests"] = body.pop("DailyBulkApiBatches")
    return Answer(200, dict(sorted(body.items())))


def record_count(call: Call) -> Answer:
    """Approximate counts; objects without rows and unknown names are left out."""
    asked = call.query.get("sObjects") or call.query.get("sobjects")
    names = [n.strip() for n in asked.split(",")] if asked else list(call.org.schema.objects)
    rows = []
    for name in names:
        made = call.access.sobject(name)
        if made is not None and made.prefix:
            count = call.org.store.count(made.name)
            if count:
                rows.append({"count": count, "name": made.name})
    return Answer(200, {"sObjects": rows})


def recent(call: Call) -> Answer:
    """Recently seen records. An integration user opens none in the interface: then those that it changed last."""
    asked = call.query.get("limit", "200")
    limit = min(200, int(asked)) if asked.isdigit() else 200
    looked = _looked_at(call, None, limit)
    if looked:
        return Answer(200, looked)
    found = [pair for name in _SEEN if (made := call.access.sobject(name)) for pair in _recent_of(call, made, limit)]
    found.sort(key=lambda pair: pair[0], reverse=True)
    return Answer(200, [record for _, record in found[:limit]])


def recent_items(call: Call, made: SObject) -> list[dict[str, Any]]:
    """The recent items of one object, as `GET sobjects/X` shows them."""
    if "mruEnabled" not in made.flags:
        return []
    return _looked_at(call, made, 50) or [record for _, record in _recent_of(call, made, 50)]


def _looked_at(call: Call, made: SObject | None, limit: int) -> list[dict[str, Any]]:
    """What the user looked at, where it can still be seen."""
    out = []
    for name, record_id in call.org.viewed.latest(call.actor.user_id, made.name if made else None, limit):
        target = call.access.sobject(name)
        row = call.org.store.get(name, record_id) if target is not None else None
        if target is None or row is None or row.get("IsDeleted") or call.access.allowed.hides(target, row):
            continue
        out.append(_shown(call, target, row))
    return out


def _shown(call: Call, made: SObject, row: Row) -> dict[str, Any]:
    attributes = {"type": made.name, "url": f"{call.root}/sobjects/{made.name}/{row['Id']}"}
    title = made.name_of()
    return {"attributes": attributes, "Id": row["Id"], "Name": row.get(title.name if title is not None else "Name")}


_SEEN = ("Account", "Contact", "Lead", "Opportunity")


def _recent_of(call: Call, made: SObject, limit: int) -> list[tuple[str, dict[str, Any]]]:
    shared = call.access.shared(made, f'"{made.name}"') or "1"
    live = '"IsDeleted" = 0' if made.get("IsDeleted") else "1"
    rows = call.org.store.find(
        made.name,
        f'"LastModifiedById" = ? AND {live} AND {shared}',
        (call.actor.user_id,),
        order=f'"SystemModstamp" DESC LIMIT {limit}',
    )
    return [(str(row["SystemModstamp"]), _shown(call, made, row)) for row in rows]
