"""A seeded CRM pair for measuring identity: people and companies as two systems would hold them, with the truth beside.

Made for measuring alone; it shares nothing with the twin's world, so that nothing is tuned to one generator.
"""

from __future__ import annotations

import csv
import random
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby, islice
from typing import Any

import duckdb

from trueup.model.kinds import FIELDS, Kind

# fmt: off
GIVEN = [
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William",
    "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas", "Sarah", "Charles", "Karen", "Christopher",
    "Lisa", "Daniel", "Nancy", "Matthew", "Betty", "Anthony", "Sandra", "Mark", "Margaret", "Donald", "Ashley",
    "Steven", "Kimberly", "Andrew", "Emily", "Paul", "Donna", "Joshua", "Michelle", "Kenneth", "Carol", "Kevin",
    "Amanda", "Brian", "Melissa", "George", "Deborah", "Timothy", "Stephanie", "Ronald", "Rebecca", "Jason",
    "Laura", "Edward", "Helen", "Jeffrey", "Sharon", "Ryan", "Cynthia", "Jacob", "Kathleen", "Gary", "Amy",
    "Nicholas", "Angela", "Eric", "Shirley", "Jonathan", "Anna", "Stephen", "Brenda", "Larry", "Pamela", "Justin",
    "Nicole", "Scott", "Ruth", "Brandon", "Katherine", "Benjamin", "Samantha", "Samuel", "Christine", "Gregory",
    "Emma", "Frank", "Catherine", "Alexander", "Virginia", "Raymond", "Rachel", "Patrick", "Carolyn", "Jack",
    "Janet", "Dennis", "Maria", "Jerry", "Heather", "Juan", "Diana", "Carlos", "Julia", "Hiroshi", "Yuki", "Wei",
    "Mei", "Ahmed", "Fatima", "Lukas", "Hannah", "Jürgen", "Käthe", "Pierre", "Amélie", "Giovanni", "Chiara",
    "Pedro", "Inês", "Olga", "Dmitri", "Ivan", "Katarzyna", "Paweł", "Søren", "Astrid", "Lars", "Ingrid",
    "Mohammed", "Aisha", "Raj", "Priya", "Arjun", "Ananya", "Diego", "Lucía"
]
# fmt: on
NICK = {
    "James": "Jim",
    "Robert": "Bob",
    "Patricia": "Pat",
    "John": "Jack",
    "Jennifer": "Jenny",
    "Michael": "Mike",
    "David": "Dave",
    "Elizabeth": "Liz",
    "William": "Bill",
    "Barbara": "Barb",
    "Richard": "Rick",
    "Susan": "Sue",
    "Joseph": "Joe",
    "Thomas": "Tom",
    "Charles": "Charlie",
    "Christopher": "Chris",
    "Daniel": "Dan",
    "Matthew": "Matt",
    "Anthony": "Tony",
    "Margaret": "Peggy",
    "Donald": "Don",
    "Steven": "Steve",
    "Andrew": "Andy",
    "Joshua": "Josh",
    "Kenneth": "Ken",
    "Deborah": "Debbie",
    "Timothy": "Tim",
    "Rebecca": "Becky",
    "Edward": "Ted",
    "Nicholas": "Nick",
    "Samuel": "Sam",
    "Katherine": "Kate",
    "Benjamin": "Ben",
    "Alexander": "Alex",
    "Gregory": "Greg",
    "Stephen": "Steve",
    "Samantha": "Sam",
}
# fmt: off
COMMON = [
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez",
    "Hernandez", "Lopez", "Wilson", "Anderson", "Taylor", "Moore"
]
# fmt: on
CITIES = [
    ("Springfield", "US"),
    ("Riverton", "US"),
    ("Lakeside", "US"),
    ("Fairview", "US"),
    ("Kent", "GB"),
    ("Ashford", "GB"),
    ("Neustadt", "DE"),
    ("Altdorf", "DE"),
    ("Villeneuve", "FR"),
    ("Castelnuovo", "IT"),
]
# fmt: off
TITLES = [
    "CEO", "CFO", "VP Sales", "Marketing Manager", "Sales Director", "IT Manager", "Account Executive", "Engineer",
    "Buyer", "Head of Operations"
]
SYLLABLES = [
    "ba", "be", "bo", "ka", "ke", "ko", "la", "le", "lo", "ma", "me", "mo", "na", "ne", "no", "ra", "re", "ro",
    "sa", "se", "so", "ta", "te", "to", "va", "ve", "vo", "za"
]
# fmt: on
SUFFIXES = ["Inc", "LLC", "Ltd", "GmbH", "Corp.", "", "Group", "& Co"]


