"""From a policy file to a Policy: read, overlay the defaults, check the shape, check the meaning, translate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trueup.config import marked
from trueup.config.decisions import read_decisions
from trueup.config.hints import did_you_mean
from trueup.config.meaning import Connectors, problems_of_meaning
from trueup.config.shape import MatchPart, PolicyFile
from trueup.config.translate import to_policy
from trueup.config.weights import Ladders, read_weights
from trueup.errors import ConfigError, Problem
from trueup.model.policy import MatchPolicy, Policy


def load_policy(
    path: Path, connectors: Connectors, codes: Iterable[str] = (), ladders: Callable[[], Ladders] | None = None
) -> Policy:
    """Read a policy file and those it names. Raises ConfigError with every problem, each at its file, line and column.

    `connectors` are the known ones; `codes` the finding codes that may be named; `ladders` the comparisons and levels
    that a file of learned weights may name.
    """
    return _policy(marked.read_file(path), connectors, codes, base=path.parent, ladders=ladders)


def policy_from_text(text: str, connectors: Connectors, codes: Iterable[str] = (), *, file: str = "policy") -> Policy:
    """The same for a text that is not in a file (the demo, tests)."""
    return _policy(marked.read(text, file), connectors, codes, base=Path.cwd())


def _policy(
    user: marked.Document,
    connectors: Connectors,
    codes: Iterable[str],
    *,
    base: Path,
    ladders: Callable[[], Ladders] | None = None,
) -> Policy:
    if not isinstance(user.value, dict):
        raise ConfigError(
            f"{user.file} holds no policy.",
            hint="It should be a mapping that begins with `version: 1`; see `trueup init`.",
        )
    document = defaults().overlaid_by(user)
    problems = list(document.problems)
    try:
        shape = PolicyFile.model_validate(document.value)
    except ValidationError as error:
        problems += [_problem(detail, document) for detail in error.errors(include_url=False)]
        raise _config_error(document.file, problems) from None
    problems += problems_of_meaning(shape, document, connectors, frozenset(codes))
    match, more = _beside(shape.match, base, ladders)
    problems += more
    if problems:
        raise _config_error(document.file, problems)
    # Other weights are another policy; what people decide about pairs is not.
    value = [document.value, match.weights] if match.weights else document.value
    policy = to_policy(shape, connectors, digest=_digest(value), base=base)
    return replace(policy, match=match)


def _beside(part: MatchPart, base: Path, ladders: Callable[[], Ladders] | None) -> tuple[MatchPolicy, list[Problem]]:
    """Thresholds, and what stands in the files that the policy names."""
    match = MatchPolicy(part.certain, part.likely, part.possible)
    problems: list[Problem] = []
    if part.weights:
        weights, problems = read_weights(base / part.weights, ladders)
        match = replace(match, weights=weights, weights_file=str(base / part.weights))
    if part.decisions:
        decided, more = read_decisions(base / part.decisions)
        problems = [*problems, *more]
        match = replace(match, decisions=decided, decisions_file=str(base / part.decisions))
    return match, problems


def defaults() -> marked.Document:
    """The packaged defaults.yaml."""
    text = resources.files("trueup.config").joinpath("defaults.yaml").read_text(encoding="utf-8")
    return marked.read(text, "defaults.yaml")


def _digest(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _config_error(file: str, problems: list[Problem]) -> ConfigError:
    ordered = sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.path))
    count = "1 problem" if len(ordered) == 1 else f"{len(ordered)} problems"
    return ConfigError(f"{file}: {count}; nothing was done.", ordered)


def _problem(detail: ErrorDetails, document: marked.Document) -> Problem:
    """A pydantic error, at its place in the file and in an admin's words."""
    place = tuple(part for part in detail["loc"] if part != "[key]")
    at = document.mark(place)
    kind, value = detail["type"], detail.get("input")
    context: Mapping[str, Any] = detail.get("ctx") or {}
    hint = ""
    if kind == "extra_forbidden":
        good = _keys_around(place)
        message = f"unknown key {place[-1]!r}"
        hint = did_you_mean(str(place[-1]), good)
    elif kind == "missing":
        message = f"{place[-1]!r} is missing"
        hint = "add version: 1 as the first line" if place == ("version",) else ""
    elif kind in ("enum", "literal_error"):
        message = f"{value!r} is not one of {context.get('expected', '')}".replace(" or ", ", ")
    elif kind == "value_error":
        message = str(context.get("error", detail["msg"]))
    else:
        message = f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {value!r}"
    return Problem(at.file, at.line, at.column, ".".join(map(str, place)) or "(file)", message, hint)


def _keys_around(place: marked.Place) -> list[str]:
    """The keys that would be good where an unknown one stands."""
    model: Any = PolicyFile
    for part in place[:-1]:
        model = _step(model, part)
        if model is None:
            return []
    return sorted(model.model_fields) if hasattr(model, "model_fields") else []


def _step(annotation: Any, part: str | int) -> Any:
    """The model one step down; None when the step does not lead to one."""
    if hasattr(annotation, "model_fields"):
        known = annotation.model_fields.get(part)
        annotation = known.annotation if known else None
        return annotation if hasattr(annotation, "model_fields") else _Inside(annotation)
    if isinstance(annotation, _Inside):
        arguments = getattr(annotation.of, "__args__", ())
        inner = arguments[-1] if arguments else None
        return inner if hasattr(inner, "model_fields") else _Inside(inner)
    return None


class _Inside:
    """Somewhere inside a dict or list annotation."""

    def __init__(self, of: Any) -> None:
        self.of = of
