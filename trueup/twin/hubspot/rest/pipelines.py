"""Pipelines and their stages."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.bodies import objects, section, whole
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.pipeline_audits import stage_changes
from trueup.twin.hubspot.pipelines import pipeline_json, stage_json
from trueup.twin.hubspot.rest import scopes
from trueup.twin.hubspot.store import json_path
from trueup.twin.hubspot.timetext import iso

Json = dict[str, Any]

_MOST_STAGES = 100


def list_pipelines(call: Call) -> Reply:
    """`GET /crm/v3/pipelines/{type}`."""
    found = call.portal.catalogue.pipelines.all(call.object_type.name)
    return Reply(200, {"results": [_shown(p) for p in found if not p["archived"]]})


def _shown(pipeline: Json) -> Json:
    stages = sorted((s for s in pipeline["stages"] if not s["archived"]), key=lambda s: s["displayOrder"])
    return {**pipeline, "stages": stages}


def _pipeline(call: Call) -> Json:
    return call.portal.catalogue.pipelines.get(call.object_type.name, call.params["pipeline"])


def get_pipeline(call: Call) -> Reply:
    """`GET /crm/v3/pipelines/{type}/{pipeline}`."""
    return Reply(200, _shown(_pipeline(call)))


def _may_change(call: Call) -> None:
    if call.object_type.name in {"contacts", "companies"}:
        raise ApiError(400, "The lifecycle stage pipeline cannot be changed through this API")


def _number(call: Call) -> str:
    count = int(call.portal.store.kv_get("counter", "pipeline") or 0) + 1
    call.portal.store.kv_put("counter", "pipeline", count)
    return str(77_300_000 + count)


def _stage(call: Call, body: Json, order: int, stage_id: str | None = None) -> Json:
    label = body.get("label")
    if not label:
        raise ApiError(400, "Invalid input JSON: Some required fields were not set: [label]")
    metadata = _metadata(body)
    if call.object_type.name == "deals":
        share = metadata.get("probability")
        if share is None or not share.replace(".", "", 1).isdigit() or not 0 <= float(share) <= 1:
            raise ApiError(400, "A deal stage needs a probability between 0.0 and 1.0 in its metadata")
        metadata.setdefault("isClosed", str(float(share) in {0.0, 1.0}).lower())
    return stage_json(
        stage_id or str(body.get("stageId") or _number(call)),
        str(label),
        whole(body, "displayOrder", order),
        metadata,
        iso(call.portal.now()),
    )


def _metadata(body: Json) -> dict[str, str]:
    return {str(k): str(v) for k, v in section(body, "metadata").items()}


def _changes(body: Json) -> Json:
    """What a change of a pipeline or a stage says of it itself."""
    out: Json = {"label": str(body["label"])} if body.get("label") is not None else {}
    if "displayOrder" in body:
        out["displayOrder"] = whole(body, "displayOrder", 0)
    if "archived" in body:
        out["archived"] = body["archived"] is True
    return out


def _save(call: Call, pipeline: Json, action: str = "UPDATE") -> None:
    """Stores a pipeline; every record that stands in it counts as changed (PipedreamHQ/pipedream#4209)."""
    if len(pipeline["stages"]) > _MOST_STAGES:
        raise ApiError(400, f"A pipeline may have up to {_MOST_STAGES} stages", context={"id": [pipeline["id"]]})
    pipeline["updatedAt"] = iso(call.portal.now())
    known = call.portal.catalogue.pipelines.all(call.object_type.name)
    before: list[Json] = next((p["stages"] for p in known if p["id"] == pipeline["id"]), [])
    for what, stage in stage_changes(before, pipeline["stages"]):
        _keep(call, "stage_audit", str(stage["id"]), what, stage)
    call.portal.catalogue.pipelines.put(call.object_type.name, pipeline)
    call.portal.catalogue.stages_changed(call.object_type.name)
    _note(call, pipeline, action)
    if action == "UPDATE" and call.object_type.pipeline:
        call.portal.store.db.execute(
            f"UPDATE {call.object_type.table} SET updated = ? WHERE NOT archived AND"
            f" {json_path(call.object_type.pipeline)} = ?",
            (call.portal.now(), pipeline["id"]),
        )


def _note(call: Call, pipeline: Json, action: str) -> None:
    """Adds to the audit of a pipeline."""
    _keep(call, "pipeline_audit", pipeline["id"], action, pipeline)


def _keep(call: Call, kind: str, key: str, action: str, thing: Json) -> None:
    entry = {
        "portalId": call.portal.portal_id,
        "identifier": thing["id"],
        "action": action,
        "timestamp": iso(call.portal.now()),
        "rawObject": thing,
    }
    key = f"{call.object_type.name}/{key}"
    kept = call.portal.store.kv_get(kind, key) or []
    call.portal.store.kv_put(kind, key, [entry, *kept][:100])


def create_pipeline(call: Call) -> Reply:
    """`POST /crm/v3/pipelines/{type}`."""
    _may_change(call)
    body = call.document()
    if not body.get("label"):
        raise ApiError(400, "Invalid input JSON: Some required fields were not set: [label]")
    stages = [_stage(call, s, n) for n, s in enumerate(objects(body.get("stages"), "stages"))]
    order = whole(body, "displayOrder", 0)
    own_id = str(body.get("pipelineId") or _number(call))
    made = pipeline_json(own_id, str(body["label"]), order, stages, iso(call.portal.now()))
    _save(call, made, "CREATE")
    return Reply(201, made)


def change_pipeline(call: Call) -> Reply:
    """`PATCH` (a part) and `PUT` (the whole, stages too)."""
    _may_change(call)
    body = call.document()
    pipeline = dict(_pipeline(call))
    pipeline.update(_changes(body))
    if call.method == "PUT" and "stages" in body:
        known = {s["label"]: s["id"] for s in pipeline["stages"]}
        pipeline["stages"] = [
            _stage(call, s, n, s.get("stageId") or known.get(s.get("label")))
            for n, s in enumerate(objects(body["stages"], "stages"))
        ]
    _save(call, pipeline)
    return Reply(200, _shown(pipeline))


def _used(call: Call, name: str, value: str) -> list[str]:
    rows = call.portal.store.db.execute(
        f"SELECT id FROM {call.object_type.table} WHERE NOT archived AND {json_path(name)} = ? LIMIT 10", (value,)
    )
    return [str(i) for (i,) in rows]


def _refuse_used(call: Call, stage_id: str) -> None:
    """400 while records stand in a stage."""
    if call.object_type.stage and (used := _used(call, call.object_type.stage, stage_id)):
        raise ApiError(
            400,
            f"Stage ID(s) {stage_id} are being referenced by object ID(s) {', '.join(used)}",
            sub_category="PipelineError.STAGE_ID_IN_USE",
            context={"stageId": [stage_id], "objectIds": used},
        )


def delete_pipeline(call: Call) -> Reply:
    """`DELETE`: with `validateReferencesBeforeDelete` not while records stand in it, nor in a stage with the other."""
    _may_change(call)
    pipeline = _pipeline(call)
    stages = [s["id"] for s in pipeline["stages"]] if call.flag("validateDealStageUsagesBeforeDelete") else []
    for stage_id in stages:
        _refuse_used(call, stage_id)
    if call.flag("validateReferencesBeforeDelete") and (used := _used(call, call.object_type.pipeline, pipeline["id"])):
        raise ApiError(400, "Pipeline is in use", sub_category="PipelineError.PIPELINE_IN_USE", context={"ids": used})
    _note(call, pipeline, "DELETE")
    for what, stage in stage_changes(pipeline["stages"], []):
        _keep(call, "stage_audit", str(stage["id"]), what, stage)
    call.portal.catalogue.pipelines.drop(call.object_type.name, pipeline["id"])
    call.portal.catalogue.stages_changed(call.object_type.name)
    return Reply(204)


def list_stages(call: Call) -> Reply:
    """`GET .../stages`."""
    return Reply(200, {"results": _shown(_pipeline(call))["stages"]})


def _one_stage(call: Call) -> Json:
    pipelines = call.portal.catalogue.pipelines
    return pipelines.stage(call.object_type.name, call.params["pipeline"], call.params["stage"])


def get_stage(call: Call) -> Reply:
    """`GET .../stages/{stage}`."""
    return Reply(200, _one_stage(call))


def create_stage(call: Call) -> Reply:
    """`POST .../stages`."""
    _may_change(call)
    pipeline = dict(_pipeline(call))
    made = _stage(call, call.document(), len(pipeline["stages"]))
    pipeline["stages"] = [*pipeline["stages"], made]
    _save(call, pipeline)
    return Reply(201, made)


def change_stage(call: Call) -> Reply:
    """`PATCH` and `PUT .../stages/{stage}`."""
    _may_change(call)
    body, stage, pipeline = call.document(), _one_stage(call), dict(_pipeline(call))
    stage.update(_changes(body))
    stage["metadata"] = stage["metadata"] | _metadata(body)
    stage["updatedAt"] = iso(call.portal.now())
    pipeline["stages"] = [stage if s["id"] == stage["id"] else s for s in pipeline["stages"]]
    _save(call, pipeline)
    return Reply(200, stage)


def delete_stage(call: Call) -> Reply:
    """`DELETE .../stages/{stage}`: refused while records stand in it."""
    _may_change(call)
    stage, pipeline = _one_stage(call), dict(_pipeline(call))
    _refuse_used(call, stage["id"])
    pipeline["stages"] = [s for s in pipeline["stages"] if s["id"] != stage["id"]]
    _save(call, pipeline)
    return Reply(204)


def audit(call: Call) -> Reply:
    """`GET .../audit`: what was done to a pipeline, newest first; also of one that is deleted."""
    key = f"{call.object_type.name}/{call.params['pipeline']}"
    found = call.portal.store.kv_get("pipeline_audit", key)
    if found is None:
        _pipeline(call)
    return Reply(200, {"results": found or []})


def stage_audit(call: Call) -> Reply:
    """`GET .../stages/{stage}/audit`: what was done to a stage, newest first; also to one that is deleted.

    HubSpot's file has no parameter for the pipeline, and clients made from it send the empty place: the stage's id,
    which is unique in the type, is enough.
    """
    stage_id = call.params["stage"]
    found = call.portal.store.kv_get("stage_audit", f"{call.object_type.name}/{stage_id}")
    if found is None and call.portal.catalogue.pipelines.find_stage(call.object_type.name, stage_id) is None:
        raise ApiError(404, f"Stage {stage_id} could not be found", category="OBJECT_NOT_FOUND")
    return Reply(200, {"results": found or []})


_BASE = "/crm/v3/pipelines/{type}"
_ONE = f"{_BASE}/{{pipeline}}"
_STAGE = f"{_ONE}/stages/{{stage}}"

RULES = (
    Rule("GET", _BASE, list_pipelines, scopes.read),
    Rule("POST", _BASE, create_pipeline, scopes.write),
    Rule("GET", f"{_ONE}/audit", audit, scopes.read),
    Rule("GET", f"{_ONE}/stages", list_stages, scopes.read),
    Rule("POST", f"{_ONE}/stages", create_stage, scopes.write),
    Rule("GET", f"{_STAGE}/audit", stage_audit, scopes.read),
    Rule("GET", _STAGE, get_stage, scopes.read),
    Rule("PATCH", _STAGE, change_stage, scopes.write),
    Rule("PUT", _STAGE, change_stage, scopes.write),
    Rule("DELETE", _STAGE, delete_stage, scopes.write),
    Rule("GET", _ONE, get_pipeline, scopes.read),
    Rule("PATCH", _ONE, change_pipeline, scopes.write),
    Rule("PUT", _ONE, change_pipeline, scopes.write),
    Rule("DELETE", _ONE, delete_pipeline, scopes.write),
)
