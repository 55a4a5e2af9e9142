"""The papers tell the truth: links lead somewhere, tables name what there is, examples work, nothing private is in them."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml

from trueup.cli import main
from trueup.config import json_schema
from trueup.connectors.kit.base import Settings
from trueup.errors import TrueupError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.refs import Ref

REPO = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), *(REPO / "benchmarks").rglob("*.md")])
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def tool(name: str) -> ModuleType:
    """A program of tools/ as a module."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, REPO / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_what_the_program_says_today() -> None:
    assert tool("docs").stale() == [], "make docs"


def test_every_key_of_the_policy_is_described() -> None:
    schema = json_schema()
    models = [schema, *schema["$defs"].values()]

    bare = [
        f"{model.get('title')}.{name}"
        for model in models
        for name, key in model.get("properties", {}).items()
        if not key.get("description") and "$ref" not in json.dumps(key)
    ]

    assert bare == []


# -- links -----------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors that a renderer gives to a page's headings."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).strip().replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_links_between_papers_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_every_paper_is_in_the_index() -> None:
    index = set(links(REPO / "docs" / "README.md"))

    assert {p.name for p in (REPO / "docs").glob("*.md")} - {"README.md"} <= index


# -- what there is ---------------------------------------------------------------------------------------------------


def test_the_table_of_verbs_is_the_command_line() -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `trueup ([a-z]+)` \| .+ \|$", readme, re.MULTILINE)

    assert rows == list(dict.fromkeys(rows)), "named twice"
    assert set(rows) == {name for name, command in main.commands.items() if not command.hidden}


