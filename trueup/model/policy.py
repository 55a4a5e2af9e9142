"""The policy as the program uses it: validated, frozen, free of YAML. `trueup.config` makes it from the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from trueup.model.findings import Severity
from trueup.model.kinds import Kind


@dataclass(frozen=True, slots=True)
class StoredId:
    """A native field in which one system remembers the id of a record in another."""

    object: str
    field: str
    system: str
    target_object: str


@dataclass(frozen=True, slots=True)
class SystemPolicy:
    """One configured CRM connection. `options` are the connector's own, secrets still references.

    `fields` overlays the connector's field map: object → canonical name → native name. `budget` is the share of the
    CRM's daily allowance that Trueup may use; `read_only` refuses every write below the connector.
    """

    name: str
    connector: str
    options: Mapping[str, object] = field(default_factory=dict)
    read_only: bool = False
    budget: float = 0.2
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stored_ids: tuple[StoredId, ...] = ()


class Strategy(StrEnum):
    """How the surviving value of a field is chosen."""

    OWNER = "owner"
    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"
    STRICTEST = "strictest"
    REVIEW = "review"


class Blanks(StrEnum):
    """What a blank may do: FILL lets a known value fill it either way; KEEP leaves it; OVERWRITE lets a blank of the
    owner erase the other side's value."""

    FILL = "fill"
    KEEP = "keep"
    OVERWRITE = "overwrite"


BY_STAGE = "by_stage"
"""An owner that depends on the lifecycle stage in question."""


@dataclass(frozen=True, slots=True)
class TruthRule:
    """Whose word counts for one field.

    `owner` is a system's name or BY_STAGE; it matters for Strategy.OWNER and as the tie-breaker of the others.
    """

    owner: str = ""
    strategy: Strategy = Strategy.OWNER
    blanks: Blanks = Blanks.FILL
    compare: bool = True


class Evidence(StrEnum):
    """Behaviour that entitles a record to a stage."""

    NONE = ""
    ACCEPTED_BY_SALES = "accepted by sales"
    SALES_ACTIVITY = "a sales activity"
    OPEN_DEAL = "an open deal"
    WON_DEAL = "a won deal"


@dataclass(frozen=True, slots=True)
class Stage:
    """One lifecycle stage, with who owns it and what entitles a record to it.

    `stuck_after` is the age in the stage at which a record counts as stuck; None switches that off.
    """

    key: str
    owner: str = ""
    requires: tuple[str, ...] = ()
    evidence: Evidence = Evidence.NONE
    stuck_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The stages in order, the legal ways off the track, and each system's own values.

    `values[system][object][native value]` is a stage key. `without_deal[system][object]` is the stage of a person of
    that object whose stage is not stored but follows from deals (a Salesforce contact), when there is no deal.
    `deal_values` gives the same for deals, in `deal_stages`' keys. `shared_from` is the first stage at which a person
    is expected in both systems.
    """

    stages: tuple[Stage, ...] = ()
    off_track: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    without_deal: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    deal_stages: tuple[str, ...] = ()
    deal_values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    shared_from: str = ""

    def rank(self, key: str) -> int:
        """Position in the order, from 0; -1 for an off-track or unknown key."""
        return next((i for i, stage in enumerate(self.stages) if stage.key == key), -1)

    def stage(self, key: str) -> Stage | None:
        """The stage of that key, if it is on the track."""
        return next((stage for stage in self.stages if stage.key == key), None)


@dataclass(frozen=True, slots=True)
class PairDecision:
    """What somebody decided about two records: the same, or not; by whom, why, and until which day it holds.

    `left` and `right` are printed refs, the smaller first; `verdict` is `same` or `not_same`.
    """

    left: str
    right: str
    verdict: str
    by: str = ""
    why: str = ""
    on: date | None = None
    until: date | None = None


Weights = Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]
"""kind → comparison → level → `m` and `u`: what a weights file says instead of what ships."""


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    """Thresholds of the match probability for each grade; learned weights; what people decided about pairs.

    `decisions` is None where the policy names no file of decisions: the store's rows count then.
    """

    certain: float = 0.99
    likely: float = 0.90
    possible: float = 0.80
    weights: Weights = field(default_factory=dict)
    weights_file: str = ""
    decisions: tuple[PairDecision, ...] | None = None
    decisions_file: str = ""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """How much a plan may do before it refuses itself. `max_share` is of the records of one object in one system."""

    max_changes: int = 500
    max_share: float = 0.10
    max_merges: int = 50
    max_creates: int = 200


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """Change classes (`Change.rule`) approved without a person, and those that never are."""

    by_rule: frozenset[str] = frozenset()
    never_by_rule: frozenset[str] = frozenset({"merge", "stage_back", "delete", "create", "convert"})


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """How one finding code is treated: switched, weighed, owned, excepted."""

    enabled: bool = True
    severity: Severity | None = None
    owner: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FindingException:
    """A finding that somebody decided to live with. `subject` is a printed ref or a finding id; it ends on `until`."""

    code: str
    subject: str
    reason: str
    by: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy. `values[kind.field][system][native]` is the canonical value of a picklist's native value.

    `create_in[kind]` names the systems in which a missing counterpart may be proposed. `digest` identifies the policy
    in plans. `junk` are texts that count as missing.
    """

    systems: Mapping[str, SystemPolicy]
    store: str = "sqlite:///trueup.db"
    truth: Mapping[Kind, Mapping[str, TruthRule]] = field(default_factory=dict)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    match: MatchPolicy = field(default_factory=MatchPolicy)
    guards: GuardPolicy = field(default_factory=GuardPolicy)
    approve: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    checks: Mapping[str, CheckPolicy] = field(default_factory=dict)
    exceptions: tuple[FindingException, ...] = ()
    create_in: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    junk: frozenset[str] = frozenset()
    country: str = "US"
    timezone: str = "UTC"
    plan_expires_after: timedelta = timedelta(days=3)
    digest: str = ""

    def truth_for(self, kind: Kind, name: str) -> TruthRule:
        """The rule of a field: its own, else the kind's `default`, else review."""
        rules = self.truth.get(kind, {})
        return rules.get(name) or rules.get("default") or TruthRule(strategy=Strategy.REVIEW, blanks=Blanks.KEEP)

    def check(self, code: str) -> CheckPolicy:
        """How the code is treated; enabled with its own severity unless the policy says otherwise."""
        return self.checks.get(code, CheckPolicy())
