"""What a change of a pipeline did to its stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Json = dict[str, Any]


def stage_changes(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[tuple[str, Json]]:
    """CREATE, UPDATE or DELETE with the stage, for every one that came, changed or went; times alone are no change."""
    old, new = ({str(stage["id"]): dict(stage) for stage in stages} for stages in (before, after))
    out = [("DELETE", stage) for key, stage in old.items() if key not in new]
    for key, stage in new.items():
        if key not in old:
            out.append(("CREATE", stage))
        elif _said(stage) != _said(old[key]):
            out.append(("UPDATE", stage))
    return out


def _said(stage: Mapping[str, Any]) -> Json:
    return {name: value for name, value in stage.items() if name not in {"createdAt", "updatedAt"}}
