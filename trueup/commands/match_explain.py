"""`trueup match explain`: one pair of the CRMs' records, weighed part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trueup.commands.analysis import frame
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace
from trueup.errors import UsageError

if TYPE_CHECKING:
    from trueup.commands.match_evaluate import Evaluation
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


def evaluate_pairs(
    workspace: Workspace, labels: Sequence[tuple[str, str, bool]], progress: Progress = SILENT
) -> Evaluation:
    """Labelled pairs of the CRMs' records against the groups that matching made, decisions included."""
    from trueup.commands.match_evaluate import evaluate

    with frame(workspace, progress) as con:
        groups = dict(con.execute("SELECT ref, entity FROM same").fetchall())
        asked = {ref for left, right, _ in labels for ref in (left, right)}
        scores = {
            (left, right): float(score)
            for left, right, score in con.execute("SELECT left_ref, right_ref, score FROM match").fetchall()
            if left in asked and right in asked
        }
    return evaluate(labels, {ref: (entity, 1.0) for ref, entity in groups.items()}, scores)
