"""Reading: rows of the memory CRM as records, page by page, with marks for the next incremental pull."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime

from trueup.connectors.kit.base import Settings
from trueup.connectors.kit.fieldmap import foreign_ids, stored_ids_of
from trueup.connectors.kit.values import TO_CANONICAL
from trueup.connectors.memory.client import MemoryCrm, Row
from trueup.errors import RefusedError
from trueup.model.kinds import FIELDS
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref
from trueup.model.schema import Choice, FieldDef, Schema

HISTORY = "history"
"""The tie that gives stage events."""

READ_ONLY = frozenset({"created_at", "record_source"})
"""Fields that the CRM fills by itself."""


class Reader:
    """Turns rows into records for one connection."""

    def __init__(self, crm: MemoryCrm, settings: Settings, *, tells_deletes: bool, tells_merges: bool) -> None:
        self.crm = crm
        self.settings = settings
        self.tells_deletes = tells_deletes
        self.tells_merges = tells_merges
        self.page_size = int(str(settings.options.get("page_size") or 100))

    def describe(self, object: str) -> Schema:  # noqa: A002
        """Every canonical field of the kind is a native field of the same name here."""
        kind = self.crm.objects[object]
        stored = stored_ids_of(object, self.settings.stored_ids)
        fields = [
            FieldDef(
                name=f.name,
                canonical=f.name,
                label=f.label,
                type=f.type,
                native_type=f.type.value,
                writable=f.name not in READ_ONLY and (f.name != "foreign_ids" or bool(stored)),
                choices=tuple(Choice(c, c) for c in self.crm.choices.get((object, f.name), ())),
                restricted=(object, f.name) in self.crm.choices,
            )
            for f in FIELDS[kind].values()
        ]
        return Schema(self.settings.system, object, kind, object.capitalize(), tuple(fields), mergeable=True)

    def pull(self, object: str, since: HighWater | None) -> Generator[Page, None, PullSummary]:  # noqa: A002
        """Pages in order of id, each read when it is asked for. The mark is the moment before the first page.

        Records that changed while we read have a stamp at or after the mark, so the next pull sees them (again).
        """
        mark = HighWater(self.crm.clock().isoformat())
        if object == HISTORY:
            return (yield from self._pull_history(mark, since))
        ids = [row.id for row in self.crm.table(object).values() if since is None or _moved(row, since)]
        seen = 0
        for start in range(0, len(ids), self.page_size):
            try:
                self.crm.request(f"pull {object}", str, write=False)
            except RefusedError as error:
                return PullSummary(None, complete=False, full=since is None, seen=seen, notes=(error.message,))
            page = self._page(object, ids[start : start + self.page_size])
            seen += sum(not r.deleted and r.merged_into is None for r in page.records)
            yield page
        return PullSummary(mark, complete=True, full=since is None, seen=seen)

    def get(self, refs: Sequence[Ref]) -> Mapping[Ref, Record | None]:
        """One request for all; a merged-away id gives its survivor."""
        self.crm.request("get", str, write=False)
        return {ref: self.look(ref) for ref in refs}

    def look(self, ref: Ref) -> Record | None:
        """The record that stands for a ref today, without a request."""
        row = self.crm.live(ref.object, ref.id)
        return self.record(ref.object, row) if row is not None else None

    def record(self, object: str, row: Row) -> Record:  # noqa: A002
        """A row in canonical words; a gone one carries no fields."""
        ref = Ref(self.settings.system, object, row.id)
        gone = row.deleted or bool(row.merged_into)
        merged_into = Ref(self.settings.system, object, row.merged_into) if row.merged_into else None
        known = FIELDS[self.crm.objects[object]]
        fields = {} if gone else {name: TO_CANONICAL[f.type](row.fields.get(name)) for name, f in known.items()}
        if not gone and "foreign_ids" in known:
            fields["foreign_ids"] = foreign_ids(row.fields, stored_ids_of(object, self.settings.stored_ids))
        return Record(
            ref, self.crm.objects[object], fields, str(row.version), row.modified_at, row.deleted, merged_into
        )

    def _page(self, object: str, ids: Sequence[str]) -> Page:  # noqa: A002
        records, associations, replaces = [], [], []
        for id_ in ids:
            row = self.crm.table(object)[id_]
            if (row.deleted and not self.tells_deletes) or (row.merged_into and not self.tells_merges):
                continue
            record = self.record(object, row)
            records.append(record)
            if not row.deleted and not row.merged_into:
                ties = self.crm.associations_of(self.settings.system, object, id_)
                associations += ties
                replaces += [(f"{record.kind.value}_{k}", record.ref) for k in ("person", "company", "deal")]
        return Page(tuple(records), tuple(associations), replaces=tuple(replaces))

    def _pull_history(self, mark: HighWater, since: HighWater | None) -> Generator[Page, None, PullSummary]:
        self.crm.request("pull history", str, write=False)
        after = datetime.fromisoformat(since.mark) if since else None
        events = [e for e in self.crm.stage_events(self.settings.system) if after is None or e.at >= after]
        yield Page(stage_events=tuple(events))
        return PullSummary(mark, complete=True, full=since is None, seen=len(events))


def _moved(row: Row, since: HighWater) -> bool:
    """At the mark counts as after it: records may share the mark's own instant."""
    return row.modified_at >= datetime.fromisoformat(since.mark)
