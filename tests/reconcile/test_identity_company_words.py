"""What names of companies have in common is what their words say one by one, however few pairs are looked at."""

import random

import duckdb
import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from trueup.model.policy import Policy
from trueup.reconcile import frame
from trueup.reconcile.identity import companies, scoring
from trueup.reconcile.identity.companies import Companies
from trueup.reconcile.identity.resolve import prepare

WORDS = ("acme", "acmee", "bolt", "bolts", "orion", "canada", "germany", "north", "emea", "services", "2", "delta")
TELLING = {"canada", "germany", "north", "emea", "services", "2"}
_PART = 2


def _of_names(names: list[str]) -> Companies:
    con = duckdb.connect()
    frame.create(con)
    con.executemany(
        "INSERT INTO record_company (ref, system, object, id, name) VALUES (?, 'hubspot', 'companies', ?, ?)",
        [(f"hubspot:companies/{i:04}", f"{i:04}", name) for i, name in enumerate(names)],
    )
    prepare(con, Policy(systems={}))
    companies.stage(con)
    return companies.prepare(con, np.zeros(len(names), dtype=np.int32), 1)


def _said(one: str, other: str) -> tuple[str, bool]:
    """The level of two different names, and whether just words that tell parts apart are between them."""
    mine, others = set(one.split()), set(other.split())
    meet = bool(mine & others)
    parts = meet and bool(mine ^ others) and (mine ^ others) <= TELLING
    if meet and (mine < others or others < mine):
        return "contained", parts
    # Likeness is kept in single precision.
    close = np.float32(JaroWinkler.similarity(one.replace(" ", ""), other.replace(" ", ""))) >= np.float32(0.93)
    return ("similar" if close or token_sort_ratio(one, other) >= 90 else "other"), parts


def test_names_are_compared_by_their_words() -> None:
    rng = random.Random(3)
    found = _of_names([" ".join(rng.choices(WORDS, k=rng.randint(1, 4))) for _ in range(250)])
    names = [found.name.values[code] for code in found.name.codes]
    left, right = (side.astype(np.int64) for side in np.triu_indices(len(names), 1))
    model = scoring.shipped("company")

    compared = companies.compare(found, model, left, right)

    place = [ladder.key for ladder in model.ladders].index("name")
    rungs = [rung.key for rung in model.ladders[place].rungs]
    seen = {"exact": 0, "contained": 0, "similar": 0, "other": 0, "parts": 0}
    for i, j, level, conflict in zip(left, right, compared.levels[place], compared.conflict, strict=True):
        one, other = names[i], names[j]
        said, parts = ("exact", False) if one == other else _said(one, other)
        assert (rungs[level], conflict == _PART) == (said, parts), (one, other)
        seen[said] += 1
        seen["parts"] += parts
    assert min(seen.values()) > 20, seen