def test_every_make_target_that_is_named_is_there_and_every_target_with_a_help_is_explained() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    helped = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)) - {"help", "clean"}

    named = {t for page in PAGES for t in re.findall(r"(?:`|^)make ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE)}
    explained = set(re.findall(r"`make ([a-z]+)`", (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")))

    assert named <= targets
    assert helped <= explained


def shell_lines(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield from re.findall(r"(?:^|&& |bin/)(trueup(?: [^\n|&>#;]*)?)", block, re.MULTILINE)
    yield from re.findall(r"`(trueup [^`]+)`", re.sub(_FENCE, "", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_commands_that_are_only_mentioned_exist_with_their_options(page: Path) -> None:
    """Blocks that need a root or a real CRM are not run; that the verbs and options exist can be seen anyway."""
    unknown = []
    for line in shell_lines(page):
        command: click.Command = main
        for word in line.split()[1:]:
            options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            if word.startswith("--") and word.split("=")[0] not in options | {"--help"}:
                unknown.append(f"{line}: {word}")
            if isinstance(command, click.Group):
                if word in command.commands:
                    command = command.commands[word]
                elif re.fullmatch(r"[a-z]+", word) and "/" not in line:
                    unknown.append(f"{line}: {word}")

    assert unknown == []


def test_the_exit_codes_of_the_papers_are_those_of_the_command_line() -> None:
    cli = set(re.findall(r"\b(\d+) [a-z]", tool("docs").EXIT_CODES))

    for name in ("scheduling.md", "scripting.md", "commands.md"):
        text = (REPO / "docs" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"^\| (\d+) \|", text, re.MULTILINE)) == cli, name


def test_yaml_in_the_papers_can_be_read() -> None:
    for page in PAGES:
        for block in re.findall(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            yaml.safe_load(block)


# -- the examples of CONTRIBUTING ------------------------------------------------------------------------------------


def example(name: str) -> str:
    text = (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(rf"^<!-- example: {name} -->\n+```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, name
    return found[1]


@pytest.fixture
def examples_check() -> Iterator[None]:
    """The example's check among the others, for as long as the test needs it."""
    from trueup.reconcile import checks
    from trueup.reconcile.checks import registry

    checks.specs()
    before = dict(registry._SPECS)
    exec(compile(example("check"), "CONTRIBUTING.md", "exec"), {"__name__": "example_check"})
    checks.specs.cache_clear()
    try:
        yield
    finally:
        registry._SPECS.clear()
        registry._SPECS.update(before)
        checks.specs.cache_clear()


@pytest.mark.usefixtures("examples_check")
def test_the_example_of_a_check_passes_the_example_of_its_test() -> None:
    names: dict[str, object] = {"__name__": "example_test"}
    exec(compile(example("check test"), "CONTRIBUTING.md", "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]

    assert len(tests) == 1
    tests[0]()  # type: ignore[operator]


@pytest.mark.usefixtures("examples_check")
def test_the_example_of_a_check_is_explained_like_any_other() -> None:
    from trueup.reconcile import catalogue

    entry = catalogue.explain("FLD101")

    assert entry is not None
    assert entry.title == "Won deal without an amount"


def test_the_example_of_a_connector_pulls_reads_and_refuses_to_write(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text('{"id": 7, "email": "ada@acme.example", "first_name": " Ada "}\n', encoding="utf-8")
    names: dict[str, object] = {"__name__": "example_connector"}
    exec(compile(example("connector"), "CONTRIBUTING.md", "exec"), names)
    spec = names["SPEC"]
    connector = spec.open(Settings("people", {"file": str(file)}, secret=str))  # type: ignore[attr-defined]
    ref = Ref("people", "people", "7")

    pull = connector.pull("people", None)
    page = next(pull)
    with pytest.raises(StopIteration) as ended:
        next(pull)

    assert [dict(record.fields) for record in page.records] == [{"email": "ada@acme.example", "first_name": "Ada"}]
    assert (ended.value.value.complete, ended.value.value.seen) == (True, 1)
    assert connector.get([ref])[ref] == page.records[0]
    assert {field.name for field in connector.describe("people").fields} >= {"email", "first_name"}
    change = Change(Action.UPDATE, ref, Kind.PERSON, field="email", before="ada@acme.example", after=None)
    with pytest.raises(TrueupError, match="update people"):
        connector.write([change])


# -- what must not be in the repository ------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Files under version control, as text; outside a checkout there is nothing to judge."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout")
    paths = [REPO / name for name in listed.stdout.split("\0") if name]
    return [p for p in paths if p.is_file() and p.suffix not in (".png", ".ico", ".zip", ".gz") and p != Path(__file__)]


PRIVATE = {
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(?:home|Users|root|work|mnt)/[a-z][\w.-]*/"),
    "the host of a package index": re.compile(
        r"https?://[^\s\"'`)]*(?:/simple\b|artifactory|nexus|pypi(?!\.org/project))[^\s\"'`)]*|index-url\s*="
    ),
    "a HubSpot token": re.compile(r"pat-(?:na|eu|ap)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "a Salesforce session": re.compile(r"\b00D[A-Za-z0-9]{12,15}![\w.]{60,}"),
    "a private key": re.compile(r"-----BEGIN (?:RSA |EC |)PRIVATE KEY-----\n[A-Za-z0-9+/=]{40,}"),
}
_MADE_UP = re.compile(r"0000-0000|456789abcdef")
"""Tokens of tests that anybody sees to be none."""


@pytest.mark.parametrize("what", PRIVATE)
def test_nothing_private_is_committed(what: str) -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(REPO)}: {match[0][:60]}"
            for match in PRIVATE[what].finditer(text)
            if not _MADE_UP.search(match[0])
        ]

    assert found == []


_MAIL = re.compile(r"[A-Za-z0-9][\w.+%-]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b")
_INVENTED = (".example", ".test", ".invalid", ".localhost", "example.com", "example.org", "example.net")


def test_mail_addresses_of_people_end_in_example_or_test() -> None:
    found = []
    for path in tracked():
        if path.suffix not in (".md", ".yaml", ".yml", ".json", ".csv", ".txt", ".tsv", ".html", ".j2", ".toml"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{path.relative_to(REPO)}: {match[0]}"
            for match in _MAIL.finditer(text)
            if not match[1].lower().endswith(_INVENTED)
        ]

    assert found == []
