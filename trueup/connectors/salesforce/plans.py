"""What a pull is going to read, and how, worked out before its first row: see `chooser` for the arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trueup.connectors.kit.values import parse_datetime
from trueup.connectors.salesforce import chooser, feeds, soql, ties
from trueup.connectors.salesforce import rows as rows_
from trueup.connectors.salesforce.bulkquery import Job
from trueup.connectors.salesforce.chooser import Choice, Way
from trueup.connectors.salesforce.cursor import Query, count
from trueup.connectors.salesforce.marks import Mark, covers, sum_of
from trueup.connectors.salesforce.options import Options
from trueup.connectors.salesforce.reads import Light
from trueup.connectors.salesforce.schema import TIES, Described
from trueup.model.records import HighWater

ALWAYS: dict[str, tuple[str, ...]] = {
    # Invitees' copies of a group event are not meetings of their own (reference 11.1).
    "Event": ("IsChild = false",),
    "Group": ("Type = 'Queue'",),
}

FEW = frozenset({"User", "Group", "Campaign"})
"""Objects that are a page long in most orgs, however many people there are: who owns records, and campaigns."""


@dataclass(slots=True)
class Plan:
    """How one object will be read. `since` is None when everything is."""

    described: Described
    since: Mark | None
    query: Query
    choice: Choice
    notes: tuple[str, ...] = ()
    job: Job | None = None
    live: Query | None = None
    """The server's count of live records."""
    feed: Light | None = None
    window: feeds.Window | None = None
    way_changed: bool = False

    @property
    def object(self) -> str:
        """The object."""
        return self.described.object

    @property
    def began(self) -> str | None:
        """The org's clock when the first request for it was sent."""
        return self.query.began or (self.job.began if self.job else None)

    @property
    def total(self) -> int:
        """The server's own number of the rows that were to come."""
        return self.job.announced if self.job else self.query.total or 0

    @property
    def whole(self) -> bool:
        """Whether as many rows came."""
        return self.job.whole if self.job else self.query.whole

    def needs_count(self, *, mirrored: bool) -> bool:
        """Whether the server's count will be wanted, as far as can be foreseen.

        What comes whole in one call says itself how many rows there are; what changed is proven by the count of all,
        which needs somebody who holds the others.
        """
        if self.live is None:
            return False
        if self.since is not None:
            return mirrored and self.described.object not in TIES
        return self.choice.way is Way.BULK or self.choice.calls > 1


def natives(described: Described) -> tuple[str, ...]:
    """The fields to ask for."""
    shape = ties.SHAPES.get(described.object)
    if shape is None:
        return rows_.natives(described)
    return tuple(name for name in shape.fields if described.has(name.partition(".")[0]) or "." in name)


def fields_read(described: Described) -> str:
    """The fields to ask for, as a mark remembers them."""
    return sum_of(natives(described), described.extras)


def where_to_begin(
    described: Described, since: HighWater | None, now: datetime, options: Options
) -> tuple[Mark | None, tuple[str, ...]]:
    """The mark to read from, or None when everything has to be read, and then why."""
    if since is None:
        return None, ()
    mark, name = Mark.read(since), described.object
    if now - parse_datetime(mark.at) > feeds.REACHES_BACK:
        return None, (f"{name}: the last pull is older than the recycle bin reaches back, so everything was read.",)
    if not covers(mark.fields, fields_read(described)):
        return None, (f"{name}: other fields are read than last time, so everything was read.",)
    if described.formulas and name not in TIES:
        due = timedelta(days=options.formula_days)
        if not mark.formulas or now - parse_datetime(mark.formulas) >= due:
            listed = ", ".join(described.formulas)
            return None, (
                f"{name}: formula fields ({listed}) change without a trace, "
                f"so everything was read, as every {options.formula_days} days.",
            )
    return mark, ()


