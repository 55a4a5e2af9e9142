"""Frames made by hand: a few records, their ties and who is who, in the tables that checks and proposals read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from trueup.model.changes import Action, Reversal
from trueup.model.kinds import FIELDS, Kind
from trueup.model.policy import Blanks, Evidence, Lifecycle, Policy, Stage, StoredId, Strategy, SystemPolicy, TruthRule
from trueup.model.schema import Capabilities
from trueup.reconcile import frame as frames

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SF, HS = "salesforce", "hubspot"

STAGES = (
    Stage("subscriber", HS),
    Stage("lead", HS),
    Stage(
        "mql",
        HS,
        ("email", "company_name", "industry", "employee_count", "original_source"),
        stuck_after=timedelta(days=30),
    ),
    Stage("sal", SF, evidence=Evidence.ACCEPTED_BY_SALES, stuck_after=timedelta(days=45)),
    Stage("sql", SF, stuck_after=timedelta(days=120)),
    Stage("opportunity", SF, evidence=Evidence.OPEN_DEAL),
    Stage("customer", SF, evidence=Evidence.WON_DEAL),
)
LEAD_STATUS = {
    "Open - Not Contacted": "lead",
    "Marketing Qualified": "mql",
    "Sales Accepted": "sal",
    "Working - Contacted": "sql",
    "Recycled": "recycled",
    "Closed - Not Converted": "rejected",
    "Closed - Converted": "sql",
}
HS_STAGES = {
    "subscriber": "subscriber",
    "lead": "lead",
    "marketingqualifiedlead": "mql",
    "77234958": "sal",
    "salesqualifiedlead": "sql",
    "opportunity": "opportunity",
    "customer": "customer",
    "evangelist": "customer",
    "77234959": "recycled",
    "77234960": "rejected",
}
OPPORTUNITY_STAGES = {
    "Prospecting": "discovery",
    "Qualification": "qualification",
    "Negotiation/Review": "negotiation",
    "Closed Won": "won",
    "Closed Lost": "lost",
}
DEAL_STAGES = {
    "appointmentscheduled": "discovery",
    "qualifiedtobuy": "qualification",
    "contractsent": "negotiation",
    "closedwon": "won",
    "closedlost": "lost",
}
LIFECYCLE = Lifecycle(
    stages=STAGES,
    off_track=("recycled", "rejected"),
    values={SF: {"Lead": LEAD_STATUS}, HS: {"contacts": HS_STAGES}},
    without_deal={SF: {"Contact": "sql"}},
    deal_stages=("discovery", "qualification", "evaluation", "proposal", "negotiation", "won", "lost"),
    deal_values={SF: {"Opportunity": OPPORTUNITY_STAGES}, HS: {"deals": DEAL_STAGES}},
    shared_from="mql",
)
VALUES = {
    "person.original_source": {
        SF: {"Organic Search": "organic_search", "Web": "direct", "Trade Show": "event"},
        HS: {"ORGANIC_SEARCH": "organic_search", "DIRECT_TRAFFIC": "direct", "OTHER_CAMPAIGNS": "event"},
    },
    "company.industry": {
        SF: {"Banking": "Banking", "Media": "Media"},
        HS: {"BANKING": "Banking", "MEDIA_PRODUCTION": "Media"},
    },
}
TRUTH = {
    Kind.PERSON: {
        "default": TruthRule(SF),
        "lifecycle_stage": TruthRule("by_stage"),
        "phone": TruthRule(SF, Strategy.NEWEST),
        "mobile": TruthRule(SF, Strategy.NEWEST),
        "original_source": TruthRule(HS),
        "email_opt_out": TruthRule(SF, Strategy.STRICTEST),
        "employee_count": TruthRule(SF, compare=False),
        "owner_id": TruthRule(SF),
        "title": TruthRule(SF, blanks=Blanks.FILL),
    },
    Kind.COMPANY: {"default": TruthRule(SF)},
    Kind.DEAL: {"default": TruthRule(SF)},
}
STORED_IDS = {
    SF: (
        StoredId("Lead", "HubSpot_Id__c", HS, "contacts"),
        StoredId("Contact", "HubSpot_Id__c", HS, "contacts"),
        StoredId("Account", "HubSpot_Id__c", HS, "companies"),
        StoredId("Opportunity", "HubSpot_Id__c", HS, "deals"),
    ),
    HS: (
        StoredId("contacts", "salesforcecontactid", SF, "Contact"),
        StoredId("contacts", "salesforceleadid", SF, "Lead"),
        StoredId("companies", "salesforceaccountid", SF, "Account"),
        StoredId("deals", "hs_salesforceopportunityid", SF, "Opportunity"),
    ),
}


def make_policy(**changes: Any) -> Policy:
    """The contract's default policy, with some parts replaced."""
    parts: dict[str, Any] = {
        "systems": {name: SystemPolicy(name, name, stored_ids=STORED_IDS[name]) for name in (SF, HS)},
        "truth": TRUTH,
        "lifecycle": LIFECYCLE,
        "values": VALUES,
        "create_in": {Kind.PERSON: (SF, HS), Kind.COMPANY: (SF, HS), Kind.DEAL: (SF, HS)},
        "digest": "p" * 12,
    }
    return Policy(**(parts | changes))


_WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE, Action.RESTORE})
CAPABILITIES = {
    SF: Capabilities(
        objects={
            "User": Kind.OWNER,
            "Account": Kind.COMPANY,
            "Lead": Kind.PERSON,
            "Contact": Kind.PERSON,
            "Opportunity": Kind.DEAL,
            "Task": Kind.ACTIVITY,
            "Event": Kind.ACTIVITY,
        },
        actions={
            "Account": _WRITES | {Action.MERGE},
            "Lead": _WRITES | {Action.MERGE, Action.CONVERT},
            "Contact": _WRITES | {Action.MERGE},
            "Opportunity": _WRITES | {Action.ASSOCIATE, Action.DISSOCIATE},
        },
        reversal={Action.MERGE: Reversal.PARTIAL, Action.CONVERT: Reversal.NONE},
    ),
    HS: Capabilities(
        objects={
            "owners": Kind.OWNER,
            "companies": Kind.COMPANY,
            "contacts": Kind.PERSON,
            "deals": Kind.DEAL,
            "calls": Kind.ACTIVITY,
            "emails": Kind.ACTIVITY,
            "meetings": Kind.ACTIVITY,
        },
        actions={
            "companies": _WRITES | {Action.MERGE},
            "contacts": _WRITES | {Action.MERGE},
            "deals": _WRITES | {Action.ASSOCIATE, Action.DISSOCIATE},
        },
        reversal={Action.MERGE: Reversal.NONE},
    ),
}

_CONTACT_LACKS = frozenset(
    [
        "company_name",
        "industry",
        "employee_count",
        "annual_revenue",
        "lifecycle_stage",
        "converted",
        "disqualified_reason",
        "website",
    ]
)
FIELDS_OF: dict[tuple[str, str], tuple[Kind, frozenset[str]]] = {
    (SF, "Lead"): (Kind.PERSON, frozenset(FIELDS[Kind.PERSON]) - {"company_id", "lead_status", "other_emails"}),
    (SF, "Contact"): (Kind.PERSON, frozenset(FIELDS[Kind.PERSON]) - _CONTACT_LACKS - {"other_emails", "lead_status"}),
    (SF, "Account"): (Kind.COMPANY, frozenset(FIELDS[Kind.COMPANY]) - {"domain", "lifecycle_stage"}),
    (SF, "Opportunity"): (Kind.DEAL, frozenset(FIELDS[Kind.DEAL])),
    (SF, "Task"): (Kind.ACTIVITY, frozenset(FIELDS[Kind.ACTIVITY])),
    (SF, "User"): (Kind.OWNER, frozenset(FIELDS[Kind.OWNER])),
    (HS, "contacts"): (Kind.PERSON, frozenset(FIELDS[Kind.PERSON]) - {"converted"}),
    (HS, "companies"): (Kind.COMPANY, frozenset(FIELDS[Kind.COMPANY])),
    (HS, "deals"): (Kind.DEAL, frozenset(FIELDS[Kind.DEAL])),
    (HS, "calls"): (Kind.ACTIVITY, frozenset(FIELDS[Kind.ACTIVITY])),
    (HS, "owners"): (Kind.OWNER, frozenset(FIELDS[Kind.OWNER])),
}
READ_ONLY = frozenset({"created_at", "last_activity_at", "record_source", "converted", "is_closed", "is_won"})
OBJECT = {"L": (SF, "Lead"), "C": (SF, "Contact"), "A": (SF, "Account"), "O": (SF, "Opportunity"), "T": (SF, "Task"), "U": (SF, "User"),
          "c": (HS, "contacts"), "k": (HS, "companies"), "d": (HS, "deals"), "t": (HS, "calls"), "u": (HS, "owners")}  # fmt: skip


