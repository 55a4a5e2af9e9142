"""Makes the generated pages of docs/ from the program itself: the policy, the findings, the commands.

    python tools/docs.py            write them
    python tools/docs.py --check    change nothing; exit 1, naming the pages, when one is stale

What a page says about a key, an option, a check or a command is written where that thing is declared, never here.
"""

from __future__ import annotations

import enum
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import click
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from trueup.cli import EXIT_CODES, VERBS, main
from trueup.config import shape
from trueup.config.meaning import RULE_CLASSES
from trueup.config.quantities import share
from trueup.connectors.kit import registry
from trueup.model.kinds import FIELDS
from trueup.reconcile import catalogue
from trueup.report.words import CLASSES, FAMILIES, family

DOCS = Path(__file__).resolve().parents[1] / "docs"
NOTICE = "<!-- Made by `make docs` from the program; edit the program, not this page. -->"

POLICY_HEAD = f"""{NOTICE}

# Policy reference

The policy is one YAML file, `trueup.yaml`. It is laid over the packaged defaults (at the end of this page): mappings
merge, everything else replaces. It is checked whole: every problem at once, each with file, line and column. There is
no code in it, and no secret: a secret is a reference, `env:NAME`, `file:path` (relative to the policy file) or
`keyring:service/name`.

`trueup init` writes a commented starter, `trueup config check` validates, `trueup config schema` prints a JSON Schema
for editors, `trueup doctor` compares it with the real systems. Durations are written `30 days`, `24 hours`, `15
minutes`; shares `20%` or `0.2`. What the words mean is in [concepts.md](concepts.md).
"""

FINDINGS_HEAD = f"""{NOTICE}

# Findings

What Trueup looks for. The codes are stable: the same in the terminal, in JSON, in the policy and in mails. `trueup
explain CODE` prints an entry of this page. In the [policy](policy.md#checks) each code can be switched off, given
another severity and an owner, and excepted for one record or one finding with a reason and an end.

| Code | Finding | Severity |
|---|---|---|"""

COMMANDS_HEAD = f"""{NOTICE}

# Commands

`trueup --help` and `trueup COMMAND --help` say the same. Results go to standard output, everything else to standard
error. What scripts may rely on is in [scripting.md](scripting.md).
"""


def policy_page() -> str:
    """Every key of the policy file with type, default and meaning, every connector's options, every check's numbers."""
    parts = [POLICY_HEAD]
    for model, place in _sections():
        parts.append(_model(model, place))
    parts += [_classes(), _fields(), _numbers(), _connectors(), _defaults()]
    return "\n".join(parts).rstrip() + "\n"


def findings_page() -> str:
    """The catalogue: every code, its meaning, why it matters, how it is found and fixed."""
    entries = catalogue.entries()
    parts = [FINDINGS_HEAD]
    parts += [f"| [{e.code}](#{_anchor(f'{e.code} {e.title}')}) | {e.title} | {e.severity.value} |" for e in entries]
    seen = ""
    for entry in entries:
        if family(entry.code) != seen:
            seen = family(entry.code)
            parts.append(f"\n## {FAMILIES.get(seen, seen)} ({seen})")
        parts.append(
            f"\n### {entry.code} {entry.title}\n\n{entry.means}\n\n- **Why it matters.** {entry.why}\n"
            f"- **How it is found.** {entry.how}\n- **How it is fixed.** {entry.fix}"
        )
    return "\n".join(parts).rstrip() + "\n"


def commands_page() -> str:
    """Every command with its help, arguments and options."""
    parts = [COMMANDS_HEAD]
    parts += [_options(main, "trueup"), "## Exit codes\n"]
    codes = " ".join(EXIT_CODES.replace("\b", "").split()).removeprefix("Exit codes: ")
    parts += ["| Code | Meaning |\n|---|---|"]
    parts += ["| {} | {} |".format(*code.split(" ", 1)) for code in codes.split(" · ")]
    for title, commands in VERBS:
        parts.append(f"\n## {title}\n")
        for command in commands:
            parts += _command(command, f"trueup {command.name}")
    return "\n".join(parts).rstrip() + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "policy.md": policy_page,
    "findings.md": findings_page,
    "commands.md": commands_page,
}


