"""Whose stages differ, as a small matrix: one system's stage down, the other's across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trueup.model.findings import Finding
from trueup.report.rows import Matrix


def matrix(findings: Sequence[Finding], stages: Sequence[str], systems: Sequence[str]) -> Matrix | None:
    """Count the stage pairs of findings on two systems; None when there are none. Only stages that occur are shown.

    The systems stand in the policy's order, the stages in that of the lifecycle, values outside of it last.
    """
    pairs: list[dict[str, str]] = []
    for finding in findings:
        said = {ref.system: value for ref in finding.subjects if (value := finding.values.get(str(ref)))}
        if len(said) == 2:
            pairs.append(said)
    if not pairs:
        return None
    order = [*systems, *sorted({system for pair in pairs for system in pair} - set(systems))]
    present = [system for system in order if any(system in pair for pair in pairs)]
    down, across = present[0], present[1]
    counted = Counter((pair[down], pair[across]) for pair in pairs if down in pair and across in pair)
    rows = _ordered({row for row, _ in counted}, stages)
    columns = _ordered({column for _, column in counted}, stages)
    cells = tuple(tuple(counted[row, column] for column in columns) for row in rows)
    return Matrix(down, across, rows, columns, cells)


def _ordered(values: set[str], stages: Sequence[str]) -> tuple[str, ...]:
    place = {stage: number for number, stage in enumerate(stages)}
    return tuple(sorted(values, key=lambda value: (place.get(value, len(place)), value)))
