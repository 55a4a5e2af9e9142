"""What the world is made of while it is being made: entities (who and what there truly is) and their records.

An entity is a person, company or deal as it is in truth; a `Rec` is what one system holds of it, in canonical words and
norms (a phone in E.164, an e-mail in lower case). The renderers spell a Rec natively, with each system's habits; the
oracle compares Recs. Faults are planted by changing Recs, so both see the same fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SF = "salesforce"
HS = "hubspot"


@dataclass(slots=True, eq=False)
class Owner:
    """A seller, known to both systems by the same e-mail."""

    n: int
    first: str
    last: str
    email: str
    region: str
    role: str
    active: bool
    sf_id: str
    hs_id: str


@dataclass(slots=True, eq=False)
class Rec:
    """One record. `events` are (instant, native stage) of its history, `stamps` HubSpot's stage dates.

    `stored` maps the native field that remembers the counterpart's id to that id. `malformed` and `unmapped` name
    fields whose value is junk of that sort. `gone` is "deleted" or "merged".
    """

    system: str
    object: str
    id: str
    f: dict[str, str | None]
    owner: Owner | None = None
    stage: str | None = None
    events: list[tuple[int, str]] = field(default_factory=list)
    stamps: dict[str, int] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    malformed: set[str] = field(default_factory=set)
    unmapped: set[str] = field(default_factory=set)
    company: Rec | None = None
    created: int = 0
    modified: int = 0
    converted: Rec | None = None
    converted_at: int = 0
    converted_deal: Rec | None = None
    queue: str = ""
    gone: str = ""
    merged_into: str = ""
    echo: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """As Trueup prints it."""
        return f"{self.system}:{self.object}/{self.id}"


@dataclass(slots=True, eq=False)
class Company:
    """A company in truth."""

    n: int
    entity: str
    facts: dict[str, str | None]
    tz: int
    owner: Owner
    recs: list[Rec] = field(default_factory=list)
    parent: Company | None = None
    created: int = 0

    def rec(self, system: str) -> Rec | None:
        """Its first record in a system."""
        return next((rec for rec in self.recs if rec.system == system), None)


@dataclass(slots=True, eq=False)
class Deal:
    """A deal in truth. `persons` are the records tied to it, by system."""

    entity: str
    company: Company
    recs: list[Rec] = field(default_factory=list)
    tied: list[tuple[Rec, str, bool]] = field(default_factory=list)

    def rec(self, system: str) -> Rec | None:
        """Its record in a system."""
        return next((rec for rec in self.recs if rec.system == system), None)


@dataclass(slots=True, eq=False)
class Activity:
    """A call, email, meeting, note or task; `copies` are its records (system → id), usually one in each system."""

    type: str
    at: int
    owner: Owner
    person: Person
    subject: str
    outbound: bool = True
    done: bool = True
    duration_s: int = 0
    lag_s: int = 0
    deal: Deal | None = None
    copies: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Person:
    """A person in truth. `path` are canonical stages with the instants of entering them."""

    n: int
    entity: str
    company: Company
    life: str
    facts: dict[str, str | None]
    owner: Owner | None
    path: list[tuple[int, str]] = field(default_factory=list)
    recs: list[Rec] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    fault: str = ""
    reason: str | None = None

    def rec(self, system: str) -> Rec | None:
        """Its first live record in a system (converted leads are history)."""
        return next((r for r in self.recs if r.system == system and r.converted is None and not r.gone), None)


@dataclass(slots=True, eq=False)
class Finding:
    """One entry of the ledger."""

    code: str
    kind: str
    subjects: tuple[str, ...]
    field: str = ""
    entity: str = ""
    note: str = ""
    planted: bool = False

    def as_dict(self) -> dict[str, object]:
        """As the ledger file shows it."""
        return {
            "code": self.code,
            "kind": self.kind,
            "field": self.field,
            "subjects": list(self.subjects),
            "entity": self.entity,
            "planted": self.planted,
            "note": self.note,
        }


@dataclass(slots=True, eq=False)
class Unit:
    """Everything made together: a company with its subsidiaries, people, deals. Faults never reach beyond a unit."""

    companies: list[Company] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    extra: list[Rec] = field(default_factory=list)
    planted: list[Finding] = field(default_factory=list)
    not_same: list[dict[str, object]] = field(default_factory=list)
    echoes: list[dict[str, object]] = field(default_factory=list)


STAGES = ("subscriber", "lead", "mql", "sal", "sql", "opportunity", "customer")
RANK = {stage: n for n, stage in enumerate(STAGES)}
MQL = RANK["mql"]
OFF_TRACK = frozenset({"recycled", "rejected"})
STUCK_DAYS = {"mql": 30, "sal": 45, "sql": 120}

HS_STAGE = {
    "subscriber": "subscriber",
    "lead": "lead",
    "mql": "marketingqualifiedlead",
    "sal": "77234958",
    "sql": "salesqualifiedlead",
    "opportunity": "opportunity",
    "customer": "customer",
    "recycled": "77234959",
    "rejected": "77234960",
}
LEAD_STATUS = {
    "lead": "Open - Not Contacted",
    "mql": "Marketing Qualified",
    "sal": "Sales Accepted",
    "sql": "Working - Contacted",
    "recycled": "Recycled",
    "rejected": "Closed - Not Converted",
}
CONVERTED_STATUS = "Closed - Converted"
CANONICAL: dict[tuple[str, str], dict[str, str]] = {
    (HS, "contacts"): {native: stage for stage, native in HS_STAGE.items()} | {"evangelist": "customer"},
    (SF, "Lead"): {native: stage for stage, native in LEAD_STATUS.items()} | {CONVERTED_STATUS: "sql"},
}

DEAL_STAGES = ("discovery", "qualification", "evaluation", "proposal", "negotiation", "won", "lost")
HS_DEAL = dict(
    zip(
        DEAL_STAGES,
        (
            "appointmentscheduled",
            "qualifiedtobuy",
            "presentationscheduled",
            "decisionmakerboughtin",
            "contractsent",
            "closedwon",
            "closedlost",
        ),
        strict=True,
    )
)
SF_DEAL = {
    "discovery": ("Prospecting",),
    "qualification": ("Qualification",),
    "evaluation": ("Needs Analysis", "Value Proposition"),
    "proposal": ("Id. Decision Makers", "Perception Analysis", "Proposal/Price Quote"),
    "negotiation": ("Negotiation/Review",),
    "won": ("Closed Won",),
    "lost": ("Closed Lost",),
}
DEAL_CANONICAL: dict[str, dict[str, str]] = {
    HS: {native: stage for stage, native in HS_DEAL.items()},
    SF: {native: stage for stage, natives in SF_DEAL.items() for native in natives},
}
PROBABILITY = {
    "discovery": "0.2",
    "qualification": "0.4",
    "evaluation": "0.6",
    "proposal": "0.8",
    "negotiation": "0.9",
    "won": "1",
    "lost": "0",
}
