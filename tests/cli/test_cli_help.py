"""Help: every command says what it does in an imperative line, shows an example that it accepts, and answers at once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from trueup.cli import main

HEAVY = (
    "duckdb",
    "numpy",
    "sqlalchemy",
    "pydantic",
    "rich",
    "jinja2",
    "requests",
    "rapidfuzz",
    "alembic",
    "yaml",
    "orjson",
)
"""What costs a tenth of a second and more to import, or brings something that does."""

NOT_IMPERATIVE = re.compile(r"^(The|A|An|This|It|Shows|Writes|Lists|Prints|Does)\b")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = list(commands(main))
LEAVES = [(path, command) for path, command in ALL if not isinstance(command, click.Group)]


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_every_command_begins_with_an_imperative_line_and_ends_with_an_example(
    path: tuple[str, ...], command: click.Command
) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])

    assert result.exit_code == 0
    lines = [line.strip() for line in (command.help or "").splitlines() if line.strip()]
    assert lines, path
    assert not NOT_IMPERATIVE.match(lines[0]), lines[0]
    assert lines[0][0].isupper()
    assert lines[-1].startswith("Example: trueup "), path
    assert "Example: trueup" in result.output


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_the_example_is_one_that_the_command_accepts(path: tuple[str, ...], command: click.Command) -> None:
    import shlex

    example = next(line for line in (command.help or "").splitlines() if "Example:" in line).partition("trueup ")[2]
    words = shlex.split(example.partition(" > ")[0])
    assert tuple(words[: len(path)]) == path

    context = command.make_context(path[-1], words[len(path) :], resilient_parsing=False)

    assert context.info_name == path[-1]


def test_every_command_stands_in_the_overview() -> None:
    overview = CliRunner().invoke(main, ["--help"]).output

    missing = [name for name in main.commands if not re.search(rf"^  {name}\b", overview, re.MULTILINE)]

    assert missing == []


def test_the_overview_ends_with_all_exit_codes() -> None:
    overview = CliRunner().invoke(main, ["--help"]).output

    assert [code for code in (0, 1, 2, 3, 4, 5, 6, 7, 130) if not re.search(rf"\b{code} [a-z]", overview)] == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["pull", "--help"], ["report", "--help"], ["twin", "serve", "--help"]]
)
def test_help_imports_nothing_of_weight(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom trueup.cli import main\n"
        f"try:\n    main({arguments!r}, prog_name='trueup')\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)

    assert result.stderr.strip() == "[]"


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["pul"]).exit_code == 2
