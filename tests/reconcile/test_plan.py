"""Order, seal, JSON and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.errors import PlanError
from trueup.model.changes import Action, Change, Loss, Plan, Reversal
from trueup.model.kinds import Kind
from trueup.model.policy import Policy
from trueup.model.receipts import Outcome, Receipt
from trueup.model.records import Record
from trueup.model.refs import Ref
from trueup.reconcile.guards import judge
from trueup.reconcile.plan import from_json, order, reseal, reverse, seal, to_json, verify_seal

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
POLICY = Policy(systems={}, digest="abc")
GOLDEN = Path(__file__).parent / "golden_plan.json"


def ref(id_: str, object_: str = "people") -> Ref:
    return Ref("crm", object_, id_)


def update(id_: str, after: str = "b", **more: object) -> Change:
    return Change(Action.UPDATE, ref(id_), Kind.PERSON, field="title", before="a", after=after, **more)  # type: ignore[arg-type]


COMPANY = Change(Action.CREATE, ref("new-1", "companies"), Kind.COMPANY, values={"name": "Acme"}, rule="create")
PERSON = Change(Action.CREATE, ref("new-2"), Kind.PERSON, values={"last_name": "Ö"}, needs=(COMPANY.id,), rule="create")
TIE = Change(
    Action.ASSOCIATE, ref("d1", "deals"), Kind.DEAL, others=(ref("new-2"),), field="deal_person", needs=(PERSON.id,)
)
MERGE = Change(
    Action.MERGE,
    ref("1"),
    Kind.PERSON,
    others=(ref("2"),),
    values={"city": "Ghent"},
    reversal=Reversal.NONE,
    irreversible="gone",
)
DELETE = Change(Action.DELETE, ref("9"), Kind.PERSON)
DELETE_COMPANY = Change(Action.DELETE, ref("9", "companies"), Kind.COMPANY)
ALL = [DELETE_COMPANY, DELETE, MERGE, TIE, PERSON, update("3"), COMPANY]


def plan(changes: list[Change] = ALL) -> Plan:
    return seal(changes, judge(changes, POLICY, {("crm", "people"): 100}), ("s2", "s1"), POLICY, NOW)


def test_the_order_is_parents_children_updates_links_merges_archives() -> None:
    assert order(ALL) == (COMPANY, PERSON, update("3"), TIE, MERGE, DELETE, DELETE_COMPANY)


@given(st.permutations(ALL))
def test_the_plan_is_the_same_whatever_order_the_changes_came_in(changes: list[Change]) -> None:
    assert to_json(plan(changes)) == to_json(plan())


def test_changes_that_need_each_other_are_no_plan() -> None:
    # Ids cover no needs, so a circle can be written down.
    one, two = update("1"), update("2")

    with pytest.raises(PlanError, match="need each other"):
        order([replace(one, needs=(two.id,)), replace(two, needs=(one.id,))])


def test_the_json_is_the_kept_one_to_the_byte() -> None:
    """Changing these bytes breaks whoever reads plans: add fields only, then renew the file."""
    assert to_json(plan()) == GOLDEN.read_bytes()


def test_a_plan_read_back_is_the_same() -> None:
    assert from_json(to_json(plan())) == plan()


def test_unknown_fields_of_a_newer_program_are_no_fault() -> None:
    document = json.loads(to_json(plan()))
    document["comment"] = "added later"

    assert from_json(json.dumps(document)) == plan()


def _touched() -> list[tuple[str, object]]:
    def touch(path: tuple[str | int, ...], value: object) -> bytes:
        document = json.loads(to_json(plan()))
        item = document
        for key in path[:-1]:
            item = item[key]
        item[path[-1]] = value
        return json.dumps(document).encode()

    return [
        ("a value", touch(("changes", 2, "after"), "c")),
        ("a value and its id", touch(("changes", 2), json.loads(to_json(plan([update("3", "c")])))["changes"][0])),
        ("a reason", touch(("changes", 2, "reason"), "because")),
        ("the expiry", touch(("expires_at",), "2036-06-04T12:00:00+00:00")),
        ("a guard", touch(("guards", 0, "tripped"), True)),
        ("the id", touch(("id",), "p123")),
        ("the digest", touch(("digest",), "0" * 64)),
        ("no digest", touch(("digest",), "")),
        ("a change left out", touch(("changes",), [])),
        ("another format", touch(("format",), "terraform")),
        ("a version of the future", touch(("version",), 2)),
        ("an action there is not", touch(("changes", 0, "action"), "explode")),
        ("a list", b"[]"),
        ("no JSON", b"{"),
        ("no text", b"\xff\xfe"),
    ]


@pytest.mark.parametrize(("name", "text"), _touched(), ids=[name for name, _ in _touched()])
def test_a_plan_that_was_touched_is_refused(name: str, text: bytes) -> None:
    with pytest.raises(PlanError):
        from_json(text)


def test_a_plan_without_a_seal_is_refused() -> None:
    with pytest.raises(PlanError, match="not sealed"):
        verify_seal(replace(plan(), digest=""))


def test_an_edited_plan_gets_a_new_id_and_the_old_expiry() -> None:
    sealed = plan()
    edited = replace(COMPANY, values={"name": "Acme Ltd"})

    again = reseal(sealed, {COMPANY.id: edited}, datetime(2026, 6, 2, tzinfo=UTC))

    verify_seal(again)
    assert again.id != sealed.id
    assert again.expires_at == sealed.expires_at
    assert next(c for c in again.changes if c.kind is Kind.PERSON and c.action is Action.CREATE).needs == (edited.id,)


def test_an_edit_of_a_change_that_is_not_there_is_refused() -> None:
    with pytest.raises(PlanError, match="no change"):
        reseal(plan(), {"c0": COMPANY}, NOW)


def applied(change: Change, **more: object) -> tuple[Change, Receipt]:
    return change, Receipt(change.id, Outcome.APPLIED, NOW, **more)  # type: ignore[arg-type]


def test_the_way_back_runs_backwards() -> None:
    changes, cannot = reverse([applied(update("1")), applied(DELETE)])

    assert [(c.action, c.target.id, c.before, c.after) for c in changes] == [
        (Action.RESTORE, "9", None, None),
        (Action.UPDATE, "1", "b", "a"),
    ]
    assert cannot == []


def test_what_was_made_is_deleted_as_a_whole() -> None:
    link = Change(
        Action.UPDATE,
        ref("5", "others"),
        Kind.PERSON,
        field="foreign_ids",
        after=str(PERSON.target),
        needs=(PERSON.id,),
    )
    written = Change(Action.UPDATE, ref("77"), Kind.PERSON, field="title", before=None, after="x")

    changes, _ = reverse([applied(PERSON, ref=ref("77")), applied(link), applied(written)])

    assert [(c.action, c.target, c.before, c.after) for c in changes] == [
        (Action.UPDATE, ref("5", "others"), str(ref("77")), None),
        (Action.DELETE, ref("77"), None, None),
    ]


def test_only_what_was_applied_is_taken_back() -> None:
    pairs = [(update("1"), Receipt("c", outcome, NOW)) for outcome in Outcome if outcome is not Outcome.APPLIED]

    changes, cannot = reverse(pairs)

    assert changes == []
    assert [loss.why for loss in cannot] == ["it is not known whether it was carried out; settle it first"]


def test_what_cannot_be_taken_back_says_why() -> None:
    convert = Change(Action.CONVERT, ref("1"), Kind.PERSON, others=(ref("2"),), irreversible="once only")
    opt_out = Change(Action.UPDATE, ref("1"), Kind.PERSON, field="email_opt_out", before="false", after="true")

    changes, cannot = reverse([applied(MERGE), applied(convert), applied(opt_out)])

    assert changes == []
    assert [loss.why for loss in cannot][1:] == ["once only", "gone"]
    assert "consent" in cannot[0].why
    assert not any(loss.comes_back for loss in cannot)


def test_the_losers_of_a_merge_come_back_where_the_system_can() -> None:
    merge = replace(MERGE, reversal=Reversal.PARTIAL)
    changes, cannot = reverse([applied(merge)])

    assert [(c.action, c.target) for c in changes] == [(Action.RESTORE, ref("2"))]
    assert cannot == [Loss(merge, "gone", f"{ref('2')} is restored")]  # what comes back, and what does not


def test_a_merge_gives_back_what_it_filled_in() -> None:
    merge = replace(MERGE, reversal=Reversal.PARTIAL, values={"title": "Boss", "email_opt_out": "true"})
    was = Record(ref("1"), Kind.PERSON, {"title": "n/a", "email_opt_out": "false"})
    changes, (loss,) = reverse([applied(merge)], before={merge.id: was})

    assert loss.comes_back == f"{ref('2')} is restored; title of {ref('1')} as before the merge"
    (update,) = (c for c in changes if c.action is Action.UPDATE)
    assert (update.target, update.field, update.before, update.after) == (ref("1"), "title", "Boss", "n/a")


texts = st.none() | st.text(max_size=5)
updates = st.builds(
    Change,
    st.just(Action.UPDATE),
    st.builds(ref, st.sampled_from("123")),
    st.just(Kind.PERSON),
    field=st.sampled_from(["title", "city"]),
    before=texts,
    after=texts,
)
ties = st.builds(
    Change,
    st.sampled_from([Action.ASSOCIATE, Action.DISSOCIATE]),
    st.builds(ref, st.sampled_from("123")),
    st.just(Kind.DEAL),
    others=st.just((ref("4"),)),
    field=st.just("deal_person"),
    after=st.sampled_from(["", "Buyer"]),
)
archives = st.builds(
    Change,
    st.sampled_from([Action.DELETE, Action.RESTORE]),
    st.builds(ref, st.sampled_from("123")),
    st.just(Kind.PERSON),
)


@given(st.lists(updates | ties | archives, max_size=6))
def test_the_way_back_from_the_way_back_is_the_change(changes: list[Change]) -> None:
    back, cannot = reverse([applied(change) for change in changes])
    there, cannot_again = reverse([applied(change) for change in back])

    assert [change.id for change in there] == [change.id for change in changes]
    assert cannot == cannot_again == []
