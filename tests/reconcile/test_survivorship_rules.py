"""Who wins, case by case, and what must hold whatever the values are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.model.policy import Blanks, Strategy, TruthRule
from trueup.model.refs import Ref
from trueup.reconcile.survivorship import Claim, survive

SF, HS = Ref("salesforce", "Lead", "1"), Ref("hubspot", "contacts", "1")
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def says(ref: Ref, value: str | None, **more: object) -> Claim:
    state = "blank" if value is None else "known"
    return Claim(ref, value, state, value and value.lower(), **more)  # type: ignore[arg-type]


OWNER = TruthRule("salesforce")
CASES: list[tuple[str, str, TruthRule, Claim, Claim, Ref | None]] = [
    ("the owner's word counts", "title", OWNER, says(SF, "CFO"), says(HS, "CEO"), SF),
    ("the owner is the other", "title", TruthRule("hubspot"), says(SF, "CFO"), says(HS, "CEO"), HS),
    ("nobody owns it", "title", TruthRule(), says(SF, "CFO"), says(HS, "CEO"), None),
    ("the owner's blank is filled", "title", OWNER, says(SF, None), says(HS, "CEO"), HS),
    ("blanks are kept", "title", TruthRule("salesforce", blanks=Blanks.KEEP), says(SF, None), says(HS, "CEO"), None),
    ("the owner's blank erases", "title", TruthRule("salesforce", blanks=Blanks.OVERWRITE), says(SF, None), says(HS, "CEO"), SF),
    ("another's blank does not erase", "title", TruthRule("hubspot", blanks=Blanks.OVERWRITE), says(SF, None), says(HS, "CEO"), HS),
    ("newest record", "phone", TruthRule("salesforce", Strategy.NEWEST), says(SF, "1", modified_at=OLD), says(HS, "2", modified_at=NEW), HS),
    ("oldest record", "phone", TruthRule("salesforce", Strategy.OLDEST), says(SF, "1", modified_at=OLD), says(HS, "2", modified_at=NEW), SF),
    ("newest without a date falls to the owner", "phone", TruthRule("salesforce", Strategy.NEWEST), says(SF, "1"), says(HS, "2", modified_at=NEW), SF),
    ("newest, a tie", "phone", TruthRule("hubspot", Strategy.NEWEST), says(SF, "1", modified_at=NEW), says(HS, "2", modified_at=NEW), HS),
    ("longest", "street", TruthRule("salesforce", Strategy.LONGEST), says(SF, "1 Main"), says(HS, "1 Main Street"), HS),
    ("longest, a tie", "street", TruthRule("salesforce", Strategy.LONGEST), says(SF, "abc"), says(HS, "abd"), SF),
    ("review", "title", TruthRule("salesforce", Strategy.REVIEW), says(SF, "CFO"), says(HS, "CEO"), None),
    ("review, but a blank", "title", TruthRule("salesforce", Strategy.REVIEW), says(SF, None), says(HS, "CEO"), HS),
    ("opting out wins against the owner", "email_opt_out", OWNER, says(SF, "false"), says(HS, "true"), HS),
    ("opting out wins against the base", "email_opt_out", OWNER, says(SF, "false", has_base=True, base="true"), says(HS, "true", has_base=True, base="true"), HS),
    ("only the other side moved", "title", OWNER, says(SF, "CFO", has_base=True, base="cfo"), says(HS, "CEO", has_base=True, base="cfo"), HS),
    ("only the owner moved", "title", OWNER, says(SF, "CFO", has_base=True, base="ceo"), says(HS, "CEO", has_base=True, base="ceo"), SF),
    ("both moved", "title", OWNER, says(SF, "CFO", has_base=True, base="x"), says(HS, "CEO", has_base=True, base="x"), SF),
    ("a base on one side only says nothing", "title", OWNER, says(SF, "CFO"), says(HS, "CEO", has_base=True, base="x"), SF),
    ("a malformed value has no word", "phone", OWNER, Claim(SF, "12", "malformed"), says(HS, "2"), HS),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rule", "one", "two", "winner"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_winner(name: str, rule: TruthRule, one: Claim, two: Claim, winner: Ref | None) -> None:
    ruling = survive(name, rule, [one, two])

    assert (ruling.winner.ref if ruling.winner else None) == winner
    assert ruling.why


def test_the_reason_tells_that_both_sides_moved() -> None:
    ruling = survive("title", OWNER, [says(SF, "a", has_base=True, base="x"), says(HS, "b", has_base=True, base="x")])

    assert "both sides changed it" in ruling.why


values = st.sampled_from([None, "a", "bb", "true", "false"])
rules = st.builds(
    TruthRule, st.sampled_from(["", "salesforce", "hubspot"]), st.sampled_from(Strategy), st.sampled_from(Blanks)
)
bases = st.tuples(st.booleans(), values)


@given(rule=rules, left=values, right=values, base=bases, name=st.sampled_from(["title", "email_opt_out"]))
def test_a_blank_wins_only_where_the_policy_lets_it_erase(
    rule: TruthRule, left: str | None, right: str | None, base: tuple[bool, str | None], name: str
) -> None:
    claims = [says(SF, left, has_base=base[0], base=base[1]), says(HS, right, has_base=base[0], base=base[1])]

    ruling = survive(name, rule, claims)

    if ruling.winner is not None and ruling.winner.value is None:
        assert rule.blanks is Blanks.OVERWRITE
        assert ruling.winner.ref.system == rule.owner


@given(rule=rules, left=values, right=values, base=bases)
def test_opting_out_is_never_taken_back(
    rule: TruthRule, left: str | None, right: str | None, base: tuple[bool, str | None]
) -> None:
    claims = [says(SF, left, has_base=base[0], base=base[1]), says(HS, right, has_base=base[0], base=base[1])]

    ruling = survive("email_opt_out", rule, claims)

    assert ruling.winner is None or ruling.winner.norm == "true"


@given(rule=rules, left=values, right=values, base=bases)
def test_the_order_of_the_claims_does_not_matter(
    rule: TruthRule, left: str | None, right: str | None, base: tuple[bool, str | None]
) -> None:
    claims = [says(SF, left, has_base=base[0], base=base[1]), says(HS, right)]

    assert survive("title", rule, claims) == survive("title", rule, claims[::-1])
