"""The review at a real terminal: a pseudo-terminal, a process, keys pressed, words read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from csv_workspace import CsvWorkspace

from trueup.keyboard import Interrupts
from trueup.model.receipts import Verdict
from trueup.store import open_store

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROMPT = re.compile(r"\[a/r/s[^]]*\] ")
PATIENCE_S = 180  # a hang, not a stopwatch


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # As a shell at a terminal starts its programs; tests that run in the background may have it ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A process on a terminal of its own, 80 columns wide."""

    def __init__(self, workspace: CsvWorkspace, *arguments: str) -> None:
        ours, theirs = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "CI")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trueup", "--policy", str(workspace.policy), *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40", "TRUEUP_USER": "dana"},
            start_new_session=True,
            preexec_fn=_take_terminal,  # without one of its own, the interrupt key interrupts nobody
        )
        os.close(theirs)
        self._fd = ours
        self.raw = ""
        self._at = 0

    @property
    def text(self) -> str:
        """Everything seen so far, without colours."""
        return ESCAPES.sub("", self.raw).replace("\r", "")

    def until(self, sign: str | re.Pattern[str]) -> str:
        """Read until the sign has come since the last one; gives what came up to it."""
        pattern = sign if isinstance(sign, re.Pattern) else re.compile(re.escape(sign))
        end = time.monotonic() + PATIENCE_S
        while not (found := pattern.search(self.text, self._at)):
            assert time.monotonic() < end, f"{sign!r} did not come in:\n{self.text[self._at :]}"
            if not self._read():
                raise AssertionError(f"it ended without {sign!r}:\n{self.text[self._at :]}")
        came = self.text[self._at : found.end()]
        self._at = found.end()
        return came

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def end(self) -> int:
        """Wait for the end; gives the exit code."""
        end = time.monotonic() + PATIENCE_S
        while self._read():
            assert time.monotonic() < end, f"it did not end:\n{self.text[self._at :]}"
        return self.process.wait(timeout=PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._fd)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._fd], [], [], 0.2)
        if not ready:
            return self.process.poll() is None
        try:
            came = os.read(self._fd, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.raw += came.decode(errors="replace")
        return bool(came)


Open = Callable[..., Terminal]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a plan, made once."""
    made = CsvWorkspace(tmp_path_factory.mktemp("planned") / "w")
    made.run("pull")
    made.run("plan")
    return made.folder


@pytest.fixture
def workspace(planned: Path, tmp_path: Path) -> CsvWorkspace:
    """A copy of its own."""
    made = CsvWorkspace(tmp_path / "w")
    shutil.copy(planned / "trueup.db", made.folder / "trueup.db")
    return made


@pytest.fixture
def review(workspace: CsvWorkspace) -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(workspace, "review", *arguments))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def decisions(workspace: CsvWorkspace) -> dict[str, tuple[Verdict, str]]:
    """`field` of the change → its verdict and who gave it."""
    with open_store(f"sqlite:///{workspace.folder / 'trueup.db'}") as store:
        plan = store.latest_plan()
        assert plan is not None
        decided = store.change_decisions(plan.id)
        return {c.field: (decided[c.id].verdict, decided[c.id].by) for c in plan.changes if c.id in decided}


def test_a_change_is_shown_with_names_values_reason_winner_evidence_and_undo(review: Open) -> None:
    terminal = review()

    seen = terminal.until(PROMPT)

    assert "4 to go" not in seen
    assert "2 of 4 decided, 2 to go." in seen  # two were approved by rule
    assert "Anna Kovacs · City" in seen
    assert "Wien → Budapest" in seen
    assert "sales wins: sales owns the field." in seen
    assert re.search(r"Wins\s+sales:people/s1\s+Anna Kovacs", seen)
    assert "FLD002 Values conflict" in seen
    assert "Can be undone exactly." in seen
    assert max(len(line) for line in seen.splitlines()) <= 80


def test_accepting_and_rejecting_is_kept_and_the_end_says_what_comes_next(
    review: Open, workspace: CsvWorkspace
) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press("a")
    terminal.until("accepted")
    terminal.until(PROMPT)
    terminal.press("r")
    end = terminal.until("Next: trueup apply")

    assert terminal.end() == 0
    assert "4 decided (3 accepted), 0 left." in end
    assert decisions(workspace)["city"] == (Verdict.APPROVE, "dana")
    assert decisions(workspace)["lifecycle_stage"] == (Verdict.REJECT, "dana")


def test_a_review_that_stops_resumes_where_it_was(review: Open, workspace: CsvWorkspace) -> None:
    first = review()
    first.until(PROMPT)
    first.press("a")
    first.until("4 of 4")
    first.until(PROMPT)
    first.press("q")
    assert first.end() == 0

    second = review()
    seen = second.until(PROMPT)

    assert "3 of 4 decided, 1 to go." in seen
    assert "Lifecycle stage" in seen
    assert "City" not in seen


def test_a_skipped_change_comes_again_next_time(review: Open, workspace: CsvWorkspace) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press("s")
    assert "Lifecycle stage" in terminal.until(PROMPT)
    terminal.press("s")
    assert terminal.end() == 0
    assert "city" not in decisions(workspace)

    assert "Anna Kovacs · City" in review().until(PROMPT)


def test_an_edited_value_takes_the_place_of_the_proposed_one(review: Open, workspace: CsvWorkspace) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press("e")
    terminal.until("New value")
    terminal.press("Linz\n")
    terminal.until("accepted with 'Linz'")
    terminal.until(PROMPT)
    terminal.press("q")
    assert terminal.end() == 0

    workspace.run("apply")

    assert "Linz" in (workspace.folder / "mail" / "people.csv").read_text(encoding="utf-8")


def test_all_of_a_kind_asks_once_more(review: Open, workspace: CsvWorkspace) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press("A")
    terminal.until("Accept all 1 waiting changes of this kind (conflict of city, mail)? [y/N]")
    terminal.press("n\n")
    terminal.until(PROMPT)
    terminal.press("R")
    terminal.until("[y/N]")
    terminal.press("y\n")
    terminal.until("1 rejected")
    terminal.until(PROMPT)
    terminal.press("q")

    assert terminal.end() == 0
    assert decisions(workspace)["city"][0] is Verdict.REJECT


@pytest.mark.parametrize("key", ["\x03", "\x04", "q"])
def test_it_can_be_left_at_any_time(review: Open, workspace: CsvWorkspace, key: str) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press(key)

    assert terminal.end() == 0
    assert "2 left." in terminal.text
    assert set(decisions(workspace)) == {"title", "industry"}


def test_an_interrupt_just_before_the_wait_for_a_key_is_not_slept_through(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, other_end = os.pipe()
    interrupts = Interrupts()
    interrupts.watch()

    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    noted = signal.set_wakeup_fd(-1)
    try:
        os.write(noted, b"\x02")  # the signal has come; Python's own handler runs at the next step, which is a read
        monkeypatch.setattr("trueup.keyboard.os.read", interrupt)
        much_later = threading.Timer(20, os.write, (other_end, b"x"))
        much_later.start()
        with pytest.raises(KeyboardInterrupt):
            interrupts.wait_with(keyboard)
        much_later.cancel()
    finally:
        monkeypatch.undo()
        signal.set_wakeup_fd(noted)
        interrupts.close()
        os.close(keyboard)
        os.close(other_end)
    assert signal.set_wakeup_fd(-1) == -1


def test_a_key_without_a_meaning_shows_the_keys_and_decides_nothing(review: Open, workspace: CsvWorkspace) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press("x")
    seen = terminal.until(PROMPT)

    assert "a  accept" in seen
    assert set(decisions(workspace)) == {"title", "industry"}


def test_without_a_terminal_it_says_what_to_do_instead(workspace: CsvWorkspace) -> None:
    result = workspace.run("review", exit_code=2)

    assert "A review needs a terminal." in result.stderr
    assert "trueup approve" in result.stderr


def test_progress_moves_on_a_terminal_and_leaves_one_line_per_part(workspace: CsvWorkspace) -> None:
    terminal = Terminal(workspace, "check")
    try:
        assert terminal.end() == 0
        assert "\x1b[2K" in terminal.raw
        left = ESCAPES.sub("", terminal.raw.replace("\r\x1b[2K", "\x00")).splitlines()
        assert [re.sub(r"\([0-9.]+ s\)", "(s)", line.rpartition("\x00")[2]) for line in left[:3]] == [
            "Loading columns (s)",
            "Resolving identity (s)",
            "Checking (s)",
        ]
        assert left[3].startswith("Not in true:")
    finally:
        terminal.close()


def test_killed_in_the_middle_what_was_decided_is_kept(review: Open, workspace: CsvWorkspace) -> None:
    terminal = review()
    terminal.until(PROMPT)
    terminal.press("a")
    terminal.until("accepted")
    os.killpg(terminal.process.pid, signal.SIGKILL)
    terminal.process.wait()

    assert decisions(workspace)["city"][0] is Verdict.APPROVE
