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
    """A labelled pair that was got wrong: joined though different, or missed; the surest of the wrong first.

    `probability` is how sure the wrong answer was.
    """

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

    @property
    def f1_interval(self) -> tuple[float, float]:
        """Between which ends the true F1 lies, 19 times of 20.

        F1 is a rising function of a plain share: the right pairs among those that are true, joined or both
        (F1 = 2 s / (1 + s)). So Wilson's interval of that share gives its own.
        """
        low, high = Share(self.precision.right, self.precision.of + self.recall.of - self.precision.right).interval
        return 2 * low / (1 + low), 2 * high / (1 + high)


def read_labels(file: Path) -> list[tuple[str, str, bool]]:
    """(left, right, same) of every labelled pair. The first three columns count, whatever their names."""
    found = []
    said: dict[tuple[str, str], bool] = {}
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
                left, right = row[0].strip(), row[1].strip()
                pair = min(left, right), max(left, right)
                if said.setdefault(pair, verdict in _YES) != (verdict in _YES):
                    raise UsageError(f"{file}:{rows.line_num}: {left} and {right} were labelled the other way before.")
                found.append((left, right, verdict in _YES))
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


def evaluate(
    labels: Sequence[tuple[str, str, bool]],
    groups: Mapping[str, tuple[str, float]],
    scores: Mapping[tuple[str, str], float] | None = None,
) -> Evaluation:
    """Hold the labelled pairs against the groups. Pairs of records that are not there are counted, not judged.

    With `scores` (pair → match probability, smaller first; none is 0) a mistake is as sure as its own pair; without,
    as the two records' places in their clusters. Raises UsageError when no pair can be judged.
    """
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
            pair = min(left, other), max(left, other)
            known = scores.get(pair, 0.0) if scores is not None else None
            sure = min(p, q) if known is None else known if together else 1 - known
            mistakes.append(Mistake(left, other, together, sure))
    if not judged:
        raise UsageError(
            f"None of the {len(labels)} labelled pairs can be judged: their records are not there.",
            hint="Labels name records as system:object/id, or with --clusters as id or table:id.",
        )
    mistakes.sort(key=lambda m: (-m.probability, not m.joined, m.left, m.right))
    return Evaluation(judged, Share(right, joined), Share(right, same), tuple(mistakes[:WORST]), unknown)
