"""The one place that knows about waiting, repeating and giving up.

A connector says what each call does to the remote (`Effect`) and gives a function that turns its library's exceptions
into the classes of `trueup.errors`. Which class an error is, decides whether it is repeated:

| error                | means                       | READ, REPEATABLE | ONCE      |
|----------------------|-----------------------------|------------------|-----------|
| UnavailableError     | surely not carried out      | repeated         | repeated  |
| UnknownOutcomeError  | perhaps carried out         | repeated         | raised    |
| every other          | an answer that will not change | raised        | raised    |

What stays unknown for a read is merely unavailable: a read has no outcome. Client libraries' own repeating is off.
"""

from __future__ import annotations

import email.utils
import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import tenacity

from trueup.connectors.kit.redact import redact
from trueup.errors import (
    CredentialsError,
    PermissionDeniedError,
    RefusedError,
    RemoteError,
    TrueupError,
    UnavailableError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from trueup.connectors.kit.budget import Budget

T = TypeVar("T")


class Effect(StrEnum):
    """What a call does to the remote, which decides when it may be sent again."""

    READ = "read"
    REPEATABLE = "repeatable"
    """A write that leaves the same state however often it arrives: absolute values by id, an upsert by key."""
    ONCE = "once"
    """A write that would happen twice: a create without a key, a conversion."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long. `sleep` and `jitter` are passed in, so that tests wait for nothing.

    A Retry-After longer than `longest_wait_s` is not waited for: the call fails and says when to come back.
    """

    attempts: int = 6
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = field(default=random.random)

    def wait_s(self, attempt: int, error: BaseException | None) -> float:
        """Seconds before attempt + 1: what the remote asked for, else doubling with jitter."""
        asked = error.retry_after_s if isinstance(error, UnavailableError) else None
        if asked is not None:
            return max(0.0, asked)
        backoff = self.first_wait_s * 2.0 ** (attempt - 1)
        return min(self.longest_wait_s, backoff * (0.5 + self.jitter()))


NO_WAITING = RetryPolicy(sleep=lambda _: None, jitter=lambda: 0.5)
"""The same persistence without the clock, for tests."""


class Pace:
    """At most `calls` in any `window_s` seconds, for remotes that count bursts; waits before the one too many."""

    def __init__(
        self,
        calls: int,
        window_s: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.calls, self.window_s = calls, window_s
        self._sleep, self._clock = sleep, clock
        self._made: deque[float] = deque()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when another call may be made."""
        with self._lock:
            now = self._clock()
            while self._made and now - self._made[0] >= self.window_s:
                self._made.popleft()
            if len(self._made) >= self.calls:
                self._sleep(self.window_s - (now - self._made[0]))
                now = self._clock()
                self._made.popleft()
            self._made.append(now)


class Transport:
    """Carries out calls for one connector: counts, paces, repeats and translates.

    `translate` turns a library's exception into an error of ours; None means "not mine", and then the general
    translation of the network libraries' exceptions (`from_network`) is used. An exception that neither knows is a
    programming error and passes unchanged. `calls_each` is what one attempt costs the budget; 0 when requests are
    counted further down.
    """

    def __init__(
        self,
        system: str,
        *,
        translate: Callable[[Exception], TrueupError | None],
        policy: RetryPolicy | None = None,
        budget: Budget | None = None,
        pace: Pace | None = None,
        calls_each: int = 1,
    ) -> None:
        self.system = system
        self.policy = policy or RetryPolicy()
        self.budget = budget
        self.pace = pace
        self.calls_each = calls_each
        self.repeats = 0
        self._translate = translate

    def call(
        self,
        send: Callable[[], T],
        effect: Effect,
        *,
        translate: Callable[[Exception], TrueupError | None] | None = None,
    ) -> T:
        """Run `send` until it answers, or until its error says that trying again is wrong or useless."""
        policy = self.policy

        def attempt() -> T:
            if self.budget is not None and self.calls_each:
                self.budget.spend(self.calls_each)
            if self.pace is not None:
                self.pace.wait()
            try:
                return send()
            except TrueupError:
                raise
            except Exception as error:
                ours = (translate or self._translate)(error) or from_network(error, self.system)
                if ours is None:
                    raise
                raise ours from error

        def again(error: BaseException) -> bool:
            if isinstance(error, UnavailableError):
                return error.retry_after_s is None or error.retry_after_s <= policy.longest_wait_s
            return isinstance(error, UnknownOutcomeError) and effect is not Effect.ONCE

        def before_sleep(_: tenacity.RetryCallState) -> None:
            self.repeats += 1

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(policy.attempts),
            retry=tenacity.retry_if_exception(again),
            wait=lambda state: policy.wait_s(
                state.attempt_number, state.outcome.exception() if state.outcome else None
            ),
            sleep=policy.sleep,
            before_sleep=before_sleep,
            reraise=True,
        )
        # Whether an earlier attempt of this call may have been carried out, although the last one was surely not.
        doubtful: list[UnknownOutcomeError] = []

        def remember() -> T:
            try:
                return attempt()
            except UnknownOutcomeError as error:
                doubtful.append(error)
                raise

        try:
            return retrying(remember)
        except UnknownOutcomeError as error:
            if effect is not Effect.READ:
                raise
            raise UnavailableError(error.message, **_facts(error), hint=error.hint) from error
        except RefusedError:
            raise
        except RemoteError as error:
            # The last attempt surely did nothing, but an earlier one may have.
            if effect is Effect.READ or not doubtful:
                raise
            raise doubtful[0] from error


def from_network(error: Exception, system: str) -> TrueupError | None:
    """Translate what requests and urllib3 raise when no answer came; None for anything else.

    A connection that could not be opened has carried nothing. Once the request may have left, its outcome is unknown,
    also for a connection that was reset before the first byte of an answer: a server may finish what it has read.
    """
    import requests.exceptions as rq
    import urllib3.exceptions as u3

    inner = _root(error)
    where = f"{system} did not answer"
    if isinstance(error, rq.SSLError | u3.SSLError) or isinstance(inner, u3.SSLError | ssl.SSLCertVerificationError):
        return RemoteError(
            f"{system}: the TLS connection was refused: {_brief(inner)}",
            system=system,
            hint="Name the certificate authority's file in the connector's `ca_file` option if it is a private one.",
        )
    if isinstance(inner, u3.NewConnectionError | u3.ConnectTimeoutError) or isinstance(error, rq.ConnectTimeout):
        return UnavailableError(f"{where}: no connection ({_brief(inner)}).", system=system)
    if isinstance(error, rq.ProxyError | u3.ProxyError):
        return UnavailableError(f"{where}: the proxy does not let us through ({_brief(inner)}).", system=system)
    if isinstance(error, rq.ReadTimeout) or isinstance(inner, u3.ReadTimeoutError):
        return UnknownOutcomeError(f"{where} in time.", system=system)
    if isinstance(error, rq.InvalidURL | rq.MissingSchema | rq.InvalidSchema | u3.LocationValueError):
        return RemoteError(f"{system}: the address cannot be used: {_brief(inner)}", system=system)
    network = (rq.ConnectionError, rq.ChunkedEncodingError, rq.ContentDecodingError, u3.HTTPError, ConnectionError)
    if isinstance(error, network):
        return UnknownOutcomeError(f"{where}: the connection broke ({_brief(inner)}).", system=system)
    if isinstance(error, rq.JSONDecodeError):
        return UnknownOutcomeError(f"{system}: the answer was cut off or is not JSON.", system=system)
    return None


def from_status(
    status: int,
    message: str,
    *,
    system: str,
    code: str = "",
    request_id: str = "",
    headers: Mapping[str, str] | None = None,
) -> TrueupError:
    """The class of an HTTP status, for a connector that knows nothing better from the body.

    429 and 503 say "not now": nothing was carried out. 500, 502, 504 and the edge's 420 come from something that may
    have passed the request on.
    """
    text = redact(message)
    facts: dict[str, Any] = {"system": system, "status": status, "code": code, "request_id": request_id}
    if status in (423, 429, 503):
        return UnavailableError(text, retry_after_s=retry_after_s(headers or {}), **facts)
    if status == 401:
        return CredentialsError(text, **facts)
    if status == 403:
        return PermissionDeniedError(text, **facts)
    if status in (408, 420) or status >= 500:
        return UnknownOutcomeError(text, **facts)
    return RefusedError(text, **facts)


def retry_after_s(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """What Retry-After asks for, in seconds; it comes as a number or as a date. None when absent or unreadable."""
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def _facts(error: RemoteError) -> dict[str, Any]:
    return {"system": error.system, "status": error.status, "code": error.code, "request_id": error.request_id}


def _root(error: BaseException) -> BaseException:
    """The innermost cause that a network library wrapped: requests wraps urllib3's, MaxRetryError wraps the reason."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        reason = getattr(error, "reason", None)
        if isinstance(reason, BaseException):
            error = reason
        elif error.args and isinstance(error.args[0], BaseException):
            error = error.args[0]
    return error


def _brief(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return redact(text if len(text) <= 200 else text[:197] + "...")
