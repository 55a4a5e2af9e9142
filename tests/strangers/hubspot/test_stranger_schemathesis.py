"""HubSpot's own OpenAPI files against the twin, by Schemathesis: no server errors, statuses and bodies conform.

Few examples here, many with `make conformance` (TRUEUP_CONFORMANCE_EXAMPLES; TRUEUP_CONFORMANCE_FILES names some of the
files, while one of them is being mended). The files are not part of the project; without them this skips.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import campaigns
import pytest

SPECS = Path(__file__).resolve().parents[4] / "shared" / "reference" / "openapi" / "hubspot"
pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the OpenAPI files are not here")

Finding = dict[str, Any]


def _no_category(finding: Finding) -> bool:
    bare = (
        "Unable to infer object type from:",
        "resource not found",
        "There was a problem with the request.",
        "missing or ",
        "Unsupported Media Type",
        "Request has expired",
    )
    if finding["status"] < 400 or not finding["body"].startswith("{"):
        return False
    message = json.loads(finding["body"]).get("message", "")
    return '"category" is a required' in finding["message"] and message.startswith(bare)


def _partly(finding: Finding) -> bool:
    """Whether some inputs of a batch failed: 207, or 200 where the files know no other answer."""
    return finding["status"] == 207 or (finding["status"] == 200 and '"status":"COMPLETE"' in finding["body"])


def _no_links(finding: Finding) -> bool:
    return _partly(finding) and any(
        f'"{name}" is a required' in finding["message"] for name in ("links", "errors", "context")
    )


def _no_label(finding: Finding) -> bool:
    return finding["message"] == 'null is not of type "string"' and '"label":null' in finding["body"]


def _text_sub_category(finding: Finding) -> bool:
    return _partly(finding) and finding["message"].endswith(' is not of type "object"')


def _number_id(finding: Finding) -> bool:
    return finding["message"].endswith(' is not of type "string"') and '"toObjectId":' in finding["body"]


def _page(finding: Finding) -> bool:
    return finding["status"] == 414


EXCEPTIONS: tuple[tuple[Callable[[Finding], bool], str], ...] = (
    (_no_category, "the files say that every refusal has a category; these were recorded without one (AMP, RHA, HRU)"),
    (
        _no_links,
        "the files want links, errors and context in each failed entry of a batch; recorded ones leave them out (AMP)",
    ),
    (_no_label, "the unlabelled association has `label` null on the service, a text in the files (AMP)"),
    (_text_sub_category, "an entry's subCategory is a text on the service (AMP), an object in the files"),
    (_number_id, "v4 associations answer record ids as numbers (AMP); one file of several says text"),
    (_page, "the edge answers an over-long address with a web page before the API sees it (PostHog/posthog#31617)"),
)
"""Where the service itself does not keep to its files, with what it was seen to do instead."""


def known(portal: Any) -> dict[str, Any]:
    """Ids, names and values of the account that stand in for made-up ones."""
    side = portal.side
    stamp = {"hs_timestamp": "2026-01-05T10:00:00Z"}
    values = {
        "contacts": {"firstname": "Ada"},
        "companies": {"name": "Acme"},
        "deals": {"dealname": "D", "dealstage": "contractsent"},
        "tickets": {"subject": "S", "hs_pipeline_stage": "1"},
        "leads": {"hs_lead_name": "L"},
        **dict.fromkeys(("calls", "meetings", "notes", "tasks", "communications", "postal_mail"), stamp),
        "emails": {**stamp, "hs_email_direction": "EMAIL"},
    }
    records = {name: [r["id"] for r in portal.live(name)][:5] for name in ("contacts", "companies", "deals")}
    for name in values:
        if name not in records and name != "leads":
            records[name] = [side.create(name, values[name])["id"] for _ in range(3)]
    records["leads"] = records["contacts"]
    lists = side.portal.lists
    made = [
        lists.create({"name": f"L{n}", "objectTypeId": "0-1", "processingType": "MANUAL"}, 1)["listId"]
        for n in range(8)
    ]
    side.portal.exports.start(_body(side))
    columns = [{"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}]
    page = {"fileName": "a.csv", "fileImportPage": {"hasHeader": True, "columnMappings": columns}}
    request = {"name": "in", "importOperations": {"0-1": "CREATE"}, "files": [page]}
    files = {"a.csv": b"Email\nin@import.example\nnone\n"}
    imported = side.portal.imports.start(request, files, lambda _type, _names: None)["id"]
    auth = side.portal.auth
    access = auth.exchange(_body(side))["access_token"]
    app = str(auth.app_id)
    types = ["contacts", "companies", "deals"]
    parameters = {
        "objectType": types,
        "fromObjectType": types,
        "toObjectType": types,
        "objectTypeId": ["0-1", "0-2"],
        "propertyName": ["email", "name", "dealname", "createdate"],
        "groupName": ["contactinformation", "companyinformation"],
        "pipelineId": ["default", "contacts-lifecycle-pipeline"],
        "stageId": ["contractsent", "lead"],
        "listId": made,
        "sourceListId": made,
        "listName": ["L1", "L2"],
        "ownerId": ["51", "52"],
        "appId": [app],
        "token": [auth.refresh_token, access],
        "folderId": ["0"],
        "associationTypeId": ["279"],
        "taskId": ["40000001"],
        "importId": [imported],
        "subscriptionId": ["2000001"],
        "userId": ["7"],
    }
    return {"records": records, "values": values, "parameters": parameters, "body": _body(side)}


def _body(side: Any) -> dict[str, Any]:
    """What stands in for made-up parts of bodies, so that an export starts and a token is given."""
    credentials = side.credentials("")
    names = ("client_id", "client_secret", "refresh_token")
    export = {"exportType": "VIEW", "format": "CSV", "objectType": "CONTACT", "objectProperties": ["email"]}
    return {**export, "grant_type": "refresh_token"} | {name: credentials[name] for name in names}


def _tell(result: dict[str, Any]) -> None:
    """The run's figures, for the line at the end: what was called, and what each exception had to excuse."""
    campaigns.count("operations", result["operations"])
    campaigns.count("calls", result["calls"])
    campaigns.count("answers of success", sum(n for status, n in result["statuses"].items() if int(status) < 300))
    for test, _ in EXCEPTIONS:
        excused = [f for f in result["found"] if test(f)]
        campaigns.count(f"answers excused by {test.__name__.strip('_')}", len(excused))


