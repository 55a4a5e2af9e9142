"""Finds connectors: folders of `trueup.connectors`, and installed packages with an entry point `trueup.connectors`.

Nothing is imported before it is asked for, so that `trueup --help` and a run with one CRM stay light. An entry point
names a connector's package (with a `SPEC`) or its `ConnectorSpec`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points

import trueup.connectors
from trueup.connectors.kit.base import Connector, ConnectorSpec, Option, Settings
from trueup.errors import ConfigError

GROUP = "trueup.connectors"


@cache
def _finders() -> Mapping[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {}
    for point in entry_points(group=GROUP):
        found[point.name] = point.load
    for module in pkgutil.iter_modules(trueup.connectors.__path__):
        if module.ispkg and module.name != "kit":
            # Our own come last: a package from elsewhere cannot take the name of one of them.
            name = f"{trueup.connectors.__name__}.{module.name}"
            found[module.name] = lambda name=name: importlib.import_module(name)  # type: ignore[misc]
    return found


def connectors() -> tuple[str, ...]:
    """The names of all connectors there are, sorted; none is imported for this."""
    return tuple(sorted(_finders()))


def spec(name: str) -> ConnectorSpec:
    """The spec of a connector; imports it. Raises ConfigError, naming the known ones, for a name that is none."""
    finder = _finders().get(name)
    if finder is None:
        raise ConfigError(f"There is no connector {name!r}.", hint=f"Known: {', '.join(connectors())}.")
    found = finder()
    found = getattr(found, "SPEC", found)
    if not isinstance(found, ConnectorSpec):
        raise ConfigError(f"The connector {name!r} has no SPEC.", hint="Its package is broken: install it again.")
    return found


def option_problems(spec_: ConnectorSpec, options: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """What is wrong with options, as (name, sentence); empty when nothing is. `options` are flat, by dotted name."""
    known = {o.name: o for o in spec_.options}
    problems = []
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            problems.append((name, f"{spec_.name} has no option {name!r}; known: {', '.join(known)}"))
        elif why := _unfit(option, value):
            problems.append((name, why))
    problems += [(o.name, "is required") for o in spec_.options if o.required and options.get(o.name) is None]
    return tuple(problems)


def _unfit(option: Option, value: object) -> str:
    if option.choices and str(value) not in option.choices:
        return f"must be one of {', '.join(option.choices)}, not {value!r}"
    if option.secret:
        if not isinstance(value, str) or not value.startswith(("env:", "file:", "keyring:")):
            return "is a secret: name where it is kept (env:NAME, file:path or keyring:service/name)"
        return ""
    fits = {
        "text": isinstance(value, str | int | float) and not isinstance(value, bool),
        "path": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "list": isinstance(value, list | tuple),
        "mapping": isinstance(value, Mapping),
    }
    return "" if fits.get(option.type, True) else f"must be a {option.type}, not {value!r}"


def with_defaults(spec_: ConnectorSpec, options: Mapping[str, object]) -> dict[str, object]:
    """The options with every declared default filled in."""
    return {o.name: o.default for o in spec_.options if o.default is not None} | dict(options)


def open_connector(name: str, settings: Settings) -> Connector:
    """Open a connector by name. Raises ConfigError for an unknown name or options that do not fit its declaration."""
    found = spec(name)
    problems = option_problems(found, settings.options)
    if problems:
        lines = "; ".join(f"{option}: {why}" for option, why in problems)
        raise ConfigError(f"systems.{settings.system}: {lines}.")
    return found.open(replace(settings, options=with_defaults(found, settings.options)))
