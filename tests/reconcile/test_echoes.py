"""Our own writes are nobody's news, and a field that somebody else insists on is left to people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from frame_builder import CAPABILITIES, NOW, SF, TRUTH, Memory, clean_pair, ref
from test_propose_changes import based, both, truth

from trueup.model.authorship import Wrote, writers
from trueup.model.findings import Finding, Severity
from trueup.model.kinds import Kind
from trueup.model.policy import TruthRule
from trueup.model.refs import Ref
from trueup.reconcile import checks, echoes
from trueup.reconcile.propose import Proposal, propose

Writes = list[tuple[str, str, str | None, float]]


def look(memory: Memory, writes: Writes, *codes: str) -> tuple[list[Finding], Proposal]:
    """`writes` are (record, field, value, days ago), oldest first."""
    memory.written.clear()
    for write in writes:
        memory.wrote(*write)
    con = memory.connection()
    findings = checks.run(con, memory.policy, NOW, only=codes or None).findings
    return findings, propose(con, memory.policy, findings, CAPABILITIES, NOW)


def only_change(found: tuple[list[Finding], Proposal]) -> tuple[str, str, str | None]:
    (change,) = [c for c in found[1].changes if c.field == "title"]
    return change.target.id, change.field, change.after


def test_what_we_wrote_last_is_not_taken_for_an_edit() -> None:
    """Both agreed on CFO; sales made it CEO, we carried that over, sales made it CTO before anybody checked again."""
    memory = based(both("title", "CTO", "CEO"), "title", "CFO", "CFO")
    memory = truth(memory, "title", TruthRule("hubspot"))

    assert only_change(look(memory, [("c1", "title", "CEO", 1)], "FLD002")) == ("c1", "title", "CTO")
    assert only_change(look(memory, [], "FLD002")) == ("L1", "title", "CEO")


def test_what_undo_put_back_is_not_taken_for_an_edit() -> None:
    """CEO was carried over to HubSpot and taken back: the policy decides as it did before, HubSpot did not move."""
    memory = based(both("title", "CEO", "CFO"), "title", "CEO", "CEO")

    assert only_change(look(memory, [], "FLD002")) == ("L1", "title", "CFO")
    undone: Writes = [("c1", "title", "CEO", 2), ("c1", "title", "CFO", 1)]
    assert only_change(look(memory, undone, "FLD002")) == ("c1", "title", "CEO")


def test_a_field_changed_back_twice_is_frozen_and_says_so() -> None:
    memory = both("title", "CEO", "Boss")
    writes: Writes = [("c1", "title", "CEO", 9), ("c1", "title", "CEO", 5)]

    (finding,), proposal = look(memory, writes, "FLD002")

    assert [c for c in proposal.changes if c.field == "title"] == []
    (left,) = proposal.unfixable
    assert left.finding == finding.id
    assert "wrote 'CEO' 2 times" in left.reason
    assert "is 'Boss' now" in left.reason
    assert left.reason in finding.evidence


def test_a_frozen_field_is_a_finding_of_its_own_with_the_record_and_what_it_holds() -> None:
    memory = both("title", "CEO", "Boss")
    writes: Writes = [("c1", "title", "CEO", 9), ("c1", "title", "CEO", 5)]

    (finding,), proposal = look(memory, writes, "FLD006")

    assert (finding.code, [str(ref) for ref in finding.subjects], finding.field) == ("FLD006", [ref("c1")], "title")
    assert finding.values == {ref("c1"): "Boss"}
    assert finding.evidence == (echoes.Flip("CEO", 2, "Boss").sentence,)
    (left,) = proposal.unfixable
    assert (left.code, left.reason) == ("FLD006", f"title of {ref('c1')}: {finding.evidence[0]}")
    assert look(memory, writes[:1], "FLD006")[0] == []


AT = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
EARLIER = datetime(2026, 2, 28, 7, 30, tzinfo=UTC)
C1 = Ref.parse(ref("c1"))


@pytest.mark.parametrize(
    ("wrote", "told"),
    [
        ([], ()),
        # Our own value is not what it was changed back to.
        ([Wrote(C1, "title", "app 7", AT, "CEO")], ()),
        (
            [Wrote(C1, "title", "a workflow", AT, "Boss"), Wrote(C1, "title", "app 7", EARLIER, "CEO")],
            ("Changed back by a workflow to 'Boss' on 2026-03-01 at 07:30 UTC.",),
        ),
        # Each writer once, with the latest that it wrote; a blank is a value as well.
        (
            [
                Wrote(C1, "title", "Ann", AT, None),
                Wrote(C1, "title", "a form", None, "B"),
                Wrote(C1, "title", "Ann", EARLIER, "X"),
            ],
            ("Changed back by Ann to a blank on 2026-03-01 at 07:30 UTC.", "Changed back by a form to 'B'."),
        ),
        (
            [Wrote(C1, "title", "Ann", AT, exact=False)],
            (
                "Changed back by Ann, perhaps: no history of the field is kept, and the record's last change was"
                " theirs on 2026-03-01 at 07:30 UTC.",
            ),
        ),
        (
            [Wrote(C1, "title", f"app {n}", None, "B") for n in range(5)],
            tuple(f"Changed back by app {n} to 'B'." for n in range(3)),
        ),
    ],
)
def test_those_who_changed_a_field_back_are_named(wrote: list[Wrote], told: tuple[str, ...]) -> None:
    finding = Finding("FLD006", Severity.WARNING, Kind.PERSON, (C1,), "title", {}, ("It flips.",))

    signed = echoes.signed(finding, wrote, "CEO")

    assert signed.evidence == ("It flips.", *told)
    assert writers(signed) == told
    # Who was named before is still named when nobody was asked; whoever is named now stands alone.
    assert writers(echoes.still_signed(finding, signed)) == told
    assert echoes.still_signed(signed, finding) == signed


def test_a_field_changed_back_once_or_by_undo_is_not_frozen() -> None:
    memory = both("title", "CEO", "Boss")
    once: Writes = [("c1", "title", "CEO", 5)]
    undone: Writes = [("c1", "title", value, 9 - i) for i, value in enumerate(("CEO", "Boss", "CEO", "Boss"))]

    assert only_change(look(memory, once, "FLD002")) == ("c1", "title", "CEO")
    assert only_change(look(memory, undone, "FLD002")) == ("c1", "title", "CEO")


def test_flips_are_followed_through_merges() -> None:
    memory = both("title", "CEO", "Boss").lost("c8", merged_into="c1")

    _, proposal = look(memory, [("c8", "title", "CEO", 9), ("c1", "title", "CEO", 5)], "FLD002")

    assert [c for c in proposal.changes if c.field == "title"] == []


def test_a_step_back_that_we_were_told_to_make_is_no_finding() -> None:
    memory = clean_pair().event("c1", "salesqualifiedlead", 6)  # and marketingqualifiedlead three days ago
    back: Writes = [("c1", "lifecycle_stage", "marketingqualifiedlead", 3)]
    earlier: Writes = [("c1", "lifecycle_stage", "marketingqualifiedlead", 4)]

    assert [f.code for f in look(memory, [], "STG002")[0]] == ["STG002"]
    assert [f.code for f in look(memory, earlier, "STG002")[0]] == ["STG002"]
    assert look(memory, back, "STG002")[0] == []


def test_the_owner_of_the_field_still_decides_without_any_write_of_ours() -> None:
    assert TRUTH[next(iter(TRUTH))]["default"].owner == SF
    assert only_change(look(both("title", "CEO", "Boss"), [], "FLD002")) == ("c1", "title", "CEO")
