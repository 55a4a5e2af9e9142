"""The shape of the policy file, as pydantic models: what may be written where. Meaning is checked in `meaning`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from trueup.config.quantities import duration, share
from trueup.model.findings import Severity
from trueup.model.policy import Blanks, Evidence, Strategy

Share = Annotated[
    float,
    BeforeValidator(share),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?%$"}, {"type": "number"}]}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(lambda value: value if isinstance(value, timedelta) else duration(value)),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["30 days", "24 hours"]}),
]


class Part(BaseModel):
    """A mapping in the policy file; keys that are not declared are problems."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoredIdPart(Part):
    """A field of this system in which the id of a record of another system is kept."""

    object: str = Field(description="Object of this system that has the field, as the CRM names it.")
    field: str = Field(description="The field that holds the other system's id.")
    points_to: str = Field(description="What the id is of: `system:Object`.", pattern=r"^[^:]+:[^:]+$")


class SystemPart(BaseModel):
    """One CRM connection. Keys that are not listed here are the connector's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    connector: str = Field(description="Which connector speaks to it; `trueup connectors` lists them.")
    read_only: bool = Field(False, description="Refuse every write, below the connector.")
    budget: Share = Field(0.2, description="Share of the CRM's daily API allowance that Trueup may use.")
    fields: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Overlay of the field map: object → our field → the CRM's field."
    )
    stored_ids: list[StoredIdPart] = Field(default_factory=list, description="Where ids of other systems are kept.")


class TruthPart(Part):
    """Whose word counts for one field."""

    owner: str = Field("", description="The system of record, or `by_stage`.")
    strategy: Strategy = Field(Strategy.OWNER, description="How the surviving value is chosen.")
    blanks: Blanks = Field(Blanks.FILL, description="What a blank may do: fill, keep or overwrite.")
    compare: bool = Field(True, description="false: the field is never compared between systems.")


class StagePart(Part):
    """One lifecycle stage, in our words."""

    key: str = Field(description="The stage's name, in our words.")
    owner: str = Field("", description="The system that decides who is in this stage.")
    requires: list[str] = Field(default_factory=list, description="Fields that must be known from this stage on.")
    evidence: Evidence = Field(Evidence.NONE, description="Behaviour that entitles a record to the stage.")
    stuck_after: Duration | None = Field(None, description="Longer than this in the stage counts as stuck.")


class DealsPart(Part):
    """Deal stages, in order, in our words, and each system's own values for them."""

    stages: list[str] = Field(default_factory=list, description="Our deal stages, in order.")
    map: dict[str, dict[str, dict[str, str]]] = Field(
        default_factory=dict, description="system → Object.field → the CRM's value → our deal stage."
    )


class LifecyclePart(Part):
    """The one written definition of each stage, and each system's own values for it."""

    stages: list[StagePart] = Field(default_factory=list, description="The stages, in order.")
    off_track: list[str] = Field(default_factory=list, description="Legal ways back, such as recycled.")
    shared_from: str = Field("", description="First stage at which a person is expected in both systems.")
    map: dict[str, dict[str, dict[str, str]]] = Field(
        default_factory=dict,
        description="system → Object.field → the CRM's value → our stage. `Object: {without_deal: stage}` for objects"
        " whose stage follows from deals.",
    )
    deals: DealsPart = Field(default_factory=DealsPart, description="The same for deals.")


class MatchPart(Part):
    """Match probabilities from which a pair counts as certain, likely, possible; what was learned and decided."""

    certain: float = Field(0.99, gt=0, le=1, description="From here on nobody needs to look.")
    likely: float = Field(0.9, gt=0, le=1, description="From here on two records are held to be the same.")
    possible: float = Field(0.8, gt=0, le=1, description="From here on a pair is worth showing; below it is forgotten.")
    weights: str = Field("", description="File of learned weights (`trueup match tune --write`), relative to this one.")
    decisions: str = Field(
        "", description="File of what people decided about pairs (`trueup match same`), relative to this one."
    )


class GuardsPart(Part):
    """How much one plan may do before it refuses itself."""

    max_changes: int = Field(500, ge=0, description="Changes in one plan.")
    max_share: Share = Field(0.1, description="Share of the records of one object in one system.")
    max_merges: int = Field(50, ge=0, description="Merges in one plan.")
    max_creates: int = Field(200, ge=0, description="Creates in one plan.")


class ApprovePart(Part):
    """Classes of change that need no person, and those that always do."""

    by_rule: list[str] = Field(default_factory=list, description="Classes of change approved without a person.")
    never_by_rule: list[str] = Field(
        default_factory=list, description="Classes that always wait for a person; naming one in both is a problem."
    )


class CheckPart(Part):
    """How one finding code is treated."""

    enabled: bool = Field(True, description="false: the check is not run.")
    severity: Severity | None = Field(None, description="Instead of the check's own.")
    owner: str = Field("", description="The person who answers for findings of this code.")
    params: dict[str, Any] = Field(default_factory=dict, description="Numbers of the check, listed below.")


class ExceptionPart(Part):
    """A finding somebody decided to live with."""

    code: str = Field(description="The finding code.")
    subject: str = Field(description="A record (`system:Object/id`) or a finding's id.")
    reason: str = Field(min_length=1, description="Why, for whoever reads this next year.")
    by: str = Field("", description="Who decided.")
    until: date | None = Field(None, description="The last day on which it holds.")


class PlanPart(Part):
    """Plans."""

    expires_after: Duration = Field(timedelta(days=3), description="A plan older than this must be made again.")


class CreatePart(Part):
    """In which systems a missing counterpart may be proposed, by kind."""

    person: list[str] = Field(default_factory=list, description="Systems in which people may be created.")
    company: list[str] = Field(default_factory=list, description="Systems in which companies may be created.")
    deal: list[str] = Field(default_factory=list, description="Systems in which deals may be created.")


class PolicyFile(Part):
    """trueup.yaml."""

    version: Literal[1] = Field(description="The version of this format.")
    store: str = Field("sqlite:///trueup.db", description="SQLAlchemy URL; relative to this file.")
    timezone: str = Field("UTC", description="The business's time zone, for days and working hours.")
    country: str = Field("US", description="Where a phone number without a country code is from (ISO 3166).")
    systems: dict[str, SystemPart] = Field(min_length=1, description="name → one CRM connection.")
    truth: dict[str, dict[str, TruthPart]] = Field(
        default_factory=dict, description="kind → field (or `default`) → whose word counts."
    )
    lifecycle: LifecyclePart = Field(default_factory=LifecyclePart)
    values: dict[str, dict[str, dict[str, str]]] = Field(
        default_factory=dict, description="kind.field → system → the CRM's picklist value → our value."
    )
    match: MatchPart = Field(default_factory=MatchPart)
    guards: GuardsPart = Field(default_factory=GuardsPart)
    approve: ApprovePart = Field(default_factory=ApprovePart)
    create: CreatePart = Field(default_factory=CreatePart)
    checks: dict[str, CheckPart] = Field(default_factory=dict, description="Finding code → how it is treated.")
    exceptions: list[ExceptionPart] = Field(default_factory=list)
    junk: list[str] = Field(default_factory=list, description="Texts that count as missing.")
    plan: PlanPart = Field(default_factory=PlanPart)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the policy file, for editors."""
    schema = PolicyFile.model_json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Trueup policy"
    return schema
