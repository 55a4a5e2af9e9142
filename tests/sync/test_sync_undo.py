"""Undoing: what came back, be it in part, is not done again by an approval from before; what stayed away still counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from crm_machine import POLICY, Pair, update

from trueup.model.changes import Action, Change, Reversal, Risk
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref
from trueup.model.schema import Capabilities
from trueup.sync.undo import undo_plan

ABLE = {"left": Capabilities({"people": Kind.PERSON}, actions={"people": frozenset({Action.RESTORE, Action.UPDATE})})}


@pytest.mark.parametrize(("reversal", "comes_back"), [(Reversal.PARTIAL, True), (Reversal.NONE, False)])
def test_a_merge_counts_as_undone_when_a_part_of_it_comes_back(
    tmp_path: Path, reversal: Reversal, comes_back: bool
) -> None:
    pair = Pair(f"sqlite:///{tmp_path / 'store.db'}")
    kept, gone, ann = (Ref("left", "people", n) for n in "123")
    merge = Change(
        Action.MERGE,
        kept,
        Kind.PERSON,
        others=(gone,),
        risk=Risk.HIGH,
        reversal=reversal,
        irreversible="its activities",
    )
    change = update(ann, "phone", "1", "2")
    plan = pair.plan([merge, change])

    with pair.store() as store:
        run = store.start_run("apply", plan.id)
        applied = [Receipt(c.id, Outcome.APPLIED, pair.clock(), c.target) for c in plan.changes]
        store.record_receipts(run.id, applied, plan.id)
        undoing = undo_plan(plan, store, POLICY, ABLE, now=pair.clock())

    (loss,) = undoing.lost
    assert (loss.change.id, bool(loss.comes_back)) == (merge.id, comes_back)
    assert {c.id for c in undoing.undone} == ({merge.id, change.id} if comes_back else {change.id})
    assert [c.action for c in undoing.plan.changes].count(Action.RESTORE) == comes_back


def test_a_merge_whose_parts_cannot_be_restored_there_is_said_to_stay(tmp_path: Path) -> None:
    pair = Pair(f"sqlite:///{tmp_path / 'store.db'}")
    kept, gone = (Ref("left", "people", n) for n in "12")
    merge = Change(Action.MERGE, kept, Kind.PERSON, others=(gone,), reversal=Reversal.PARTIAL)
    plan = pair.plan([merge])
    unable = {"left": replace(ABLE["left"], actions={"people": frozenset({Action.UPDATE})})}

    with pair.store() as store:
        run = store.start_run("apply", plan.id)
        store.record_receipts(run.id, [Receipt(merge.id, Outcome.APPLIED, pair.clock(), kept)], plan.id)
        undoing = undo_plan(plan, store, POLICY, unable, now=pair.clock())

    assert [(loss.why, loss.comes_back) for loss in undoing.lost] == [("left cannot restore people", "")]
    assert undoing.plan.changes == ()
    assert undoing.undone == ()
