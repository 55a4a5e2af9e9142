"""Who wrote a property: HubSpot keeps the source of every version (reference 4.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trueup.connectors.hubspot.client import Client
from trueup.connectors.hubspot.records import moment
from trueup.connectors.hubspot.schema import Definitions
from trueup.model.authorship import Wrote
from trueup.model.refs import Ref

Json = dict[str, Any]

_SOURCES: Mapping[str, str] = {
    "SALESFORCE": "HubSpot's own Salesforce integration",
    "CRM_UI": "a person in HubSpot",
    "INTEGRATION": "a connected app",
    "API": "a program through the API",
    "IMPORT": "an import",
    "AUTOMATION_PLATFORM": "a workflow",
    "WORKFLOWS": "a workflow",
    "FORM": "a form",
    "CRM_SETTING": "a setting of the HubSpot account",
}
"""Source types in words; one that is not named here is told as it is spelled."""


_AT_ONCE = 50
"""Records a batch read may name when it asks for history (reference 4.2)."""


def wrote(client: Client, definitions: Definitions, system: str, cells: Sequence[tuple[Ref, str]]) -> list[Wrote]:
    """The versions of properties, newest first; records are read in batches, all properties of a type at once."""
    asked: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for ref, field in cells:
        asked[ref.object][ref.id].add(field)
    found: list[Wrote] = []
    for object_, by_id in sorted(asked.items()):
        mapped = definitions.of(object_).map.by_canonical
        natives = {mapped[field].native: field for fields in by_id.values() for field in fields if field in mapped}
        if not natives:
            continue
        for row in _rows(client, object_, sorted(by_id), sorted(natives)):
            ref = Ref(system, object_, str(row["id"]))
            history: Mapping[str, Any] = row.get("propertiesWithHistory") or {}
            for native, field in natives.items():
                if field in by_id.get(ref.id, ()):
                    to_canonical = mapped[field].to_canonical
                    found += (
                        Wrote(ref, field, _who(v), moment(v.get("timestamp")), to_canonical(v.get("value") or None))
                        for v in _versions(history.get(native))
                    )
    return found


def _rows(client: Client, object_: str, ids: Sequence[str], natives: Sequence[str]) -> Iterable[Json]:
    for start in range(0, len(ids), _AT_ONCE):
        body = {
            "properties": ["hs_object_id"],
            "propertiesWithHistory": list(natives),
            "inputs": [{"id": id_} for id_ in ids[start : start + _AT_ONCE]],
        }
        yield from client.read(f"/crm/v3/objects/{object_}/batch/read", body).get("results") or ()


def _versions(raw: Any) -> Iterable[Json]:
    return [version for version in raw or () if isinstance(version, dict)]


def _who(version: Json) -> str:
    source = str(version.get("sourceType") or "")
    name = _SOURCES.get(source, source or "somebody whom HubSpot does not name")
    user, label = version.get("updatedByUserId"), str(version.get("sourceLabel") or "")
    id_ = f"userId:{user}" if user else str(version.get("sourceId") or "")
    more = ", ".join(dict.fromkeys(part for part in (source, label, id_) if part and part != name))
    return f"{name} ({more})" if more else name
