"""What a system says about its own objects and fields, and what its connector can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trueup.model.changes import Action, Reversal
from trueup.model.kinds import FieldType, Kind


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value of a picklist."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A native field, and the canonical one it feeds (`canonical` is "" for a field nobody mapped).

    `required` means: must be given on create. `restricted` means: a value outside `choices` is refused on write.
    """

    name: str
    canonical: str
    label: str
    type: FieldType
    native_type: str
    required: bool = False
    readable: bool = True
    writable: bool = True
    length: int | None = None
    choices: tuple[Choice, ...] = ()
    restricted: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """One object as `describe` returns it.

    `missing` lists mapped native fields that we may not see or that do not exist.
    """

    system: str
    object: str
    kind: Kind
    label: str
    fields: tuple[FieldDef, ...]
    creatable: bool = True
    updatable: bool = True
    deletable: bool = True
    mergeable: bool = False
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector declares it can do. Callers ask this and never the connector's name.

    `objects` maps each native object to its kind, in the order in which they are to be pulled (owners first, then
    companies, people, deals, activities). `ties` are pulled like objects but give only associations or stage events.
    `batch_size` is records per write request, by action. `transitional` lists (object, canonical field) pairs for which
    the connector needs two requests and may leave the field blank in between. `upsert_key` maps an object to the
    canonical or native field that makes a create repeatable, where one is configured. `merge_identity` says under which
    id a merged record lives on: the survivor's (`primary`) or one that the merge makes (`new`); `merge_fills` whether
    the CRM fills the survivor's blanks from the loser by itself.
    """

    objects: Mapping[str, Kind]
    ties: tuple[str, ...] = ()
    actions: Mapping[str, frozenset[Action]] = field(default_factory=dict)
    batch_size: Mapping[Action, int] = field(default_factory=dict)
    incremental: bool = False
    tells_deletes: bool = False
    tells_merges: bool = False
    conditional_write: bool = False
    history: bool = False
    upsert_key: Mapping[str, str] = field(default_factory=dict)
    reversal: Mapping[Action, Reversal] = field(default_factory=dict)
    transitional: frozenset[tuple[str, str]] = frozenset()
    merge_identity: str = "primary"
    merge_fills: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """An allowance of the remote, or our own budget of it, in calls."""

    name: str
    used: int
    allowed: int
    window: str = "day"
