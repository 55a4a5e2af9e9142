"""Checks a whole record before anything of it is written: every problem of every property, then collisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trueup.twin.hubspot import errors
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.ids import make_id
from trueup.twin.hubspot.store import Row, Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.types import ObjectType
from trueup.twin.hubspot.values import BadValue, Problem, clean, read_only, unknown

_REQUIRED = {
    "emails": ("hs_timestamp", "hs_email_direction"),
    "leads": ("hs_lead_name",),
    "tickets": ("hs_pipeline_stage",),
}


@dataclass(slots=True)
class Checked:
    """The outcome of checking one record's values: the texts to store, and what is wrong."""

    values: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Checker:
    """The checks of one portal."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        switches: Switches,
        owner_known: Callable[[str], bool],
        portal_id: int,
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.switches = switches
        self._owner_known = owner_known
        self.portal_id = portal_id

    def check_id_property(self, object_type: ObjectType, name: str) -> None:
        """Refuses an `idProperty` whose values are not unique."""
        if name not in self.catalogue.unique_names(object_type.name):
            raise ApiError(400, f"Property '{name}' is not a unique identifier property for {object_type.internal}")

    def check(self, object_type: ObjectType, raw: Mapping[str, Any], present: Row | None) -> Checked:
        """Checks every value of one record; `present` is the stored record on an update."""
        out = Checked()
        stored = present.props if present else {}
        for name, value in raw.items():
            definition = self.catalogue.get(object_type.name, name)
            if definition is None:
                out.problems.append(unknown(name))
                continue
            if value is None and not self.switches["null_clears"]:
                continue
            if definition.read_only:
                out.problems.append(read_only(definition))
                continue
            try:
                text = clean(
                    definition,
                    "" if value is None else value,
                    present=stored.get(name, ""),
                    trim=bool(self.switches["trim_text"]),
                )
            except BadValue as bad:
                out.problems.append(Problem(name, bad.code, bad.message))
                continue
            if name == "hubspot_owner_id" and text and self.switches["validate_owners"] and not self._owner_known(text):
                message = f"Owner {text} is not a valid owner for this portal"
                out.problems.append(Problem(name, "INVALID_OWNER_ID", message))
                continue
            if name == "email" and self._blocked(object_type, text, stored):
                out.problems.append(Problem(name, "INVALID_EMAIL", f"Email address {text} is blocked"))
                continue
            out.values[name] = text
        self._check_stage(object_type, stored, out)
        return out

    def _blocked(self, object_type: ObjectType, email: str, stored: Mapping[str, str]) -> bool:
        """Whether an e-mail was GDPR-deleted: it may not be used again (the wording of the refusal is unverified)."""
        if object_type.name != "contacts" or not email or email == stored.get("email"):
            return False
        if not self.switches["gdpr_blocklist"]:
            return False
        found = self.store.db.execute("SELECT 1 FROM blocked_email WHERE email = ?", (email,)).fetchone()
        return found is not None

    def _check_stage(self, object_type: ObjectType, stored: Mapping[str, str], out: Checked) -> None:
        """A stage must be one of its pipeline's; the pipeline follows from a stage that is sent alone."""
        if object_type.name not in {"deals", "tickets", "leads"}:
            return
        stage_id = out.values.get(object_type.stage)
        pipeline_id = out.values.get(object_type.pipeline)
        found = self.catalogue.pipelines.find_stage(object_type.name, stage_id) if stage_id else None
        if found and pipeline_id is None:
            out.values[object_type.pipeline] = found[0]
        elif pipeline_id and (found or stored.get(object_type.stage)):
            owner = found or self.catalogue.pipelines.find_stage(object_type.name, stored.get(object_type.stage, ""))
            if owner and owner[0] != pipeline_id:
                name, value = object_type.stage, stage_id or stored.get(object_type.stage)
                allowed = [s["id"] for s in self.catalogue.pipelines.get(object_type.name, pipeline_id)["stages"]]
                message = f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
                out.problems.append(Problem(name, "INVALID_OPTION", message))

    def check_required(self, object_type: ObjectType, checked: Checked) -> None:
        """Refuses a new record without the properties that its type needs."""
        needed = _REQUIRED.get(object_type.name, ("hs_timestamp",) if object_type.engagement else ())
        missing = [name for name in needed if not checked.values.get(name)]
        if object_type.name == "meetings" and checked.values.get("hs_meeting_start_time"):
            missing = [name for name in missing if name != "hs_timestamp"]
        if object_type.name == "companies" and not (checked.values.get("name") or checked.values.get("domain")):
            missing = ["name"]
        schema = self.store.kv_get("schema", object_type.name) or {}
        missing += [name for name in schema.get("required", ()) if not checked.values.get(name)]
        if missing:
            raise ApiError(
                400,
                f"Error creating {object_type.internal}. Some required properties were not set.",
                context={"properties": missing},
            )

    def conflict(self, object_type: ObjectType, new: Mapping[str, str], own: int | None) -> tuple[str, int] | None:
        """The first unique property whose value another record holds, with that record's id."""
        for name in self.catalogue.unique_names(object_type.name):
            value = new.get(name)
            if value:
                holder = self.store.holder(object_type, name, value)
                if holder is not None and holder != own:
                    return name, holder
        return None

    def refuse_conflict(
        self, object_type: ObjectType, new: Mapping[str, str], own: int | None, *, status: int = 409
    ) -> None:
        """409 when an e-mail is taken, 400 for other unique values; `status` 400 makes the e-mail a bad value too."""
        taken = self.conflict(object_type, new, own)
        if taken is None:
            return
        name, holder = taken
        if name == "email" and status == 400:
            message = f"Contact already exists. Existing ID: {holder}"
            self.refuse_problems([Problem(name, "CONFLICTING_UNIQUE_VALUE", message)])
        if name == "email":
            raise errors.contact_exists(holder)
        kind = (
            f"legacyObjectType={object_type.internal}" if object_type.type_id.startswith("0-") else object_type.type_id
        )
        where = f"portalId={self.portal_id}, objectTypeId=ObjectTypeId{{{kind}}}"
        meant = make_id(object_type.name, self.store.count(object_type)) if own is None else str(own)
        raise errors.value_taken(where, name, new[name], meant, holder)

    def refuse_problems(self, problems: list[Problem]) -> None:
        """400 with every problem, if there is one."""
        if problems:
            raise errors.invalid_values([p.to_json() for p in problems], self.portal_id)
