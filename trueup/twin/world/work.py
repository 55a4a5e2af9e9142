"""Deals and activities: what sellers did with the people, in working hours, in order, by the owner of the time."""

from __future__ import annotations

import random

from trueup.twin.world import words
from trueup.twin.world.dates import DAY, instant, iso_date
from trueup.twin.world.ids import Ids
from trueup.twin.world.parts import (
    DEAL_STAGES,
    HS,
    HS_DEAL,
    PROBABILITY,
    SF,
    SF_DEAL,
    Activity,
    Company,
    Deal,
    Owner,
    Person,
    Rec,
)
from trueup.twin.world.people import People

_SUBJECTS = {"call": words.CALL_SUBJECTS, "email": words.EMAIL_SUBJECTS, "meeting": words.MEETING_SUBJECTS}
_HS_OBJECT = {"call": "calls", "email": "emails", "meeting": "meetings", "note": "notes", "task": "tasks"}
_SHOWN = 230
"""Working days back to which activities reach."""


class Work:
    """Makes deals and activities."""

    def __init__(self, ids: Ids, people: People, today: int, end: int, activities: float) -> None:
        self._ids, self._people, self._today, self._end = ids, people, today, end
        self._rate, self._most = 0.7 / activities, round(5 * activities)

    # -- deals

    def deals_of(self, person: Person, deals: list[Deal], rng: random.Random) -> None:
        """Give a person the deals that its life speaks of."""
        if not person.life.startswith("contact:"):
            return
        when: dict[str, int] = {}
        for at, stage in person.path:
            when.setdefault(stage, at)
        life = person.life.split(":")[1]
        made: list[Deal] = []
        if life == "opportunity":
            made.append(
                self.deal(person.company, person.owner, when["opportunity"], rng.choice(DEAL_STAGES[:5]), 0, rng)
            )
        elif life == "customer":
            made.append(self.deal(person.company, person.owner, when["opportunity"], "won", when["customer"], rng))
            if rng.random() < 0.25:
                at = min(when["customer"] + 20 * DAY, self._end - 2 * DAY)
                made.append(self.deal(person.company, person.owner, at, rng.choice(DEAL_STAGES[:5]), 0, rng))
        elif life == "lost":
            start = when.get("opportunity") or when["sql"]
            closed = when.get("recycled") or min(start + 5 * DAY, self._end - DAY)
            made.append(self.deal(person.company, person.owner, start, "lost", closed, rng))
        for deal in made:
            self.tie(deal, person, True, rng)
            deals.append(deal)
        # A colleague who is a customer already takes part in an open deal now and then.
        if made and life == "opportunity" and rng.random() < 0.3:
            other = next((d for d in deals if d.company is person.company and d is not made[0]), None)
            if other is not None and other.tied and _won(other):
                for rec, _role, _primary in list(other.tied[:2]):
                    made[0].tied.append((rec, rng.choice(words.ROLES), False))

    def deal(
        self, company: Company, owner: Owner | None, opened: int, stage: str, closed: int, rng: random.Random,
        systems: tuple[str, ...] = (SF, HS),
    ) -> Deal:  # fmt: skip
        """A deal with its way through the stages, in both systems unless told otherwise."""
        n = self._ids.number("deal")
        deal = Deal(f"D{n:07d}", company)
        last = DEAL_STAGES.index(stage) if stage in DEAL_STAGES[:5] else rng.randint(2, 4)
        stages = [*DEAL_STAGES[: last + 1], *([stage] if stage in ("won", "lost") else [])]
        until = closed or min(self._end - 3600, opened + 60 * DAY)
        step = max((until - opened) // max(len(stages) - 1, 1), 1)
        path = [(opened + i * step, s) for i, s in enumerate(stages)]
        due = closed or self._end + rng.randint(5, 90) * DAY
        facts: dict[str, str | None] = {
            "name": f"{_short(company)} - {rng.choice(words.PRODUCTS)} {n}",
            "amount": str(rng.randint(20, 2400) * 100),
            "close_date": iso_date(due),
            "source": rng.choice(list(words.SOURCES)),
        }
        if SF in systems:
            rec = Rec(SF, "Opportunity", self._ids.salesforce("Opportunity"), dict(facts), owner, created=opened)
            rec.events = [(at + 120, rng.choice(SF_DEAL[s])) for at, s in path]
            rec.stage, rec.company = rec.events[-1][1], company.rec(SF)
            rec.f["probability"] = PROBABILITY[stages[-1]]
            deal.recs.append(rec)
        if HS in systems:
            rec = Rec(HS, "deals", self._ids.hubspot("deals"), dict(facts), owner, created=opened)
            rec.events = [(at, HS_DEAL[s]) for at, s in path]
            rec.stage, rec.company = rec.events[-1][1], company.rec(HS)
            rec.f["probability"] = PROBABILITY[stages[-1]]
            deal.recs.append(rec)
        if len(deal.recs) == 2:
            self._people.store_ids(deal.recs[1], deal.recs[0], rng)
        return deal

    def tie(self, deal: Deal, person: Person, primary: bool, rng: random.Random) -> None:
        """Make the person part of the deal in every system that holds both."""
        role = rng.choice(words.ROLES)
        for rec in deal.recs:
            other = person.rec(rec.system)
            if other is not None and other.object != "Lead":
                deal.tied.append((other, role, primary))
        person.deals.append(deal)

    # -- activities

    def activities_of(self, person: Person, rng: random.Random) -> None:
        """Give a person calls, e-mails and meetings since qualification, the first of them going out."""
        since = next((at for at, stage in person.path if stage == "mql"), None)
        if person.life == "sf:contact":
            since = person.path[-1][0] - 3 * DAY
        if since is None or person.owner is None:
            if rng.random() < 0.12:
                self._stray(person, rng)
            return
        slots = self._slots(since, rng, person.company.tz)
        for n, at in enumerate(slots):
            kind = rng.choices(("call", "email", "meeting"), (40, 45, 0 if n == 0 else 15))[0]
            outbound = n == 0 or kind == "meeting" or rng.random() < 0.75
            activity = self.activity(person, kind, at, person.owner, outbound, rng)
            if person.deals and at > (person.deals[0].recs[0].created if person.deals[0].recs else 0):
                activity.deal = person.deals[0]
            self.copy(activity)
        if rng.random() < 0.18:
            oldest = min(max(workday_at(since) + 1, self._today - 30), self._today)
            at = max(instant(rng.randint(oldest, self._today), rng.randint(0, 27_000), person.company.tz), since + 600)
            note = self.activity(person, rng.choice(("note", "task")), at, person.owner, True, rng)
            note.done = note.type == "note" or rng.random() < 0.5
            if note.type == "task" and person.rec(SF):
                note.copies[SF] = self._ids.salesforce("Task")
            elif person.rec(HS):
                note.copies[HS] = self._ids.hubspot(_HS_OBJECT[note.type])
        if person.life == "contact:opportunity" and rng.random() < 0.3:
            at = instant(self._today + rng.randint(6, 20), rng.randrange(0, 27_000, 1800), person.company.tz)
            coming = self.activity(person, "meeting", at, person.owner, True, rng)
            coming.done = False
            self.copy(coming)

    def activity(
        self, person: Person, kind: str, at: int, owner: Owner, outbound: bool, rng: random.Random
    ) -> Activity:
        """An activity of a person, without copies yet."""
        seconds = {"call": rng.randint(60, 2400), "meeting": rng.choice((1800, 2700, 3600))}.get(kind, 0)
        if kind == "meeting":
            at -= at % 900
        subject = rng.choice(_SUBJECTS[kind]) if kind in _SUBJECTS else rng.choice(words.NOTES)
        made = Activity(kind, at, owner, person, subject, outbound, duration_s=seconds, lag_s=rng.randint(0, 240))
        if kind == "meeting":
            made.lag_s = 0
        person.activities.append(made)
        return made

    def copy(self, activity: Activity, only: str = "") -> None:
        """Log the activity in the systems that hold the person."""
        person = activity.person
        if person.rec(HS) and only != SF:
            activity.copies[HS] = self._ids.hubspot(_HS_OBJECT[activity.type])
        if person.rec(SF) and only != HS:
            activity.copies[SF] = self._ids.salesforce("Event" if activity.type == "meeting" else "Task")

    def _slots(self, since: int, rng: random.Random, tz: int) -> list[int]:
        """Instants in working hours from soon after qualification to now, one a day at most, at least one of them."""
        # Salesforce archives what is older than a year: a history that both systems show begins later.
        first = max(workday_at(since) + 1, self._today - _SHOWN)
        newest = self._today
        if first > newest:
            first = newest
        wanted = 1 + min(int(rng.expovariate(self._rate)), self._most)
        span = list(range(first, newest + 1))
        days = {min(first + rng.randint(0, 3), newest)}
        while len(days) < min(wanted, len(span)):
            days.add(rng.choice(span))
        return [max(instant(day, rng.randint(0, 27_000), tz), since + 600) for day in sorted(days)]

    def _stray(self, person: Person, rng: random.Random) -> None:
        """Somebody wrote or rang before anybody took them on."""
        owner = self._people.owner("EMEA", rng)
        day = workday_at(person.path[-1][0]) + 1
        if day > self._today:
            return
        at = instant(max(day, self._today - _SHOWN), rng.randint(0, 27_000), person.company.tz)
        activity = self.activity(person, rng.choice(("email", "call")), at, owner, False, rng)
        self.copy(activity)


def workday_at(at: int) -> int:
    """The working day on which an instant falls (in UTC)."""
    days = at // DAY - 4
    weeks, weekday = divmod(days, 7)
    return weeks * 5 + min(weekday, 4)


def _won(deal: Deal) -> bool:
    return any(rec.stage == "closedwon" for rec in deal.recs)


def _short(company: Company) -> str:
    return " ".join(str(company.facts["name"]).split()[:2])
