"""A value that only one record may hold is not written while another record holds it."""

from __future__ import annotations

from typing import Any

import pytest
from frame_builder import CAPABILITIES, HS, NOW, Memory, clean_pair

from trueup.model.changes import Action
from trueup.reconcile import checks
from trueup.reconcile.propose import Proposal, propose

NEW = "ada@lovelace.example"


def moved(*, unique: bool = True) -> Memory:
    """The lead has a new address, and Salesforce's word counts."""
    memory = clean_pair()
    memory.records["L1"]["email"] = NEW
    memory.defs[HS, "contacts", "email"] = {"unique": unique}
    return memory


def proposal(memory: Memory, *codes: str) -> Proposal:
    con = memory.connection()
    return propose(con, memory.policy, checks.run(con, memory.policy, NOW, only=codes).findings, CAPABILITIES, NOW)


@pytest.mark.parametrize(
    "held",
    [{"email": NEW}, {"email": f" {NEW.upper()} "}, {"email": "x@y.example", "other_emails": f"a@b.example;{NEW}"}],
    ids=["as it is", "in another spelling", "as a further address"],
)
def test_an_address_that_another_contact_holds_is_left_to_a_person_who_is_told_whose_it_is(
    held: dict[str, Any],
) -> None:
    found = proposal(moved().add("c2", last_name="Okafor", **held).same("L1", "c1", "c2"), "FLD002")

    assert found.changes == ()
    [left] = found.unfixable
    assert left.reason.startswith(
        f"hubspot:contacts/c2 holds '{NEW}' already, and hubspot lets only one record have it;"
    )


def test_an_address_that_only_its_own_record_or_a_record_elsewhere_holds_is_written() -> None:
    memory = moved().add("C5", last_name="Byron", email=NEW)
    memory.records["c1"]["other_emails"] = NEW

    assert [c.after for c in proposal(memory, "FLD002").changes] == [NEW]


def test_a_field_that_many_records_may_hold_is_written() -> None:
    found = proposal(moved(unique=False).add("c2", last_name="Okafor", email=NEW).same("L1", "c1", "c2"), "FLD002")

    assert ("c1", NEW, ()) in [(c.target.id, c.after, c.needs) for c in found.changes]


def test_the_address_of_a_duplicate_is_written_once_the_duplicate_is_merged_in() -> None:
    memory = moved().add("c2", last_name="Okafor", email=NEW).same("L1", "c1", "c2")
    memory.records["c1"]["foreign_ids"] = "salesforce:Lead/L1"

    found = proposal(memory, "FLD002", "DUP001")

    [merge] = [c for c in found.changes if c.action is Action.MERGE]
    [email] = [c for c in found.changes if c.field == "email"]
    assert [o.id for o in merge.others] == ["c2"]
    assert (email.target.id, email.after, email.needs) == ("c1", NEW, (merge.id,))
