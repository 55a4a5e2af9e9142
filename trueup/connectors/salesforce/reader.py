"""Pulls objects: everything, or what changed since a mark, with deletes and merges, and a proof of completeness.

Rows come through queryAll, ordered by (SystemModstamp, Id): it also shows what lies in the recycle bin (deleted and
merged-away records, for about 15 days) and archived activities, which vanish from query without being deleted
(reference 7, 11.1). The next pull looks back a little behind the mark, because rows that commit late carry an earlier
stamp (reference 7.1). What was thrown out of the bin is named by the feed of deletes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from trueup.connectors.kit.base import Coming
from trueup.connectors.kit.values import parse_datetime
from trueup.connectors.salesforce import chooser, feeds, plans, ties
from trueup.connectors.salesforce import rows as rows_
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Row, count
from trueup.connectors.salesforce.marks import Began, Mark
from trueup.connectors.salesforce.plans import Plan
from trueup.connectors.salesforce.retrieve import binned
from trueup.connectors.salesforce.schema import TIES, Catalogue, Described
from trueup.connectors.salesforce.sources import Sources
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref

_ROUNDS = 3


class Reader:
    """Pulls for one connection."""

    def __init__(self, client: Client, catalogue: Catalogue, system: str) -> None:
        self._client, self._catalogue, self._system = client, catalogue, system
        self._sources = Sources(client, catalogue)
        self._reads = self._sources.reads

    def prepare(self, coming: Coming) -> None:
        """Be told what will be pulled; nothing is sent yet."""
        self._sources.prepare(coming)

    def pull(self, object_: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:
        """Yield pages and return what the pull may claim; see `Connector.pull`."""
        plan = self._sources.plan(object_, since)
        if object_ in TIES:
            return (yield from self._ties(plan))
        if plan.since is None:
            return (yield from self._full(plan))
        return (yield from self._changed(plan, plan.since))

    def close(self) -> None:
        """Nothing of what was prepared is wanted any more."""
        self._sources.close()

    # -- everything ----------------------------------------------------------------------------------------------------

    def _full(self, plan: Plan) -> Generator[Page, None, PullSummary]:
        """Everything, compared with the server's own count of live rows; what moved meanwhile is read again.

        A row created while pages are read may be in the count and not in the pages, and one deleted the other way
        round. So a count that differs is followed by reading what changed since the pull began, and counting again.
        What came whole in one call needs no count of its own: its first page said how many rows there are.
        """
        described, name = plan.described, plan.object
        live: set[str] = set()
        began = Began()
        for page in self._sources.rows(plan):
            began.note(plan.began)
            began.see(_note(page, live))
            yield self._page(described, page)
        began.note(plan.began)
        proven = plan.job is None and plan.query.whole and plan.query.calls == 1
        expected = len(live)
        if not proven:
            assert plan.live is not None
            expected = self._reads.total(plan.live)
            if expected != len(live) and began.at:
                expected = yield from self._catch_up(described, began, live)
        notes = plan.notes
        if plan.query.resumed:
            notes += (f"{name}: the server lost its place {plan.query.resumed} times; reading went on by key.",)
        complete = expected == len(live)
        if not complete:
            notes += (
                f"{name}: {len(live):,} live records were read, but Salesforce counts {expected:,}; "
                "nothing is concluded from what is absent.",
            )
        return PullSummary(
            high_water=self._mark(plan, began.at).high_water,
            complete=complete,
            full=True,
            seen=len(live),
            expected=expected,
            notes=notes + self._unseen(described),
            way=plan.choice.sentence,
        )

    # -- what changed --------------------------------------------------------------------------------------------------

    def _changed(self, plan: Plan, since: Mark) -> Generator[Page, None, PullSummary]:
        """What changed since the mark, and the proof that with it everything is held.

        Complete when as many rows came as the server said there are, and when what is held then is as much as the
        server counts. If not, something changed meanwhile (what changed since is read, and counted again) or was
        missed, or is hidden from us now: then everything is read.
        """
        described, name = plan.described, plan.object
        mirror = self._sources.coming.mirror
        held = set(mirror.live_ids(name)) if mirror is not None else None
        known = held if held is not None else set()
        dead: set[str] = set()
        began, read = Began(since.at), 0
        for page in self._sources.rows(plan):
            read += len(page)
            began.note(plan.began)
            began.see(_note(page, known, dead))
            yield self._page(described, page)
        began.note(plan.began)
        notes, covered = plan.notes, since.deletes or since.at
        if plan.feed is not None and plan.window is not None:
            told = feeds.judge(self._reads.light(plan.feed), plan.window)
            if told.lost:
                whole = self._sources.whole(
                    plan,
                    f"{name}: Salesforce does not tell any more what was deleted since the last pull "
                    f"({told.lost}), so everything was read.",
                )
                return (yield from self._full(whole))
            if told.silent:
                notes += (f"{name}: the feed of deletes is closed to us; only what lies in the recycle bin was seen.",)
            covered = told.covered or covered
            page_ = self._gone(described, {id_: at for id_, at in told.ids.items() if id_ not in dead})
            for record in page_.records:
                (known.discard if record.deleted else known.add)(record.ref.id)
            yield page_
        if held is not None and plan.live is not None:
            expected = self._reads.total(plan.live)
            if expected != len(held):
                expected = yield from self._catch_up(described, began, held)
            if expected != len(held):
                whole = self._sources.whole(
                    plan,
                    f"{name}: {len(held):,} live records were held, but Salesforce counts {expected:,} (hidden "
                    "from us or shown to us since, or deleted for good); everything was read.",
                )
                return (yield from self._full(whole))
        if not plan.whole:
            notes += (f"{name}: {read:,} changed records were read of {plan.total:,} announced.",)
        mark = self._mark(plan, began.at)
        return PullSummary(
            high_water=Mark(mark.at, covered, since.formulas, mark.fields).high_water,
            complete=plan.whole,
            full=False,
            seen=read,
            expected=plan.total,
            notes=notes + self._unseen(described),
            way=chooser.WORDS[plan.choice.way],
        )

    def _catch_up(self, described: Described, began: Began, live: set[str]) -> Generator[Page, None, int]:
        """Read what changed since a pull began until the server's count agrees, some rounds; the newest count."""
        expected = -1
        for _ in range(_ROUNDS - 1):
            if not began.at:
                break
            again = self._sources.planner().query(described, Mark(began.at))
            number = count(described.object, plans.live(described), deleted=plans.kept(described))
            self._reads.expect(number)
            for page in self._reads.pages(again):
                _note(page, live)
                yield self._page(described, page)
            expected = self._reads.total(number)
            if expected == len(live):
                break
        return expected

    def _gone(self, described: Described, gone: dict[str, str]) -> Page:
        """Records that the feed names and that the bin does not show: looked for once more, else gone for good."""
        if not gone:
            return Page()
        found = binned(self._client, described, sorted(gone), rows_.natives(described))
        page = self._page(described, list(found.values()))
        assert described.map is not None
        lost = tuple(
            Record(
                Ref(self._system, described.object, id_),
                described.map.kind,
                {},
                modified_at=parse_datetime(at),
                deleted=True,
            )
            for id_, at in sorted(gone.items())
            if id_ not in found
        )
        return Page(page.records + lost, page.associations, page.stage_events, page.replaces)

    # -- ties ----------------------------------------------------------------------------------------------------------

    def _ties(self, plan: Plan) -> Generator[Page, None, PullSummary]:
        """Associations and stage events, with what proves them whole."""
        began = Began(plan.since.at if plan.since else "")
        read = ties.Read(plan.object, self._system)
        for page in self._sources.rows(plan):
            began.note(plan.began)
            began.see([row.get("SystemModstamp") or row.get("CreatedDate") for row in page])
            yield from read.take(page, ordered=plan.job is None)
        yield from read.end()
        began.note(plan.began)
        expected, seen, whole = plan.total, read.rows, plan.whole
        if plan.since is None and plan.live is not None and (plan.job is not None or plan.query.calls > 1):
            expected, seen = self._reads.total(plan.live), len(read.live)
            whole = expected == seen
        notes = plan.notes
        if not whole:
            notes += (f"{plan.object}: {seen:,} were read, but Salesforce counts {expected:,}.",)
        if plan.since is None and read.rows == 0 and plan.object in ties.HISTORIES:
            notes += (f"{plan.object} is empty: {ties.COSTS[plan.object]}",)
        return PullSummary(
            high_water=self._mark(plan, began.at).high_water,
            complete=whole,
            full=plan.since is None,
            seen=seen,
            expected=expected,
            notes=notes,
            way=plan.choice.sentence if plan.since is None else chooser.WORDS[plan.choice.way],
        )

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _mark(self, plan: Plan, at: str) -> Mark:
        formulas = at if plan.described.formulas else ""
        return Mark(at, formulas=formulas, fields=plans.fields_read(plan.described))

    def _page(self, described: Described, rows: Sequence[Row]) -> Page:
        return rows_.to_page(described, rows, self._catalogue, self._system, self._client.now())

    def _unseen(self, described: Described) -> tuple[str, ...]:
        """What this user cannot see of an object, and what the absence of its history costs."""
        found: tuple[str, ...] = ()
        if missing := described.schema.missing:
            found += (f"{described.object}: not visible to this user or not there: {', '.join(missing)}.",)
        history = ties.HISTORY_OF.get(described.object)
        if history and history not in self._catalogue.names():
            found += (f"{history} is not there, or not visible to this user: {ties.COSTS[history]}",)
        return found


def _note(page: Iterable[Row], live: set[str], dead: set[str] | None = None) -> list[str | None]:
    """Note which rows are alive, and which dead; gives the stamps, each spelling once."""
    stamps = set()
    for row in page:
        if row.get("IsDeleted"):
            live.discard(row["Id"])
            if dead is not None:
                dead.add(row["Id"])
        else:
            live.add(row["Id"])
        stamps.add(row.get("SystemModstamp"))
    return list(stamps)
