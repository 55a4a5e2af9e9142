"""Makes and cuts ties with everything that follows: the mirrored primary company, stages moved by deals, the recorder.

Ties do not move the last-modified time of either record (airbyte#27199), unless the switch says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trueup.twin.hubspot.association_types import HUBSPOT_DEFINED, Kind
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.lifecycle import is_backward
from trueup.twin.hubspot.pipelines import is_closed, probability
from trueup.twin.hubspot.records import Records
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.tie_limits import TieLimits
from trueup.twin.hubspot.types import ObjectType

_SETTING = Origin("CRM_SETTING", "", "CRM_SETTING")


class Links:
    """Ties between records, with their consequences."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._associations = records.associations
        self._store = records.store
        self.after_tie: Callable[[ObjectType, int, ObjectType, int], None] | None = None
        self.limits: TieLimits | None = None

    def check_pair(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> None:
        """Refuses ties to records that are not there, and of a record with itself."""
        if a.name == b.name and a_id == b_id:
            raise ApiError(
                400,
                f"Object {a_id} cannot be associated to itself ({b_id})",
                sub_category="crm.associations.INVALID_ASSOCIATION",
            )
        for object_type, record_id in ((a, a_id), (b, b_id)):
            row = self._store.get(object_type, record_id)
            if row is None or row.archived:
                raise ApiError(
                    400,
                    "One or more associations are invalid",
                    context={"INVALID_OBJECT_IDS": [f"{object_type.internal}={record_id} is not valid"]},
                )

    def tie(
        self,
        a: ObjectType,
        a_id: int,
        b: ObjectType,
        b_id: int,
        kinds: Sequence[Kind] = (),
        *,
        replace: bool = False,
    ) -> None:
        """Ties two records; `replace` takes away the labels that are not given."""
        self.check_pair(a, a_id, b, b_id)
        if self.limits is not None:
            self.limits.check(a, a_id, b, b_id, [self._associations.plain(a, b), *kinds])
        with self._store.transaction():
            before = self._associations.between(a, a_id, b, b_id)
            make = self._associations.relabel if replace else self._associations.tie
            make(a, a_id, b, b_id, kinds)
            after = self._associations.between(a, a_id, b, b_id)
            if before != after:
                self._tell(a, a_id, b, b_id, "associate", before, after)
            self.mirror(a, a_id, b, b_id)
            self._stages_from_deal(a, a_id, b, b_id)
            if self.after_tie is not None:
                self.after_tie(a, a_id, b, b_id)

    def cut(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kinds: Sequence[Kind] = ()) -> None:
        """Cuts what ties two records: everything, or the kinds that are given."""
        with self._store.transaction():
            before = self._associations.between(a, a_id, b, b_id)
            if not before:
                return
            if kinds:
                self._associations.cut_kinds(a, a_id, b, b_id, kinds)
            else:
                self._associations.cut(a, a_id, b, b_id)
            after = self._associations.between(a, a_id, b, b_id)
            self._tell(a, a_id, b, b_id, "dissociate", before, after)
            self.mirror(a, a_id, b, b_id)
            if self.after_tie is not None:
                self.after_tie(a, a_id, b, b_id)

    def follow_creation(self, object_type: ObjectType, row: Row) -> None:
        """What a new record brings about beside its own ties."""
        if object_type.name == "deals":
            self.stages_from_deal(row)

    def _tell(
        self,
        a: ObjectType,
        a_id: int,
        b: ObjectType,
        b_id: int,
        action: str,
        before: list[tuple[int, int]],
        after: list[tuple[int, int]],
    ) -> None:
        self._store.event(
            "associations",
            f"{a.name}/{a_id}:{b.name}/{b_id}",
            action,
            {"types": [type_id for _, type_id in before]} if before else None,
            {"types": [type_id for _, type_id in after]} if after else None,
        )

    def mirror(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> None:
        """Keeps `associatedcompanyid` equal to the contact's primary company."""
        if {a.name, b.name} != {"contacts", "companies"}:
            return
        contacts, contact_id = (a, a_id) if a.name == "contacts" else (b, b_id)
        companies = b if a.name == "contacts" else a
        row = self._store.get(contacts, contact_id)
        primary = self._associations.primary(contacts, contact_id, companies)
        wanted = str(primary) if primary is not None else ""
        if row is not None and row.props.get("associatedcompanyid", "") != wanted:
            stamp = bool(self._records.switches["association_moves_stamp"])
            self._records.update(contacts, row, {"associatedcompanyid": wanted}, _SETTING, stamp=stamp)

    def _stages_from_deal(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> None:
        for object_type, record_id in ((a, a_id), (b, b_id)):
            if object_type.name == "deals":
                deal = self._store.get(object_type, record_id)
                if deal is not None:
                    self.stages_from_deal(deal)

    def stages_from_deal(self, deal: Row) -> None:
        """Moves a deal's contacts and companies to opportunity, or to customer when it is won, where that is on."""
        if not self._records.switches["auto_lifecycle_from_deals"]:
            return
        deals = self._records.types.resolve("deals")
        found = self._records.catalogue.pipelines.find_stage("deals", deal.props.get("dealstage", ""))
        won = found is not None and is_closed(found[1]) and probability(found[1]) == 1.0
        if found is not None and is_closed(found[1]) and not won:
            return
        for other, record_id, category, _ in self._associations.everything(deals, deal.id):
            if other.name in {"contacts", "companies"} and category == HUBSPOT_DEFINED:
                row = self._store.get(other, record_id)
                stage = "customer" if won else "opportunity"
                present = row.props.get("lifecyclestage") if row else None
                if row is None or is_backward(self._records.catalogue.lifecycle, present, stage):
                    continue
                self._records.update(other, row, {"lifecyclestage": stage}, _SETTING)
