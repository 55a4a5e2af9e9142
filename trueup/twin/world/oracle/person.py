"""What is out of true about a person: links, stages and their history, fields, owners, contacts made and not made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from trueup.twin.world.dates import DAY
from trueup.twin.world.oracle.records import (
    SETS,
    broken,
    compare,
    doubles,
    in_order,
    open_deal,
    owner_state,
    owners_differ,
    representative,
    state,
)
from trueup.twin.world.parts import (
    CANONICAL,
    DEAL_CANONICAL,
    HS,
    MQL,
    OFF_TRACK,
    RANK,
    SF,
    STUCK_DAYS,
    Activity,
    Deal,
    Finding,
    Person,
    Rec,
)
from trueup.twin.world.people import LEAD_FIELDS

_REQUIRED_FROM_MQL = ("email", "company_name", "industry", "employee_count", "original_source")
_THROUGH_ACCOUNT = {"company_name": "name", "industry": "industry", "employee_count": "employee_count"}
_UNCOMPARED = frozenset({"other_emails", "employee_count"})
_COMPARED = [name for name in LEAD_FIELDS if name not in _UNCOMPARED]
_NEVER_CONTACTED_DAYS = 7
_TWICE_WITHIN_S = DAY
_TOUCHES = frozenset({"call", "email", "meeting"})


class ContactStages:
    """The stages of Salesforce contacts, which follow from their deals."""

    def __init__(self, deals: list[Deal]) -> None:
        self.any: dict[str, set[str]] = {}
        for deal in deals:
            by_system = {rec.system: rec for rec in deal.recs}
            for rec, _role, _primary in deal.tied:
                its = by_system.get(rec.system)
                if its is None:
                    continue
                won = DEAL_CANONICAL[its.system].get(str(its.stage)) == "won"
                kind = "won" if won else "open" if open_deal(its) else "lost"
                self.any.setdefault(rec.ref, set()).add(kind)

    def stage(self, rec: Rec) -> str | None:
        """The canonical stage that a record claims; None when its value is in no map."""
        if rec.object != "Contact":
            return CANONICAL[rec.system, rec.object].get(str(rec.stage))
        kinds = self.any.get(rec.ref, set())
        return "customer" if "won" in kinds else "opportunity" if "open" in kinds else "sql"


def person_findings(person: Person, stages: ContactStages, now: int) -> Iterator[Finding]:
    """All that is out of true about one person."""
    live = [r for r in person.recs if r.converted is None and not r.gone]
    if not live:
        return
    ours = {system: representative(live, system) for system in (SF, HS)}
    sf, hs = ours[SF], ours[HS]
    claims = {rec.ref: stages.stage(rec) for rec in live}
    yield from doubles(live, "DUP001", "person")
    contacts = sorted(r.ref for r in live if r.object == "Contact")
    if contacts:
        for lead in (r for r in live if r.object == "Lead"):
            yield Finding("DUP002", "person", in_order(lead.ref, contacts[0]))
    if sf and not hs:
        yield Finding("LNK001", "person", (sf.ref,))
    if hs and not sf and RANK.get(claims[hs.ref] or "", -1) >= MQL:
        yield Finding("LNK001", "person", (hs.ref,))
    if sf and hs:
        yield from _linked_people(live, sf, hs, claims)
    agreed = {claims[rec.ref] for rec in (sf, hs) if rec and claims[rec.ref]}
    stage = agreed.pop() if len(agreed) == 1 else None
    yield from _by_stage(person, live, sf, hs, stage, now)
    for rec in live:
        yield from _record(person, rec, claims[rec.ref], live, stages)
    yield from _activities(person, sf is not None and hs is not None)


def _linked_people(live: list[Rec], sf: Rec, hs: Rec, claims: dict[str, str | None]) -> Iterator[Finding]:
    both = in_order(sf.ref, hs.ref)
    a, b = claims[sf.ref], claims[hs.ref]
    if a and b and a != b:
        yield Finding("STG001", "person", both)
    disjoint = _emails(live, SF).isdisjoint(_emails(live, HS)) and bool(_emails(live, SF)) and bool(_emails(live, HS))
    if disjoint:
        yield Finding("DUP003", "person", both)
    yield from compare(sf, hs, _COMPARED, "person", without=frozenset({"email"}) if disjoint else frozenset())
    yield from owners_differ(sf, hs, "person")


def _by_stage(
    person: Person, live: list[Rec], sf: Rec | None, hs: Rec | None, stage: str | None, now: int
) -> Iterator[Finding]:
    """What rests on the stage that all sides agree on (where they do not, STG001 is the finding)."""
    rank = RANK.get(stage or "", -1)
    if stage is None or rank < 0:
        return
    if rank >= MQL:
        for name in _REQUIRED_FROM_MQL:
            if not any(_knows(rec, name) for rec in live):
                yield Finding("FLD001", "person", in_order(*(rec.ref for rec in live)), name)
    since = max((at for rec in live for at, native in _dated(rec) if _canonical(rec, native) == stage), default=None)
    # Marketing owns qualification, sales what follows: the owning system's record answers.
    answers = (hs if stage == "mql" else sf) or hs or sf
    assert answers is not None
    if since is not None and stage in STUCK_DAYS and now - since > STUCK_DAYS[stage] * DAY:
        yield Finding("STG004", "person", (answers.ref,))
    if (
        stage in ("mql", "sal", "sql")
        and since is not None
        and now - since > _NEVER_CONTACTED_DAYS * DAY
        and not any(a.outbound for a in _touched(person))
    ):
        yield Finding("ACT003", "person", (answers.ref,))


def _record(person: Person, rec: Rec, stage: str | None, live: list[Rec], stages: ContactStages) -> Iterator[Finding]:
    rank = RANK.get(stage or "", -1)
    me = (rec.ref,)
    if rec.object != "Contact":
        if stage is None and rec.stage:
            yield Finding("STG009", "person", me)
        if rank >= MQL and not any(_canonical(rec, native) == stage for _, native in _dated(rec)):
            yield Finding("STG005", "person", me)
        yield from _history(rec, any(r.f.get("disqualified_reason") for r in person.recs))
        stamped = sorted((RANK[c], at) for native, at in rec.stamps.items() if (c := _canonical(rec, native)) in RANK)
        if any(later < earlier for (_, earlier), (_, later) in pairwise(stamped)):
            yield Finding("STG006", "person", me)
        kinds = set().union(*(stages.any.get(r.ref, set()) for r in live))
        if stage == "opportunity" and not kinds & {"open", "won"}:
            yield Finding("STG007", "person", me)
        if stage == "customer" and "won" not in kinds:
            yield Finding("STG008", "person", me)
        if stage in ("sal", "sql") and ((rec.owner is None and not rec.queue) or not _touched(person)):
            yield Finding("STG010", "person", me)
    yield from broken(rec, "person")
    if rank >= MQL:
        yield from owner_state(rec, "person")


def _history(rec: Rec, excused: bool) -> Iterator[Finding]:
    back = skipped = False
    before: str | None = None
    for _, native in sorted(rec.events, key=lambda event: event[0]):
        after = _canonical(rec, native)
        if after is None:
            continue
        if before is not None and before not in OFF_TRACK and after not in OFF_TRACK:
            low, high = RANK[before], RANK[after]
            back = back or high < low
            skipped = skipped or any(MQL <= r < high for r in range(low + 1, high))
        before = after
    if back and not excused:
        yield Finding("STG002", "person", (rec.ref,))
    if skipped:
        yield Finding("STG003", "person", (rec.ref,))


def _activities(person: Person, linked: bool) -> Iterator[Finding]:
    if linked:
        for activity in _touched(person):
            if len(activity.copies) == 1:
                system, id_ = next(iter(activity.copies.items()))
                yield Finding("ACT001", "activity", (activity_ref(activity, system, id_),))
    out = sorted(
        (a for a in _touched(person) if a.outbound and a.type in ("call", "email")), key=lambda a: (a.at, a.type)
    )
    for first, second in pairwise(out):
        if first.owner is not second.owner and second.at - first.at < _TWICE_WITHIN_S:
            yield Finding("ACT002", "activity", in_order(_first_copy(first), _first_copy(second)))


def _knows(rec: Rec, name: str) -> bool:
    if name in SETS[rec.object]:
        return state(rec, name) == "known"
    return (
        rec.company is not None and name in _THROUGH_ACCOUNT and state(rec.company, _THROUGH_ACCOUNT[name]) == "known"
    )


def _emails(live: list[Rec], system: str) -> set[str]:
    found: set[str] = set()
    for rec in live:
        if rec.system == system:
            if state(rec, "email") == "known":
                found.add(str(rec.f["email"]).casefold())
            found.update(part.casefold() for part in str(rec.f.get("other_emails") or "").split(";") if part)
    return found


def _dated(rec: Rec) -> Iterator[tuple[int, str]]:
    yield from rec.events
    for native, at in rec.stamps.items():
        yield at, native


def _canonical(rec: Rec, native: str) -> str | None:
    return CANONICAL.get((rec.system, rec.object), {}).get(native)


def _touched(person: Person) -> list[Activity]:
    return [a for a in person.activities if a.done and a.type in _TOUCHES and a.copies]


def activity_ref(activity: Activity, system: str, id_: str) -> str:
    """The printed ref of one copy of an activity."""
    if system == HS:
        return f"{HS}:{activity.type}s/{id_}"
    return f"{SF}:{'Event' if activity.type == 'meeting' else 'Task'}/{id_}"


def _first_copy(activity: Activity) -> str:
    system = min(activity.copies)
    return activity_ref(activity, system, activity.copies[system])
