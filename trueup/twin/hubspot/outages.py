"""HubSpot's bad days as ready faults for the control port: statuses, headers and bodies of reference 12.4 by name.

Each is the `answer` of a fault rule, whose matching (method, path, chance, count) is added by whoever sets it; with
`answer_after` as its action the write happened all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def _json(status: int, message: str, headers: Mapping[str, str] | None = None, **more: str) -> Json:
    body = {"status": "error", "message": message, "correlationId": "00000000-0000-4000-8000-000000000000", **more}
    return {"action": "answer", "status": status, "headers": dict(headers or {}), "body": body}


def _page(status: int, title: str) -> Json:
    text = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return {"action": "answer", "status": status, "headers": {}, "body": text}


_TEN_SECONDS = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING", "groupName": "publicapi:private-apps"}
_DAY = {
    "errorType": "RATE_LIMIT",
    "policyName": "DAILY",
    "groupName": "publicapi:private-apps",
    "requestId": "00000000000040008000000000000000",
}

OUTAGES: Mapping[str, Json] = {
    "locked": _json(423, "The resource is locked; try again in at least two seconds."),
    "migrating": _json(477, "This account is moving between data centres.", {"Retry-After": "30"}),
    "burst": _json(429, "You have reached your ten_secondly_rolling limit.", None, **_TEN_SECONDS),
    "burst_with_retry_after": _json(
        429, "You have reached your ten_secondly_rolling limit.", {"Retry-After": "1"}, **_TEN_SECONDS
    ),
    "daily": _json(429, "You have reached your daily limit.", None, **_DAY),
    "secondly": _json(429, "You have reached your secondly limit.", None, category="RATE_LIMITS"),
    "server_error": _json(500, "internal error"),
    "bad_gateway": _page(502, "502 Bad Gateway"),
    "unavailable": _json(503, "Service temporarily unavailable", {"Retry-After": "1"}),
    "gateway_timeout": _page(504, "504 Gateway Time-out"),
    "edge_down": _page(521, "521: Web server is down"),
    "edge_timeout": _page(522, "522: Connection timed out"),
    "edge_unreachable": _page(523, "523: Origin is unreachable"),
    "edge_no_answer": _page(524, "524: A timeout occurred"),
    "edge_tls": _page(525, "525: SSL handshake failed"),
    "edge_certificate": _page(526, "526: Invalid SSL certificate"),
    "edge_bad_token": _page(530, "530"),
}
"""Every outage by its name."""
