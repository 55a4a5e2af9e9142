"""The pipelines and stages of deals, tickets and leads, and the lifecycle stages in the same shape.

Metadata values are text, whatever they mean (`"isClosed": "true"`, `"probability": "1.0"`; reference 9.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from trueup.twin.hubspot.definitions import Option
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.store import Store

Json = dict[str, Any]

_SHIPPED = "1970-01-01T00:00:00Z"

_DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_TICKET_STAGES = (
    ("1", "New", "OPEN"),
    ("2", "Waiting on contact", "OPEN"),
    ("3", "Waiting on us", "OPEN"),
    ("4", "Closed", "CLOSED"),
)
_LEAD_STAGES = (
    ("new-stage-id", "New", "NEW"),
    ("attempting-stage-id", "Attempting", "IN_PROGRESS"),
    ("connected-stage-id", "Connected", "IN_PROGRESS"),
    ("qualified-stage-id", "Qualified", "QUALIFIED"),
    ("unqualified-stage-id", "Disqualified", "UNQUALIFIED"),
)


def stage_json(stage_id: str, label: str, order: int, metadata: Mapping[str, str], at: str = _SHIPPED) -> Json:
    """One stage as the API lists it."""
    return {
        "label": label,
        "displayOrder": order,
        "metadata": dict(metadata),
        "id": stage_id,
        "createdAt": at,
        "updatedAt": at,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        "archived": False,
    }


def pipeline_json(pipeline_id: str, label: str, order: int, stages: Iterable[Json], at: str = _SHIPPED) -> Json:
    """One pipeline as the API lists it."""
    return {
        "label": label,
        "displayOrder": order,
        "id": pipeline_id,
        "stages": list(stages),
        "createdAt": at,
        "updatedAt": at,
        "archived": False,
    }


def _shipped(object_name: str) -> list[Json]:
    if object_name == "deals":
        stages = [
            stage_json(i, label, n, {"isClosed": str(p in {"0.0", "1.0"}).lower(), "probability": p})
            for n, (i, label, p) in enumerate(_DEAL_STAGES)
        ]
        return [pipeline_json("default", "Sales Pipeline", 0, stages)]
    if object_name == "tickets":
        stages = [
            stage_json(i, label, n, {"ticketState": state, "isClosed": str(state == "CLOSED").lower()})
            for n, (i, label, state) in enumerate(_TICKET_STAGES)
        ]
        return [pipeline_json("0", "Support Pipeline", 0, stages)]
    if object_name == "leads":
        stages = [
            stage_json(i, label, n, {"leadState": state, "isClosed": str(state.endswith("QUALIFIED")).lower()})
            for n, (i, label, state) in enumerate(_LEAD_STAGES)
        ]
        return [pipeline_json("lead-pipeline-id", "Lead pipeline", 0, stages)]
    return []


def _declared(object_name: str, rows: Iterable[Mapping[str, Any]]) -> list[Json]:
    out = []
    for order, row in enumerate(rows):
        stages = []
        for n, stage in enumerate(row.get("stages", ())):
            metadata = {str(k): str(v) for k, v in dict(stage.get("metadata") or {}).items()}
            if (probability := stage.get("probability")) is not None:
                metadata["probability"] = str(float(probability))
            if object_name == "deals":
                metadata.setdefault("probability", "0.5")
                metadata.setdefault("isClosed", str(metadata["probability"] in {"0.0", "1.0"}).lower())
            elif "isClosed" not in metadata:
                metadata["isClosed"] = "false"
            stages.append(stage_json(str(stage["id"]), str(stage.get("label", stage["id"])), n, metadata))
        out.append(pipeline_json(str(row["id"]), str(row.get("label", row["id"])), order, stages))
    return out


class Pipelines:
    """The pipelines of one portal, by object type; changes are stored."""

    def __init__(self, store: Store, settings: Mapping[str, Any], lifecycle: tuple[Option, ...]) -> None:
        self._store = store
        self._by_type: dict[str, list[Json]] = {}
        declared = dict(settings.get("pipelines") or {})
        for name in {"deals", "tickets", "leads", *declared}:
            own = {p["id"]: p for p in _shipped(name)} | {p["id"]: p for p in _declared(name, declared.get(name, ()))}
            self._by_type[name] = list(own.values())
        for name in ("contacts", "companies"):
            stages = [
                stage_json(
                    stage.value,
                    stage.label,
                    stage.order,
                    {"isClosed": "true", "state": "CLOSED"}
                    if stage.value == "other"
                    else {"isClosed": "false", "state": "OPEN"},
                )
                for stage in lifecycle
            ]
            shown = pipeline_json(f"{name}-lifecycle-pipeline", "Lifecycle Stage Pipeline", 0, stages)
            self._by_type[name] = [shown]
        for name, stored in store.kv_all("pipelines").items():
            self._by_type[name] = stored

    def all(self, object_name: str) -> list[Json]:
        """The pipelines of a type in display order, archived ones too."""
        return sorted(self._by_type.get(object_name, ()), key=lambda p: p["displayOrder"])

    def types(self) -> Iterable[str]:
        """The types that have pipelines."""
        return self._by_type.keys()

    def get(self, object_name: str, pipeline_id: str) -> Json:
        """One pipeline; 404 when there is none."""
        for pipeline in self._by_type.get(object_name, ()):
            if pipeline["id"] == pipeline_id and not pipeline["archived"]:
                return pipeline
        raise ApiError(404, f"Pipeline {pipeline_id} could not be found", category="OBJECT_NOT_FOUND")

    def stage(self, object_name: str, pipeline_id: str, stage_id: str) -> Json:
        """One stage of a pipeline; 404 when there is none."""
        for stage in self.get(object_name, pipeline_id)["stages"]:
            if stage["id"] == stage_id and not stage["archived"]:
                return dict(stage)
        raise ApiError(404, f"Stage {stage_id} could not be found", category="OBJECT_NOT_FOUND")

    def find_stage(self, object_name: str, stage_id: str) -> tuple[str, Json] | None:
        """The pipeline and the stage of a stage id, which is unique in the type; None when there is none."""
        for pipeline in self._by_type.get(object_name, ()):
            for stage in pipeline["stages"]:
                if stage["id"] == stage_id and not stage["archived"] and not pipeline["archived"]:
                    return pipeline["id"], stage
        return None

    def put(self, object_name: str, pipeline: Json) -> None:
        """Adds or replaces a pipeline."""
        kept = [p for p in self._by_type.get(object_name, ()) if p["id"] != pipeline["id"]]
        self._by_type[object_name] = [*kept, pipeline]
        self._save(object_name)

    def drop(self, object_name: str, pipeline_id: str) -> None:
        """Removes a pipeline."""
        self._by_type[object_name] = [p for p in self._by_type[object_name] if p["id"] != pipeline_id]
        self._save(object_name)

    def _save(self, object_name: str) -> None:
        self._store.kv_put("pipelines", object_name, self._by_type[object_name])


def is_closed(stage: Mapping[str, Any]) -> bool:
    """Whether a stage ends the deal or ticket."""
    return str(stage["metadata"].get("isClosed", "false")).lower() == "true"


def probability(stage: Mapping[str, Any]) -> float:
    """A deal stage's probability, 0 to 1."""
    return float(stage["metadata"].get("probability", "0") or 0)


def long_decimal(number: float) -> str:
    """A number as HubSpot writes what it computed: the whole binary fraction, `0.40000000000000002220446...`."""
    return str(int(number)) if number == int(number) else format(Decimal(number), "f")
