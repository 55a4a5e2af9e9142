"""What is out of true: every check of this package run over the frame, one result."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from trueup.model.findings import Finding
from trueup.model.policy import Policy
from trueup.model.refs import Ref
from trueup.reconcile import echoes
from trueup.reconcile.checks import registry
from trueup.reconcile.checks.registry import CheckSpec, Found, NotLookedAt, check
from trueup.reconcile.frame import Frame

if TYPE_CHECKING:
    import duckdb

__all__ = ["CheckResult", "CheckSpec", "Found", "NotLookedAt", "check", "run", "specs"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What was found, what somebody decided to live with, and what could not be looked at."""

    findings: list[Finding]
    excepted: list[Finding]
    not_looked_at: list[NotLookedAt]


@cache
def specs() -> Mapping[str, CheckSpec]:
    """Every check there is, by code; a new module in this package is found by itself."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return registry.specs()


def run(
    con: duckdb.DuckDBPyConnection,
    policy: Policy,
    now: datetime,
    only: Collection[str] | None = None,
    *,
    frame: Frame | None = None,
) -> CheckResult:
    """Run the enabled checks (or `only` those codes) over the frame; `now` is when ages are reckoned.

    Sorted by code, subjects and field, so that the same frame gives the same result. A `frame` of the same three,
    given by whoever works on it afterwards, saves deriving its tables again.
    """
    frame = frame or Frame(con, policy, now)
    findings: dict[str, Finding] = {}
    not_looked_at: set[NotLookedAt] = set()
    for code, spec in specs().items():
        if not policy.check(code).enabled or (only is not None and code not in only):
            continue
        for item in spec.run(frame):
            if isinstance(item, NotLookedAt):
                not_looked_at.add(item)
            else:
                finding = _finding(spec, policy, item)
                findings.setdefault(finding.id, finding)
    frozen = echoes.flips(frame)
    ordered = sorted((_told(finding, frozen) for finding in findings.values()), key=_order)
    excepted = _excepted(policy, now)
    return CheckResult(
        findings=[finding for finding in ordered if not _is_excepted(finding, excepted)],
        excepted=[finding for finding in ordered if _is_excepted(finding, excepted)],
        not_looked_at=sorted(not_looked_at),
    )


def _told(finding: Finding, frozen: Mapping[tuple[str, str], echoes.Flip]) -> Finding:
    """The finding, saying of which subjects its field flips back and forth."""
    flips = [frozen[key] for ref in finding.subjects if (key := (str(ref), finding.field)) in frozen]
    return replace(finding, evidence=(*finding.evidence, *(flip.sentence for flip in flips))) if flips else finding


def _finding(spec: CheckSpec, policy: Policy, item: Found) -> Finding:
    return Finding(
        code=spec.code,
        severity=policy.check(spec.code).severity or spec.severity,
        kind=item.kind,
        subjects=tuple(Ref.parse(subject) for subject in item.subjects),
        field=item.field,
        values=dict(item.values),
        evidence=tuple(item.evidence),
    )


def _order(finding: Finding) -> tuple[str, list[str], str]:
    return finding.code, [str(ref) for ref in finding.subjects], finding.field


def _excepted(policy: Policy, now: datetime) -> frozenset[tuple[str, str]]:
    today = (now if now.tzinfo is None else now.astimezone(UTC)).date()
    return frozenset((e.code, e.subject) for e in policy.exceptions if e.until is None or today <= e.until)


def _is_excepted(finding: Finding, excepted: frozenset[tuple[str, str]]) -> bool:
    return bool(excepted) and any(
        (finding.code, subject) in excepted for subject in (finding.id, *map(str, finding.subjects))
    )
