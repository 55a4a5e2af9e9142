"""What a check leaves behind for the next one: the crosswalk, and the values both sides agree on."""

from __future__ import annotations

from trueup.commands.analysis import Analysis
from trueup.commands.workspace import Workspace
from trueup.model.kinds import Kind
from trueup.model.matching import Link, LinkSource
from trueup.model.refs import Ref

_NEW_LINKS = """
SELECT l.left_ref, l.right_ref, l.kind, l.source, l.score, l.evidence FROM link l
LEFT JOIN stored_link s ON s.left_ref = l.left_ref AND s.right_ref = l.right_ref
WHERE s.left_ref IS NULL OR s.source <> l.source OR s.score <> l.score ORDER BY 1, 2
"""
_LOST_LINKS = "SELECT left_ref, right_ref FROM stored_link ANTI JOIN link USING (left_ref, right_ref) ORDER BY 1, 2"


def keep(workspace: Workspace, found: Analysis) -> None:
    """Save new links, forget those that no longer hold, renew the base; only differences are written."""
    from trueup.reconcile.agreement import agreed

    store = workspace.store
    lost = found.con.execute(_LOST_LINKS).fetchall()
    if lost:
        store.forget_links((Ref.parse(left), Ref.parse(right)) for left, right in lost)
    new = found.con.execute(_NEW_LINKS).fetchall()
    if new:
        store.save_links(
            Link(Ref.parse(left), Ref.parse(right), Kind(kind), LinkSource(source), score, found.at, evidence or "")
            for left, right, kind, source, score, evidence in new
        )
    store.put_base(agreed(found.con, workspace.policy, found.at, frame=found.frame))
