"""What identity tells about a pair, and about what was left out."""

import importlib
import json

import pytest
from identity_frames import A1, ANA, H1, H2, K1, Rows, frame
from identity_worlds import told, world

from trueup.model.kinds import Kind
from trueup.model.matching import Grade
from trueup.reconcile import identity


def test_a_match_tells_its_parts_and_they_add_up() -> None:
    with frame({K1: {**ANA, "title": "CEO"}, H1: ANA}) as con:
        score, levels, prior = con.execute("SELECT score, levels, prior FROM match").fetchall()[0]
        parts = json.loads(levels)

        assert {part["comparison"] for part in parts} == {"e-mail", "first name", "last name", "company"}
        assert parts[0].keys() == {"comparison", "label", "weight", "left", "right"}
        total = prior + sum(part["weight"] for part in parts)
        assert score == pytest.approx(2**total / (1 + 2**total), abs=1e-6)


def test_any_pair_can_be_explained_also_one_that_is_no_match() -> None:
    people: Rows = {K1: ANA, H1: ANA, H2: {"first_name": "Ben", "last_name": "Okafor", "email": "ben@acme.example"}}
    with frame(people) as con:
        match = identity.explain(con, K1, H1)
        assert match.grade is Grade.CERTAIN
        assert [level.comparison for level in match.levels] == ["e-mail", "first name", "last name", "company"]
        assert match.score == pytest.approx(con.execute("SELECT score FROM match").fetchall()[0][0])

        assert identity.explain(con, H2, K1).grade is Grade.NO
        with pytest.raises(ValueError, match="not two live records"):
            identity.explain(con, K1, "hubspot:contacts/404")


def test_what_blocking_left_out_is_reported() -> None:
    people: Rows = {
        f"hubspot:contacts/{n:03}": {"first_name": f"N{n}", "last_name": f"F{n}", "phone": "+14155550132"}
        for n in range(60)
    }
    with frame(people) as con:
        got = con.execute(
            "SELECT blocks_left_out, records_left_out, pairs_left_out FROM blocking WHERE kind = 'person' AND rule = 'phone'"
        )
        assert got.fetchall() == [(1, 60, 60 * 59 // 2)]


def test_how_far_matching_went_is_told_by_kind() -> None:
    same = {"first_name": "Ana", "last_name": "Ruiz", "email": "ana.ruiz@acme.example"}
    crowd = {f"hubspot:contacts/8{n:02}": {"last_name": "Meyer", "phone": "+14155550132"} for n in range(60)}
    with frame({K1: same, H1: same, H2: same, **crowd}, {A1: {"name": "Acme"}}) as con:
        people, companies = identity.coverage(con)
        left_out = con.execute("SELECT sum(pairs_left_out) FROM blocking WHERE kind = 'person'").fetchall()[0][0]

    assert (people.kind, people.records, people.grouped, people.largest) == (Kind.PERSON, 63, 3, 3)
    assert people.largest_record == H1, "the smallest ref of the group"
    assert people.left_out == left_out >= 60 * 59 // 2
    assert dict(people.left_out_by)["phone"] == 60 * 59 // 2
    assert (companies.records, companies.grouped, companies.largest, companies.largest_record) == (1, 0, 0, "")


def test_values_are_told_as_they_are_whatever_signs_they_hold() -> None:
    odd = {**ANA, "title": 'Chief "of" \\ staff\n{Ł}', "city": "Sant'Ana"}
    with frame({K1: odd, H1: odd}) as con:
        match = identity.explain(con, K1, H1)
        stored = json.loads(con.execute("SELECT levels FROM match").fetchall()[0][0])

    told_of = {level["comparison"]: (level["left"], level["right"]) for level in stored}
    assert told_of["job title"] == (odd["title"], odd["title"])
    assert told_of["place"] == ("Sant'Ana", "Sant'Ana")
    assert [(x.comparison, x.left, x.right, x.weight) for x in match.levels] == [
        (x["comparison"], x["left"], x["right"], x["weight"]) for x in stored
    ]


def test_the_result_does_not_depend_on_how_many_pairs_are_compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(5)
    results = []
    for part in (1_000_000, 7):
        monkeypatch.setattr(importlib.import_module("trueup.reconcile.identity.resolve"), "_PART", part)
        con = w.connection()
        first = identity.resolve(con, w.policy)
        full = told(con)
        again = identity.resolve(con, w.policy, first)
        assert told(con) == full
        results.append((full, {k: (s.starts.tolist(), s.right.tolist()) for k, s in [*first.items(), *again.items()]}))
        con.close()

    assert len(results[0][0]["match"]) > 14
    assert results[0] == results[1]
