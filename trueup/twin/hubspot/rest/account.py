"""What the account is, and what it has used of its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.timetext import iso, parse_ms


def details(call: Call) -> Reply:
    """`GET /account-info/v3/details`: a cheap check of the credentials."""
    portal = call.portal
    zone = str(portal.switches["time_zone"])
    try:
        moment = datetime.fromtimestamp(portal.now() / 1000, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        moment = datetime.fromtimestamp(portal.now() / 1000, UTC)
    offset = moment.utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return Reply(
        200,
        {
            "portalId": portal.portal_id,
            "accountType": portal.switches["account_type"],
            "timeZone": zone,
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": int(offset.total_seconds() * 1000),
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        },
    )


def usage(call: Call) -> Reply:
    """`GET /account-info/v3/api-usage/daily/private-apps`."""
    limits = call.portal.limits
    now = iso(call.portal.now())
    row = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": limits.per_day(),
        "currentUsage": limits.used_today,
        "collectedAt": now,
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(limits.resets_at()),
    }
    return Reply(200, {"results": [row]})


def me(call: Call) -> Reply:
    """`GET /integrations/v1/me`: whose token this is, as programs before account-info asked."""
    found = dict(details(call).body)
    names = ("portalId", "timeZone", "accountType", "utcOffset", "utcOffsetMilliseconds")
    return Reply(200, {name: found[name] for name in names} | {"currency": found["companyCurrency"]})


def daily_limit(call: Call) -> Reply:
    """`GET /integrations/v1/limit/daily`: the day's calls as programs before account-info asked for them.

    It told of calls made with an API key, which there are no more; it is answered to any token here [U].
    """
    row = usage(call).body["results"][0] | {"name": "api-calls-daily"}
    times = {name: parse_ms(row[name]) for name in ("collectedAt", "resetsAt")}
    return Reply(200, [row | times])


RULES = (
    Rule("GET", "/account-info/v3/details", details),
    Rule("GET", "/integrations/v1/me", me),
    Rule("GET", "/integrations/v1/limit/daily", daily_limit),
    Rule("GET", "/account-info/v3/api-usage/daily/private-apps", usage),
)
