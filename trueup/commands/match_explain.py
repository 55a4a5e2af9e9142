"""`trueup match explain`: one pair of the CRMs' records, weighed part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueup.commands.analysis import frame
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace
from trueup.errors import UsageError

if TYPE_CHECKING:
    from trueup.model.matching import Match


def match_explain(workspace: Workspace, a: str, b: str, progress: Progress = SILENT) -> Match:
    """The pair with all its levels. Raises UsageError when the two are not live records of one kind."""
    from trueup.model.refs import Ref
    from trueup.reconcile import identity

    refs = []
    for text in (a, b):
        try:
            refs.append(Ref.parse(text))
        except ValueError as error:
            raise UsageError(f"{text!r} is no record.", hint="Write it as system:object/id.") from error
    with frame(workspace, progress) as con:
        try:
            return identity.explain(con, refs[0], refs[1], workspace.policy)
        except ValueError as error:
            raise UsageError(f"{error}.") from error


def groups(workspace: Workspace, progress: Progress = SILENT) -> dict[str, tuple[str, float]]:
    """Every live record with the group it was put in and the probability of its best pair there."""
    with frame(workspace, progress) as con:
        got = con.execute(
            "SELECT s.ref, s.entity, coalesce(max(m.score), 1.0) FROM same s LEFT JOIN match m "
            "ON m.kind = s.kind AND (m.left_ref = s.ref OR m.right_ref = s.ref) AND m.grade IN ('certain', 'likely') "
            "GROUP BY ALL"
        ).fetchall()
    return {ref: (entity, float(score)) for ref, entity, score in got}
