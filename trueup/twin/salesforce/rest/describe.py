"""The sobjects list and describes, through the user's permissions, with their ETags. [reference 5.2, 5.6]"""

from __future__ import annotations

import hashlib
from email.utils import format_datetime
from typing import Any

import orjson

from ..metadata.model import SObject
from ..metadata.record_types import record_type_infos
from .call import Answer, Call
from .conditions import check_unmodified, unchanged
from .roots import recent_items

_FLAGS = [
    "createable",
    "deletable",
    "feedEnabled",
    "layoutable",
    "mergeable",
    "mruEnabled",
    "replicateable",
    "searchable",
    "triggerable",
    "undeletable",
    "updateable",
]


def header(call: Call, made: SObject) -> dict[str, Any]:
    """The keys that the list and the describe share, in the real order."""
    flags = {name: name in made.flags for name in _FLAGS}
    allowed = call.access.allowed
    for verb, flag in (("create", "createable"), ("update", "updateable"), ("delete", "deletable")):
        flags[flag] = flags[flag] and allowed.may(verb, made)
    flags["mergeable"] = flags["mergeable"] and flags["updateable"] and flags["deletable"]
    url = f"{call.root}/sobjects/{made.name}"
    urls = {"rowTemplate": f"{url}/{{ID}}", "describe": f"{url}/describe", "sobject": url}
    if "layoutable" in made.flags:
        urls = {
            "compactLayouts": f"{url}/describe/compactLayouts",
            "rowTemplate": f"{url}/{{ID}}",
            "approvalLayouts": f"{url}/describe/approvalLayouts",
            "describe": f"{url}/describe",
            "quickActions": f"{url}/quickActions",
            "layouts": f"{url}/describe/layouts",
            "sobject": url,
        }
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": flags["createable"],
        "custom": made.custom,
        "customSetting": False,
        "deepCloneable": made.name == "Opportunity",
        "deletable": flags["deletable"],
        "deprecatedAndHidden": False,
        "feedEnabled": flags["feedEnabled"],
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": made.prefix or None,
        "label": made.label,
        "labelPlural": made.plural,
        "layoutable": flags["layoutable"],
        "mergeable": flags["mergeable"],
        "mruEnabled": flags["mruEnabled"],
        "name": made.name,
        "queryable": made.queryable,
        "replicateable": flags["replicateable"],
        "retrieveable": True,
        "searchable": flags["searchable"],
        "triggerable": flags["triggerable"],
        "undeletable": flags["undeletable"],
        "updateable": flags["updateable"],
        "urls": urls,
    }


def everything(call: Call) -> Answer:
    """All objects that the user can see."""
    names = sorted(call.org.schema.objects | call.org.schema.about)
    rows = [header(call, made) for name in names if (made := call.access.sobject(name)) is not None]
    return _tagged(call, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": rows})


def basic(call: Call) -> Answer:
    """One object's header and its recent items."""
    made = call.sobject(call.args[0])
    return Answer(200, {"objectDescribe": header(call, made), "recentItems": recent_items(call, made)})


def full(call: Call) -> Answer:
    """One object's full describe."""
    return _tagged(call, describe(call, call.sobject(call.args[0])))


def describe(call: Call, made: SObject) -> dict[str, Any]:
    """Print a full describe, keys in the real (alphabetical) order."""
    access = call.access
    locked = access.allowed.locked_fields(made)
    fields = []
    for f in access.fields(made):
        printed = f.describe()
        if f.name.lower() in locked:
            printed["createable"] = printed["updateable"] = False
        fields.append(printed)
    below = sorted((*made.children, *made.views), key=lambda c: (c.sobject, c.field))
    children = [c.describe() for c in below if access.sobject(c.sobject) is not None]
    body: dict[str, Any] = {
        **header(call, made),
        "actionOverrides": [],
        "childRelationships": children,
        "compactLayoutable": "layoutable" in made.flags,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": fields,
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_type_infos(made, call.version),
        "searchLayoutable": "searchable" in made.flags,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": label, "name": name} for name, label in made.scopes],
    }
    return dict(sorted(body.items()))


def _tagged(call: Call, body: dict[str, Any]) -> Answer:
    changed = call.org.metadata_changed
    tag = hashlib.sha256(orjson.dumps(body)).hexdigest()[:8]
    suffix = "--gzip" if "gzip" in call.headers.get("accept-encoding", "") else ""
    headers = {"ETag": f'"{tag}{suffix}"', "Last-Modified": format_datetime(changed, usegmt=True)}
    check_unmodified(call, changed)
    if unchanged(call, changed):
        return Answer(304, None, headers)
    return Answer(200, body, headers)
