"""Guards count and say so with numbers."""

from __future__ import annotations

from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.policy import GuardPolicy, Policy
from trueup.model.refs import Ref
from trueup.reconcile.guards import judge

TOTALS = {("crm", "people"): 50}


def updates(count: int) -> list[Change]:
    return [
        Change(Action.UPDATE, Ref("crm", "people", str(i)), Kind.PERSON, field="title", after="x") for i in range(count)
    ]


def policy(**limits: float) -> Policy:
    return Policy(systems={}, guards=GuardPolicy(**limits))  # type: ignore[arg-type]


def tripped(changes: list[Change], policy: Policy) -> list[str]:
    return [verdict.name for verdict in judge(changes, policy, TOTALS) if verdict.tripped]


def test_at_the_limit_is_allowed_and_beyond_is_not() -> None:
    assert tripped(updates(5), policy()) == []
    assert tripped(updates(6), policy()) == ["max_share crm people"]
    assert tripped(updates(6), policy(max_share=0.5, max_changes=5)) == ["max_changes"]


def test_a_share_counts_records_and_not_changes() -> None:
    twice = [
        Change(Action.UPDATE, Ref("crm", "people", "1"), Kind.PERSON, field=f, after="x")
        for f in ("title", "city", "phone", "state", "email", "website")
    ]

    assert tripped(twice, policy()) == []


def test_creates_do_not_count_as_a_share_of_what_is_there() -> None:
    creates = [
        Change(Action.CREATE, Ref("crm", "people", f"new-{i}"), Kind.PERSON, values={"last_name": "x"})
        for i in range(20)
    ]

    assert tripped(creates, policy()) == []
    assert tripped(creates, policy(max_creates=19)) == ["max_creates"]


def test_the_losers_of_merges_count() -> None:
    merges = [
        Change(Action.MERGE, Ref("crm", "people", "1"), Kind.PERSON, others=(Ref("crm", "people", f"x{i}"),))
        for i in range(5)
    ]

    assert tripped(merges, policy(max_merges=4)) == ["max_share crm people", "max_merges"]


def test_of_a_handful_of_records_one_may_change() -> None:
    assert not any(v.tripped for v in judge(updates(1), policy(), {("crm", "people"): 3}))


def test_the_sentence_has_the_numbers() -> None:
    verdict = next(v for v in judge(updates(21), policy(), TOTALS) if v.tripped)

    assert verdict.what == "crm: 21 of 50 people would change (42.0%; the guard allows 10%, 5)."
