"""A value whose meaning hangs on a country that the same plan changes waits for it."""

from __future__ import annotations

from test_propose_changes import both, proposal


def test_a_number_waits_for_the_country_that_says_which_one_it_is() -> None:
    memory = both("phone", "+12125550134", "(212) 555-0199")
    memory.records["L1"]["country"], memory.records["c1"]["country"] = "United Kingdom", "US"

    found = proposal(memory, "FLD002")

    assert [(c.field, c.after) for c in found.changes] == [("country", "United Kingdom")]
    assert [item.reason for item in found.unfixable] == [
        "The country of hubspot:contacts/c1 is to be set first: it decides which number is meant."
    ]
    memory.records["c1"]["country"] = "United Kingdom"
    assert [c.field for c in proposal(memory, "FLD002", "FLD004").changes] == ["phone"]