def stale() -> list[str]:
    """The generated pages that are not what the program says today."""
    return [name for name, make in PAGES.items() if not _same(DOCS / name, make())]


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


# -- the policy ------------------------------------------------------------------------------------------------------


def _sections() -> Iterator[tuple[type[BaseModel], str]]:
    """The file's models with the place where each stands, outermost first."""
    queue: list[tuple[type[BaseModel], str]] = [(shape.PolicyFile, "")]
    while queue:
        model, place = queue.pop(0)
        yield model, place
        inner = []
        for name, field in model.model_fields.items():
            for part in _models_in(field.annotation):
                depth = _dict_depth(field.annotation)
                step = name + ("[]" if _is_list(field.annotation) else "") + ".*" * depth
                inner.append((part, f"{place}.{step}".lstrip(".")))
        queue = inner + queue


def _model(model: type[BaseModel], place: str) -> str:
    title = "The file" if not place else f"`{place}`"
    head = f"## {title}\n\n{_sentence(model.__doc__ or '')}\n" if place else f"## {title}\n"
    rows = ["| Key | Type | Default | Meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        rows.append(f"| `{name}` | {_type_of(field)} | {_default(field, place, name)} | {_cell(_meaning(field))} |")
    return head + "\n" + "\n".join(rows) + "\n"


def _meaning(field: FieldInfo) -> str:
    if field.description:
        return field.description
    parts = _models_in(field.annotation)
    return _sentence(parts[0].__doc__ or "") if parts else ""


def _default(field: FieldInfo, place: str, name: str) -> str:
    if field.is_required():
        return "required"
    packaged: Any = yaml.safe_load(_defaults_text())
    for step in [*filter(None, place.split(".")), name]:
        packaged = packaged.get(step) if isinstance(packaged, dict) else None
    if packaged not in (None, {}, []) and not isinstance(packaged, dict) and name != "junk":
        return f"`{_yaml(packaged)}`"
    value = None if field.default is PydanticUndefined else field.default
    if isinstance(value, BaseModel) or value in (None, "", {}, []) or name in ("junk", "checks"):
        return "see below" if name in ("junk",) else ""
    return f"`{_yaml(value.value if isinstance(value, enum.Enum) else value)}`"


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _type_of(field: FieldInfo) -> str:
    shares = any(getattr(mark, "func", None) is share for mark in field.metadata)
    return "share" if shares else _type(field.annotation)


def _type(annotation: Any) -> str:
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _type(next(a for a in args if a is not type(None)))
    if origin is typing.Literal:
        return ", ".join(f"`{a}`" for a in args)
    if origin is dict:
        return f"mapping of {_type(args[1])}"
    if origin is list:
        return f"list of {_type(args[0])}"
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return ", ".join(f"`{member.value}`" for member in annotation if member.value)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    names = {str: "text", int: "integer", float: "number", bool: "boolean", Any: "value"}
    return names.get(annotation, getattr(annotation, "__name__", "value").replace("timedelta", "duration"))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in _models_in(argument)]


def _is_list(annotation: Any) -> bool:
    return typing.get_origin(annotation) is list or any(_is_list(a) for a in typing.get_args(annotation))


def _dict_depth(annotation: Any) -> int:
    if typing.get_origin(annotation) is dict:
        return 1 + _dict_depth(typing.get_args(annotation)[1])
    return 0


def _classes() -> str:
    rows = [f"| `{name}` | {CLASSES.get(name, '')} |" for name in RULE_CLASSES]
    return (
        "## Classes of change\n\nWhat `approve.by_rule`, `approve.never_by_rule` and `trueup approve --rule` name.\n\n"
        "| Class | What it does |\n|---|---|\n" + "\n".join(rows) + "\n"
    )


