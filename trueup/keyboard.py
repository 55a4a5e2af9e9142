"""The review at the keyboard: one change at a time, one key an answer."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

import click

from trueup.commands.review import Session
from trueup.errors import UsageError
from trueup.model.changes import Action, Change

KEYS = """\
  a  accept                              r  reject
  s  skip, ask me next time              e  edit the new value, and accept it
  n  never ask again for this pair: they are not the same
  A  accept all of this kind             R  reject all of this kind
  o  show where the records open         ?  these keys
  q  stop here; what was decided is kept"""

STOP = ("q", "\x03", "\x04")


class Keys:
    """Single keys from the terminal, as they are pressed.

    The terminal stays in this mode between questions: switching it for every key would throw away what a quick hand
    typed ahead. A question that wants a line (`line`) gets the ordinary mode for that long.
    """

    def __init__(self) -> None:
        self._fd = sys.stdin.fileno()
        self._before: list[object] | None = None
        self._interrupts = Interrupts()

    def __enter__(self) -> Keys:
        self._single_keys()
        if self._before is not None:
            self._interrupts.watch()
        return self

    def __exit__(self, *_: object) -> None:
        self._interrupts.close()
        self._ordinary()

    def _single_keys(self) -> None:
        with contextlib.suppress(ImportError):  # no termios: not a POSIX system, where click reads keys its own way
            import termios
            import tty

            self._before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd, termios.TCSADRAIN)

    def _ordinary(self) -> None:
        if self._before is not None:
            import termios

            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)  # type: ignore[arg-type]

    @contextlib.contextmanager
    def line(self) -> Iterator[None]:
        """The ordinary mode, for questions that are answered with a line."""
        self._ordinary()
        try:
            yield
        finally:
            self._single_keys()

    def read(self) -> str:
        """The next key; "" for one without a letter (an arrow), `q` when the person interrupts or is gone."""
        try:
            if self._before is None:
                return click.getchar()
            return self._read()
        except (KeyboardInterrupt, EOFError):
            return "q"

    def _read(self) -> str:
        import select

        self._interrupts.wait_with(self._fd)
        key = os.read(self._fd, 1)
        if not key:
            return "q"
        if key == b"\x1b":
            while select.select([self._fd], [], [], 0.02)[0] and os.read(self._fd, 1):
                pass
            return ""
        more = next((n for n, lead in ((3, 0xF0), (2, 0xE0), (1, 0xC0)) if key[0] >= lead), 0)
        return (key + b"".join(os.read(self._fd, 1) for _ in range(more))).decode(errors="replace")


class Interrupts:
    """Waits for input in such a way that an interrupt is never slept through.

    One that comes after Python last looked for signals and before the terminal is read would end neither: the reading
    goes on as if nothing had been pressed. So every signal also writes to a pipe, and both are waited for.
    """

    def __init__(self) -> None:
        self._pipe: tuple[int, int] | None = None
        self._before = -1

    def watch(self) -> None:
        """From now on signals write to the pipe."""
        import signal

        self._pipe = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)
        self._before = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)

    def wait_with(self, fd: int) -> None:
        """Wait until there is something to read. A signal that came before or meanwhile is dealt with first."""
        import select

        told = self._pipe[0] if self._pipe else fd
        while fd not in select.select([fd, told], [], [])[0]:
            os.read(told, 64)

    def close(self) -> None:
        """Give back what was taken."""
        import signal

        if self._pipe:
            signal.set_wakeup_fd(self._before)
            for end in self._pipe:
                os.close(end)
            self._pipe = None


def go_through(session: Session) -> int:
    """Ask about every waiting change until none is left or the person stops. Needs a terminal."""
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError(
            "A review needs a terminal.", hint="Without one: trueup report, then trueup approve ID… or --rule CLASS"
        )
    total = len(session.plan.changes)
    waiting = session.waiting()
    if not waiting:
        click.echo(f"Plan {session.plan.id}: all {total:,} changes are decided. Next: trueup apply")
        return 0
    click.echo(f"Plan {session.plan.id}: {session.decided:,} of {total:,} decided, {len(waiting):,} to go.\n{KEYS}")
    with Keys() as keys, contextlib.suppress(KeyboardInterrupt):  # the interrupt key means "stop here", at any moment
        while waiting := session.waiting():
            _show(session, waiting[0], f"{total - len(waiting) + 1:,} of {total:,}")
            if not _answer(session, waiting[0], keys):
                break
    left = len(session.plan.changes) - session.decided
    accepted = session.accepted
    click.echo(
        f"\n{session.decided:,} decided ({accepted:,} accepted), {left:,} left."
        + (f" Next: trueup apply {session.plan.id}" if accepted else "")
    )
    return 0


def _show(session: Session, change: Change, position: str) -> None:
    from trueup.report import terminal

    finding = session.finding(change)
    terminal.print_change(
        change,
        position=position,
        names=session.names(change),
        finding=finding,
        title=session.title(finding.code) if finding else "",
    )


def _answer(session: Session, change: Change, keys: Keys) -> bool:
    """One key, done. False: the person stops."""
    while True:
        click.echo(f"[{_offered(change)}] ", nl=False)
        key = keys.read()
        if key in STOP:
            click.echo("stop")
            return False
        try:
            done = _carry_out(session, change, key, keys)
        except UsageError as error:
            click.echo(error.message)
            continue
        except click.Abort:
            click.echo("\nnot done")
            continue
        if done:
            click.echo(done)
            return True


def _carry_out(session: Session, change: Change, key: str, keys: Keys) -> str:
    """Do what the key stands for, and say it; "" when the question is still open."""
    match key:
        case "a":
            session.accept([change])
            return "accepted"
        case "r":
            session.reject([change])
            return "rejected"
        case "s":
            session.skip(change)
            return "skipped"
        case "n":
            session.never_for_this_pair(change)
            return "rejected; this pair will not be asked about again"
        case "e":
            return _edit(session, change, keys)
        case "A" | "R":
            return _all_alike(session, change, session.alike(change), keys, accept=key == "A")
        case "o":
            places = session.urls(change)
            click.echo("links" if places else "no links")
            for ref, url in places.items():
                click.echo(f"  {ref}  {url}")
            return ""
        case _:
            click.echo(f"keys\n{KEYS}")
            return ""


def _offered(change: Change) -> str:
    keys = ["a", "r", "s"]
    if change.action is Action.UPDATE:
        keys.append("e")
    if change.others:
        keys.append("n")
    return "/".join([*keys, "A", "R", "o", "q", "?"])


def _edit(session: Session, change: Change, keys: Keys) -> str:
    if change.action is not Action.UPDATE:
        raise UsageError(f"Only a change of a value can be edited, not a {change.action.value}.")
    click.echo("edit")
    with keys.line():
        value = click.prompt("New value (a blank clears the field)", default=change.after or "", show_default=True)
    session.edit(change, value.strip() or None)
    return f"accepted with {value.strip()!r}"


def _all_alike(session: Session, change: Change, alike: Sequence[Change], keys: Keys, *, accept: bool) -> str:
    verb, past = ("Accept", "accepted") if accept else ("Reject", "rejected")
    what = f"{change.rule} of {change.field}" if change.field else change.rule
    click.echo("all")
    with keys.line():
        sure = click.confirm(
            f"{verb} all {len(alike):,} waiting changes of this kind ({what}, {change.target.system})?"
        )
    if not sure:
        return ""
    (session.accept if accept else session.reject)(alike)
    return f"{len(alike):,} {past}"
