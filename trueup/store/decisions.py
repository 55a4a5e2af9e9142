"""Decisions: a person's or a rule's verdict on a change or a pair. Nothing is overwritten; the newest counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trueup.model.receipts import Decision, Verdict
from trueup.model.refs import Ref
from trueup.store.engine import Database
from trueup.store.tables import decisions, plan_changes

_OF_PAIRS = (Verdict.SAME.value, Verdict.NOT_SAME.value)


def add(database: Database, given: Iterable[Decision]) -> None:
    """Keep decisions, in order, in one transaction."""
    rows = [
        {
            "subject": decision.subject,
            "verdict": decision.verdict.value,
            "by": decision.by,
            "at": decision.at,
            "note": decision.note,
            "expires_at": decision.expires_at,
        }
        for decision in given
    ]
    if rows:
        with database.write() as connection:
            connection.execute(sa.insert(decisions), rows)


def load(database: Database, at: datetime | None) -> list[Decision]:
    """The newest decision on every subject, by subject; with `at`, without those that have expired by then."""
    return _newest(database, at)


def of_pairs(database: Database, at: datetime | None) -> dict[tuple[Ref, Ref], Decision]:
    """The newest verdict on every pair, smaller ref first."""
    found = _newest(database, at, decisions.c.verdict.in_(_OF_PAIRS))
    return {(Ref.parse(left), Ref.parse(right)): d for d in found for left, _, right in [d.subject.partition("|")]}


def of_plan(database: Database, plan_id: str, at: datetime | None) -> dict[str, Decision]:
    """The newest decision on every change of a plan, by change id; an undecided change has no entry."""
    its = sa.select(plan_changes.c.change_id).where(plan_changes.c.plan_id == plan_id)
    return {decision.subject: decision for decision in _newest(database, at, decisions.c.subject.in_(its))}


def _newest(database: Database, at: datetime | None, *conditions: Any) -> list[Decision]:
    last = sa.select(sa.func.max(decisions.c.seq)).group_by(decisions.c.subject)
    wanted = sa.select(decisions).where(decisions.c.seq.in_(last), *conditions).order_by(decisions.c.subject)
    if at is not None:
        wanted = wanted.where(sa.or_(decisions.c.expires_at.is_(None), decisions.c.expires_at > at))
    with database.read() as connection:
        return [
            Decision(
                subject=row.subject,
                verdict=Verdict(row.verdict),
                by=row.by,
                at=row.at,
                note=row.note,
                expires_at=row.expires_at,
            )
            for row in connection.execute(wanted)
        ]
