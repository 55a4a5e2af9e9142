"""What a record's other properties become when it is written: stage stamps, what is calculated, what is ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trueup.twin.hubspot import lifecycle
from trueup.twin.hubspot.automatic import derived
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.pipelines import is_closed
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.timetext import iso
from trueup.twin.hubspot.types import ObjectType


class Following:
    """The consequences within one record."""

    def __init__(self, catalogue: Catalogue, switches: Switches) -> None:
        self._catalogue = catalogue
        self._switches = switches

    def complete(self, object_type: ObjectType, row: Row, now: int) -> None:
        """Gives a loaded record the calculated values that it did not bring."""
        stage = None
        if object_type.stage and object_type.stage != "lifecyclestage":
            found = self._catalogue.pipelines.find_stage(object_type.name, row.props.get(object_type.stage, ""))
            stage = found[1] if found else None
        for name, value in derived(object_type.name, row.props, row.created, now, stage).items():
            if value:
                row.props.setdefault(name, value)

    def fill(self, object_type: ObjectType, before: Mapping[str, str], row: Row, now: int) -> None:
        """Fills in what follows from the new values: stage stamps, computed properties."""
        props = row.props
        stage = None
        if object_type.stage:
            old, new = before.get(object_type.stage), props.get(object_type.stage)
            is_lifecycle = object_type.stage == "lifecyclestage"
            if not is_lifecycle and new:
                found = self._catalogue.pipelines.find_stage(object_type.name, new)
                if found:
                    stage = found[1]
                    if not props.get(object_type.pipeline):
                        props[object_type.pipeline] = found[0]
            if old != new:
                stamps = lifecycle.stamps(props, _key(old), _key(new), now, lifecycle=object_type.name == "contacts")
                props |= stamps
                if object_type.name == "tickets":
                    _close(props, before, stage, now)
                if not new and self._switches["clearing_erases_v2_dates"]:
                    for name in [n for n in props if n.startswith("hs_v2_date_")]:
                        del props[name]
        props |= derived(object_type.name, props, row.created, now, stage)

    def ignored(self, object_type: ObjectType, before: Row, value: str) -> bool:
        """Whether a write of a stage changes nothing, because it would go back (reference 8.2)."""
        if not self._switches["lifecycle_strict"] or object_type.stage != "lifecyclestage":
            return False
        return lifecycle.is_backward(self._catalogue.lifecycle, before.props.get("lifecyclestage"), value)


def _key(stage: str | None) -> str | None:
    """A stage id as property names spell it."""
    return stage.replace("-", "_") if stage else None


def _close(props: dict[str, str], before: Mapping[str, str], stage: Mapping[str, Any] | None, now: int) -> None:
    """The close date of a ticket whose stage moved: set on closing unless it is sent along, gone on opening again."""
    if stage is None or not is_closed(stage):
        props.pop("closed_date", None)
    elif props.get("closed_date") == before.get("closed_date"):
        props["closed_date"] = iso(now)