@dataclass(slots=True)
class Planner:
    """Makes plans for the objects of one pull."""

    options: Options
    now: datetime
    counts: dict[str, int] = field(default_factory=dict)

    def choose(self, whole: Sequence[Described], *, packs: bool) -> tuple[dict[str, Choice], chooser.Terms]:
        """The way of each object that is to be read whole."""
        terms = chooser.Terms(
            page=self.options.page_size,
            pack=5 if packs else 1,
            bulk_page=self.options.bulk_page_rows,
        )
        # Once sizes are told at all, an object that is not among them has no rows (reference 5.1).
        sizes = {d.object: self.counts.get(d.object, 0) if self.counts else None for d in whole}
        return chooser.choose(sizes, terms, forced=self.options.read_by), terms

    def sooner_whole(self, described: Described) -> bool:
        """Whether all of an object is read with fewer requests than what changed of it and the count that proves it.

        One page holds everything and says how many rows there are. Others could be as short in a small org; but people
        and what they do are most of an org's rows, and of those only what changed is to be taken in.
        """
        return described.object in FEW and 0 < self.counts.get(described.object, 0) <= self.options.page_size

    def plan(self, described: Described, since: Mark | None, choice: Choice | None, notes: tuple[str, ...]) -> Plan:
        """How to read one object; nothing is asked yet."""
        choice = choice or Choice(Way.COMPOSITE, 1, None)
        plan = Plan(described, since, self.query(described, since, choice.rows), choice, notes)
        if choice.way is Way.QUERY:
            plan.query.alone = True
        if choice.way is Way.BULK:
            plan.job = self.job(plan)
        if described.object in ties.HISTORIES:
            return plan
        plan.live = count(described.object, live(described), deleted=kept(described))
        if (
            since is not None
            and described.object not in TIES
            and kept(described)
            and described.raw.get("replicateable")
        ):
            plan.window = feeds.window(parse_datetime(since.deletes or since.at), self.now)
            if plan.window is not None:
                plan.feed = Light(plan.window.path(described.object))
        return plan

    def job(self, plan: Plan) -> Job:
        """The same reading as a Bulk job, without an order, which would keep Bulk from cutting the query."""
        text = soql.select(plan.query.fields, plan.object, where=plan.query.where)
        return Job(plan.described, text, plan.query.deleted, plan.choice.rows or 0)

    def query(self, described: Described, since: Mark | None, expected: int | None = None) -> Query:
        """The query for everything, or for what changed."""
        where = list(ALWAYS.get(described.object, ()))
        order: tuple[str, ...] = ("SystemModstamp", "Id") if described.has("SystemModstamp") else ("Id",)
        history = ties.HISTORIES.get(described.object)
        if history is not None:
            where += [history.only] if history.only else []
            order = (history.parent, "CreatedDate", "Id")
        if since is not None:
            changed = self.changed_since(since.at)
            if history is not None:
                # Histories of what changed are read whole: a row's meaning depends on the one before it.
                changed = f"{history.parent} IN (SELECT Id FROM {history.parent.removesuffix('Id')} WHERE {changed})"
            elif described.object == "Event" and described.has("EndDateTime"):
                # A meeting takes place without anybody touching its record.
                now, then = soql.moment(self.now), soql.moment(parse_datetime(since.at))
                changed = f"{changed} OR (EndDateTime >= {then} AND EndDateTime <= {now})"
            where.append(changed)
        return Query(
            described.object, natives(described), where=where, order=order, deleted=kept(described), expected=expected
        )

    def changed_since(self, at: str) -> str:
        """The condition for what changed, a little before the mark: rows that commit late carry an earlier stamp."""
        return f"SystemModstamp >= {soql.moment(parse_datetime(at) - timedelta(seconds=self.options.overlap_s))}"


def kept(described: Described) -> bool:
    """Whether deleted rows are to be seen at all: users and groups are never deleted, only switched off."""
    return described.has("IsDeleted")


def live(described: Described) -> list[str]:
    """The conditions of a live record."""
    return [*ALWAYS.get(described.object, ()), *(["IsDeleted = false"] if kept(described) else [])]
