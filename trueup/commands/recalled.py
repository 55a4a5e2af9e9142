"""What earlier runs settled of who is who, kept beside the store for the next: see `reconcile.identity.recall`.

The file holds numbers made of records, no values. It may be deleted at any time; the next check compares everything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trueup.commands.workspace import Workspace
    from trueup.reconcile.identity.recall import Settled

NAME = "settled"
_FORMAT = 1
_KINDS = ("company", "person")
_log = logging.getLogger(__name__)


def load(workspace: Workspace) -> dict[str, Settled]:
    """What was settled, by kind. A file that is damaged or of something else is named and left aside, never trusted."""
    from trueup.reconcile.identity.commonness import Commonness
    from trueup.reconcile.identity.recall import Settled
    from trueup.store import beside

    file = beside.path(workspace.store.database, workspace.base, NAME)
    if file is None:
        return {}
    try:
        kept = beside.read(file)
        if not kept or int(kept["format"]) != _FORMAT:
            return {}
        return {
            kind: Settled(
                rules=str(kept[f"{kind}_rules"]),
                marks=_typed(kept[f"{kind}_marks"], np.uint64),
                starts=_typed(kept[f"{kind}_starts"], np.int64),
                right=_typed(kept[f"{kind}_right"], np.int32),
                common=Commonness(kept[f"{kind}_common"], tuple(kept[f"{kind}_widths"].tolist())),
                evidence=float(kept[f"{kind}_evidence"]),
            )
            for kind in _KINDS
            if f"{kind}_rules" in kept
        }
    except (ValueError, KeyError, TypeError, IndexError) as error:
        _log.warning("Comparing everything anew: %s cannot be used (%s). It may be deleted.", file, error)
        return {}


def save(workspace: Workspace, settled: Mapping[str, Settled]) -> None:
    """Keep what is settled now for the next run. Where that cannot be written, the next compares everything."""
    from trueup.store import beside

    file = beside.path(workspace.store.database, workspace.base, NAME)
    if file is None:
        return
    arrays = {"format": np.array(_FORMAT)}
    for kind, of in settled.items():
        arrays |= {
            f"{kind}_rules": np.array(of.rules),
            f"{kind}_marks": of.marks,
            f"{kind}_starts": of.starts,
            f"{kind}_right": of.right,
            f"{kind}_common": of.common.bits,
            f"{kind}_widths": np.array(of.common.widths, dtype=np.int64),
            f"{kind}_evidence": np.array(of.evidence),
        }
    try:
        beside.write(file, arrays)
    except OSError as error:
        _log.warning("What this run compared cannot be kept in %s (%s): the next compares everything.", file, error)


def _typed(found: np.ndarray, kind: type) -> np.ndarray:
    if found.dtype != kind or found.ndim != 1:
        raise ValueError("an array of another sort")
    return found
