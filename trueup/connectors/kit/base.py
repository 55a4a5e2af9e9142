"""The connector contract.

A connector is one folder with an `__init__` that holds `SPEC`, and files `client`, `reader`, `writer`, `fields.yaml`.

**Must be written**: `capabilities`, `describe`, `pull`, `get`, `_write`. **May be overridden**: `prepare`, `find`,
`wrote`, `permissions`, `limits`, `record_url`, `canonical_id`, `server_time`, `close`. **Must not be touched**:
`write`, which refuses forbidden writes before anything reaches the wire and checks that every change got exactly one
receipt.

The policy reaches a connector like this:

    systems:
      salesforce: {connector: salesforce, read_only: true, budget: 20%, auth: {flow: jwt, …}}

Everything under the system's name other than `connector`, `read_only`, `budget`, `fields` and `stored_ids` is handed
over as options, checked against `SPEC.options`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from trueup.errors import PermissionDeniedError, ReadOnlyError
from trueup.model.authorship import Wrote
from trueup.model.changes import Action, Change
from trueup.model.policy import StoredId
from trueup.model.receipts import Receipt
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities, Limit, Schema


@dataclass(frozen=True, slots=True)
class Option:
    """An option a connector declares; documentation, `trueup init` and validation are made from it.

    `name` may be dotted (`auth.flow`). A `secret` option accepts only references: `env:NAME`, `file:path`,
    `keyring:service/name`.
    """

    name: str
    help: str
    type: str = "text"
    default: object = None
    required: bool = False
    secret: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connector is opened with. `secret(reference)` resolves a secret as late as possible.

    `options` is flat, by declared (dotted) name. `spent_before` are the calls of earlier runs within the budget's day.
    `fields` overlays `fields.yaml`: object → canonical → native.
    """

    system: str
    options: Mapping[str, object]
    secret: Callable[[str], str]
    read_only: bool = False
    budget: float = 0.2
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stored_ids: tuple[StoredId, ...] = ()
    all_fields: bool = False
    spent_before: int = 0


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """How a connector is known: its name in the policy, one sentence, its options and how to open it."""

    name: str
    summary: str
    options: tuple[Option, ...]
    open: Callable[[Settings], Connector]


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a connection needs to be allowed, in the CRM's own words, and what of it is not granted.

    `untried` are those of which only a write could show whether they are there.
    """

    needed: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()


class Mirror(Protocol):
    """What is held of a system already. What a CRM does not tell by itself, a comparison with it finds out."""

    def live_ids(self, object: str, /) -> Sequence[str]:  # noqa: A002
        """The ids of an object's records that are held to be there."""

    def records(self, refs: Sequence[Ref], /) -> Mapping[Ref, Record]:
        """Their last known states."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What a pull is going to ask for: objects in their order, each with its mark, and what is held already.

    `say` takes a sentence for whoever waits, such as how many calls are planned; it may be called while pulling.
    """

    marks: Mapping[str, HighWater | None]
    mirror: Mirror | None = None
    say: Callable[[str], None] = lambda _: None


class Connector(ABC):
    """One opened connection to one system."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.system = settings.system

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this connection can do; asked before anything is pulled or planned."""

    @abstractmethod
    def describe(self, object: str) -> Schema:  # noqa: A002  (the field's word)
        """The object's fields as this user may see and write them."""

    def prepare(self, coming: Coming) -> None:  # noqa: B027  (most connectors read each object for itself)
        """Be told, before the first `pull` of several, what will be asked: what serves two objects is read once.

        Nothing may be sent yet, and every `pull` must be as good without it.
        """

    @abstractmethod
    def pull(self, object: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:  # noqa: A002
        """Yield what changed since the mark (everything when None), and return what the pull may claim.

        Deletes and merges come as records with `deleted` or `merged_into` where the CRM tells them. A pull that could
        not see everything ends with `complete=False` and says why; it raises only when nothing can be said at all.
        """

    @abstractmethod
    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """Read records by id, now, never from an index that lags. One entry per asked ref; None means not there for us.

        A ref that was merged away maps to a record whose own `ref` is the survivor's or whose `merged_into` names it.
        """

    @abstractmethod
    def _write(self, action: Action, changes: Sequence[Change]) -> Sequence[Receipt]:
        """Carry out changes of one action on one object; see `write`."""

    def write(self, changes: Sequence[Change]) -> Sequence[Receipt]:
        """Carry out changes of one action on one object, at most a batch; one receipt per change, matched by id.

        Changes of one record travel in one request item and share its outcome. A change whose answer was lost gets
        Outcome.UNKNOWN, never a guess. Raises ReadOnlyError before the wire when writing is not allowed here.
        """
        if self.settings.read_only:
            raise ReadOnlyError(
                f"{self.system} is read-only: {len(changes)} changes were not sent.",
                hint=f"Remove `read_only: true` from systems.{self.system} to allow writing.",
            )
        if not changes:
            return ()
        action, object_ = changes[0].action, changes[0].target.object
        if any(c.action is not action or c.target.object != object_ for c in changes):
            raise ValueError("one action and one object per write")
        if action not in self.capabilities.actions.get(object_, frozenset()):
            raise PermissionDeniedError(
                f"{self.system} does not let us {action.value} {object_}.",
                system=self.system,
                hint="trueup doctor says which permission is missing.",
            )
        receipts = tuple(self._write(action, changes))
        if sorted(r.change_id for r in receipts) != sorted(c.id for c in changes):
            raise RuntimeError(f"{type(self).__name__} did not give one receipt per change")
        return receipts

    def find(self, change: Change) -> Ref | None:
        """Look whether a CREATE of unknown outcome arrived after all. None means: surely not there.

        Raises UnknownOutcomeError when this cannot be known yet (an index that lags).
        """
        raise NotImplementedError

    def wrote(self, cells: Sequence[tuple[Ref, str]]) -> Sequence[Wrote]:  # noqa: ARG002  (for overriding)
        """Who wrote these fields (canonical names), newest first, as far as the CRM tells; fields that it does not
        tell of are left out."""
        return ()

    def limits(self) -> Sequence[Limit]:
        """The remote's allowances and our budget within them."""
        return ()

    def permissions(self) -> Permissions | None:
        """The least that must be granted, examined now; None for a system without a name for it."""
        return None

    @property
    def calls(self) -> int:
        """Requests made by this connection so far, as the budget counts them."""
        return 0

    def record_url(self, ref: Ref) -> str:  # noqa: ARG002  (for overriding)
        """Where a person opens the record; "" when there is no such place."""
        return ""

    def canonical_id(self, object: str, id: str) -> str:  # noqa: A002, ARG002
        """The one spelling of an id of this system, for ids that another system stored."""
        return id

    def server_time(self) -> datetime | None:
        """The CRM's own clock, for `doctor`; None when it does not tell."""
        return None

    def close(self) -> None:  # noqa: B027  (most connectors hold nothing open)
        """Release connections. Safe to call twice."""
