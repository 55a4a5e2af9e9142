"""API call accounting: a rolling 24-hour window, counted by the price list. [reference 13]"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .errors import ApiError

_DAY = timedelta(hours=24)

_OTHERS: dict[str, Any] = {
    "AnalyticsExternalDataSizeMB": 40960,
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20,
    "DailyAnalyticsDataflowJobExecutions": 60,
    "DailyAsyncApexExecutions": 250000,
    "DailyBulkApiBatches": 15000,
    "DailyBulkV2QueryFileStorageMB": 976562,
    "DailyBulkV2QueryJobs": 10000,
    "DailyDurableGenericStreamingApiEvents": 10000,
    "DailyDurableStreamingApiEvents": 10000,
    "DailyFunctionsApiCallLimit": 235000,
    "DailyGenericStreamingApiEvents": 10000,
    "DailyStandardVolumePlatformEvents": 10000,
    "DailyStreamingApiEvents": 10000,
    "DailyWorkflowEmails": 1000,
    "DataStorageMB": 10240,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 10240,
    "HourlyAsyncReportRuns": 1200,
    "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5000,
    "HourlyDashboardStatuses": 999999999,
    "HourlyLongTermIdMapping": 100000,
    "HourlyODataCallout": 20000,
    "HourlyPublishedPlatformEvents": 50000,
    "HourlyPublishedStandardVolumePlatformEvents": 1000,
    "HourlyShortTermIdMapping": 100000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1000,
    "MassEmail": 5000,
    "MonthlyPlatformEventsUsageEntitlement": 0,
    "Package2VersionCreates": 6,
    "PermissionSets": 1500,
    "SingleEmail": 5000,
    "StreamingApiConcurrentClients": 20,
}


class Usage:
    """Calls made in the last 24 hours, in buckets of a minute."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[datetime, int]] = deque()
        self._used = 0
        self._others: dict[str, deque[tuple[datetime, int]]] = {}
        self.on_count: Callable[[], None] = lambda: None

    def state(self) -> dict[str, list[tuple[str, int]]]:
        """What was spent when, to be kept."""
        spent = {"": self._buckets, **self._others}
        return {name: [(at.isoformat(), amount) for at, amount in rows] for name, rows in spent.items()}

    def resume(self, state: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        """Go on from what was kept."""
        for name, rows in state.items():
            read = deque((datetime.fromisoformat(at), int(amount)) for at, amount in rows)
            if name:
                self._others[name] = read
            else:
                self._buckets, self._used = read, sum(amount for _, amount in read)

    def spend(self, name: str, now: datetime, amount: int = 1) -> None:
        """Count against another allocation (bulk batches, query jobs), or refuse beyond it."""
        if self._left(name, now) < amount:
            raise ApiError("REQUEST_LIMIT_EXCEEDED", f"{name} Limit exceeded.", status=403)
        self._others.setdefault(name, deque()).append((now, amount))
        self.on_count()

    def _left(self, name: str, now: datetime) -> int:
        spent = self._others.get(name, deque())
        while spent and spent[0][0] <= now - _DAY:
            spent.popleft()
        return int(_OTHERS[name]) - sum(amount for _, amount in spent)

    def count(self, now: datetime, calls: int = 1) -> None:
        """Add calls."""
        minute = now.replace(second=0, microsecond=0)
        if self._buckets and self._buckets[-1][0] == minute:
            self._buckets[-1] = (minute, self._buckets[-1][1] + calls)
        else:
            self._buckets.append((minute, calls))
        self._used += calls
        self.on_count()

    def used(self, now: datetime) -> int:
        """The calls still in the window."""
        while self._buckets and self._buckets[0][0] <= now - _DAY:
            self._used -= self._buckets.popleft()[1]
        return self._used

    def check(self, now: datetime, allowed: int) -> None:
        """Refuse a call beyond the daily allocation. [reference 12: 403, no `fields`]"""
        if self.used(now) >= allowed:
            raise ApiError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)

    def resource(self, now: datetime, allowed: int) -> dict[str, Any]:
        """Print as the limits resource. [rec swiftlysalesforce/MockLimits.json]"""
        rows: dict[str, Any] = {n: {"Max": top, "Remaining": self._left(n, now)} for n, top in _OTHERS.items()}
        rows["DailyApiRequests"] = {"Max": allowed, "Remaining": max(0, allowed - self.used(now))}
        rows["PermissionSets"]["CreateCustom"] = {"Max": 1000, "Remaining": 1000}
        return dict(sorted(rows.items()))
