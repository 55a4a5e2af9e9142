"""The base: what linked records agree on, kept in the store, is what the next comparison weighs edits against."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
from frame_builder import NOW, Memory, clean_pair, ref

from trueup.model.kinds import Kind
from trueup.model.refs import Ref
from trueup.reconcile.agreement import agreed
from trueup.store import open_store
from trueup.store.columns import load


def base(memory: Memory) -> dict[str, dict[str, str]]:
    return {r: json.loads(text) for r, text in agreed(memory.connection(), memory.policy, NOW)}


def test_both_sides_get_their_own_spelling_of_what_they_agree_on() -> None:
    memory = clean_pair()
    memory.records["L1"] |= {"phone": "(212) 555-0134", "title": "CFO", "country": "US"}
    memory.records["c1"] |= {"phone": "+12125550134", "title": "cfo", "country": "US"}

    found = base(memory)

    assert set(found) == {ref("L1"), ref("c1")}
    assert (found[ref("L1")]["phone"], found[ref("c1")]["phone"]) == ("(212) 555-0134", "+12125550134")
    assert (found[ref("L1")]["title"], found[ref("c1")]["title"]) == ("CFO", "cfo")
    # A picklist means the same in two words; stages, owners and ids have checks of their own.
    assert found[ref("L1")]["original_source"] == "Web"
    assert found[ref("c1")]["original_source"] == "DIRECT_TRAFFIC"
    assert not {"lifecycle_stage", "owner_id", "foreign_ids", "employee_count"} & found[ref("L1")].keys()


def test_what_differs_or_says_nothing_gets_no_base() -> None:
    memory = clean_pair()
    memory.records["L1"] |= {"title": "CFO", "city": None, "street": "n/a", "phone": "12"}
    memory.records["c1"] |= {"title": "CEO", "city": "York", "street": "n/a", "phone": "12"}

    assert not {"title", "city", "street", "phone"} & base(memory)[ref("L1")].keys()


def test_the_base_of_the_last_agreement_stands_where_they_differ_now() -> None:
    memory = clean_pair()
    memory.records["L1"]["title"], memory.records["c1"]["title"] = "CTO", "CEO"
    memory.bases += [("L1", "title", "CFO"), ("c1", "title", "CFO"), ("L1", "industry", "Media")]

    found = base(memory)

    assert (found[ref("L1")]["title"], found[ref("c1")]["title"]) == ("CFO", "CFO")
    assert found[ref("L1")]["industry"] == "Banking"  # they agree anew, on another value


def test_records_whose_base_did_not_move_are_not_told_again() -> None:
    memory = clean_pair()
    for r, fields in base(memory).items():
        short = r.rpartition("/")[2]
        memory.bases += [(short, name, value) for name, value in fields.items()]
    assert base(memory) == {}

    memory.records["L1"]["title"] = memory.records["c1"]["title"] = "CFO"
    assert {r: fields["title"] for r, fields in base(memory).items()} == {ref("L1"): "CFO", ref("c1"): "CFO"}


def test_the_base_comes_back_from_the_store_as_it_went_in(tmp_path: Path) -> None:
    """Quotes, line breaks, other scripts and fields of later versions survive; a second round changes nothing."""
    memory = clean_pair()
    odd = 'He said "no"\n\\ 유나 — 100 %;\t{"a": 1}'
    memory.records["L1"]["title"] = memory.records["c1"]["title"] = odd
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        store.agree([(Ref.parse(ref("L1")), "city", "York")])
        store.put_base(agreed(memory.connection(), memory.policy, NOW))
        con = duckdb.connect()
        load(store, con, kinds=[Kind.PERSON])
        loaded = con.execute("SELECT ref, field, value FROM base_value").fetchall()
        assert {(str(r), f, v) for r, f, v in store.base_values()} == set(loaded)

    kept = {(r, name): value for r, name, value in loaded}
    assert kept[ref("L1"), "title"] == odd == kept[ref("c1"), "title"]
    # The store replaces a record's base whole: what another run had put there alone is gone unless the frame knew it.
    assert (ref("L1"), "city") not in kept
    memory.bases = [(r.rpartition("/")[2], name, value) for r, name, value in loaded]
    assert base(memory) == {}


def test_half_a_base_is_kept_when_the_frame_knows_it(tmp_path: Path) -> None:
    memory = clean_pair()
    memory.bases += [("L1", "city", "York")]
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        store.put_base(agreed(memory.connection(), memory.policy, NOW))
        assert {f: v for r, f, v in store.base_values() if str(r) == ref("L1")}["city"] == "York"
