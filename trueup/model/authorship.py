"""Who wrote a value into a CRM, as the CRM itself tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trueup.model.findings import Finding
from trueup.model.refs import Ref

FROZEN = "FLD006"
"""The code of the finding that a field which is changed back again and again is frozen."""

NAMES_A_WRITER = "Changed back by "
"""How a sentence of such a finding's evidence begins that names who did it."""


def writers(finding: Finding) -> tuple[str, ...]:
    """The sentences of a finding that name writers."""
    return tuple(sentence for sentence in finding.evidence if sentence.startswith(NAMES_A_WRITER))


@dataclass(frozen=True, slots=True)
class Wrote:
    """Somebody wrote a value (canonical spelling) into a field. `who` is a name that an admin can look for.

    With `exact` False the CRM keeps no history of the field, and only says who changed the record last.
    """

    ref: Ref
    field: str
    who: str
    at: datetime | None = None
    value: str | None = None
    exact: bool = True
