"""A plan that is applied whole leaves nothing for the next one: the main loop against both twins, creates and all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import campaigns
import pytest

from trueup.commands.apply import ApplyResult, apply
from trueup.commands.approvals import approve
from trueup.commands.plan import PlanResult, plan
from trueup.commands.pull import pull
from trueup.commands.twin_policy import write_twin_policy
from trueup.commands.workspace import Workspace
from trueup.model.changes import Change
from trueup.model.receipts import Outcome
from trueup.sync.placeholders import DONE
from trueup.twin.testing import running

CAMPAIGN = [(people, seed) for people in (300, 1000) for seed in range(1, 9)]

BOTH = "[salesforce, hubspot]"


@dataclass(frozen=True)
class Round:
    """Plan, apply, look again."""

    first: PlanResult
    applied: ApplyResult
    second: PlanResult
    sent_again: int


def once_round(folder: Path, people: int, seed: int) -> Round:
    with running(people=people, seed=seed) as twin:
        path = folder / "trueup.yaml"
        write_twin_policy(twin.ready, path)
        text = path.read_text(encoding="utf-8")
        nothing, everything = (f"create: {{person: {x}, company: {x}, deal: {x}}}" for x in ("[]", BOTH))
        assert nothing in text
        path.write_text(text.replace(nothing, everything), encoding="utf-8")
        with Workspace.from_file(path) as workspace:
            pull(workspace)
            first = plan(workspace)
            approve(workspace, None, everything=True, by="ada")
            applied = apply(workspace, force=True)
            pull(workspace)
            second = plan(workspace)
            before = len(twin.control.requests())
            again = apply(workspace, first.plan.id, force=True)
            assert again.applied.counts["applied"] == 0
            return Round(first, applied, second, len(twin.control.requests()) - before)


def told(changes: tuple[Change, ...]) -> list[str]:
    return [f"{c.rule} {c.target} {c.field} {c.before!r} -> {c.after!r} {dict(c.values)}" for c in changes]


def assert_converged(it: Round) -> None:
    receipts = it.applied.applied.receipts
    bad = [
        f"{told((c,))[0]}: {receipts[c.id].outcome} {receipts[c.id].message}"
        for c in it.first.plan.changes
        if receipts[c.id].outcome is not Outcome.APPLIED
    ]
    assert not bad
    assert it.applied.verified.ok, it.applied.verified
    assert it.applied.exit_code == 0
    assert told(it.second.plan.changes) == []

    # No finding that a change was applied for is there again, but those of which a side had no fix to begin with.
    done = {c.finding for c in it.first.plan.changes if receipts[c.id].outcome in DONE}
    by_hand = {item.finding for item in it.first.unfixable}
    assert not {f.id for f in it.second.check.findings} & (done - by_hand)

    # What is new came with the records that were made, and has no fix but a person's: each says why.
    known = {finding.id for finding in it.first.check.findings}
    reasons = {item.finding for item in it.second.unfixable}
    new = [finding for finding in it.second.check.findings if finding.id not in known]
    assert {finding.id for finding in new} <= reasons
    assert Counter(f.code for f in new).keys() <= {"ACT001", "FLD002", "FLD003"}, [
        (f.code, f.field, [str(ref) for ref in f.subjects]) for f in new
    ]
    assert it.sent_again == 0


def test_everything_approved_and_applied_the_next_plan_is_empty(tmp_path: Path) -> None:
    it = once_round(tmp_path, 150, 3)
    assert {c.rule for c in it.first.plan.changes} >= {"merge", "convert", "create", "link_id", "stage_back", "owner"}
    assert_converged(it)


@pytest.mark.campaign
@pytest.mark.parametrize(("people", "seed"), CAMPAIGN[: campaigns.part(len(CAMPAIGN))])
def test_it_converges_over_many_worlds(tmp_path: Path, people: int, seed: int) -> None:
    it = once_round(tmp_path, people, seed)
    campaigns.count("people", people)
    campaigns.count("findings", len(it.first.check.findings))
    campaigns.count("changes applied", it.applied.applied.counts["applied"])
    campaigns.count("changes proposed again", len(it.second.plan.changes))
    assert_converged(it)
