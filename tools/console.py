"""Runs what the papers show: every command of every ```console block, page by page, against a twin of the page's own.

    python tools/console.py                 run all pages; say where what is shown differs from what happens
    python tools/console.py --renew PAGE…   run these pages and put today's output into them

In a ```console block a line that begins with `$ ` is a command and the lines below it are what it prints. A `…` line
stands for any lines. `# exit 5` behind a command says that it ends with that code. Commands of one page run in one
folder, from top to bottom. Before a block may stand a comment:

    <!-- twin -->              the twin's policy is written to trueup.yaml
    <!-- twin: read-only -->   the same, with both systems read-only
    <!-- fresh -->             what follows runs in another, empty folder

What is shown is compared word by word; numbers, dates and ids may differ, for the world's day is today. Blocks of
other kinds (```sh, ```text) are not run: they need a root, a real CRM, or a keyboard.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from trueup.commands.twin_policy import write_twin_policy
from trueup.twin.testing import running

REPO = Path(__file__).resolve().parents[1]
PEOPLE, SEED = 200, 7
SKIP = "…"
_BLOCK = re.compile(r"(?:^<!-- (fresh|twin(?:: read-only)?) -->\n+)?^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXIT = re.compile(r"\s+# exit (\d+)$")
_ANY = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page: where it stands, what comes before it, what it is said to print and to end with."""

    page: Path
    line: int
    before: str
    command: str
    shown: tuple[str, ...]
    exit_code: int = 0

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}: $ {self.command}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: its code, what it printed (both streams), and what is wrong with the page, if anything."""

    step: Step
    exit_code: int
    printed: tuple[str, ...]

    @property
    def problem(self) -> str:
        """Empty when the page tells the truth."""
        if self.exit_code != self.step.exit_code:
            return "\n".join((f"{self.step}: exit {self.exit_code}, not {self.step.exit_code}", *self.printed[-8:]))
        missing = first_missing(self.step.shown, self.printed)
        return f"{self.step}: is said to print {missing!r}" if missing is not None else ""


def pages() -> list[Path]:
    """All papers of the house that show commands."""
    every = [*sorted(REPO.glob("*.md")), *sorted((REPO / "docs").rglob("*.md"))]
    return [page for page in every if "```console" in page.read_text(encoding="utf-8")]


def steps(page: Path) -> list[Step]:
    """The commands of a page in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for block in _BLOCK.finditer(text):
        before, line = block[1] or "", text[: block.start(2)].count("\n") + 1
        lines = block[2].splitlines()
        starts = [number for number, content in enumerate(lines) if content.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            command, code = lines[start][2:], _EXIT.search(lines[start])
            shown = tuple(content for content in lines[start + 1 : end] if content.strip())
            exit_code = int(code[1]) if code else 0
            found.append(Step(page, line + start, before, _EXIT.sub("", command), shown, exit_code))
            before = ""
    return found


def run(page: Path) -> Iterator[Outcome]:
    """Run a page's commands in a fresh folder; the twin is started when the first block asks for it."""
    with ExitStack() as stack:
        folder = _folder(stack)
        ready = None
        for step in steps(page):
            if step.before == "fresh":
                folder = _folder(stack)
            elif step.before:
                ready = ready or stack.enter_context(running(people=PEOPLE, seed=SEED)).ready
                write_twin_policy(ready, folder / "trueup.yaml")
                if step.before.endswith("read-only"):
                    _make_read_only(folder / "trueup.yaml")
            yield _run(step, folder)


def _folder(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trueup-docs-")))


def _run(step: Step, folder: Path) -> Outcome:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("TRUEUP_", "SF_", "HUBSPOT_")) and k != "COLUMNS"}
    path = os.pathsep.join((str(Path(sys.executable).parent), keep.get("PATH", "")))
    done = subprocess.run(
        ["bash", "-c", step.command],
        cwd=folder,
        env=keep | {"PATH": path, "TRUEUP_USER": "dana"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
    return Outcome(step, done.returncode, tuple(done.stdout.splitlines()))


def _make_read_only(policy: Path) -> None:
    text = policy.read_text(encoding="utf-8")
    changed = re.sub(r"^    connector: .*$", r"\g<0>\n    read_only: true", text, flags=re.MULTILINE)
    policy.write_text(changed, encoding="utf-8")


def first_missing(shown: Sequence[str], printed: Sequence[str]) -> str | None:
    """The first line shown that is not printed where it is shown; `…` skips any number of lines."""
    rest = [_words(line) for line in printed if line.strip()]
    skipping = False
    for line in shown:
        if line.strip() == SKIP:
            skipping = True
            continue
        wanted = _words(line)
        place = rest.index(wanted) if skipping and wanted in rest else 0
        if not rest or rest[place] != wanted:
            return line
        rest, skipping = rest[place + 1 :], False
    return None if skipping or not rest or not shown else f"(the end), but goes on with {' '.join(rest[0])!r}"


def _words(line: str) -> tuple[str, ...]:
    return tuple(_ANY.sub("#", line).split())


def renew(page: Path) -> None:
    """Put what the commands print today into the page; what ended in `…` keeps its length.

    Nothing is written when a command fails. Output with a `…` in its midst was chosen by hand and is left as it is.
    """
    lines = page.read_text(encoding="utf-8").split("\n")
    outcomes = list(run(page))
    failed = [outcome.problem for outcome in outcomes if outcome.exit_code != outcome.step.exit_code]
    if failed:
        raise SystemExit("\n".join(failed))
    for outcome in reversed(outcomes):
        step = outcome.step
        start = step.line
        end = next(n for n in range(start, len(lines)) if lines[n].startswith(("$ ", "```")))
        old = lines[start:end]
        if not [line for line in old if line.strip()]:
            continue
        new, kept = list(outcome.printed), list(old)
        while not kept[-1].strip():
            kept.pop()
        if SKIP in (line.strip() for line in kept[:-1]):
            continue
        if kept[-1].strip() == SKIP:
            new = [*new[: len(kept) - 1], SKIP]
        lines[start:end] = [*(line.rstrip() for line in new), *old[len(kept) :]]
    page.write_text("\n".join(lines), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    if arguments[:1] == ["--renew"]:
        for name in arguments[1:]:
            renew(Path(name).resolve())
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    problems = [outcome.problem for page in pages() for outcome in run(page) if outcome.problem]
    print("\n".join(problems) or "Every command does what its page says.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
