"""One thing out of true."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum

from trueup.model.kinds import Kind
from trueup.model.refs import Ref


class Severity(StrEnum):
    """How much it hurts, for ordering and for exit codes."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault, with its subjects, the values on each side and the evidence.

    `values` maps a subject's printed ref to the value it holds; `field` is canonical and empty when the finding is not
    about one field. `evidence` are sentences, one thought each. `first_seen` is filled from the store.
    """

    code: str
    severity: Severity
    kind: Kind
    subjects: tuple[Ref, ...]
    field: str = ""
    values: Mapping[str, str | None] = dataclass_field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    first_seen: datetime | None = None

    @property
    def id(self) -> str:
        """The same next week for the same fault: made of code, subjects and field, never of values."""
        material = "\x1f".join((self.code, self.field, *sorted(str(ref) for ref in self.subjects)))
        return f"{self.code}-{hashlib.sha256(material.encode()).hexdigest()[:12]}"
