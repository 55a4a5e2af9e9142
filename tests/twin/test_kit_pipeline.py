"""The request pipeline over real sockets: what a client sees of each fault, and what the lists say afterwards."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from trueup.twin.kit import Clock, Fault, Faults, Recorder
from trueup.twin.kit.pipeline import mask, wrap
from trueup.twin.kit.serving import Listener, Servers
from trueup.twin.kit.tls import certificate


@dataclass
class Bench:
    url: str
    tls_url: str
    ca_file: str
    recorder: Recorder
    faults: Faults
    expired: list[int]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock, faults = Clock(), Faults()
    recorder = Recorder(tmp_path / "log.db", clock)
    expired: list[int] = []

    async def echo(request: Request) -> JSONResponse:
        body = await request.body()
        if request.method == "POST":
            recorder.commit("demo", "things", "1", "create", None, {"body": body.decode()})
        return JSONResponse({"size": len(body), "pad": "x" * 500})

    async def stream(request: Request) -> StreamingResponse:
        return StreamingResponse(iter([b"a" * 1000, b"b" * 1000]))

    app = Starlette(routes=[Route("/echo", echo, methods=["GET", "POST"]), Route("/stream", stream)])
    wrapped = wrap(app, "demo", clock, recorder, faults, expire_sessions=lambda: expired.append(1))
    tls = certificate(tmp_path)
    servers = Servers([Listener("http", wrapped), Listener("tls", wrapped, tls=tls)])
    servers.start()
    yield Bench(servers.urls["http"], servers.urls["tls"], str(tls[0]), recorder, faults, expired)
    servers.stop()
    recorder.close()


def test_every_request_is_listed_with_its_answer_and_without_its_secrets(bench: Bench) -> None:
    headers = {"Authorization": "Bearer s3cret", "X-Note": "kept"}
    requests.post(
        f"{bench.url}/echo?access_token=s3cret&a=1", data="grant=x&client_secret=s3cret&user=kim", headers=headers
    )
    (row,) = bench.recorder.requests()
    assert (row["side"], row["method"], row["path"], row["status"]) == ("demo", "POST", "/echo", 200)
    assert row["query"] == "access_token=***&a=1"
    assert row["body"] == "grant=x&client_secret=***&user=kim"
    assert row["headers"]["x-note"] == "kept"
    assert "s3cret" not in repr(row)
    assert row["size"] > 500


def test_a_commit_carries_the_number_of_the_request_that_caused_it(bench: Bench) -> None:
    requests.get(f"{bench.url}/echo")
    requests.post(f"{bench.url}/echo", data="hello")
    bench.recorder.commit("demo", "things", "2", "update", {"a": 1}, {"a": 2})
    first, second = bench.recorder.writes()
    assert (first["seq"], first["after"]) == (2, {"body": "hello"})
    assert (second["seq"], second["before"], second["n"]) == (None, {"a": 1}, 2)


def test_tls_serves_the_same_app_and_its_certificate_is_valid(bench: Bench) -> None:
    assert requests.get(f"{bench.tls_url}/echo", verify=bench.ca_file).json()["size"] == 0
    assert requests.get(bench.tls_url.replace("127.0.0.1", "localhost") + "/echo", verify=bench.ca_file).ok


def test_an_answer_fault_hits_by_path_and_method_and_ends_after_its_count(bench: Bench) -> None:
    bench.faults.add(
        Fault.of(
            {
                "method": "post",
                "path": "^/echo",
                "status": 429,
                "headers": {"Retry-After": "3"},
                "body": {"status": "error"},
                "count": 1,
            }
        )
    )
    assert requests.get(f"{bench.url}/echo").status_code == 200
    struck = requests.post(f"{bench.url}/echo")
    assert (struck.status_code, struck.headers["Retry-After"], struck.json()) == (429, "3", {"status": "error"})
    assert requests.post(f"{bench.url}/echo").status_code == 200
    assert [w["seq"] for w in bench.recorder.writes()] == [3]


def test_reset_before_drops_the_connection_and_commits_nothing(bench: Bench) -> None:
    bench.faults.add(Fault(action="reset_before", count=1))
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{bench.url}/echo", data="x")
    assert list(bench.recorder.writes()) == []
    assert next(bench.recorder.requests())["note"] == "fault 1: reset_before"


def test_reset_after_commits_and_the_client_reads_a_reset_and_not_one_byte(bench: Bench) -> None:
    bench.faults.add(Fault(action="reset_after", count=1))
    host, port = bench.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as raw:
        raw.sendall(b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi")
        with pytest.raises(ConnectionResetError):
            raw.recv(100)
    assert [w["after"] for w in bench.recorder.writes()] == [{"body": "hi"}]
    assert requests.get(f"{bench.url}/echo").ok


def test_reset_after_works_over_tls(bench: Bench) -> None:
    bench.faults.add(Fault(action="reset_after", count=1))
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{bench.tls_url}/echo", data="x", verify=bench.ca_file)
    assert len(list(bench.recorder.writes())) == 1


def test_a_truncated_body_ends_early_and_a_malformed_one_does_not_parse(bench: Bench) -> None:
    bench.faults.add(Fault(action="truncate", count=1))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        requests.get(f"{bench.url}/echo")
    bench.faults.clear()
    bench.faults.add(Fault(action="malformed", count=1))
    answer = requests.get(f"{bench.url}/echo")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    assert requests.get(f"{bench.url}/echo").json()["size"] == 0


def test_latency_and_expired_sessions(bench: Bench) -> None:
    bench.faults.add(Fault(action="latency", latency_s=0.15, count=1))
    assert requests.get(f"{bench.url}/echo").elapsed.total_seconds() >= 0.15
    bench.faults.add(Fault(action="expire_session", count=1))
    assert requests.get(f"{bench.url}/echo").ok
    assert bench.expired == [1]


def test_a_streamed_answer_passes_whole(bench: Bench) -> None:
    assert requests.get(f"{bench.url}/stream").content == b"a" * 1000 + b"b" * 1000


def test_chance_repeats_with_its_seed_and_skip_lets_the_first_ones_pass() -> None:
    def draws(seed: int) -> list[bool]:
        fault = Fault(probability=0.3, seed=seed)
        return [fault.strikes("s", "GET", "/", "") for _ in range(200)]

    assert draws(1) == draws(1) != draws(2)
    assert 30 <= sum(draws(1)) <= 90
    late = Fault(skip=2, count=1)
    assert [late.strikes("s", "GET", "/", "") for _ in range(5)] == [False, False, True, False, False]


def test_a_fault_that_cannot_be_read_is_refused_with_the_good_names() -> None:
    with pytest.raises(ValueError, match=r"unknown key 'stauts'.*status"):
        Fault.of({"stauts": 500})
    with pytest.raises(ValueError, match=r"unknown action 'explode'.*reset_after"):
        Fault.of({"action": "explode"})
    with pytest.raises(ValueError, match="cannot be read"):
        Fault.of({"path": "("})


def test_soap_and_json_secrets_are_masked() -> None:
    assert (
        mask("<n1:password>abc</n1:password><urn:sessionId>q!w</urn:sessionId>")
        == "<n1:password>***</n1:password><urn:sessionId>***</urn:sessionId>"
    )
    assert mask('{"refresh_token": "abc", "name": "kept"}') == '{"refresh_token": "***", "name": "kept"}'
