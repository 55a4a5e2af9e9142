"""`trueup init`: write a commented starter policy; with access to the systems, with their real stages and fields."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from trueup.commands.workspace import open_system
from trueup.config.flatten import flatten
from trueup.config.starter import StarterSystem, parse_starter, render
from trueup.errors import TrueupError, UsageError
from trueup.model.policy import SystemPolicy
from trueup.model.schema import Schema


@dataclass(frozen=True, slots=True)
class InitResult:
    """Where the policy was written, and what was read from which system."""

    path: Path
    read: Mapping[str, int]
    not_read: Mapping[str, str]


def init(
    path: Path,
    *,
    connectors: Sequence[str] = ("salesforce", "hubspot"),
    read: bool = True,
    overwrite: bool = False,
    system_texts: Mapping[str, str] | None = None,
    store: str = "sqlite:///trueup.db",
) -> InitResult:
    """Write a starter for the named connectors. Refuses to overwrite a file unless told to.

    With `read`, every system whose credentials are there is asked for its schemas, so that the stage map holds its
    real values. `system_texts` replaces the starter's own system blocks (the demo's twin).
    """
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is already there.", hint="Use another name, or --overwrite to replace it.")
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", hint="Make it first.")
    systems: list[StarterSystem] = []
    seen: dict[str, int] = {}
    not_read: dict[str, str] = {}
    for name in connectors:
        starter = connector_starter(name)
        text = (system_texts or {}).get(name, "") or _with_environment(starter)
        schemas: list[Schema] = []
        if read and (missing := _placeholders(starter, text)):
            not_read[name] = f"it is not known where it is: set {' and '.join(missing)} to have it read."
        elif read:
            try:
                schemas = _schemas(name, text, path.parent)
                seen[name] = len(schemas)
            except TrueupError as error:
                not_read[name] = error.message
        systems.append(StarterSystem(name, starter, tuple(schemas), text))
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(render(systems, store=store), encoding="utf-8")
    os.replace(temporary, path)
    return InitResult(path, seen, not_read)


def _with_environment(starter: Mapping[str, Any]) -> str:
    """The starter's system block with the placeholders replaced that the environment has a value for."""
    text = str(starter["system"])
    for variable, placeholder in (starter.get("placeholders") or {}).items():
        text = text.replace(str(placeholder), os.environ.get(variable) or str(placeholder))
    return text


def _placeholders(starter: Mapping[str, Any], text: str) -> list[str]:
    """Environment variables whose placeholder still stands in the block."""
    return [variable for variable, placeholder in (starter.get("placeholders") or {}).items() if placeholder in text]


def connector_starter(name: str) -> Mapping[str, Any]:
    """A connector's starter.yaml. Raises UsageError for a connector that has none."""
    from trueup.connectors.kit import registry

    if name not in registry.connectors():
        raise UsageError(f"There is no connector {name!r}.", hint=f"There are: {', '.join(registry.connectors())}.")
    package = sys.modules[registry.spec(name).open.__module__].__package__ or ""
    found = resources.files(package).joinpath("starter.yaml")
    if not found.is_file():
        raise UsageError(f"The connector {name} has no starter policy.", hint="Write its block by hand.")
    return parse_starter(found.read_text(encoding="utf-8"))


def _schemas(name: str, text: str, base: Path) -> list[Schema]:
    """Describe every object of the system, read-only."""
    block = yaml.safe_load(text)
    options = {k: v for k, v in block.items() if k not in ("connector", "read_only", "budget", "fields", "stored_ids")}
    policy = SystemPolicy(name, name, flatten(options, frozenset()), read_only=True)
    connector = open_system(policy, base=base, read_only=True)
    try:
        return [connector.describe(object_) for object_ in connector.capabilities.objects]
    finally:
        connector.close()
