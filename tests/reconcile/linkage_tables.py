"""Small tables of invented people and firms, seeded, with slips and gaps; the truth stands in the record's id."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
from numpy.typing import ArrayLike

from trueup.reconcile.linkage import Matched, Table, match, parse
from trueup.reconcile.linkage.pairs import Pairs

FIRST = [
    "anna",
    "bruno",
    "carla",
    "dieter",
    "elena",
    "farid",
    "greta",
    "hugo",
    "irene",
    "jonas",
    "katja",
    "lars",
    "mona",
    "nils",
    "olga",
    "pavel",
    "rosa",
    "sven",
    "tilda",
    "uwe",
]
LAST = [
    "abel",
    "berger",
    "conrad",
    "dietz",
    "engel",
    "fuchs",
    "graf",
    "huber",
    "ilg",
    "jung",
    "keller",
    "lorenz",
    "meyer",
    "nagel",
    "otto",
    "peters",
    "reuter",
    "sauer",
]
TOWNS = ["arnstadt", "bergheim", "coburg", "detmold", "eutin", "forst", "gera", "husum"]
COLUMNS = {
    "id": "id", "first name": "first", "last name": "last", "e-mail": "mail", "city": "town", "birth date": "born",
}  # fmt: skip

OF_PAPERS = {"id": "id", "other text": ["title", "authors"], "other code": "year"}


def people(count: int, seed: int = 5, copies: float = 0.4) -> list[dict[str, str]]:
    """People, some of them twice or thrice with slips; the id is `person-copy`."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        last = rng.choice(LAST) + rng.choice(["", "mann", "stein", "hoff", "ner"])
        one = {
            "first": rng.choice(FIRST), "last": last, "town": rng.choice(TOWNS),
            "born": f"19{rng.randint(30, 99)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        }  # fmt: skip
        one["mail"] = f"{one['first']}.{last}{rng.randint(1, 99)}@mail{rng.randint(1, 9)}.example"
        for copy in range(1 + (rng.random() < copies) + (rng.random() < copies / 3)):
            row = dict(one)
            if copy:
                for field in ("first", "last", "mail", "born"):
                    if rng.random() < 0.25:
                        row[field] = slip(row[field], rng)
                for field in ("first", "town", "mail", "born"):
                    if rng.random() < 0.15:
                        row[field] = ""
            rows.append({"id": f"{number}-{copy}", **row})
    return rows


def papers(count: int, copies: int, seed: int = 3) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Papers of which every fourth has a sequel by the same authors; the second list has each up to `copies` times."""
    rng = random.Random(seed)
    words = ["".join(rng.choice("bdfklmnprst") + rng.choice("aeiou") for _ in range(3)) for _ in range(900)]
    titles: list[tuple[list[str], str, int]] = []
    while len(titles) < count:
        title, authors = rng.sample(words, 7), ", ".join(rng.sample(words, rng.randint(1, 3)))
        year = rng.randint(1990, 2015)
        titles.append((title, authors, year))
        if len(titles) % 4 == 0:
            titles.append(([*title[:6], rng.choice(words)], authors, year + 1))
    first, second = [], []
    for number, (title, authors, year) in enumerate(titles):
        row = {"title": " ".join(title), "authors": authors, "year": str(year)}
        if number % 9:
            first.append({"id": f"{number}-0", **row})
        for copy in range(1, 1 + rng.randint(1, copies)):
            typed = " ".join(slip(word, rng) if rng.random() < 0.1 else word for word in title)
            second.append({"id": f"{number}-{copy}", **row, "title": typed})
    return first, second


def slip(text: str, rng: random.Random) -> str:
    """One letter left out, doubled or changed."""
    place = rng.randrange(len(text))
    return rng.choice([text[:place] + text[place + 1 :], text[:place] + text[place] + text[place:], text])


def load(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, str]]) -> None:
    """Rows as a relation of text columns."""
    fields = list(rows[0])
    con.register("rows_in", {field: np.array([row[field] or None for row in rows], dtype=object) for field in fields})
    con.execute(
        f'CREATE TABLE "{name}" AS SELECT {", ".join(f"{field}::VARCHAR AS {field}" for field in fields)} FROM rows_in'
    )
    con.unregister("rows_in")


def matched(
    *tables: Sequence[Mapping[str, str]], columns: Mapping[str, object] = COLUMNS, threads: int = 2,
    one_to_one: bool | None = None,
) -> tuple[Matched, list[tuple[int, str, int, float]]]:  # fmt: skip
    """The outcome, and (table, id, cluster, probability) of every record."""
    con = duckdb.connect(config={"threads": str(threads)})
    names = [f"t{n}" for n in range(len(tables))]
    for name, rows in zip(names, tables, strict=True):
        load(con, name, rows)
    roles = parse(columns, names)
    found = match(con, [Table(name, name, roles[name]) for name in names], one_to_one=one_to_one)
    staged = con.execute("SELECT t, rec FROM link_ids ORDER BY i").fetchall()
    con.close()
    return found, [
        (t, rec, int(c), float(p)) for (t, rec), c, p in zip(staged, found.cluster, found.probability, strict=True)
    ]


def f1(said: Sequence[tuple[int, str, int, float]], *, across: bool = False) -> float:
    """Pairwise F1; the truth is what stands before the dash of the id."""

    def pairs(groups: Mapping[object, list[tuple[int, str]]]) -> set[tuple[tuple[int, str], tuple[int, str]]]:
        return {
            (a, b)
            for members in groups.values()
            for n, a in enumerate(sorted(members))
            for b in sorted(members)[n + 1 :]
            if not across or a[0] != b[0]
        }

    predicted: dict[object, list[tuple[int, str]]] = {}
    true: dict[object, list[tuple[int, str]]] = {}
    for t, rec, cluster, _ in said:
        predicted.setdefault(cluster, []).append((t, rec))
        true.setdefault(rec.partition("-")[0], []).append((t, rec))
    got, want = pairs(predicted), pairs(true)
    return 2 * len(got & want) / max(1, len(got) + len(want))


def weighed(rows: int, left: ArrayLike, right: ArrayLike, weight: ArrayLike) -> Pairs:
    """Weighed pairs, in any order."""
    keys = np.asarray(left, dtype=np.int64) * rows + np.asarray(right, dtype=np.int64)
    order = np.argsort(keys)
    return Pairs(rows, keys[order], np.asarray(weight, dtype=np.float64)[order])
