"""Counts calls against the account's limits: the rolling ten seconds, the day, and search's own five a second.

Only calls that are let through count. The headers and the three shapes of 429 are those of reference 12.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
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
}
"""Calls per ten seconds and per day of a private app, by plan."""

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
        self._day = ""
        self._used_today = 0

    def admit(self, grant: Grant, *, search: bool) -> dict[str, str]:
        """Counts a call and gives its rate headers; 429 when a limit is reached."""
        now = self._now()
        enforced = bool(self._switches["limits"])
        burst, per_day = PLANS.get(str(self._switches["plan"]), PLANS["professional"])
        oauth = grant.kind == "oauth"
        self._turn(now)
        if not oauth and enforced and self._used_today >= per_day:
            raise self._refusal("You have reached your daily limit.", "DAILY", {})
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
            headers = daily | self._interval(burst, 0)
            if self._switches["retry_after_on_429"]:
                headers["Retry-After"] = str(max(1, (calls[0] + _WINDOW_MS - now) // 1000 + 1))
            raise self._refusal("You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING", headers)
        calls.append(now)
        self._used_today += not oauth
        return ({} if oauth else self._daily(per_day)) | self._interval(burst, max(burst - len(calls), 0), calls, now)

    @property
    def used_today(self) -> int:
        """Calls counted since midnight in the account's time zone."""
        self._turn(self._now())
        return self._used_today

    def per_day(self) -> int:
        """The day's allowance."""
        return PLANS.get(str(self._switches["plan"]), PLANS["professional"])[1]

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
            self._day, self._used_today = day, 0

    def _zone(self) -> tzinfo:
        try:
            return ZoneInfo(str(self._switches["time_zone"]))
        except (ZoneInfoNotFoundError, ValueError):
            return UTC

    def _refusal(self, message: str, policy: str, headers: dict[str, str]) -> ApiError:
        return ApiError(
            429,
            message,
            category=None,
            extra={
                "errorType": "RATE_LIMIT",
                "policyName": policy,
                "groupName": "publicapi:private-apps:api-calls-per-account",
            },
            headers=headers,
            bare=True,
        )
