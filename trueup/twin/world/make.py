"""Makes the world unit by unit: a company with its subsidiaries, people, deals and activities, and the faults on them.

Pure: the same seed, size, settings and day give the same units, whatever ran before. Every unit draws from a source of
chance of its own, so memory holds one unit at a time, however large the world is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from trueup.twin.world import words
from trueup.twin.world.dates import DAY, workday_of
from trueup.twin.world.facts import company as company_facts
from trueup.twin.world.facts import digits, latin
from trueup.twin.world.ids import Ids
from trueup.twin.world.oracle import findings
from trueup.twin.world.parts import HS, SF, Company, Finding, Person, Rec, Unit
from trueup.twin.world.people import People
from trueup.twin.world.plant import Plan, Scene
from trueup.twin.world.quota import Quota
from trueup.twin.world.sellers import sellers
from trueup.twin.world.settings import WorldSettings, last_workday
from trueup.twin.world.work import Work

_TRIES = 6


class PlantingError(RuntimeError):
    """A fault was planted that is none: a mistake in the world's own making."""


class Maker:
    """One world in the making. `units` may be read once; `owners` are known from the start."""

    def __init__(self, settings: WorldSettings, people: int, seed: int, day: date) -> None:
        if people < 1:
            raise ValueError(f"a world needs at least one person, not {people}")
        self.settings, self.seed, self.total = settings, seed, people
        self.today = workday_of(last_workday(day))
        self.end = (day - date(1970, 1, 1)).days * DAY
        self.ids = Ids()
        self.owners = sellers(people, seed, self.ids)
        self.people = People(self.ids, self.owners, seed, self.today, settings)
        self.work = Work(self.ids, self.people, self.today, self.end, settings.activities)
        self._made = 0
        self._quota = Quota(settings, people)
        self._lives = list(settings.lives)
        self._weights = [float(settings.lives[life]) for life in self._lives]
        self._plantings: list[tuple[str, str, list[str]]] = []
        self._taken: set[str] = set()
        self._places: dict[int, tuple[words.Place, str]] = {}

    def units(self) -> Iterator[tuple[Unit, list[Finding]]]:
        """Every unit with what is out of true in it."""
        n = 0
        while self._made < self.total:
            n += 1
            unit = self._unit(random.Random(f"{self.seed}:unit:{n}"))
            yield unit, self._judge(unit)

    # -- units

    def _unit(self, rng: random.Random) -> Unit:
        unit = Unit()
        self._taken, self._places = set(), {}
        company = self.company(unit, rng)
        size = min(400, 1 + int(rng.paretovariate(1.25) * self.settings.company_people * 0.3))
        homes = [company]
        if size >= 5 and rng.random() < 0.35:
            homes += [self._subsidiary(unit, company, rng) for _ in range(rng.choice((1, 1, 2)))]
        if rng.random() < 0.06:
            self.company(unit, rng, systems=(HS,))
        for _ in range(size):
            if self._made >= self.total:
                break
            home = homes[0] if len(homes) == 1 or rng.random() < 0.6 else rng.choice(homes[1:])
            self._someone(unit, home, rng)
        return unit

    def company(self, unit: Unit, rng: random.Random, systems: tuple[str, ...] = (SF, HS)) -> Company:
        """A company of the unit, with a record in each of the systems."""
        n = self.ids.number("company")
        facts, place, landline = company_facts(n, self.seed)
        self._places[n] = (place, landline)
        owner = self.people.owner(place.region, rng, "AE")
        company = Company(n, f"C{n:07d}", facts, place.tz, owner, created=self.end - rng.randint(430, 1500) * DAY)
        self._company_records(company, rng, systems)
        unit.companies.append(company)
        return company

    def _company_records(self, company: Company, rng: random.Random, systems: tuple[str, ...]) -> None:
        if SF in systems:
            account = Rec(SF, "Account", self.ids.salesforce("Account"), dict(company.facts), company.owner)
            account.created = company.created + 900
            company.recs.append(account)
        if HS in systems:
            other = Rec(HS, "companies", self.ids.hubspot("companies"), dict(company.facts), company.owner)
            other.created = company.created
            company.recs.append(other)
        if len(company.recs) == 2:
            self.people.store_ids(company.recs[1], company.recs[0], rng)

    def _subsidiary(self, unit: Unit, parent: Company, rng: random.Random) -> Company:
        n = self.ids.number("company")
        facts, place, landline = company_facts(n, self.seed)
        short = " ".join(str(parent.facts["name"]).split()[:2])
        where = facts["country"] if facts["country"] != parent.facts["country"] else facts["city"]
        label = str(parent.facts["domain"]).split(".")[0]
        if any(str(c.facts["name"]).startswith(f"{short} {where} ") for c in unit.companies):
            where = f"{where} {rng.choice(('North', 'South', 'Harbor', 'Airport'))} {n}"
        name = f"{short} {where} {rng.choice(place.suffixes)}"
        # Their own domain: the parent's, with the place added.
        ending = str(facts["domain"]).rsplit(".", 1)[1]
        facts = {
            **facts,
            "name": name,
            "domain": f"{label}-{latin(str(where))}{n}.{ending}",
            "industry": parent.facts["industry"],
        }
        facts["website"] = f"https://www.{facts['domain']}"
        self._places[n] = (place, landline)
        owner = self.people.owner(place.region, rng, "AE")
        company = Company(n, f"C{n:07d}", facts, place.tz, owner, parent=parent, created=parent.created + 30 * DAY)
        self._company_records(company, rng, (SF, HS))
        unit.companies.append(company)
        self._tell_apart(unit, "company", parent.recs, company.recs, "a parent company and its subsidiary")
        return company

    # -- people

    def _someone(self, unit: Unit, company: Company, rng: random.Random) -> None:
        code = self._quota.due(self._made, self.total)
        if code is not None:
            for _ in range(_TRIES):
                plan = self._quota.plan(code)
                if self._planted(unit, company, plan, rng):
                    return
                if self._made >= self.total:
                    return
        elif rng.random() < self.settings.hard_negatives and self._made + 1 < self.total:
            self._mistakable(unit, company, rng)
        else:
            life = rng.choices(self._lives, self._weights)[0]
            person = self._person(unit, company, life, rng, {})
            if self.settings.echoes and person.rec(HS) and person.rec(SF) and rng.random() < self.settings.echoes:
                self._echo(unit, person)

    def _planted(self, unit: Unit, company: Company, plan: Plan, rng: random.Random) -> bool:
        life = plan.lives[self._quota.turn(plan) % len(plan.lives)]
        person = self._person(unit, company, life, rng, plan.flags)
        companies, deals = len(unit.companies), len(unit.deals)
        note = plan.apply(Scene(self, unit, person, rng))
        if note is None:
            return False
        person.fault = plan.code
        places = [person.entity, person.company.entity, *(deal.entity for deal in person.deals)]
        places += [entity.entity for entity in unit.companies[companies:]]
        places += [entity.entity for entity in unit.deals[deals:]]
        self._plantings.append((plan.code, note, places))
        self._quota.done(plan.code)
        return True

    def _person(
        self,
        unit: Unit,
        company: Company,
        life: str,
        rng: random.Random,
        flags: Mapping[str, Any],
        name: tuple[str, str, str, str] | None = None,
    ) -> Person:
        place, landline = self._places[company.n]
        person = self.people.make(company, place, landline, life, self._taken, rng, flags, name)
        self._made += 1
        unit.people.append(person)
        self.work.deals_of(person, unit.deals, rng)
        for rec in person.recs:
            if rec.converted is not None and person.deals:
                rec.converted_deal = person.deals[0].rec(SF)
        if not flags.get("quiet"):
            self.work.activities_of(person, rng)
        return person

    def another(
        self, unit: Unit, person: Person, life: str, rng: random.Random, flags: Mapping[str, Any] | None = None
    ) -> Person:
        """One more person of the same company, for faults that take two."""
        other = self._person(unit, person.company, life, rng, flags or {})
        other.fault = "second"
        return other

    def not_same(self, unit: Unit, a: Person, b: Person, why: str) -> None:
        """Note that two people are two, however alike they look."""
        self._tell_apart(unit, "person", a.recs, b.recs, why)

    def _tell_apart(self, unit: Unit, kind: str, a: list[Rec], b: list[Rec], why: str) -> None:
        # The lists are kept, not copied: records added later belong to them too.
        unit.not_same.append({"kind": kind, "left": a, "right": b, "why": why})

    def _mistakable(self, unit: Unit, company: Company, rng: random.Random) -> None:
        lives = ("lead:mql", "lead:sal", "contact:sql", "contact:customer", "lead:lead", "hs:lead")
        kind = rng.choice(("namesakes", "father and son", "family"))
        first = self._person(unit, company, rng.choice(lives), rng, {})
        given, family = str(first.facts["first_name"]), str(first.facts["last_name"])
        ascii_name = (latin(given).title() or "Kim", latin(family).title() or "Lee")
        if kind == "namesakes":
            other = self._person(unit, company, rng.choice(lives), rng, {"mobile": True}, (given, family, *ascii_name))
        elif kind == "father and son":
            name = (given, f"{family} Jr.", ascii_name[0], f"{ascii_name[1]}Jr")
            other = self._person(unit, company, rng.choice(lives), rng, {"mobile": True}, name)
        else:
            place, landline = self._places[company.n]
            home = digits(landline, rng)
            naming = words.NAMING[place.naming[0][0]]
            theirs = rng.choice([n for n in naming.first if n != given])
            other = self._person(unit, company, rng.choice(lives), rng, {}, (theirs, family, theirs, ascii_name[1]))
            for person in (first, other):
                person.facts["phone"] = home
                for rec in person.recs:
                    rec.f["phone"] = home
                    rec.f["street"] = person.facts["street"] = f"{family} House 1"
        self.not_same(unit, first, other, f"{kind} at one company" if kind != "family" else "a family at one address")

    def _echo(self, unit: Unit, person: Person) -> None:
        """A title that two systems handed each other back and forth, and that ended where it began."""
        rec = person.rec(HS)
        if rec is None or not person.facts["title"]:
            return
        now, other = str(person.facts["title"]), f"{person.facts['title']} "
        at = self.end - 12 * DAY
        for n in range(8):
            rec.echo.append(
                (at + n * 900, now if n % 2 else other.strip().upper(), "SALESFORCE" if n % 2 else "INTEGRATION")
            )
        unit.echoes.append({"ref": rec.ref, "property": "jobtitle", "versions": len(rec.echo)})

    # -- judging

    def _judge(self, unit: Unit) -> list[Finding]:
        """All that is true of the unit, with what was planted marked; every planting must have come true."""
        found = sorted([*findings(unit, self.end), *unit.planted], key=lambda f: (f.code, f.subjects, f.field))
        by_place: dict[tuple[str, str], list[Finding]] = {}
        for finding in found:
            by_place.setdefault((finding.code, finding.entity), []).append(finding)
        for code, note, places in self._plantings:
            hits = [f for place in places for f in by_place.get((code, place), ())]
            if not hits:
                raise PlantingError(f"{code} ({note}) was planted on {places[0]} without effect")
            for finding in hits:
                finding.planted, finding.note = True, note
        self._plantings.clear()
        return found
