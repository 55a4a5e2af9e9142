"""Invented people in two tables, for the scripts beside; shared with nothing else."""

from __future__ import annotations

import csv
import random
from pathlib import Path

GIVEN = [
    "Anna",
    "Ben",
    "Chloe",
    "Dmitri",
    "Elif",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Katya",
    "Liam",
    "Mona",
    "Nils",
    "Olga",
    "Pedro",
]
FAMILY = [
    "Adler",
    "Bauer",
    "Costa",
    "Dvorak",
    "Ekberg",
    "Fischer",
    "Gruber",
    "Horvat",
    "Ivanov",
    "Jansen",
    "Kovacs",
    "Lopez",
    "Meyer",
    "Novak",
    "Okafor",
]
CITIES = ["Altdorf", "Riverton", "Neustadt", "Fairview", "Ashford", "Lakeside"]
COLUMNS = "id: id\nfirst name: first\nlast name: last\ne-mail: mail\npostcode: zip\ncity: city\n"


def write(folder: Path, people: int, seed: int, *, few: bool = False) -> list[Path]:
    """Two tables of `people` each, half of them in both with slips and blanks; and the columns file, with `few` columns or all."""
    rng = random.Random(seed)
    rows: tuple[list[list[str]], list[list[str]]] = ([], [])
    for number in range(people * 3 // 2):
        first, last = rng.choice(GIVEN), rng.choice(FAMILY) + rng.choice(("", "", "son", "ova"))
        city = rng.choice(CITIES)
        person = [
            first,
            last,
            f"{first}.{last}{number % 50}@{city}.example".lower(),
            f"{rng.randrange(10000, 10400)}",
            city,
        ]
        sides = (0, 1) if number < people // 2 else (number % 2,)
        for side in sides:
            rows[side].append([f"{'ab'[side]}{number}", *(_drift(rng, value) for value in person)])
    files = []
    for name, lines in zip("ab", rows, strict=True):
        file = folder / f"{name}.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows([["id", "first", "last", "mail", "zip", "city"], *lines])
        files.append(file)
    columns = "".join(COLUMNS.splitlines(keepends=True)[:4]) if few else COLUMNS
    (folder / "columns.yaml").write_text(columns, encoding="utf-8")
    return files


def _drift(rng: random.Random, value: str) -> str:
    draw = rng.random()
    if draw < 0.08:
        return ""
    if draw < 0.16 and len(value) > 4:
        at = rng.randrange(1, len(value) - 1)
        return value[:at] + rng.choice("aeioux7") + value[at + 1 :]
    return value