Row = tuple[str, str, dict[str, Any]]
"""Kind, ref, fields; the true entity stands under `truth`."""

_OF_TABLES = ("birth_date", "other_code")
"""What people of a table may have beyond the fields of a CRM."""
_LOT = 50_000
"""Rows put into DuckDB at once: with millions of people this bounds the memory."""
_NULL = "\\N"
"""What stands for no value on the way in."""


def generate(people: int, seed: int = 7) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Rows of people and of companies by ref, each with its true entity under `truth`. `people` per system, about."""
    found: dict[str, dict[str, dict[str, Any]]] = {"person": {}, "company": {}}
    for kind, ref, row in stream(people, seed):
        found[kind][ref] = row
    return found["person"], found["company"]


def stream(people: int, seed: int = 7) -> Iterator[Row]:
    """The same rows one after another: companies first, then people."""
    rng = random.Random(seed)
    families = COMMON + [
        "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 3, 3)))).title()
        + rng.choice(["", "n", "r", "ski", "sen"])
        for _ in range(max(3000, people // 8))
    ]
    weights_f = list(accumulate(1 / (i + 12) ** 0.9 for i in range(len(families))))
    weights_g = list(accumulate(1 / (i + 6) for i in range(len(GIVEN))))
    n_company = max(20, people // 8)
    companies = []
    known: set[str] = set()
    while len(companies) < n_company:
        number = len(companies)
        base = "".join(rng.choice(SYLLABLES) for _ in range(3)).title() + (
            " " + rng.choice(["Systems", "Foods", "Media", "Works", "Partners", "Logistics"])
            if rng.random() < 0.6
            else ""
        )
        slug = base.lower().replace(" ", "")
        if slug in known and rng.random() < 0.9:  # now and then two companies do share a name
            continue
        known.add(slug)
        city, country = rng.choice(CITIES)
        companies.append(
            {
                "name": base,
                "domain": f"{slug}{number}.example",
                "city": city,
                "country": country,
                "phone": _number(rng),
                "postcode": f"{rng.randrange(10000, 99999)}",
                "pattern": rng.choice(["f.l", "fl", "f", "flast"]),
            }
        )
    size = [1 / (i + 3) ** 0.7 for i in range(n_company)]
    for number, company in enumerate(companies):
        for system, object_ in (("salesforce", "Account"), ("hubspot", "companies")):
            for copy in range(1 + (rng.random() < 0.04)):
                ref = f"{system}:{object_}/{number:07d}{copy}"
                name = f"{company['name']} {rng.choice(SUFFIXES)}".strip() if rng.random() < 0.5 else company["name"]
                fields: dict[str, Any] = {
                    "system": system,
                    "object": object_,
                    "name": _typo(rng, name) if rng.random() < 0.03 else name,
                    "website": f"https://www.{company['domain']}" if rng.random() < 0.85 else None,
                    "city": company["city"],
                    "country": company["country"],
                    "phone": company["phone"] if rng.random() < 0.6 else None,
                    "postcode": company["postcode"] if rng.random() < 0.7 else None,
                    "truth": number,
                }
                yield "company", ref, fields
    entities = int(people * 1.28)
    chosen = rng.choices(range(n_company), size, k=entities)
    relative = None
    boxes: set[str] = set()
    for entity in range(entities):
        company = companies[chosen[entity]]
        given, family = rng.choices(GIVEN, cum_weights=weights_g)[0], rng.choices(families, cum_weights=weights_f)[0]
        shared_home = None
        if relative and rng.random() < 0.03:  # a relative: same family, home line, sometimes mailbox
            family, shared_home = relative[1], relative[2]
            while given == relative[0]:
                given = rng.choice(GIVEN)
        number, mobile = _number(rng), _number(rng)
        if shared_home:
            number = shared_home
        free = rng.random() < 0.15
        local = _local(rng, given, family, company["pattern"])
        while f"{local}@{chosen[entity]}" in boxes:  # no company gives one address to two people
            local += rng.choice("abcdefgh123")
        boxes.add(f"{local}@{chosen[entity]}")
        email = (
            f"{local}{rng.randrange(1000)}@{rng.choice(['gmail.com', 'yahoo.com', 'outlook.com'])}"
            if free
            else f"{local}@{company['domain']}"
        )
        relative = (given, family, number)
        draw = rng.random()
        sides = ["salesforce", "hubspot"] if draw < 0.58 else ["salesforce"] if draw < 0.79 else ["hubspot"]
        for system in list(sides):
            if rng.random() < 0.08:
                sides.append(system)
        title = rng.choice(TITLES)
        for copy, system in enumerate(sides):
            object_ = "contacts" if system == "hubspot" else rng.choice(["Contact", "Contact", "Lead"])
            g, f, mail, where = given, family, email, chosen[entity]
            if rng.random() < 0.10:
                g = NICK.get(given, given)
            if rng.random() < 0.04:
                g = _typo(rng, g)
            if rng.random() < 0.03:
                f = _typo(rng, f)
            if rng.random() < 0.02:
                g = g[0] + "."
            if rng.random() < 0.01:
                g, f = f, g
            if rng.random() < 0.015:
                f = rng.choice(families)  # married
            if rng.random() < 0.06:  # changed the job
                where = rng.randrange(n_company)
                mail = f"{_local(rng, given, family, companies[where]['pattern'])}@{companies[where]['domain']}"
            elif rng.random() < 0.05:
                mail = f"{(given + family).lower()}{rng.randrange(100)}@gmail.com"
            if rng.random() < 0.02:
                mail = f"info@{company['domain']}"
            if rng.random() < 0.14:
                mail = None
            refs = [
                r
                for r in (f"{'salesforce:Account' if system == 'salesforce' else 'hubspot:companies'}/{where:07d}0",)
                if object_ != "Lead"
            ]
            fields = {
                "system": system,
                "object": object_,
                "first_name": g if rng.random() < 0.97 else None,
                "last_name": f,
                "email": _ascii(mail) if mail else None,
                "phone": (companies[where]["phone"] if rng.random() < 0.25 else number) if rng.random() < 0.6 else None,
                "mobile": mobile if rng.random() < 0.4 else None,
                "company_name": companies[where]["name"] + rng.choice(["", " Inc", " GmbH", ""])
                if rng.random() < 0.8
                else None,
                "company_id": refs[0].partition(":")[2] if refs and rng.random() < 0.85 else None,
                "title": title if rng.random() < 0.7 else rng.choice(TITLES),
                "city": companies[where]["city"] if rng.random() < 0.7 else None,
                "country": companies[where]["country"] if rng.random() < 0.7 else None,
                "postcode": companies[where]["postcode"] if rng.random() < 0.5 else None,
                "truth": entity,
            }
            yield "person", f"{system}:{object_}/{entity:08d}{copy}", fields


def _local(rng: random.Random, given: str, family: str, pattern: str) -> str:
    g, f = given.lower(), family.lower()
    return {"f.l": f"{g}.{f}", "fl": f"{g[0]}{f}", "f": g, "flast": f"{g}{f[0]}"}[pattern]


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text.replace("ø", "o").replace("ł", "l")) if ord(c) < 128)


def _number(rng: random.Random) -> str:
    return f"+1 {rng.randrange(201, 989)} {rng.randrange(201, 989)} {rng.randrange(10000):04d}"


def _typo(rng: random.Random, text: str) -> str:
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(3)
    return (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if kind == 0
        else text[:at] + text[at + 1 :]
        if kind == 1
        else text[:at] + text[at] + text[at:]
    )


def frame(
    con: duckdb.DuckDBPyConnection, people: dict[str, dict[str, Any]], companies: dict[str, dict[str, Any]]
) -> None:
    """Fill an empty connection with the tables of a frame, and `truth(kind, ref, entity)`."""
    fill(
        con,
        ((kind, ref, rows[ref]) for kind, rows in (("company", companies), ("person", people)) for ref in sorted(rows)),
    )


def fill(con: duckdb.DuckDBPyConnection, rows: Iterable[Row]) -> None:
    """The same from rows one after another, lot by lot."""
    _tables(con)
    for kind, lot in _lots(rows):
        _put(con, kind, lot)


def _lots(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Rows of one kind that follow each other, so many at once."""
    for kind, following in groupby(rows, key=lambda row: row[0]):
        while lot := list(islice(following, _LOT)):
            yield kind, lot


