"""Faults on demand: what the wire, the edge and the CRM's own infrastructure do on a bad day.

A rule says which requests it hits (side, method, path, chance, how often) and what happens to them. The chance is drawn
from the rule's own seed, so a rehearsal repeats exactly.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

ACTIONS = (
    "answer",  # `status`, `headers`, `body` instead of handling the request
    "answer_after",  # handle and commit, then give `status`, `headers`, `body` instead of the true answer
    "latency",  # handle it, `latency_s` late
    "reset_before",  # drop the connection; nothing was handled
    "reset_after",  # handle and commit, then drop the connection without an answer
    "truncate",  # send the true headers and half of the body, then hang up
    "malformed",  # send the true status with a body that does not parse
    "expire_session",  # forget every session of the side, then handle the request
)
"""The things that a fault can do."""


@dataclass(slots=True)
class Fault:
    """One rule. Empty `side` or `method` hits any; `path` is searched in path and query; `count` None hits for ever.

    `skip` lets the first so many matching requests pass, so that a fault can strike in the middle of a run.
    """

    action: str = "answer"
    side: str = ""
    method: str = ""
    path: str = ""
    body_matches: str = ""
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    latency_s: float = 0.0
    count: int | None = None
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"unknown action {self.action!r}; there are: {', '.join(ACTIONS)}")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"probability must be from 0 to 1, not {self.probability}")
        self._path = re.compile(self.path)
        self._body = re.compile(self.body_matches)
        self._random = random.Random(self.seed)

    _path: re.Pattern[str] = field(init=False, repr=False)
    _body: re.Pattern[str] = field(init=False, repr=False)
    _random: random.Random = field(init=False, repr=False)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Fault:
        """Read a rule from JSON. Raises ValueError naming an unknown key and the good ones."""
        good = [f.name for f in fields(cls) if not f.name.startswith("_") and f.name not in ("id", "hits")]
        bad = sorted(set(values) - set(good))
        if bad:
            raise ValueError(f"unknown key {bad[0]!r} in a fault; there are: {', '.join(good)}")
        body = values.get("body", "")
        if not isinstance(body, str):
            headers = {"content-type": "application/json;charset=UTF-8", **values.get("headers", {})}
            values = {**values, "body": json.dumps(body), "headers": headers}
        try:
            return cls(**values)
        except (TypeError, re.error) as error:
            raise ValueError(f"a fault cannot be read: {error}") from error

    def as_dict(self) -> dict[str, Any]:
        """The rule as JSON shows it, with how often it has struck."""
        return {f.name: getattr(self, f.name) for f in fields(self) if not f.name.startswith("_")}

    def strikes(self, side: str, method: str, target: str, body: str) -> bool:
        """Whether this request is hit; counts and draws as it decides."""
        if self.side and self.side != side:
            return False
        if self.method and self.method.upper() != method.upper():
            return False
        if not self._path.search(target) or (self.body_matches and not self._body.search(body)):
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        if self.probability < 1.0 and self._random.random() >= self.probability:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._next = 1

    def add(self, fault: Fault) -> int:
        """Put a rule in force and give it a number."""
        with self._lock:
            fault.id, self._next = self._next, self._next + 1
            self._rules.append(fault)
            return fault.id

    def clear(self, id: int | None = None) -> int:  # noqa: A002  (the field's word)
        """Lift one rule, or all; says how many were lifted."""
        with self._lock:
            before = len(self._rules)
            self._rules = [] if id is None else [rule for rule in self._rules if rule.id != id]
            return before - len(self._rules)

    def rules(self) -> list[dict[str, Any]]:
        """The rules in force with their counts."""
        with self._lock:
            return [rule.as_dict() for rule in self._rules]

    def strike(self, side: str, method: str, target: str, body: bytes) -> Fault | None:
        """The first rule that hits this request, or None."""
        if not self._rules:
            return None
        text = body.decode("utf-8", "replace")
        with self._lock:
            return next((rule for rule in self._rules if rule.strikes(side, method, target, text)), None)
