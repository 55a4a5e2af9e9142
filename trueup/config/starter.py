"""The commented starter policy that `trueup init` writes.

What is particular to a CRM comes from its connector's own `starter.yaml`; what a system's stages and picklists really
are comes from its schemas, where `init` could read them. Values nobody has a meaning for are written as comments, for
the admin to decide; nothing is guessed silently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
import yaml

from trueup.model.schema import Choice, Schema

STAGES = ("subscriber", "lead", "mql", "sal", "sql", "opportunity", "customer")
OFF_TRACK = ("recycled", "rejected")
DEAL_STAGES = ("discovery", "qualification", "evaluation", "proposal", "negotiation", "won", "lost")

# In this order: the first that matches a label decides.
_STAGE_WORDS = (
    (r"\brecycl|\bnurtur", "recycled"),
    (r"\bnot converted|\breject|\bdisqualif|\bunqualif|\bjunk", "rejected"),
    (r"\bmarketing.?qualified|\bmql\b", "mql"),
    (r"\bsales.?accepted|\bsal\b|\baccepted\b", "sal"),
    (r"\bconverted|\bsales.?qualified|\bsql\b|\bqualified\b|\bworking", "sql"),
    (r"\bsubscriber", "subscriber"),
    (r"\bopportunit", "opportunity"),
    (r"\bcustomer|\bevangelist", "customer"),
    (r"\blead\b|\bopen\b|\bnew\b", "lead"),
)


@dataclass(frozen=True, slots=True)
class StarterSystem:
    """One system to be written down: its connector's starter text and, when it could be read, its schemas.

    `system_text` replaces the starter's own block (the demo points at a twin).
    """

    name: str
    starter: Mapping[str, Any]
    schemas: Sequence[Schema] = ()
    system_text: str = ""


@dataclass(slots=True)
class _Values:
    """Lines of a value map: decided ones, and ones left to the admin."""

    decided: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


def render(systems: Sequence[StarterSystem], *, store: str = "sqlite:///trueup.db") -> str:
    """The text of a starter policy. The first system of role `sales` owns what sales decides, likewise marketing."""
    roles: dict[str, str] = {}
    for system in systems:
        roles.setdefault(str(system.starter.get("role", "sales")), system.name)
    sales = roles.get("sales", systems[0].name)
    marketing = roles.get("marketing", systems[-1].name)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("trueup.config", ""),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    )
    environment.filters["quoted"] = quoted
    return environment.get_template("starter.yaml.j2").render(
        store=store,
        sales=sales,
        marketing=marketing,
        systems=[_block(system, [other.name for other in systems]) for system in systems],
        lifecycle={system.name: _stage_maps(system) for system in systems},
        deals={system.name: _deal_maps(system) for system in systems},
        values=_value_maps(systems),
        stages=STAGES,
        deal_stages=DEAL_STAGES,
    )


def quoted(text: str) -> str:
    """A YAML scalar that reads back as exactly this text."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./]*(?: [A-Za-z0-9_./&(-]+)*", text)
    if plain and text.lower() not in {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}:
        return text
    return "'" + text.replace("'", "''") + "'"


def _block(system: StarterSystem, names: Sequence[str]) -> dict[str, Any]:
    text = system.system_text or str(system.starter["system"])
    stored = [
        {**row, "points_to": f"{target}:{row['points_to']}"}
        for target, rows in (system.starter.get("stored_ids") or {}).items()
        if target in names
        for row in rows
        if _has_field(system, row["object"], row["field"])
    ]
    return {"name": system.name, "text": text.strip("\n").splitlines(), "stored_ids": stored}


def _has_field(system: StarterSystem, object_: str, name: str) -> bool:
    """Whether the org has the field; True when the org could not be read."""
    known = [schema for schema in system.schemas if schema.object == object_]
    return not known or any(f.name == name for f in known[0].fields)


def _choices(system: StarterSystem, place: str) -> tuple[Choice, ...]:
    object_, _, name = place.partition(".")
    for schema in system.schemas:
        if schema.object == object_:
            for definition in schema.fields:
                if definition.name == name:
                    return tuple(choice for choice in definition.choices if choice.active)
    return ()


def _stage_maps(system: StarterSystem) -> dict[str, Any]:
    maps: dict[str, Any] = {}
    for place, given in (system.starter.get("lifecycle") or {}).items():
        maps[place] = _mapped(given, _choices(system, place), _guess_stage) if "." in place else given
    return maps


def _deal_maps(system: StarterSystem) -> dict[str, Any]:
    return {
        place: _mapped(given, _choices(system, place), lambda _: None)
        for place, given in (system.starter.get("deals") or {}).items()
    }


def _value_maps(systems: Sequence[StarterSystem]) -> dict[str, dict[str, dict[str, str]]]:
    maps: dict[str, dict[str, dict[str, str]]] = {}
    for system in systems:
        for name, given in (system.starter.get("values") or {}).items():
            maps.setdefault(name, {})[system.name] = dict(given)
    return {name: by_system for name, by_system in maps.items() if len(by_system) > 1}


def _mapped(given: Mapping[str, str], choices: Sequence[Choice], guess: Any) -> _Values:
    """The starter's meaning for the values that exist, a guess by label for others, and what is left open."""
    values = _Values()
    if not choices:
        values.decided = dict(given)
        return values
    by_fold = {key.casefold(): stage for key, stage in given.items()}
    for choice in choices:
        stage = by_fold.get(choice.value.casefold()) or guess(choice.label)
        if choice.label != choice.value:
            values.labels[choice.value] = choice.label
        if stage:
            values.decided[choice.value] = stage
        else:
            values.open[choice.value] = choice.label
    return values


def _guess_stage(label: str) -> str | None:
    return next((stage for words, stage in _STAGE_WORDS if re.search(words, label.casefold())), None)


def parse_starter(text: str) -> Mapping[str, Any]:
    """Read a connector's starter.yaml."""
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded
