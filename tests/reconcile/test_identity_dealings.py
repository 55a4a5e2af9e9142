"""Deals and activities that two systems hold, as evidence of who is who: strong for a rare name, never alone enough."""

from __future__ import annotations

import pytest
from identity_frames import H1, H2, H3, K1, K2, K3, Rows, frame, grade, groups

from trueup.model.policy import Policy
from trueup.reconcile import identity

D1, E1 = "salesforce:Opportunity/001", "hubspot:deals/1"
T1, T2, M1 = "salesforce:Task/001", "salesforce:Task/002", "hubspot:meetings/1"
DEALS: Rows = {D1: {"name": "Acme renewal", "foreign_ids": E1}, E1: {"name": "Acme renewal"}}
"""One deal, which both systems hold."""
CALL = {"activity_type": "meeting", "subject": "Kick-off with procurement", "occurred_at": "2026-05-04T10:30:12Z"}
ON_DEAL = [("deal_person", D1, K1), ("deal_person", E1, H1)]
IN_CALL = [("activity_person", T1, K1), ("activity_person", M1, H1)]
ROB: dict[str, str | None] = {"first_name": "Robert", "last_name": "Okafor"}


def told(people: Rows, **more: object) -> dict[str, tuple[str, float]]:
    """Comparison → label and weight of the pair K1, H1."""
    with frame(people, **more) as con:  # type: ignore[arg-type]
        found = identity.explain(con, K1, H1, Policy(systems={}))
    return {level.comparison: (level.label, level.weight) for level in found.levels}


def test_a_deal_that_both_systems_hold_speaks_for_one_person() -> None:
    with frame({K1: ROB, H1: ROB}, deals=DEALS, ties=ON_DEAL) as con:
        found = identity.explain(con, K1, H1, Policy(systems={}))
        level = next(x for x in found.levels if x.comparison == "deal")

        assert level.label == "on one deal in both systems"
        assert 3 < level.weight <= 8
        assert level.left == level.right == "Acme renewal hubspot:deals/1"
        assert groups(con) == {frozenset({K1, H1})}
        assert grade(con, K1, H1) == ("likely", "no address, number or id in common"), "never certain by itself"


def test_a_name_and_a_deal_are_not_enough_where_more_people_are_on_it_than_can_be_told_apart() -> None:
    crowd: Rows = {f"hubspot:contacts/9{n:02}": {"first_name": "Guest", "last_name": f"No{n:02}x"} for n in range(40)}
    ties = [*ON_DEAL, *(("deal_person", E1, ref) for ref in crowd)]

    assert "deal" not in told({K1: ROB, H1: ROB, **crowd}, deals=DEALS, ties=ties)


def test_the_more_people_are_on_a_deal_the_less_it_says() -> None:
    others: Rows = {f"hubspot:contacts/9{n:02}": {"first_name": "Guest", "last_name": f"No{n:02}x"} for n in range(12)}
    ties = [*ON_DEAL, *(("deal_person", E1, ref) for ref in others)]

    few, many = (
        told({K1: ROB, H1: ROB}, deals=DEALS, ties=ON_DEAL),
        told({K1: ROB, H1: ROB, **others}, deals=DEALS, ties=ties),
    )

    assert 0 < many["deal"][1] < few["deal"][1] - 1


@pytest.mark.parametrize(
    "call",
    [
        CALL,
        {**CALL, "occurred_at": "2026-05-04T10:30:55Z"},  # the minute counts
        {**CALL, "subject": "RE: kick-off with Procurement"},  # what a program puts before a subject does not
    ],
)
def test_one_meeting_of_the_same_minute_speaks_for_one_person(call: dict[str, str | None]) -> None:
    found = told({K1: ROB, H1: ROB}, activities={T1: CALL, M1: call}, ties=IN_CALL)

    assert found["activity"][0] == "in one call, e-mail or meeting in both systems"
    assert 3 < found["activity"][1] <= 8


@pytest.mark.parametrize(
    "other",
    [
        {**CALL, "occurred_at": "2026-05-04T10:31:00Z"},
        {**CALL, "subject": "Kick-off with finance"},
        {**CALL, "activity_type": "call"},
        {**CALL, "subject": None},
    ],
)
def test_another_meeting_says_nothing(other: dict[str, str | None]) -> None:
    assert "activity" not in told({K1: ROB, H1: ROB}, activities={T1: CALL, M1: other}, ties=IN_CALL)


def test_other_deals_speak_neither_for_nor_against() -> None:
    other: Rows = {**DEALS, "hubspot:deals/2": {"name": "Another"}}
    ties = [ON_DEAL[0], ("deal_person", "hubspot:deals/2", H1)]

    assert set(told({K1: ROB, H1: ROB}, deals=other, ties=ties)) == {"first name", "last name"}


def test_two_records_of_one_system_on_one_deal_are_two_people_as_far_as_the_deal_knows() -> None:
    ties = [*ON_DEAL, ("deal_person", D1, K2)]
    with frame({K1: ROB, K2: ROB, H1: ROB}, deals=DEALS, ties=ties) as con:
        found = identity.explain(con, K1, K2, Policy(systems={}))

    assert "deal" not in {level.comparison for level in found.levels}


def test_colleagues_share_deals_and_meetings() -> None:
    work = {**ROB, "company_name": "Acme"}
    ana = {"first_name": "Ana", "last_name": "Ruiz", "company_name": "Acme"}
    people: Rows = {K1: work, H1: work, K2: ana, H2: {**ana, "email": "a@acme.example"}}
    ties = [*ON_DEAL, *IN_CALL, ("deal_person", D1, K2), ("deal_person", E1, H2)]
    with frame(people, deals=DEALS, activities={T1: CALL, M1: CALL}, ties=ties) as con:
        together = {x.comparison: x for x in identity.explain(con, K1, H1, Policy(systems={})).levels}

        assert together["deal"].label == "on one deal, as colleagues are"
        assert 0 < together["deal"].weight < 1.5
        assert 0 < together["activity"].weight <= 2
        assert groups(con) == {frozenset({K1, H1}), frozenset({K2, H2})}
        assert grade(con, K1, H2)[0] == "no"


def test_a_common_name_on_one_deal_contradicted_by_a_first_name_stays_apart() -> None:
    people: Rows = {K1: ROB, H1: {**ROB, "first_name": "Grace"}}
    with frame(people, deals=DEALS, activities={T1: CALL, M1: CALL}, ties=[*ON_DEAL, *IN_CALL]) as con:
        assert groups(con) == set()
        assert grade(con, K1, H1)[0] in ("no", "possible")


def test_a_shared_deal_brings_together_whom_no_other_rule_does() -> None:
    one, other = {"first_name": "Bob", "last_name": "Okafor"}, {"first_name": "Robert", "last_name": "Okafour"}
    with frame({K1: one, H1: other}, deals=DEALS, ties=ON_DEAL) as con:
        rules = dict(con.execute("SELECT rule, pairs FROM blocking WHERE kind = 'person' AND pairs > 0").fetchall())

    assert rules == {"deal and first name": 1}


def test_the_result_does_not_depend_on_the_order_of_rows_or_threads() -> None:
    people: Rows = {
        K1: ROB,
        H1: ROB,
        K2: {**ROB, "last_name": "Smith"},
        H2: {**ROB, "last_name": "Smith"},
        H3: ROB,
        K3: ROB,
    }
    deals: Rows = {**DEALS, **{f"salesforce:Opportunity/1{n}": {"name": f"D{n}", "foreign_ids": f"hubspot:deals/1{n}"}
                               for n in range(9)}, **{f"hubspot:deals/1{n}": {"name": f"D{n}"} for n in range(9)}}  # fmt: skip
    ties = [
        *ON_DEAL,
        *(("deal_person", ref, K1 if "salesforce" in ref else H1) for ref in deals if ref not in (D1, E1)),
    ]

    def result(shuffle: int, threads: int) -> object:
        with frame(people, deals=deals, ties=ties, shuffle=shuffle, threads=threads) as con:
            return con.execute("SELECT * FROM match ORDER BY ALL").fetchall()

    first = result(0, 2)
    assert all(result(seed, threads) == first for seed, threads in ((1, 1), (2, 2)))
