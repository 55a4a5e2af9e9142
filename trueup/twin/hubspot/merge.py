"""Merges two records: a new record with a new id, both old ids leading to it (reference 7).

The primary's values win and blanks are filled from the other, with the recorded exceptions: the further lifecycle
stage, the older create date and original source, the loser's e-mail and domain kept as secondary ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from trueup.twin.hubspot.association_types import PRIMARY
from trueup.twin.hubspot.automatic import derived
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.records import Records, Written
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.types import ObjectType

_MOST_IDENTITIES = 250
_SOURCE = ("hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2")


class Merger:
    """Merges records of one portal."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._store = records.store

    def merge(self, object_type: ObjectType, primary: Row, other: Row, origin: Origin) -> Written:
        """Merges `other` into `primary`; both must be live."""
        records, store = self._records, self._store
        if primary.id == other.id:
            raise ApiError(400, "Cannot merge an object with itself", context={"id": [str(primary.id)]})
        if records.switches["salesforce_integration"] and object_type.name == "companies":
            raise ApiError(400, "Companies cannot be merged while the Salesforce integration is enabled")
        now = records.now()
        identities = [*_merged(primary), *_merged(other), primary.id, other.id]
        if len(set(identities)) > _MOST_IDENTITIES:
            raise ApiError(414, "Cannot have more than 250 identities on a profile")
        keep = records.switches["merge_identity"] == "primary"
        record_id = primary.id if keep else records.fresh_id(object_type)
        row = Row(record_id, min(primary.created, other.created), now, props=self._values(object_type, primary, other))
        losers = [other.id] if keep else [primary.id, other.id]
        row.props["hs_merged_object_ids"] = _joined([*_merged(primary), *_merged(other), *losers])
        if object_type.name == "contacts":
            row.props["hs_all_contact_vids"] = _joined(sorted({*identities, record_id}))
            # Only the ids of this merge, with its time: those of earlier merges are missing here, as in HubSpot.
            row.props["hs_calculated_merged_vids"] = _joined(f"{i}:{now}" for i in losers)
        stage = None
        if object_type.name in {"deals", "tickets", "leads"}:
            found = records.catalogue.pipelines.find_stage(object_type.name, row.props.get(object_type.stage, ""))
            stage = found[1] if found else None
        row.props |= derived(object_type.name, row.props, row.created, now, stage)
        row.props = {name: value for name, value in row.props.items() if value}
        with store.transaction():
            for old in (primary, other):
                records.drop_for_merge(object_type, old)
                if old.id != record_id:
                    store.merged_into(object_type, old.id, record_id)
            for old in (primary, other):
                if old.id != record_id:
                    records.history.move(object_type, old.id, record_id)
            records.put_merged(object_type, row)
            merged_by = Origin("MERGE_OBJECTS", origin.user_id, user=origin.user)
            for name, value in row.props.items():
                if primary.props.get(name) != value and name in other.props:
                    records.history.note(object_type, row.id, name, value, now, merged_by)
            self._unite(object_type, primary, other, record_id)
            self._refuse_crowd(object_type, record_id)
            self._mirror(object_type, row)
            self._tell(object_type, primary, other, row)
            records.tell_presence(object_type, row.id, records.tied(object_type, row.id))
            row = store.get(object_type, row.id) or row
        return Written(row, set(row.props))

    def _values(self, object_type: ObjectType, primary: Row, other: Row) -> dict[str, str]:
        props = {**other.props, **primary.props}
        older = primary if primary.created <= other.created else other
        newer = other if older is primary else primary
        for name in _SOURCE:
            if value := older.props.get(name) or newer.props.get(name):
                props[name] = value
        stages = {stage.value: stage.order for stage in self._records.catalogue.lifecycle}
        if object_type.stage == "lifecyclestage":
            present = [s for s in (primary.props.get("lifecyclestage"), other.props.get("lifecyclestage")) if s]
            if present:
                props["lifecyclestage"] = max(present, key=lambda s: stages.get(s, -1))
        if object_type.name == "contacts":
            for name in [n for n in {**primary.props, **other.props} if n.startswith("hs_email_optout")]:
                if "true" in {primary.props.get(name), other.props.get(name)}:
                    props[name] = "true"
            emails = [*_split(primary, "hs_additional_emails"), *_split(other, "email")]
            emails += _split(other, "hs_additional_emails")
            props["hs_additional_emails"] = _joined(e for e in emails if e != props.get("email"))
        if object_type.name == "companies":
            domains = [*_split(primary, "hs_additional_domains"), *_split(other, "domain")]
            domains += _split(other, "hs_additional_domains")
            props["hs_additional_domains"] = _joined(d for d in domains if d != props.get("domain"))
        if object_type.name == "tickets":
            props["hs_ticket_id"] = str(primary.id)
        return props

    def _unite(self, object_type: ObjectType, primary: Row, other: Row, record_id: int) -> None:
        """Gives the new record every tie of both; of two primary labels only the primary record's stays."""
        associations = self._records.associations
        taken: set[str] = set()
        found = {old.id: associations.everything(object_type, old.id) for old in (primary, other)}
        for old in (primary, other):
            associations.cut_all(object_type, old.id)
        for old in (primary, other):
            own: set[str] = set()
            for to_type, to_id, category, type_id in found[old.id]:
                if to_type.name == object_type.name and to_id in {primary.id, other.id}:
                    continue
                if type_id == PRIMARY.get((object_type.name, to_type.name)) and category == 0:
                    if to_type.name in taken:
                        continue
                    own.add(to_type.name)
                associations.load(object_type, to_type, type_id, [(record_id, to_id)])
            taken |= own

    def _refuse_crowd(self, object_type: ObjectType, record_id: int) -> None:
        """A merge fails when it would tie the new record to more than the limit (the wording is unverified)."""
        most = int(self._records.switches["association_limit"])
        tied: dict[str, set[int]] = {}
        for other, other_id, _, _ in self._records.associations.everything(object_type, record_id):
            tied.setdefault(other.internal, set()).add(other_id)
        for name, ids in tied.items():
            if len(ids) > most:
                raise ApiError(
                    400,
                    f"Merged, {object_type.internal} would have {len(ids)} associations to {name}; the limit is {most}",
                    sub_category="crm.associations.ASSOCIATION_LIMIT_EXCEEDED",
                )

    def _mirror(self, object_type: ObjectType, row: Row) -> None:
        """Keeps `associatedcompanyid` true: on a merged contact, and on the contacts of a merged company."""
        types, store, associations = self._records.types, self._store, self._records.associations
        contacts, companies = types.resolve("contacts"), types.resolve("companies")
        if object_type.name == "contacts":
            concerned = [row]
        elif object_type.name == "companies":
            tied = [i for t, i, _, _ in associations.everything(companies, row.id) if t.name == "contacts"]
            concerned = list(store.get_many(contacts, sorted(set(tied))).values())
        else:
            return
        for contact in concerned:
            primary = associations.primary(contacts, contact.id, companies)
            if primary is None:
                contact.props.pop("associatedcompanyid", None)
            else:
                contact.props["associatedcompanyid"] = str(primary)
            store.put(contacts, contact)

    def _tell(self, object_type: ObjectType, primary: Row, other: Row, row: Row) -> None:
        before = {
            "primaryObjectId": str(primary.id),
            "objectIdToMerge": str(other.id),
            "primary": dict(primary.props),
            "merged": dict(other.props),
        }
        self._store.event(object_type.name, str(row.id), "merge", before, dict(row.props))


def _merged(row: Row) -> list[int]:
    return [int(part) for part in row.props.get("hs_merged_object_ids", "").split(";") if part]


def _split(row: Row, name: str) -> list[str]:
    return [part for part in row.props.get(name, "").split(";") if part]


def _joined(parts: Iterable[object]) -> str:
    return ";".join(dict.fromkeys(str(part) for part in parts))
