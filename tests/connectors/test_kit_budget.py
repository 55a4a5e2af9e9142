"""The call budget: our share, and the reserve for others."""

from __future__ import annotations

import pytest

from trueup.connectors.kit.budget import Budget
from trueup.errors import LimitError


def test_nothing_is_refused_before_the_allowance_is_known():
    budget = Budget("crm", 0.2)
    budget.spend(1000)
    assert (budget.spent, budget.left) == (1000, None)


def test_the_share_ends_before_the_allowance():
    budget = Budget("crm", 0.2)
    budget.learn(0, 100)
    budget.spend(20)
    with pytest.raises(LimitError, match="20 of our 20 calls"):
        budget.spend()
    assert budget.spent == 20


def test_a_reserve_is_left_for_others():
    budget = Budget("crm", 0.5, reserve=0.1)
    budget.learn(89, 100)
    budget.spend()
    budget.learn(90, 100)
    with pytest.raises(LimitError, match="10% are kept for others"):
        budget.spend()


def test_a_piece_of_work_that_does_not_fit_is_refused_before_it_begins():
    budget = Budget("crm", 0.1, reserve=0.0)
    budget.learn(0, 1000)
    budget.plan(100, "pulling contacts")
    with pytest.raises(LimitError, match="pulling contacts needs 101 calls"):
        budget.plan(101, "pulling contacts")
    assert budget.spent == 0


def test_calls_of_earlier_runs_count():
    budget = Budget("crm", 0.1, spent_before=95)
    budget.learn(0, 1000)
    budget.spend(5)
    with pytest.raises(LimitError):
        budget.spend()


def test_the_used_number_may_fall_from_answer_to_answer():
    budget = Budget("crm", 1.0, reserve=0.0)
    budget.learn(99, 100)
    budget.learn(97, 100)
    assert budget.left == 3


@pytest.mark.parametrize("share", [0, -0.1, 1.1, 20])
def test_a_share_is_between_nothing_and_all(share):
    with pytest.raises(ValueError, match="share"):
        Budget("crm", share)


def test_limits_show_the_allowance_and_our_part_of_it():
    budget = Budget("crm", 0.2)
    assert budget.limits() == ()
    budget.learn(30, 100)
    budget.spend(5)
    assert [(x.name, x.used, x.allowed) for x in budget.limits()] == [("daily calls", 30, 100), ("our budget", 5, 20)]