def _put(con: duckdb.DuckDBPyConnection, kind: str, lot: list[Row]) -> None:
    names = [name for name in (*FIELDS[Kind(kind)], *_OF_TABLES) if any(row.get(name) is not None for _, _, row in lot)]
    more = [name for name in _OF_TABLES if name in names]
    for name in more:
        con.execute(f"ALTER TABLE record_{kind} ADD COLUMN IF NOT EXISTS {name} VARCHAR")
    data: dict[str, Any] = {
        "ref": [ref for _, ref, _ in lot],
        "system": [row["system"] for _, _, row in lot],
        "object": [row["object"] for _, _, row in lot],
        "id": [ref.partition("/")[2] for _, ref, _ in lot],
        **{name: [row.get(name) for _, _, row in lot] for name in names},
    }
    listed = ", ".join(f'"{name}"' for name in data)
    data["entity"] = [str(row["truth"]) for _, _, row in lot]
    typed = ", ".join(f"'{name}': 'VARCHAR'" for name in data)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", suffix=".csv") as file:
        # a file of text goes in four times faster than objects of Python do
        csv.writer(file, lineterminator="\n").writerows(
            [_NULL if value is None else value for value in row] for row in zip(*data.values(), strict=True)
        )
        file.flush()
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE source AS FROM read_csv('{file.name}', header = false, auto_detect = false, "
            f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '{_NULL}', columns = {{{typed}}})"
        )
    con.execute(f"INSERT INTO record_{kind}({listed}) SELECT {listed} FROM source")
    con.execute(f"INSERT INTO truth SELECT '{kind}', ref, entity FROM source")
    con.execute("DROP TABLE source")


