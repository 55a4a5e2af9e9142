"""The view: what the rows say, in which order, and that the numbers agree with the rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_facts import (
    ANNA_H,
    ANNA_S,
    BLANK,
    CHANGES,
    COVERED,
    FILL,
    FINDINGS,
    MERGE,
    MOVE,
    NAMES,
    NEVER,
    NOW,
    PLAN,
    STAGE,
    applied,
    facts,
    many,
)

from trueup.model.receipts import Decision, Outcome, Verdict
from trueup.model.refs import Ref
from trueup.report import tabular, words
from trueup.report.cards import change_card
from trueup.report.facts import Facts
from trueup.report.html import page
from trueup.report.rows import State
from trueup.report.tabular import changes_csv
from trueup.report.terminal import report_text
from trueup.report.view import build


def decided(**verdicts: Verdict) -> dict[str, Decision]:
    changes = {"fill": FILL, "move": MOVE, "merge": MERGE}
    return {changes[k].id: Decision(changes[k].id, v, "dana", NOW, "asked her") for k, v in verdicts.items()}


def test_what_waits_stands_first_and_the_riskiest_of_it_before_the_rest() -> None:
    assert [(row.id, row.state) for row in build(facts()).changes] == [
        (MERGE.id, State.WAITING),
        (MOVE.id, State.WAITING),
        (FILL.id, State.APPROVED),
    ]


@pytest.mark.parametrize(
    ("decision", "outcome", "state"),
    [
        (None, None, State.WAITING),
        (Verdict.APPROVE, None, State.APPROVED),
        (Verdict.REJECT, None, State.REJECTED),
        (Verdict.APPROVE, Outcome.APPLIED, State.APPLIED),
        (Verdict.APPROVE, Outcome.ALREADY, State.ALREADY),
        (Verdict.APPROVE, Outcome.STALE, State.STALE),
        (Verdict.APPROVE, Outcome.REFUSED, State.REFUSED),
        (Verdict.APPROVE, Outcome.FAILED, State.FAILED),
        (Verdict.APPROVE, Outcome.UNKNOWN, State.UNKNOWN),
        (Verdict.APPROVE, Outcome.SKIPPED, State.SKIPPED),  # what it needs was not done
        (Verdict.REJECT, Outcome.SKIPPED, State.REJECTED),
        (None, Outcome.SKIPPED, State.WAITING),  # applied without it: it still waits
    ],
)
def test_a_change_stands_where_its_verdict_and_its_receipt_put_it(
    decision: Verdict | None, outcome: Outcome | None, state: State
) -> None:
    given = facts(
        decisions=decided(move=decision) if decision else {},
        receipts={MOVE.id: applied(MOVE, outcome, "why")} if outcome else {},
    )

    row = next(row for row in build(given).changes if row.id == MOVE.id)

    assert row.state is state
    assert row.message == ("why" if outcome and outcome not in (Outcome.APPLIED, Outcome.ALREADY) else "")


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (
            facts(),
            "Not in true: 4 findings on 7 records; 3 fixes planned, 1 approved by rule, 2 wait for you. "
            "1 thing could not be looked at.",
        ),
        (
            facts(decisions=decided(fill=Verdict.APPROVE, move=Verdict.APPROVE), not_looked_at=()),
            "Not in true: 4 findings on 7 records; 3 fixes planned, 2 by people, 1 waits for you.",
        ),
        (
            facts(
                decisions=decided(fill=Verdict.APPROVE, move=Verdict.APPROVE),
                receipts={FILL.id: applied(FILL, Outcome.APPLIED), MOVE.id: applied(MOVE, Outcome.STALE)},
                not_looked_at=(),
            ),
            "Not in true: 4 findings on 7 records; 3 fixes planned, 1 written, 1 not done as planned, 1 waits for you.",
        ),
        (
            facts(
                findings=FINDINGS[:3],
                decisions=decided(fill=Verdict.APPROVE, move=Verdict.APPROVE, merge=Verdict.APPROVE),
                receipts={change.id: applied(change, Outcome.APPLIED) for change in CHANGES},
                not_looked_at=(),
            ),
            "Trued up: 3 findings on 6 records; 3 fixes planned, 3 written.",
        ),
        (Facts(), "In true."),
        (facts(plan=None, findings=()), "In true as far as was looked. 1 thing could not be looked at."),
    ],
)
def test_the_verdict_is_one_sentence_with_the_numbers_that_count(given: Facts, verdict: str) -> None:
    assert build(given).verdict == verdict


def test_only_what_has_no_fix_and_nothing_left_to_do_is_in_true() -> None:
    assert build(Facts()).in_true
    assert not build(facts()).in_true
    assert not build(facts(plan=None, findings=(NEVER,))).in_true


def test_every_change_says_who_wins_why_from_what_evidence_and_whether_it_comes_back() -> None:
    row = next(row for row in build(facts()).changes if row.id == MOVE.id)

    assert (row.before, row.after) == ("marketingqualifiedlead", "salesqualifiedlead")
    assert (row.winner, row.why) == ("salesforce", "salesforce wins: it owns the stage sql.")
    assert row.evidence == ("sql stands: salesforce owns it.",)
    assert row.target.url == "https://app.hubspot.example/contacts/1/record/0-1/51"
    assert [link.ref for link in row.others] == ["salesforce:Lead/00Q1"]
    assert row.undo == "Can be undone exactly."
    assert row.name == "Anna Kovacs, Acme"
    assert [match.sentence for match in row.matches] == ["The same e-mail: e-mail: same address"]


def test_the_weights_of_a_match_are_shown_once_not_as_sentences_again() -> None:
    row = next(row for row in build(facts()).changes if row.id == MERGE.id)

    assert [(level.comparison, level.weight) for level in row.matches[0].levels] == [
        ("e-mail", 9.3),
        ("last name", 5.1),
        ("first name", -2.0),
    ]
    assert row.evidence == ()
    assert row.undo == "Cannot be undone. The record itself cannot be restored."


def test_without_the_weighed_match_its_parts_are_read_from_the_evidence() -> None:
    row = next(row for row in build(facts(matches=())).changes if row.id == MERGE.id)

    assert [(level.label, level.weight) for level in row.matches[0].levels] == [
        ("same address", 9.3),
        ("same", 5.1),
        ("different", -2.0),
    ]


def test_a_finding_without_a_fix_has_a_reason_always() -> None:
    with_reason = next(row for row in build(facts()).findings if row.id == NEVER.id)
    without = next(row for row in build(facts(reasons={})).findings if row.id == NEVER.id)

    assert (with_reason.state, with_reason.reason) == (State.NO_FIX, "Activities are not made up.")
    assert without.reason.startswith("A person has to look")


def test_a_finding_stands_where_its_neediest_fix_stands() -> None:
    rows = {row.id: row.state for row in build(facts(receipts={FILL.id: applied(FILL, Outcome.STALE)})).findings}

    assert rows[BLANK.id] is State.STALE
    assert rows[STAGE.id] is State.WAITING


def test_the_counts_are_those_of_the_rows() -> None:
    view = build(facts(receipts={FILL.id: applied(FILL, Outcome.APPLIED)}))
    states = [row.state for row in view.changes]

    assert view.counts.planned == len(view.changes) == len(PLAN.changes)
    assert view.counts.waiting == states.count(State.WAITING)
    assert view.counts.written == states.count(State.APPLIED)
    assert view.counts.no_fix == sum(row.state is State.NO_FIX for row in view.findings)
    assert view.counts.findings == len(view.findings)


def test_agreement_counts_records_without_an_open_finding() -> None:
    before = build(facts())
    after = build(facts(receipts={FILL.id: applied(FILL, Outcome.APPLIED)}))

    assert before.agreement == pytest.approx(1 - 7 / 120)
    assert after.agreement == pytest.approx(1 - 5 / 120)
    families = {row.family: row for row in before.families}
    assert families["STG"].share == pytest.approx(1 - 2 / 100)  # stages are looked at on people and deals
    assert families["DUP"].share == pytest.approx(1 - 2 / 120)
    assert (families["OWN"].findings, families["OWN"].share) == (0, 1)
    assert [row.family for row in before.families] == ["DUP", "LNK", "STG", "FLD", "ACT", "OWN"]


def test_the_matrix_stands_in_the_order_of_policy_and_lifecycle() -> None:
    matrix = build(facts()).matrix

    assert matrix is not None
    assert (matrix.row_system, matrix.column_system) == ("salesforce", "hubspot")
    assert (matrix.rows, matrix.columns, matrix.cells) == (("sql",), ("mql",), ((1,),))
    assert build(facts(findings=(NEVER,))).matrix is None


def test_the_order_of_what_comes_in_changes_nothing() -> None:
    given = facts()
    turned = facts(findings=tuple(reversed(FINDINGS)), names=dict(reversed(list(given.names.items()))))

    assert build(turned) == build(given)


def test_a_record_that_is_still_to_be_made_has_no_address_yet() -> None:
    from dataclasses import replace

    from trueup.model.changes import Action
    from trueup.model.refs import Ref

    create = replace(
        MOVE,
        action=Action.CREATE,
        target=Ref("hubspot", "contacts", "new-1"),
        field="",
        values={"email": "a@b.example"},
    )

    row = build(facts(plan=replace(PLAN, changes=(create,)))).changes[0]

    assert row.target.ref == "hubspot:contacts (new)"
    assert row.values == (("E-mail", "a@b.example"),)
    assert row.what == "Create person in hubspot"


def test_five_thousand_rows_are_worked_out_in_time_that_grows_with_them() -> None:
    view = build(many(5_000))

    assert len(view.changes) == 5_000
    assert view.counts.no_fix == 1_250


def test_the_stalest_part_says_how_fresh_a_report_is() -> None:
    from trueup.report.summary import newest

    assert newest(build(facts()).sources) == min(s.taken_at for s in facts().snapshots)


def test_an_owner_is_shown_by_name_and_id_wherever_values_are_shown() -> None:
    dana, eve = Ref("hubspot", "owners", "7"), Ref("hubspot", "owners", "8")
    move = replace(MOVE, field="owner_id", before="owners/7", after="owners/8")
    merge = replace(MERGE, values={"owner_id": "owners/8", "city": "owners/8"})
    differ = replace(STAGE, field="owner_id", values={str(ANNA_H): "owners/7", str(ANNA_S): "User/005"})
    given = replace(
        facts(),
        plan=replace(PLAN, changes=(move, merge)),
        findings=(differ,),
        names={**NAMES, dana: "Dana Fox", eve: "Eve Stone"},
    )

    view = build(given)

    assert words.value_refs([move, merge], [differ]) == {dana, eve, Ref("salesforce", "User", "005")}
    by_id = {row.id: row for row in view.changes}
    row = by_id[move.id]
    assert (row.before, row.after) == ("owners/7", "owners/8"), "what scripts read stays an id"
    assert (row.old, row.new) == ("Dana Fox (owners/7)", "Eve Stone (owners/8)")
    # A city that looks like an id is a city; an owner whom the store does not know is an id.
    assert dict(by_id[merge.id].told) == {"City": "owners/8", "Owner": "Eve Stone (owners/8)"}
    assert [link.told for link in view.findings[0].subjects] == ["Dana Fox (owners/7)", "User/005"]
    card = change_card(row)
    assert (card["old"], card["new"]) == ("Dana Fox (owners/7)", "Eve Stone (owners/8)")
    assert "Dana Fox (owners/7)" in changes_csv(view)
    assert "Eve Stone (owners/8)" in report_text(view)


def test_how_far_matching_went_stands_in_every_format() -> None:
    view = build(facts())

    assert view.matching == (COVERED,)
    document = tabular.document(view)
    assert document["matching"] == [
        {
            "kind": "person",
            "records": 100,
            "grouped": 14,
            "largest": 12,
            "largest_record": "hubspot:contacts/61",
            "pairs": 2_345,
            "left_out": 1_900,
            "left_out_by": {"e-mail name": 1_700, "phone": 200},
        }
    ]
    text = " ".join(report_text(view).split())
    assert "the largest group has 12 records, hubspot:contacts/61 among them" in text
    assert "1,900 pairs of blocks too large to compare were left out (e-mail name 1,700, phone 200)" in text
    html = page(view)
    assert "the largest group has 12 records" in html
    assert "e-mail name 1,700, phone 200" in html


def test_small_groups_and_nothing_left_out_are_not_worth_a_line_but_stand_in_the_document() -> None:
    view = build(facts(matching=(replace(COVERED, largest=3, left_out=0, left_out_by=()),)))

    assert "largest group" not in report_text(view)
    assert tabular.document(view)["matching"][0]["largest"] == 3
