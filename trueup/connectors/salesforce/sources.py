"""Where the rows of a pull come from: its plans made together, its jobs started, its queries sharing calls."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from trueup.connectors.kit.base import Coming
from trueup.connectors.salesforce import chooser, plans
from trueup.connectors.salesforce.bulkquery import JobFailed, Jobs
from trueup.connectors.salesforce.chooser import Choice
from trueup.connectors.salesforce.client import Client
from trueup.connectors.salesforce.cursor import Row
from trueup.connectors.salesforce.marks import Mark
from trueup.connectors.salesforce.plans import Plan, Planner
from trueup.connectors.salesforce.reads import Reads
from trueup.connectors.salesforce.schema import Catalogue, Described
from trueup.errors import PermissionDeniedError, RefusedError, UnavailableError
from trueup.model.records import HighWater


class Sources:
    """The plans of one connection, and the rows by them."""

    def __init__(self, client: Client, catalogue: Catalogue) -> None:
        self._client, self._catalogue = client, catalogue
        self.reads = Reads(client)
        self.coming = Coming({})
        """What was said to be pulled, and what is held already."""
        self._planned = False
        self._jobs = Jobs(client)
        self._plans: dict[tuple[str, HighWater | None], Plan] = {}

    def prepare(self, coming: Coming) -> None:
        """Be told what will be pulled; nothing is sent yet."""
        self.close()
        self.coming = coming

    def close(self) -> None:
        """Nothing of what was prepared is wanted any more."""
        self.coming, self._planned = Coming({}), False
        self._plans.clear()
        self.reads.forget()
        self._jobs.close()

    def planner(self) -> Planner:
        """Makes plans as of now."""
        return Planner(self._client.options, self._client.now(), self._catalogue.counts)

    def plan(self, object_: str, since: HighWater | None) -> Plan:
        """How an object is read: with everything else that was said to come, when it is the first of that.

        Raises LimitError when all of it together does not fit the budget, and RefusedError for an object that is not
        there for us.
        """
        self._catalogue.describe(object_)
        key = (object_, since)
        if key not in self._plans:
            marks = self.coming.marks
            together = object_ in marks and marks[object_] == since and not self._planned
            self._plan(tuple(marks.items()) if together else (key,))
            self._planned = self._planned or together
        return self._plans.pop(key)

    def _plan(self, wanted: Sequence[tuple[str, HighWater | None]]) -> None:
        """Work out how all of these will be read, start the jobs among them, and let the others share calls.

        Raises LimitError when they do not fit the budget: half a pull costs as much as none.
        """
        begin: list[tuple[Described, HighWater | None, Mark | None, tuple[str, ...]]] = []
        mirrored = self.coming.mirror is not None
        for object_, since in wanted:
            try:
                described = self._catalogue.describe(object_)
            except RefusedError:
                continue  # its own pull says so
            mark, notes = plans.where_to_begin(described, since, self._client.now(), self._client.options)
            if mirrored and self.planner().sooner_whole(described):
                mark = None
            begin.append((described, since, mark, notes))
        planner = self.planner()
        whole = [described for described, _, mark, _ in begin if mark is None]
        choices, terms = planner.choose(whole, packs=self.reads.packs)
        # A page and a count of each that is not read whole, five to a call.
        calls = chooser.whole(choices, terms) + -(-2 * (len(begin) - len(whole)) // terms.pack)
        self._client.budget.plan(calls, f"reading {len(begin)} objects")
        for described, since, mark, notes in begin:
            plan = planner.plan(described, mark, choices.get(described.object), notes)
            self._start(plan)
            self._plans[described.object, since] = plan
            if plan.job is None:
                self.reads.expect(plan.query)
            if plan.live is not None and plan.needs_count(mirrored=mirrored):
                self.reads.expect(plan.live)
            if plan.feed is not None:
                self.reads.expect_light(plan.feed)

    def whole(self, plan: Plan, why: str) -> Plan:
        """How to read everything of an object after all."""
        planner = self.planner()
        choices, _ = planner.choose([plan.described], packs=self.reads.packs)
        made = planner.plan(plan.described, None, choices[plan.object], (*plan.notes, why))
        self._start(made)
        return made

    def rows(self, plan: Plan) -> Generator[list[Row], None, None]:
        """The rows by the chosen way, or by another where that one comes to nothing.

        By queries where a job fails; by a job where a query takes too long, or turns out so large that a job needs
        fewer calls for all of it than the query for the rest.
        """
        if plan.job is not None:
            try:
                yield from self._jobs.pages(plan.job)
                return
            except JobFailed as error:
                self._fall_back(plan, str(error))
        pages = self.reads.pages(plan.query)
        try:
            first = next(pages, None)
        except UnavailableError as error:
            # Bulk cuts a query into pieces by itself, and may take its time.
            why = "the query took Salesforce too long"
            if error.code != "QUERY_TIMEOUT" or plan.query.started or not self._by_bulk_after_all(plan, why):
                raise
        else:
            if first is None:
                return
            if not self._better_by_bulk(plan) or not self._by_bulk_after_all(plan, ""):
                yield first
                yield from pages
                return
        assert plan.job is not None
        yield from self._jobs.pages(plan.job)

    def _better_by_bulk(self, plan: Plan) -> bool:
        options = self._client.options
        if options.read_by != chooser.AUTO or plan.query.finished:
            return False
        terms = chooser.Terms(options.page_size, 5 if self.reads.packs else 1, options.bulk_page_rows)
        return chooser.better_by_bulk(plan.total, plan.query.got, terms)

    def _by_bulk_after_all(self, plan: Plan, why: str) -> bool:
        """Whether a job could be started in place of the query; once per object."""
        if plan.way_changed:
            return False
        before, plan.way_changed = plan.choice, True
        plan.choice = Choice(chooser.Way.BULK, 3, plan.query.total if plan.query.total is not None else before.rows)
        plan.job = self.planner().job(plan)
        if not self._start(plan):
            return False
        plan.notes += (f"{plan.object}: {why}, so it was read by a Bulk job.",) if why else ()
        return True

    def _start(self, plan: Plan) -> bool:
        if plan.job is None:
            return False
        try:
            self._jobs.start(plan.job)
        except (RefusedError, PermissionDeniedError) as error:
            self._fall_back(plan, error.message)
            return False
        return True

    def _fall_back(self, plan: Plan, why: str) -> None:
        plan.job, plan.way_changed = None, True
        plan.choice = Choice(
            chooser.Way.COMPOSITE,
            chooser.composite_calls(plan.choice.rows, chooser.Terms(page=self._client.options.page_size)),
            plan.choice.rows,
        )
        plan.notes += (f"{plan.object}: Bulk could not be used ({why}); it was read by queries.",)
