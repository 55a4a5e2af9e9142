"""Five thousand pairs that look like one and are two: none of them may come out as certain."""

from hard_negatives import make
from identity_frames import filled

from trueup.model.policy import Policy
from trueup.reconcile import identity


def test_none_of_five_thousand_hard_negatives_is_certain() -> None:
    made = make(5000)
    con = filled(made.people, made.companies)

    identity.resolve(con, Policy(systems={}))

    grades = {(a, b): g for a, b, g in con.execute("SELECT left_ref, right_ref, grade FROM match").fetchall()}
    group = dict(con.execute("SELECT ref, entity FROM same").fetchall())
    con.close()
    assert sum(map(len, made.pairs.values())) >= 5000
    certain = {sort: [p for p in pairs if grades.get(p) == "certain"] for sort, pairs in made.pairs.items()}
    assert certain == {sort: [] for sort in made.pairs}
    joined = {sort: sum(group[a] == group[b] for a, b in pairs) for sort, pairs in made.pairs.items()}
    assert sum(joined.values()) <= 100, joined
    moved = [pair for pair in zip(list(made.people), list(made.people)[1:], strict=False) if grades.get(pair)]
    assert moved, "the same run does find who changed jobs"