def _fields() -> str:
    parts = [
        "## Our fields\n\nThe names to use under `truth`, `values`, `requires` and `systems.*.fields`, by kind.\n",
        "| Kind | Fields |\n|---|---|",
    ]
    for kind, fields in FIELDS.items():
        parts.append(f"| {kind.value} | {', '.join(f'`{name}`' for name in fields)} |")
    return "\n".join(parts) + "\n"


def _numbers() -> str:
    """The numbers of checks: names and values from the defaults, meaning from the comment beside each."""
    rows = ["| Code | Number | Default | Meaning |", "|---|---|---|---|"]
    for line in _defaults_text().splitlines():
        found = re.match(r"  ([A-Z]{3}\d{3}): \{params: \{(\w+): (\S+)\}\}\s+# (.+)", line)
        if found:
            rows.append("| {} | `{}` | {} | {} |".format(*found.groups()))
    return (
        "## Numbers of the checks\n\nWritten as `checks: {CODE: {params: {name: value}}}`.\n\n" + "\n".join(rows) + "\n"
    )


def _connectors() -> str:
    parts = [
        "## Options of the connectors\n\nWritten beside `connector:` under the system's name; a dotted name is a nested"
        " key (`auth.flow` is `auth: {flow: …}`). `trueup connectors` prints the same, connectors of installed packages"
        " included."
    ]
    for name in registry.connectors():
        spec = registry.spec(name)
        if not spec.open.__module__.startswith("trueup."):
            continue
        rows = ["| Option | Type | Default | Meaning |", "|---|---|---|---|"]
        for option in spec.options:
            kind = "secret reference" if option.secret else option.type
            if option.choices:
                kind = ", ".join(f"`{choice}`" for choice in option.choices)
            default = (
                "required" if option.required else "" if option.default in (None, "") else f"`{_yaml(option.default)}`"
            )
            rows.append(f"| `{option.name}` | {kind} | {default} | {_cell(_sentence(option.help))} |")
        parts.append(f"### `{name}`\n\n{spec.summary}\n\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _defaults() -> str:
    return f"## The packaged defaults\n\n```yaml\n{_defaults_text().rstrip()}\n```\n"


def _defaults_text() -> str:
    return resources.files("trueup.config").joinpath("defaults.yaml").read_text(encoding="utf-8")


# -- the commands ----------------------------------------------------------------------------------------------------


def _command(command: click.Command, path: str) -> list[str]:
    if isinstance(command, click.Group):
        parts = [f"### `{path}`\n\n{_help(command)}\n"]
        for name in sorted(command.commands):
            parts += _command(command.commands[name], f"{path} {name}")
        return parts
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    usage = " ".join([path, *(_argument(a) for a in arguments), "[OPTIONS]"])
    return [f"### `{path}`\n\n{_help(command)}\n\n    {usage}\n", _options(command, path)]


def _help(command: click.Command) -> str:
    """The help as paragraphs; the example as code."""
    paragraphs = [" ".join(part.split()) for part in (command.help or "").replace("\b", "").split("\n\n")]
    return "\n\n".join(re.sub(r"^Example: (.+)$", r"Example: `\1`", paragraph) for paragraph in paragraphs)


def _argument(argument: click.Argument) -> str:
    name = (argument.name or "").upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _options(command: click.Command, path: str) -> str:
    rows = []
    context = click.Context(command, info_name=path)
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            rows.append(f"| `{_cell(record[0])}` | {_cell(record[1])} |")
    return ("| Option | Meaning |\n|---|---|\n" + "\n".join(rows) + "\n") if rows else ""


# -- words -----------------------------------------------------------------------------------------------------------


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith((".", "?", "!")) else ".")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def run(arguments: Sequence[str]) -> int:
    """Write the pages, or with --check only say which are stale."""
    if list(arguments) not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    names = stale()
    if arguments:
        for name in names:
            print(f"docs/{name} is stale; make docs", file=sys.stderr)
        return 1 if names else 0
    for name in names:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