def at(days: float = 0) -> datetime:
    """That many days before NOW, as the frame keeps instants."""
    return (NOW - timedelta(days=days)).replace(tzinfo=None)


def ref(short: str) -> str:
    """`L1` is a Salesforce Lead, `c1` a HubSpot contact; the letters are in OBJECT."""
    system, name = OBJECT[short[0]]
    return f"{system}:{name}/{short}"


class Memory:
    """A frame being made. Records are named by short refs; those named together in `same` are one."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or make_policy()
        self.records: dict[str, dict[str, str | None]] = {}
        self.modified: dict[str, datetime] = {}
        self.entities: dict[str, str] = {}
        self.ties: list[tuple[str, str, str, str]] = []
        self.events: list[tuple[str, str, str, datetime, str]] = []
        self.gone: list[tuple[str, str, str, str, str, bool, str | None]] = []
        self.matches: list[tuple[str, str, str]] = []
        self.bases: list[tuple[str, str, str]] = []
        self.written: list[tuple[str, str, str | None, datetime, int]] = []
        self.incomplete: set[tuple[str, str]] = set()
        self.defs: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.extra_snapshots: list[tuple[str, str, bool]] = []

    def add(self, short: str, *, modified: float = 10, **fields: str | None) -> Memory:
        """A record; `modified` is days ago. A deal or person says its owner as `owner='U1'`."""
        owner = fields.pop("owner", None)
        if owner:
            fields["owner_id"] = f"{OBJECT[owner[0]][1]}/{owner}"
        self.records[short] = dict(fields)
        self.modified[short] = at(modified)
        return self

    def same(self, *shorts: str) -> Memory:
        first = min(ref(s) for s in shorts)
        for short in shorts:
            self.entities[short] = first
        return self

    def pair(self, *shorts: str, **fields: str | None) -> Memory:
        """Records of one person that hold the same, apart from what is changed afterwards."""
        for short in shorts:
            self.add(short, **fields)
        return self.same(*shorts)

    def event(
        self, short: str, stage: str, days: float, source: str = "history", field: str = "lifecycle_stage"
    ) -> Memory:
        self.events.append((ref(short), field, stage, at(days), source))
        return self

    def wrote(self, short: str, field: str, value: str | None, days: float) -> Memory:
        """Trueup wrote the value so many days ago; call it oldest first."""
        self.written.append((ref(short), field, value, at(days), len(self.written)))
        return self

    def tie(self, type_: str, source: str, target: str) -> Memory:
        self.ties.append((type_, ref(source), ref(target), ""))
        return self

    def touch(self, short: str, target: str, days: float, **fields: str | None) -> Memory:
        """A done outbound call of a person, that many days ago."""
        told = {
            "activity_type": "call",
            "done": "true",
            "direction": "outbound",
            "occurred_at": at(days).isoformat() + "Z",
        }
        return self.add(short, **(told | fields)).tie("activity_person", short, target)

    def lost(self, short: str, *, merged_into: str | None = None) -> Memory:
        system, name = OBJECT[short[0]]
        kind = FIELDS_OF[system, name][0].value
        self.gone.append((ref(short), system, name, short, kind, merged_into is None, merged_into and ref(merged_into)))
        return self

    def connection(self) -> duckdb.DuckDBPyConnection:
        """The frame in DuckDB."""
        con = duckdb.connect(config={"threads": 1})
        frames.create(con)
        for short, fields in sorted(self.records.items(), key=lambda item: ref(item[0])):
            system, name = OBJECT[short[0]]
            kind = FIELDS_OF[system, name][0]
            names = ["ref", "system", "object", "id", "modified_at", *fields]
            con.execute(
                f"INSERT INTO record_{kind}({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                [ref(short), system, name, short, self.modified[short], *fields.values()],
            )
            if kind is not Kind.ACTIVITY:
                con.execute(
                    "INSERT INTO same VALUES (?, ?, ?)", [kind.value, ref(short), self.entities.get(short, ref(short))]
                )
        for table, rows in (
            ("association", self.ties),
            ("stage_event", self.events),
            ("gone", self.gone),
            ("base_value", [(ref(s), f, v) for s, f, v in self.bases]),
            ("written", self.written),
            ("match", [(k, min(ref(a), ref(b)), max(ref(a), ref(b)), 0.97, "likely", "[]", 0.0, "") for k, a, b in self.matches]),
            ("field_def", list(self._defs())),
            ("snapshot", [(s, o, (s, o) not in self.incomplete, True, at(0), 1) for s, o in FIELDS_OF] + [(s, o, c, True, at(0), 1) for s, o, c in self.extra_snapshots]),
        ):  # fmt: skip
            if rows:
                # Row by row is slow in DuckDB; columns are not.
                types = [
                    r[1] for r in con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()
                ]
                lists = [list(column) for column in zip(*rows, strict=True)]
                con.execute(f"INSERT INTO {table} SELECT {', '.join(f'unnest(?::{t}[])' for t in types)}", lists)
        return con

    def _defs(self) -> Any:
        for (system, name), (kind, fields) in FIELDS_OF.items():
            for field in sorted(fields):
                own = self.defs.get((system, name, field), {})
                writable = field not in READ_ONLY
                row = {
                    "writable": writable,
                    "length": None,
                    "restricted": False,
                    "choices": [],
                    "required": False,
                    "unique": False,
                } | own
                type_ = own.get("type", FIELDS[kind][field].type.value)
                yield (system, name, kind.value, field, field, "string", type_, True, row["writable"], row["length"], row["restricted"], row["choices"], row["required"], row["unique"])  # fmt: skip
        for system, stored in STORED_IDS.items():
            for item in stored:
                kind = FIELDS_OF[system, item.object][0].value
                yield (system, item.object, kind, "", item.field, "string", "text", True, True, 30, False, [], False, False)  # fmt: skip


def clean_pair(memory: Memory | None = None) -> Memory:
    """A linked lead and contact in which nothing is out of true."""
    memory = memory or Memory()
    fields = {
        "first_name": "Ada",
        "last_name": "Okafor",
        "email": "ada@okafor.example",
        "company_name": "Okafor Ltd",
        "industry": "Banking",
        "employee_count": "50",
    }
    memory.add("U1", name="Sam", email="sam@corp.example", active="true").add(
        "u1", name="Sam", email="sam@corp.example", active="true"
    )
    memory.same("U1", "u1")
    memory.add("L1", **fields, lifecycle_stage="Marketing Qualified", original_source="Web", owner="U1")
    memory.add("c1", **fields, lifecycle_stage="marketingqualifiedlead", original_source="DIRECT_TRAFFIC", owner="u1")
    memory.same("L1", "c1")
    memory.event("L1", "Marketing Qualified", 3).event("c1", "marketingqualifiedlead", 3)
    return memory


def apply(memory: Memory, changes: Any) -> Memory:
    """Carry out changes on the frame as obedient CRMs would."""
    born: dict[str, str] = {}
    for change in changes:
        short = born.get(str(change.target), change.target.id)
        if change.action is Action.UPDATE:
            after = (
                ";".join(
                    part.rpartition("/")[0] + "/" + born[part] if part in born else part
                    for part in change.after.split(";")
                )
                if change.field == "foreign_ids" and change.after
                else change.after
            )
            assert memory.records[short].get(change.field) == change.before
            memory.records[short][change.field] = after
        elif change.action is Action.CREATE:
            letter = next(k for k, v in OBJECT.items() if v == (change.target.system, change.target.object))
            new = f"{letter}9{len(born)}"
            born[str(change.target)] = new
            values = {
                k: (
                    v.partition("/")[0] + "/" + born[f"{change.target.system}:{v}"]
                    if v and f"{change.target.system}:{v}" in born
                    else v
                )
                for k, v in change.values.items()
            }
            memory.add(new, **values)
            source = change.winner.id
            memory.entities[new] = memory.entities.setdefault(source, ref(source))
        elif change.action is Action.MERGE:
            loser = change.others[0].id
            memory.records[short].update(change.values)
            del memory.records[loser]
            memory.lost(loser, merged_into=short)
            memory.ties = [tuple(ref(short) if part == ref(loser) else part for part in tie) for tie in memory.ties]  # type: ignore[misc]
        elif change.action is Action.CONVERT:
            memory.records[short]["converted"] = "true"
        elif change.action is Action.ASSOCIATE:
            memory.tie(change.field, short, change.others[0].id)
        else:
            raise AssertionError(change.action)
    return memory
