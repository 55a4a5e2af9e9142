"""Which errors are repeated, for which effects, and how long is waited."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
import requests

from trueup.connectors.kit.budget import Budget
from trueup.connectors.kit.transport import (
    NO_WAITING,
    Effect,
    Pace,
    RetryPolicy,
    Transport,
    from_network,
    from_status,
    retry_after_s,
)
from trueup.errors import (
    CredentialsError,
    LimitError,
    PermissionDeniedError,
    RefusedError,
    UnavailableError,
    UnknownOutcomeError,
)

ATTEMPTS = NO_WAITING.attempts


class Script:
    """A call that raises its errors one after another, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def transport(**kwargs) -> Transport:
    return Transport("crm", translate=lambda _: None, policy=kwargs.pop("policy", NO_WAITING), **kwargs)


@pytest.mark.parametrize("effect", list(Effect))
def test_what_was_surely_not_carried_out_is_repeated_for_every_effect(effect):
    send = Script(UnavailableError("busy"), UnavailableError("busy"))
    assert transport().call(send, effect) == "answer"
    assert send.calls == 3


@pytest.mark.parametrize("effect", [Effect.READ, Effect.REPEATABLE])
def test_a_lost_answer_is_asked_for_again_where_that_is_harmless(effect):
    send = Script(UnknownOutcomeError("reset"))
    assert transport().call(send, effect) == "answer"
    assert send.calls == 2


def test_a_lost_answer_of_a_write_that_must_not_happen_twice_is_unknown_at_once():
    send = Script(UnknownOutcomeError("reset"))
    with pytest.raises(UnknownOutcomeError):
        transport().call(send, Effect.ONCE)
    assert send.calls == 1


def test_a_read_has_no_outcome_and_ends_as_unavailable():
    send = Script(*[UnknownOutcomeError("reset")] * ATTEMPTS)
    with pytest.raises(UnavailableError):
        transport().call(send, Effect.READ)
    assert send.calls == ATTEMPTS


@pytest.mark.parametrize("last", [UnavailableError("busy"), CredentialsError("who"), LimitError("enough")])
def test_a_write_stays_in_doubt_although_its_last_attempt_surely_did_nothing(last):
    send = Script(UnknownOutcomeError("reset"), *[last] * ATTEMPTS)
    with pytest.raises(UnknownOutcomeError):
        transport().call(send, Effect.REPEATABLE)


@pytest.mark.parametrize(
    "error", [RefusedError("no"), CredentialsError("who"), PermissionDeniedError("no"), LimitError("x")]
)
def test_an_answer_that_will_not_change_is_not_asked_for_twice(error):
    send = Script(error)
    with pytest.raises(type(error)):
        transport().call(send, Effect.READ)
    assert send.calls == 1


def test_programming_errors_pass_unchanged():
    with pytest.raises(KeyError):
        transport().call(Script(KeyError("x")), Effect.READ)


def test_the_remote_decides_how_long_is_waited():
    waits: list[float] = []
    policy = RetryPolicy(sleep=waits.append, jitter=lambda: 0.5)
    send = Script(UnavailableError("slow", retry_after_s=7.0), UnavailableError("busy"), UnavailableError("busy"))
    assert transport(policy=policy).call(send, Effect.READ) == "answer"
    assert waits == [7.0, 1.0, 2.0]


def test_a_wait_longer_than_the_longest_is_left_to_the_caller():
    send = Script(UnavailableError("tomorrow", retry_after_s=3600.0))
    with pytest.raises(UnavailableError) as caught:
        transport().call(send, Effect.READ)
    assert (send.calls, caught.value.retry_after_s) == (1, 3600.0)


def test_every_attempt_is_counted_and_none_is_made_beyond_the_budget():
    budget = Budget("crm", 1.0, reserve=0.0)
    budget.learn(0, 2)
    send = Script(*[UnavailableError("busy")] * 9)
    with pytest.raises(LimitError):
        transport(budget=budget).call(send, Effect.READ)
    assert (send.calls, budget.spent) == (2, 2)


def test_a_pace_waits_before_the_one_too_many():
    clock, waits = [0.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    pace = Pace(2, 1.0, sleep=sleep, clock=lambda: clock[0])
    for _ in range(2):
        pace.wait()
    clock[0] = 0.25
    pace.wait()
    assert waits == [0.75]


def refused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def network_error(url: str, **kwargs) -> Exception:
    with requests.Session() as session:
        session.trust_env = False
        try:
            session.get(url, timeout=kwargs.pop("timeout", 5))
        except requests.RequestException as error:
            return error
    raise AssertionError("the request was answered")


def test_a_connection_that_could_not_be_opened_carried_nothing():
    error = from_network(network_error(f"http://127.0.0.1:{refused_port()}/"), "crm")
    assert isinstance(error, UnavailableError)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="closed before the first byte"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[1", id="cut off in the middle"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", id="a chunk cut off"),
        pytest.param(None, id="no answer in time"),
    ],
)
def test_once_a_request_has_left_its_outcome_is_unknown(answer):
    import threading

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        held = []

        def serve() -> None:
            peer, _ = server.accept()
            peer.recv(65536)
            if answer is None:
                held.append(peer)
                return
            peer.sendall(answer)
            peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        error = from_network(network_error(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=1), "crm")
        thread.join()
        for peer in held:
            peer.close()
    assert isinstance(error, UnknownOutcomeError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RefusedError),
        (401, CredentialsError),
        (403, PermissionDeniedError),
        (404, RefusedError),
        (408, UnknownOutcomeError),
        (429, UnavailableError),
        (500, UnknownOutcomeError),
        (502, UnknownOutcomeError),
        (503, UnavailableError),
        (504, UnknownOutcomeError),
    ],
)
def test_a_status_says_whether_the_request_was_carried_out(status, kind):
    assert type(from_status(status, "text", system="crm")) is kind


def test_retry_after_comes_as_seconds_or_as_a_date():
    now = datetime(2026, 5, 6, 12, tzinfo=UTC)
    assert retry_after_s({"Retry-After": "2.5"}) == 2.5
    assert retry_after_s({"retry-after": "Wed, 06 May 2026 12:00:30 GMT"}, now=now) == 30.0
    assert retry_after_s({"Retry-After": "Wed, 06 May 2026 11:00:00 GMT"}, now=now) == 0.0
    assert retry_after_s({"Retry-After": "soon"}) is None
    assert retry_after_s({}) is None