def _tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE truth(kind VARCHAR, ref VARCHAR, entity VARCHAR)")
    for kind in ("person", "company", "deal", "activity", "owner"):
        con.execute(
            f"CREATE TABLE record_{kind}(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, "
            "modified_at TIMESTAMP, " + ", ".join(f'"{name}" VARCHAR' for name in FIELDS[Kind(kind)]) + ")"
        )
    for statement in (
        "CREATE TABLE gone(ref VARCHAR, system VARCHAR, object VARCHAR, id VARCHAR, kind VARCHAR, "
        "deleted BOOLEAN, merged_into VARCHAR)",
        "CREATE TABLE association(type VARCHAR, source VARCHAR, target VARCHAR, label VARCHAR)",
        "CREATE TABLE stored_link(left_ref VARCHAR, right_ref VARCHAR, kind VARCHAR, source VARCHAR, "
        "score DOUBLE, since TIMESTAMP)",
        "CREATE TABLE decision(left_ref VARCHAR, right_ref VARCHAR, verdict VARCHAR, expires_at TIMESTAMP)",
        'CREATE TABLE snapshot(system VARCHAR, object VARCHAR, complete BOOLEAN, "full" BOOLEAN, taken_at TIMESTAMP, '
        '"rows" BIGINT)',
    ):
        con.execute(statement)


def scores(con: duckdb.DuckDBPyConnection, kind: str) -> dict[str, float]:
    """Pairwise precision, recall and F1 of `same` against `truth`."""
    right, said, true = (
        con.execute(
            "SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM "
            "(SELECT count(*) AS n FROM same s JOIN truth t USING (kind, ref) "
            f"WHERE s.kind = '{kind}' GROUP BY {by})"
        ).fetchall()[0][0]
        for by in ("s.entity, t.entity", "s.entity", "t.entity")
    )
    precision, recall = right / max(1, said), right / max(1, true)
    return {
        "pairs": true,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
    }
