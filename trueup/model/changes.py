"""Intended writes and the sealed list of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum

from trueup.model.kinds import Kind
from trueup.model.refs import Ref

NEW = "new"
"""The id of a Ref whose record does not exist yet is `new-<something unique in the plan>`."""


class Action(StrEnum):
    """What a change does. `sign` is printed before it, as in a diff."""

    CREATE = "create"
    UPDATE = "update"
    CONVERT = "convert"
    MERGE = "merge"
    ASSOCIATE = "associate"
    DISSOCIATE = "dissociate"
    DELETE = "delete"
    RESTORE = "restore"

    @property
    def sign(self) -> str:
        """One or two characters, stable for grep."""
        return {
            "create": "+",
            "update": "~",
            "convert": "^",
            "merge": "=",
            "associate": "*",
            "dissociate": "/",
            "delete": "-",
            "restore": "<",
        }[self.value]


class Reversal(StrEnum):
    """How much of a change can be taken back."""

    EXACT = "exact"
    PARTIAL = "partial"
    NONE = "none"


class Risk(StrEnum):
    """What a mistake would cost. Only LOW may be approved by rule unless the policy names the change's class."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Change:
    """One intended write: one field of one record, or one create, merge, conversion or tie.

    UPDATE fills `field`, `before`, `after`. CREATE and MERGE put canonical values into `values` (for a merge: what the
    survivor shall hold besides its own). MERGE's `target` is the survivor and `others` the losers; ASSOCIATE and
    DISSOCIATE go from `target` to `others[0]` with the association type in `field` and its label in `after`.
    `base` is the value last agreed on, None when there is none. `rule` names what made the change, for approval by
    rule; `winner` is the ref whose value survives. `needs` lists ids of changes that must be applied first.
    """

    action: Action
    target: Ref
    kind: Kind
    others: tuple[Ref, ...] = ()
    field: str = ""
    before: str | None = None
    after: str | None = None
    base: str | None = None
    values: Mapping[str, str | None] = dataclass_field(default_factory=dict)
    winner: Ref | None = None
    reason: str = ""
    rule: str = ""
    finding: str = ""
    risk: Risk = Risk.MEDIUM
    reversal: Reversal = Reversal.EXACT
    irreversible: str = ""
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Covers action, target, before and after: an approval lapses when the field itself moved, and only then."""
        material = json.dumps(
            [
                self.action.value,
                str(self.target),
                [str(ref) for ref in self.others],
                self.field,
                self.before,
                self.after,
                sorted(self.values.items()),
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return "c" + hashlib.sha256(material.encode()).hexdigest()[:15]


def merged_ref(merge: Change) -> Ref:
    """The address, within the plan, of the record that a merge makes: its real id is known when it happened."""
    return Ref(merge.target.system, merge.target.object, f"{NEW}-{merge.id}")


@dataclass(frozen=True, slots=True)
class Loss:
    """What undoing does not bring back, and why; `comes_back` says what of the change it does, "" for nothing."""

    change: Change
    why: str
    comes_back: str = ""


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """What one guard counted and allows. `what` is a sentence with numbers."""

    name: str
    count: int
    limit: int
    tripped: bool
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A sealed list of changes. `digest` covers everything but itself, so a plan that was touched is known as such."""

    id: str
    digest: str
    made_at: datetime
    expires_at: datetime
    snapshots: tuple[str, ...]
    policy_digest: str
    changes: tuple[Change, ...]
    guards: tuple[GuardVerdict, ...] = ()
    undoes: str = ""
