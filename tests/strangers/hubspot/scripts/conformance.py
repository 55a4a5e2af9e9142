"""Schemathesis calls every operation of HubSpot's own OpenAPI files; prints what the answers break, as JSON.

Real ids stand in for made-up ones in every other case, so that the good answers are checked as well as the refusals.
"""

import json
import os
import pathlib
import random
import sys
import warnings

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

warnings.simplefilter("ignore")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
IDS = json.loads(os.environ["TWIN_IDS"])
TOKEN, URL = os.environ["TWIN_TOKEN"], os.environ["TWIN_URL"]
EXAMPLES = int(os.environ["TWIN_EXAMPLES"])
SEED = int(os.environ.get("TWIN_SEED", "1"))
found, calls, statuses, operations = [], 0, {}, 0


def subject(case):
    """The object type that a case's path is about."""
    parts = case.path.strip("/").split("/")
    named = [p for p in parts if p in IDS["records"]]
    values = [v for v in (case.path_parameters or {}).values() if v in IDS["records"]]
    return (named or values or ["contacts"])[0]


def real(case, rng):
    """Puts known types, ids, names and values into a case."""
    for name in list(case.path_parameters or {}):
        if name in IDS["parameters"]:
            case.path_parameters[name] = rng.choice(IDS["parameters"][name])
    about = subject(case)
    for name in list(case.path_parameters or {}):
        if name.endswith("Id") and name not in IDS["parameters"]:
            case.path_parameters[name] = rng.choice(IDS["records"][about])
    if isinstance(case.body, dict):
        case.body = {key: IDS["body"].get(key, value) for key, value in case.body.items()}
        case.body = filled(case.body, about, rng, "batch/create" in case.path)


def filled(value, about, rng, new):
    """A body with known ids and values where made-up ones stood."""
    if isinstance(value, list):
        return [filled(one, about, rng, new) for one in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, inner in value.items():
        if key == "properties" and isinstance(inner, dict):
            out[key] = dict(IDS["values"].get(about, {}))
        elif key == "properties" and isinstance(inner, list) and all(isinstance(p, str) for p in inner):
            out[key] = ["createdate", "hs_object_id"]
        elif key in {"id", "objectId", "primaryObjectId", "objectIdToMerge"} and isinstance(inner, str):
            out[key] = rng.choice(IDS["records"][about])
        elif key in {"filterGroups", "sorts", "associations", "idProperty", "objectWriteTraceId"}:
            continue
        else:
            out[key] = filled(inner, about, rng, new)
    return out


def check(operation, label):
    rng = random.Random(label)
    count = 0

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=False,
        verbosity=Verbosity.quiet,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case):
        nonlocal count
        global calls
        count += 1
        if count % 2:
            real(case, rng)
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
        response = case.call(base_url=URL, headers=headers)
        calls += 1
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            note(label, response, group.exceptions)
        except Failure as failure:
            note(label, response, [failure])

    one()


def note(label, response, failures):
    for failure in failures:
        where = getattr(failure, "instance_path", None)
        found.append(
            {
                "operation": label,
                "status": response.status_code,
                "kind": type(failure).__name__,
                "message": str(getattr(failure, "validation_message", "") or failure)[:300],
                "where": list(map(str, where)) if where is not None else [],
                "body": response.text[:400],
            }
        )


for name in sys.argv[1:]:
    schema = schemathesis.openapi.from_path(name)
    for result in schema.get_all_operations():
        operation = result.ok()
        label = f"{operation.method.upper()} {operation.path}"
        operations += 1
        try:
            check(operation, label)
        except Exception as error:
            found.append(
                {
                    "operation": label,
                    "status": 0,
                    "kind": "CouldNotRun",
                    "message": repr(error)[:300],
                    "where": [],
                    "body": pathlib.Path(name).name,
                }
            )
json.dump({"calls": calls, "found": found, "statuses": statuses, "operations": operations}, sys.stdout)
