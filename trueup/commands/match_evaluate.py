"""`trueup match evaluate`: precision, recall and F1 against pairs that somebody labelled, with intervals."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trueup.errors import UsageError

_YES = frozenset({"1", "1.0", "true", "yes", "y", "same", "match"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "not the same", "not_same", "different", "no match"})
_Z = 1.959964
WORST = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its Wilson interval at 95 %."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """The share; 1 of nothing."""
        return self.right / self.of if self.of else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between which ends the true share lies, 19 times of 20."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A labelled pair that was got wrong: joined though different, or missed; the surest of the wrong first."""

    left: str
    right: str
    joined: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the labelled pairs came out."""

    pairs: int
    precision: Share
    recall: Share
    mistakes: tuple[Mistake, ...]
    unknown: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        p, r = self.precision.value, self.recall.value
        return 2 * p * r / (p + r) if p + r else 0.0


def read_labels(file: Path) -> list[tuple[str, str, bool]]:
    """(left, right, same) of every labelled pair. The first three columns count, whatever their names."""
    found = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text)
            header = next(rows, [])
            if len(header) < 3:
                raise UsageError(f"{file} must have three columns: left, right, same.")
            for row in rows:
                if not any(row):
                    continue
                verdict = row[2].strip().lower() if len(row) > 2 else ""
                if verdict not in _YES and verdict not in _NO:
                    raise UsageError(f"{file}:{rows.line_num}: {verdict!r} is neither yes nor no.")
                found.append((row[0].strip(), row[1].strip(), verdict in _YES))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}.") from error
    if not found:
        raise UsageError(f"{file} has no labelled pair.")
    return found


def read_clusters(file: Path) -> dict[str, tuple[str, float]]:
    """Record → (cluster, probability) as `match table` wrote them: by `table:id`, and by id where that is clear."""
    found: dict[str, tuple[str, float]] = {}
    twice: set[str] = set()
    try:
        with file.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                here = row["cluster_id"], float(row["probability"] or 0)
                found[f"{row['table']}:{row['record_id']}"] = here
                if row["record_id"] in found:
                    twice.add(row["record_id"])
                found[row["record_id"]] = here
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}.") from error
    except (KeyError, ValueError) as error:
        raise UsageError(f"{file} is not a file that `trueup match table` wrote.") from error
    return {key: value for key, value in found.items() if key not in twice}


def evaluate(labels: Sequence[tuple[str, str, bool]], groups: Mapping[str, tuple[str, float]]) -> Evaluation:
    """Hold the labelled pairs against the groups. Pairs of records that are not there are counted, not judged."""
    right = joined = same = judged = unknown = 0
    mistakes = []
    for left, other, is_same in labels:
        if left not in groups or other not in groups:
            unknown += 1
            continue
        judged += 1
        (one, p), (two, q) = groups[left], groups[other]
        together = one == two
        right += together and is_same
        joined += together
        same += is_same
        if together != is_same:
            mistakes.append(Mistake(left, other, together, min(p, q)))
    mistakes.sort(key=lambda m: (-m.probability, not m.joined, m.left, m.right))
    return Evaluation(judged, Share(right, joined), Share(right, same), tuple(mistakes[:WORST]), unknown)
