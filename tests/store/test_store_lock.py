"""One run at a time: the living are respected and named, the dead are taken over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from trueup.errors import LockedError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import RunStatus
from trueup.model.refs import Ref
from trueup.store import Store, lock, open_store
from trueup.store.tables import run_lock

REPO = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from trueup.store import open_store
store = open_store(sys.argv[1])
run = store.start_run("run")
with store.lock(run.id):
    print(run.id, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url], cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def set_row(store: Store, **values: object) -> None:
    with store.database.write() as connection:
        connection.execute(sa.update(run_lock).values(**values))


def change() -> Change:
    return Change(Action.UPDATE, Ref("hs", "contacts", "1"), Kind.PERSON, field="phone", before=None, after="1")


def test_the_lock_is_held_for_the_block_and_free_after_it(store: Store) -> None:
    with store.lock("r1") as held:
        holder = store.lock_holder()
        assert holder is not None
        assert (holder.run_id, holder.pid, held.taken_over) == ("r1", os.getpid(), None)
    assert store.lock_holder() is None
    with store.lock("r2"):
        pass


def test_the_lock_is_released_when_the_block_fails(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.lock("r1"):
        1 / 0  # noqa: B018
    assert store.lock_holder() is None


def test_a_living_holder_in_another_process_is_respected_and_named(store: Store, store_url: str) -> None:
    with another_process(store_url) as (process, run_id):
        with pytest.raises(LockedError) as refused, store.lock("r99"):
            pass
        assert f"run {run_id}" in refused.value.message
        assert f"process {process.pid} on " in refused.value.message
        assert refused.value.exit_code == 6
        process.communicate("")
    with store.lock("r99"):
        pass


def test_a_second_run_in_the_same_process_is_refused_too(store: Store) -> None:
    with store.lock("r1"), pytest.raises(LockedError, match="run r1"), store.lock("r2"):
        pass


def test_the_lock_of_a_killed_process_is_taken_over_and_its_run_was_interrupted(store: Store, store_url: str) -> None:
    with another_process(store_url) as (process, run_id):
        process.send_signal(signal.SIGKILL)
        process.wait()
        with store.lock("r99") as held:
            assert held.taken_over is not None
            assert (held.taken_over.run_id, held.taken_over.pid) == (run_id, process.pid)
    assert store.run(run_id).status is RunStatus.INTERRUPTED


def test_a_later_process_with_the_same_number_is_not_taken_for_the_holder(store: Store) -> None:
    with store.lock("r1"):
        set_row(store, born="before the last reboot")
        with store.lock("r2") as held:
            assert held.taken_over is not None


@pytest.mark.parametrize(("elsewhere", "minutes", "refused"), [("host", 9, True), ("host", 11, False),
                                                             ("space", 9, True), ("space", 11, False)])  # fmt: skip
def test_a_holder_elsewhere_is_given_up_after_ten_silent_minutes(
    store: Store, elsewhere: str, minutes: int, refused: bool
) -> None:
    with store.lock("r1"):
        heartbeat = datetime.now(UTC) - timedelta(minutes=minutes)
        set_row(store, heartbeat=heartbeat, **{elsewhere: "another"})
        if refused:
            with pytest.raises(LockedError), store.lock("r2"):
                pass
        else:
            with store.lock("r2") as held:
                assert held.taken_over is not None
                assert held.taken_over.heartbeat == heartbeat


def test_a_run_that_was_given_up_may_not_act_any_more(store: Store, now: datetime) -> None:
    with store.lock("r1"):
        store.intend("r1", "p1", [change()], {}, now)
        set_row(store, host="asleep", heartbeat=now - timedelta(days=1))
        with store.lock("r2"):
            with pytest.raises(LockedError, match=r"taken over by run r2"):
                store.intend("r1", "p1", [change()], {}, now)
            assert len(store.open_intents()) == 1
    assert store.lock_holder() is None


def test_the_heartbeat_is_heard(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT_S", 0.01)
    with open_store(store_url) as store, store.lock("r1") as held:
        for _ in range(1000):
            holder = store.lock_holder()
            assert holder is not None
            if holder.heartbeat > held.since:
                return
    pytest.fail("no heartbeat in a thousand looks")
