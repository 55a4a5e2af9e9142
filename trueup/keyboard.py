"""The review at the keyboard: one change at a time, one key an answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from trueup.commands.review import Session
from trueup.errors import UsageError
from trueup.model.changes import Action, Change

KEYS = """\
  a  accept          r  reject           s  skip, ask me next time
  e  edit the value  n  never ask again for this pair (they are not the same)
  A  accept all of this kind             R  reject all of this kind
  q  stop here; what was decided is kept"""


def go_through(session: Session) -> int:
    """Ask about every waiting change until none is left or the person stops. Needs a terminal."""
    if not sys.stdin.isatty():
        raise UsageError(
            "A review needs a terminal.", hint="Without one: trueup report, then trueup approve ID… or --rule CLASS"
        )
    from trueup.report import terminal

    total = len(session.plan.changes)
    if not session.waiting():
        click.echo(f"Plan {session.plan.id}: all {total} changes are decided. Next: trueup apply")
        return 0
    click.echo(f"Plan {session.plan.id}: {session.decided} of {total} decided, {len(session.waiting())} to go.\n{KEYS}")
    while waiting := session.waiting():
        change = waiting[0]
        terminal.print_change(change, position=f"{total - len(waiting) + 1}/{total}")
        if not _answer(session, change):
            break
    left = len(session.waiting())
    click.echo(f"{session.decided} decided, {left} left. " + ("Next: trueup apply" if session.decided else ""))
    return 0


def _answer(session: Session, change: Change) -> bool:
    """One key, done. False: the person stops."""
    while True:
        click.echo(f"[{_offered(change)}] ", nl=False)
        key = click.getchar()
        click.echo(key)
        try:
            match key:
                case "a":
                    session.accept([change])
                case "r":
                    session.reject([change])
                case "s":
                    session.skip(change)
                case "n":
                    session.never_for_this_pair(change)
                case "e":
                    _edit(session, change)
                case "A" | "R":
                    if not _all_alike(session, change, session.alike(change), accept=key == "A"):
                        continue
                case "q" | "\x03" | "\x04":
                    return False
                case _:
                    click.echo(KEYS)
                    continue
        except UsageError as error:
            click.echo(error.message)
            continue
        return True


def _offered(change: Change) -> str:
    keys = ["a", "r", "s"]
    if change.action is Action.UPDATE:
        keys.append("e")
    if change.others:
        keys.append("n")
    return "/".join([*keys, "A", "R", "q", "?"])


def _edit(session: Session, change: Change) -> None:
    value = click.prompt("New value (empty clears)", default=change.after or "", show_default=True)
    session.edit(change, value.strip() or None)


def _all_alike(session: Session, change: Change, alike: Sequence[Change], *, accept: bool) -> bool:
    verb = "Accept" if accept else "Reject"
    what = f"{change.rule} of {change.field}" if change.field else change.rule
    if not click.confirm(f"{verb} all {len(alike)} waiting changes of this kind ({what})?"):
        return False
    (session.accept if accept else session.reject)(alike)
    return True
