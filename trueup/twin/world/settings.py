"""The world's settings: `default.yaml`, with the user's `--world FILE` laid over it, checked strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from trueup.errors import ConfigError, Problem

FAULT_CODES = (
    *(f"DUP00{n}" for n in range(1, 5)),
    *(f"LNK00{n}" for n in range(1, 7)),
    *(f"STG{n:03d}" for n in range(1, 12)),
    *(f"FLD00{n}" for n in range(1, 6)),
    *(f"ACT00{n}" for n in range(1, 4)),
    *(f"OWN00{n}" for n in range(1, 4)),
)
_OPEN = ("salesforce", "hubspot")  # handed to the sides, which know their own keys
_FIELDS = ("custom_fields", "properties")  # lists by object that a world file adds to: the world writes its own fields


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """What a world is made from. `faults` maps every code to the share of people it is planted on."""

    as_of: date | None
    lives: Mapping[str, float]
    faults: Mapping[str, float]
    at_least: int
    echoes: float
    hard_negatives: float
    stored_ids: float
    non_local_script: float
    company_people: float
    from_leads: float
    activities: float
    salesforce: Mapping[str, Any]
    hubspot: Mapping[str, Any]

    def day(self) -> date:
        """The day on which the world stands: the given one, else today in UTC."""
        return self.as_of or datetime.now(UTC).date()


def load_settings(overlay: Path | Mapping[str, Any] | None = None) -> WorldSettings:
    """Read the defaults and the overlay. Raises ConfigError naming every problem with its line."""
    base = _parse(resources.files(__package__).joinpath("default.yaml").read_text("utf-8"), "default.yaml")[0]
    lines: dict[str, tuple[int, int]] = {}
    name = "world"
    given: Any = {}
    if isinstance(overlay, Path):
        name = str(overlay)
        try:
            text = overlay.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"{name}: cannot be read: {error.strerror}.") from error
        given, lines = _parse(text, name)
    elif overlay is not None:
        given = dict(overlay)
    problems: list[Problem] = []

    def wrong(path: str, message: str, hint: str = "") -> None:
        line, column = lines.get(path, (1, 1))
        problems.append(Problem(name, line, column, path, message, hint))

    if not isinstance(given, Mapping):
        wrong("", "a world file is a mapping", "keys: " + ", ".join(base))
        given = {}
    for key in given:
        if key not in base:
            wrong(str(key), "unknown key", "there are: " + ", ".join(base))
    merged = dict(base)
    if given.get("faults") == "none":
        given = {**given, "faults": dict.fromkeys(FAULT_CODES, 0.0), "echoes": given.get("echoes", 0.0)}
    for key, value in given.items():
        if key not in base:
            continue
        if isinstance(base[key], Mapping):
            if not isinstance(value, Mapping):
                wrong(key, f"must be a mapping, not {value!r}")
                continue
            if key not in _OPEN:
                for inner in value:
                    if inner not in base[key]:
                        wrong(f"{key}.{inner}", "unknown key", "there are: " + ", ".join(base[key]))
            merged[key] = _merge(base[key], value)
        else:
            merged[key] = value
    for key in ("lives", "faults"):
        for inner, share in merged[key].items():
            _share(wrong, f"{key}.{inner}", share)
    for key in ("echoes", "hard_negatives", "stored_ids", "non_local_script", "from_leads"):
        _share(wrong, key, merged[key])
    if sum(v for v in merged["lives"].values() if isinstance(v, int | float)) <= 0:
        wrong("lives", "the shares must not all be zero")
    if not isinstance(merged["at_least"], int) or isinstance(merged["at_least"], bool) or merged["at_least"] < 0:
        wrong("at_least", f"must be a whole number from 0, not {merged['at_least']!r}")
    people = merged["company_people"]
    if not isinstance(people, int | float) or isinstance(people, bool) or people < 1:
        wrong("company_people", f"must be a number from 1, not {people!r}")
    activities = merged["activities"]
    if not isinstance(activities, int | float) or isinstance(activities, bool) or not 0.1 <= activities <= 20:
        wrong("activities", f"must be a number from 0.1 to 20, not {activities!r}")
    as_of = merged["as_of"]
    if isinstance(as_of, datetime):
        as_of = as_of.date()
    if as_of != "today" and not isinstance(as_of, date):
        wrong("as_of", f"must be `today` or a date like 2026-11-02, not {as_of!r}")
    if problems:
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        raise ConfigError(f"{name}: {count} in the world's settings.", problems)
    return WorldSettings(
        as_of=None if as_of == "today" else as_of,
        lives=merged["lives"],
        faults=merged["faults"],
        at_least=merged["at_least"],
        echoes=float(merged["echoes"]),
        hard_negatives=float(merged["hard_negatives"]),
        stored_ids=float(merged["stored_ids"]),
        non_local_script=float(merged["non_local_script"]),
        company_people=float(people),
        from_leads=float(merged["from_leads"]),
        activities=float(activities),
        salesforce=merged["salesforce"],
        hubspot=merged["hubspot"],
    )


def last_workday(day: date) -> date:
    """The newest working day before a day."""
    day -= timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def _share(wrong: Any, path: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        wrong(path, f"must be a share from 0 to 1, not {value!r}")


def _merge(base: Mapping[str, Any], over: Mapping[str, Any], *, fields: bool = False) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            out[key] = _merge(old, value, fields=key in _FIELDS)
        elif fields and isinstance(old, list) and isinstance(value, list):
            named = {f.get("name") for f in value if isinstance(f, Mapping)}
            out[key] = [*(f for f in old if f["name"] not in named), *value]
        else:
            out[key] = value
    return out


def _parse(text: str, name: str) -> tuple[Any, dict[str, tuple[int, int]]]:
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = Problem(name, line, column, "", f"not YAML: {getattr(error, 'problem', error)}")
        raise ConfigError(f"{name}: 1 problem in the world's settings.", [problem]) from error
    lines: dict[str, tuple[int, int]] = {}
    _places(node, "", lines)
    return ({} if value is None else value), lines


def _places(node: Any, path: str, lines: dict[str, tuple[int, int]]) -> None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else str(key.value)
            lines[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
            _places(value, inner, lines)