@pytest.mark.campaign
def test_the_answers_conform_to_hubspots_own_files(portal: Any, stranger: Callable[..., Any]) -> None:
    examples = os.environ.get("TRUEUP_CONFORMANCE_EXAMPLES", "1")
    chosen = os.environ.get("TRUEUP_CONFORMANCE_FILES", "").split()
    files = sorted(
        str(path)
        for path in SPECS.iterdir()
        if path.suffix in {".yaml", ".json"} and path.stem in (chosen or [path.stem])
    )
    env = stranger("schemathesis==4.32.5")
    script = Path(__file__).parent / "scripts" / "conformance.py"

    done = env.run(
        "python", str(script), *files, TWIN_EXAMPLES=examples, TWIN_IDS=json.dumps(known(portal)), timeout_s=3_000
    )

    result = json.loads(done.stdout.strip().splitlines()[-1])
    unexplained = [f for f in result["found"] if not any(test(f) for test, _ in EXCEPTIONS)]
    counted = Counter((f["operation"], f["status"], f["kind"], f["message"][:200]) for f in unexplained)
    shown = {(f["operation"], f["status"], f["kind"], f["message"][:200]): f["body"][:400] for f in unexplained}
    assert not counted, "\n".join(f"{n} x {what}\n    {shown[what]}" for what, n in counted.most_common(40))
    _tell(result)
    if not chosen:
        assert result["calls"] > 180
        good = sum(n for status, n in result["statuses"].items() if int(status) < 300)
        assert good > result["calls"] / 4, result["statuses"]
