"""Random worlds of people and companies small enough to resolve often, crowded enough that much hangs on much."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from trueup.model.kinds import FIELDS, Kind
from trueup.model.policy import MatchPolicy, Policy
from trueup.reconcile import frame as frames

Row = dict[str, str | None]

GIVEN = ["Anna", "Ana", "Bruno", "Robert", "Bob", "Greta", "Jonas", "A.", "Paul", "Paula"]
FAMILY = ["Ruiz", "Ruiz Vega", "Okafor", "Hofmann", "Hoffmann", "Smith", "Szczepanski", "Okafor Jr"]
DOMAINS = ["acme.example", "acme-labs.example", "gmail.com", "web.test", "fen.example"]
LOCALS = ["info", "anna.ruiz", "ana.ruiz", "ana.ruiz2", "b.okafor", "bobby77", "greta", "j", "annaruiz"]
NUMBERS = [f"+1 415 555 01{n:02}" for n in range(8)]
EMPLOYERS = ["Acme Inc", "Acme Labs", "Acme Germany GmbH", "Fen & Sons", "Fenn and Sons", "Gor Works"]
PLACES = [("Lyon", "69001", "FR"), ("Kent", "CT1", "GB"), ("Gera", "07545", "DE"), (None, None, "US")]
STREETS = ["1 Main St", "1 Main Street", "22 Rue Haute", None]
OBJECTS = {"person": ["salesforce:Contact", "salesforce:Lead", "hubspot:contacts"], "company": ["salesforce:Account", "hubspot:companies"]}  # fmt: skip


@dataclass
class World:
    """Everything that identity reads, and who may change it at random."""

    rng: random.Random
    records: dict[str, dict[str, Row]] = field(default_factory=lambda: {"person": {}, "company": {}, "deal": {}})
    gone: dict[str, str | None] = field(default_factory=dict)
    kind_of: dict[str, str] = field(default_factory=dict)
    made: set[tuple[str, str]] = field(default_factory=set)
    ties: set[tuple[str, str, str]] = field(default_factory=set)
    decided: dict[tuple[str, str], str] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(systems={}))

    def maybe(self, chance: float, choices: list[Any]) -> Any:
        return self.rng.choice(choices) if self.rng.random() < chance else None

    def address(self) -> str:
        return f"{self.rng.choice(LOCALS)}@{self.rng.choice(DOMAINS)}"

    def person(self) -> Row:
        city, postcode, country = self.rng.choice(PLACES)
        return {
            "first_name": self.maybe(0.9, GIVEN), "last_name": self.maybe(0.95, FAMILY),
            "email": self.maybe(0.8, [self.address()]), "other_emails": self.maybe(0.2, [f"{self.address()};{self.address()}"]),
            "phone": self.maybe(0.6, NUMBERS), "mobile": self.maybe(0.3, NUMBERS), "title": self.maybe(0.3, ["Buyer", "Head of Sales"]),
            "company_name": self.maybe(0.5, EMPLOYERS), "company_id": self.maybe(0.4, [r.partition(":")[2] for r in self.records["company"]] or [None]),
            "linkedin_url": self.maybe(0.2, ["linkedin.com/in/ana-ruiz", "https://www.linkedin.com/in/bob"]),
            "street": self.maybe(0.5, STREETS), "city": city, "postcode": postcode, "country": country,
            "foreign_ids": self.maybe(0.3, [self.some("person")]), "converted": self.maybe(0.03, ["true"]),
        }  # fmt: skip

    def company(self) -> Row:
        city, postcode, country = self.rng.choice(PLACES)
        return {
            "name": self.maybe(0.95, EMPLOYERS), "domain": self.maybe(0.5, DOMAINS), "website": self.maybe(0.3, DOMAINS),
            "phone": self.maybe(0.5, NUMBERS), "street": self.maybe(0.5, STREETS), "city": city, "postcode": postcode,
            "country": country, "parent_id": self.maybe(0.2, [r.partition(":")[2] for r in self.records["company"]] or [None]),
            "foreign_ids": self.maybe(0.3, [self.some("company")]),
        }  # fmt: skip

    def deal(self) -> Row:
        return {"name": self.rng.choice(["Renewal", "Pilot"]), "amount": self.rng.choice(["100", "200"]), "close_date": "2026-01-01",
                "company_id": self.maybe(0.5, [r.partition(":")[2] for r in self.records["company"]] or [None])}  # fmt: skip

    def some(self, kind: str) -> str | None:
        """A record of the kind, live or gone."""
        known = [*self.records[kind], *(ref for ref in self.gone if self.kind_of[ref] == kind)]
        return self.rng.choice(known) if known else None

    # What may happen to a world between two runs.

    def create(self, kind: str, times: int = 1) -> None:
        for _ in range(times):
            object_ = self.rng.choice(OBJECTS.get(kind, ["salesforce:Opportunity", "hubspot:deals"]))
            ref = f"{object_}/{self.rng.randrange(1000):03}"
            if ref not in self.gone:
                self.records[kind][ref] = getattr(self, kind)()
                self.kind_of[ref] = kind

    def edit(self, kind: str) -> None:
        if (ref := self.some(kind)) in self.records[kind]:
            assert ref is not None
            fresh = getattr(self, kind)()
            name = self.rng.choice(list(fresh))
            self.records[kind][ref] = self.records[kind][ref] | {name: fresh[name]}

    def delete(self, kind: str) -> None:
        if (ref := self.some(kind)) in self.records[kind]:
            assert ref is not None
            del self.records[kind][ref]
            self.gone[ref] = None

    def merge(self, kind: str) -> None:
        loser, winner = self.some(kind), self.some(kind)
        if loser in self.records[kind] and winner in self.records[kind] and loser != winner:
            assert loser is not None
            assert winner is not None
            del self.records[kind][loser]
            self.gone[loser] = winner

    def make_counterpart(self) -> None:
        left, right = self.some("person"), self.some("person")
        if left and right and left != right:
            self.made ^= {(left, right)}

    def tie(self) -> None:
        deal, person = self.some("deal"), self.some("person")
        if deal and person:
            self.ties ^= {("deal_person", deal, person)}

    def decide(self, kind: str) -> None:
        left, right = self.some(kind), self.some(kind)
        if left and right and left != right:
            pair = (min(left, right), max(left, right))
            if self.decided.pop(pair, None) is None:
                self.decided[pair] = self.rng.choice(["same", "not_same"])

    def change_policy(self) -> None:
        thresholds = self.rng.choice([(0.99, 0.9, 0.5), (0.999, 0.95, 0.7), (0.9, 0.6, 0.2)])
        learned = self.rng.choice([{}, {"person": {"family": {"exact": {"m": 0.7}}}}])
        match = MatchPolicy(certain=thresholds[0], likely=thresholds[1], possible=thresholds[2], weights=learned)
        self.policy = Policy(systems={}, match=match, country=self.rng.choice(["US", "DE"]))

    def connection(self) -> duckdb.DuckDBPyConnection:
        """The world as a frame, not resolved."""
        con = duckdb.connect(config={"threads": 1})
        frames.create(con, identity=False)
        for kind, rows in self.records.items():
            names = [name for name in FIELDS[Kind(kind)] if any(row.get(name) for row in rows.values())]
            put(con, f"record_{kind}", ["ref", "system", "object", "id", *names],
                [(ref, ref.partition(":")[0], ref.partition(":")[2].partition("/")[0], ref.partition("/")[2], *(row.get(n) for n in names)) for ref, row in rows.items()])  # fmt: skip
        put(con, "gone", ["ref", "merged_into"], list(self.gone.items()))
        put(con, "stored_link", ["left_ref", "right_ref", "source"], [(*pair, "created") for pair in sorted(self.made)])
        put(con, "association", ["type", "source", "target"], sorted(self.ties))
        put(con, "decision", ["left_ref", "right_ref", "verdict"], [(*pair, told) for pair, told in self.decided.items()])  # fmt: skip
        put(con, "snapshot", ["system", "object", "taken_at"], [("salesforce", "Contact", datetime(2026, 6, 1))])
        return con


def put(con: duckdb.DuckDBPyConnection, table: str, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Rows by column, which DuckDB takes at once."""
    if rows:
        types = ["TIMESTAMP" if name == "taken_at" else "VARCHAR" for name in names]
        lists = [list(column) for column in zip(*rows, strict=True)]
        listed = ", ".join(f'"{name}"' for name in names)
        con.execute(f"INSERT INTO {table}({listed}) SELECT {', '.join(f'unnest(?::{t}[])' for t in types)}", lists)


TABLES = ("match", "same", "link", "duplicate", "blocking")


def told(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """All that identity says, in its order."""
    return {table: con.execute(f"FROM {table}").fetchall() for table in TABLES}


def world(seed: int, people: int = 40) -> World:
    """A world with its companies, people and deals in place."""
    made = World(random.Random(seed))
    for kind, times in (("company", people // 5), ("person", people), ("deal", people // 8)):
        made.create(kind, times)
    for _ in range(people // 4):
        made.tie()
    return made
