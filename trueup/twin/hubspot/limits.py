"""Counts calls against the account's limits: the rolling ten seconds, the day, search's and the associations' own.

Only calls that are let through count. The headers and the three shapes of 429 are those of reference 12; what the
association calls have for themselves stands in 10.1, and shows in no header.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trueup.twin.hubspot.auth import Grant
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.switches import Switches

PLANS = {
    "free": (100, 250_000),
    "starter": (100, 250_000),
    "professional": (190, 650_000),
    "enterprise": (190, 1_000_000),
    "addon": (250, 1_650_000),
    "addon2": (250, 2_650_000),
}
"""Calls per ten seconds and per day of a private app, by plan; the API add-on may be bought twice."""

TIES = {
    "free": (100, 500_000),
    "starter": (100, 500_000),
    "professional": (150, 500_000),
    "enterprise": (150, 500_000),
    "addon": (200, 1_000_000),
    "addon2": (200, 1_000_000),
}
"""Association calls per ten seconds and per day of an account, by plan."""

ENTERPRISE = frozenset({"enterprise", "addon", "addon2"})
"""The plans whose accounts have what Enterprise has: custom objects, sensitive data."""

_OAUTH_BURST = 110
_WINDOW_MS = 10_000
_SEARCHES_PER_SECOND = 5


class Limits:
    """The counters of one portal."""

    def __init__(self, switches: Switches, now: Callable[[], int]) -> None:
        self._switches = switches
        self._now = now
        self._calls: dict[int | str, deque[int]] = {}
        self._searches: deque[int] = deque()
        self._ties: deque[int] = deque()
        self._tokens: deque[int] = deque()
        self._day = ""
        self._used_today = 0
        self._ties_today = 0

    def admit(self, grant: Grant, *, search: bool, ties: bool = False) -> dict[str, str]:
        """Counts a call and gives its rate headers; 429 when a limit is reached."""
        now = self._now()
        enforced = bool(self._switches["limits"])
        burst, per_day = self._of(PLANS)
        oauth = grant.kind == "oauth"
        self._turn(now)
        if not oauth and enforced and self._used_today >= per_day:
            raise _daily_refusal({})
        daily = {} if oauth else self._daily(per_day)
        if search:
            self._drop(self._searches, now - 1_000)
            if enforced and len(self._searches) >= _SEARCHES_PER_SECOND:
                raise ApiError(
                    429, "You have reached your secondly limit.", category="RATE_LIMITS", headers=daily, bare=True
                )
            self._searches.append(now)
            self._used_today += not oauth
            return {} if oauth else self._daily(per_day)
        if oauth:
            burst = _OAUTH_BURST
        calls = self._calls.setdefault(f"{grant.kind}{grant.app_id}", deque())
        self._drop(calls, now - _WINDOW_MS)
        if enforced and len(calls) >= burst:
            raise self._burst_refusal(calls, now, daily | self._interval(burst, 0))
        if ties:
            self._count_tie(now, daily | self._interval(burst, max(burst - len(calls), 0)), enforced=enforced)
        calls.append(now)
        self._used_today += not oauth
        return ({} if oauth else self._daily(per_day)) | self._interval(burst, max(burst - len(calls), 0), calls, now)

    def _count_tie(self, now: int, headers: dict[str, str], *, enforced: bool) -> None:
        """Counts an association call against what the account has of them, whoever makes it."""
        burst, per_day = self._of(TIES)
        per_day = int(self._switches["association_calls_per_day"]) or per_day
        self._drop(self._ties, now - _WINDOW_MS)
        if enforced and self._ties_today >= per_day:
            raise _daily_refusal(headers)
        if enforced and len(self._ties) >= burst:
            raise self._burst_refusal(self._ties, now, headers)
        self._ties.append(now)
        self._ties_today += 1

    def admit_token_call(self) -> None:
        """Counts a call of the token endpoint, whose 429 says when to come again (PostHog/posthog#64726)."""
        most, now = int(self._switches["token_calls_per_ten_seconds"]), self._now()
        self._drop(self._tokens, now - _WINDOW_MS)
        if most and self._switches["limits"] and len(self._tokens) >= most:
            wait = _seconds_left(self._tokens, now)
            message = "You have reached your ten_secondly_rolling limit."
            raise _refusal(message, "TEN_SECONDLY_ROLLING", {"Retry-After": str(wait)})
        self._tokens.append(now)

    @property
    def used_today(self) -> int:
        """Calls counted since midnight in the account's time zone."""
        self._turn(self._now())
        return self._used_today

    def resets_at(self) -> int:
        """The next midnight in the account's time zone, in epoch milliseconds."""
        today = datetime.fromtimestamp(self._now() / 1000, self._zone())
        midnight = (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return int(midnight.timestamp() * 1000)

    def per_day(self) -> int:
        """The day's allowance."""
        return self._of(PLANS)[1]

    def _of(self, table: dict[str, tuple[int, int]]) -> tuple[int, int]:
        return table.get(str(self._switches["plan"]), table["professional"])

    def _daily(self, per_day: int) -> dict[str, str]:
        left = max(per_day - self._used_today, 0)
        return {"X-HubSpot-RateLimit-Daily": str(per_day), "X-HubSpot-RateLimit-Daily-Remaining": str(left)}

    @staticmethod
    def _interval(burst: int, left: int, calls: deque[int] | None = None, now: int = 0) -> dict[str, str]:
        secondly = burst // 10
        recent = sum(1 for at in calls if at > now - 1_000) if calls else 0
        return {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(_WINDOW_MS),
            "X-HubSpot-RateLimit-Max": str(burst),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Secondly": str(secondly),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(max(secondly - recent, 0)),
        }

    @staticmethod
    def _drop(times: deque[int], until: int) -> None:
        # A clock that was set back must not leave calls of the future standing.
        if times and times[-1] > until + _WINDOW_MS:
            times.clear()
        while times and times[0] <= until:
            times.popleft()

    def _turn(self, now: int) -> None:
        day = datetime.fromtimestamp(now / 1000, self._zone()).strftime("%Y-%m-%d")
        if day != self._day:
            self._day, self._used_today, self._ties_today = day, 0, 0

    def _zone(self) -> tzinfo:
        try:
            return ZoneInfo(str(self._switches["time_zone"]))
        except (ZoneInfoNotFoundError, ValueError):
            return UTC

    def _burst_refusal(self, times: deque[int], now: int, headers: dict[str, str]) -> ApiError:
        if self._switches["retry_after_on_429"]:
            headers = headers | {"Retry-After": str(_seconds_left(times, now))}
        return _refusal("You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING", headers)


def _seconds_left(times: deque[int], now: int) -> int:
    """Whole seconds until the oldest of the window's calls is out of it."""
    return max(1, (times[0] + _WINDOW_MS - now) // 1000 + 1)


def _daily_refusal(headers: dict[str, str]) -> ApiError:
    return _refusal("You have reached your daily limit.", "DAILY", headers, requestId=uuid.uuid4().hex)


def _refusal(message: str, policy: str, headers: dict[str, str], **more: str) -> ApiError:
    return ApiError(
        429,
        message,
        category=None,
        extra={
            "errorType": "RATE_LIMIT",
            "policyName": policy,
            "groupName": "publicapi:private-apps:api-calls-per-account",
            **more,
        },
        headers=headers,
        bare=True,
    )
