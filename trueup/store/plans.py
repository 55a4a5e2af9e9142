"""Plans as sealed bytes, checked whenever they are read.

The checksum binds the bytes to the plan's own digest: whoever edits a stored plan, be it one character, gets a
PlanError instead of a plan. What the digest itself covers is sealed and verified by `reconcile`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trueup.errors import PlanError
from trueup.model.changes import Plan
from trueup.model.receipts import Outcome, Verdict
from trueup.store import codec, decisions
from trueup.store.engine import Database
from trueup.store.tables import plan_changes, plans, receipts


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """Where a plan stands. `planned` = `approved` + `rejected` + `undecided`; `outcomes` by the newest receipt of each
    change, and `open` are those without one."""

    plan_id: str
    planned: int
    approved: int
    rejected: int
    undecided: int
    outcomes: Mapping[Outcome, int]
    open: int


def save(database: Database, plan: Plan) -> None:
    """Keep a sealed plan. Saving the same plan again does nothing; another under the same id is refused."""
    if not plan.digest:
        raise PlanError(f"Plan {plan.id} is not sealed.")
    body = codec.dumps(plan).encode()
    with database.write() as connection:
        known = connection.scalar(sa.select(plans.c.digest).where(plans.c.id == plan.id))
        if known == plan.digest:
            return
        if known is not None:
            raise PlanError(f"There already is another plan {plan.id}.")
        connection.execute(
            sa.insert(plans).values(id=plan.id, digest=plan.digest, checksum=_checksum(plan.digest, body), body=body)
        )
        if plan.changes:
            connection.execute(
                sa.insert(plan_changes),
                [
                    {"plan_id": plan.id, "position": position, "change_id": change.id}
                    for position, change in enumerate(plan.changes)
                ],
            )


def get(database: Database, id_or_prefix: str) -> Plan:
    """The plan of that id or unique beginning. Raises PlanError when it is unknown, ambiguous or tampered with."""
    with database.read() as connection:
        return _checked(_find(connection, id_or_prefix))


def latest(database: Database) -> Plan | None:
    """The plan made last, if any."""
    with database.read() as connection:
        row = connection.execute(sa.select(plans).order_by(plans.c.seq.desc()).limit(1)).first()
        return None if row is None else _checked(row)


def ids(database: Database, limit: int) -> list[str]:
    """The ids of the last plans, newest first."""
    with database.read() as connection:
        return list(connection.scalars(sa.select(plans.c.id).order_by(plans.c.seq.desc()).limit(limit)))


def status(database: Database, plan: Plan) -> PlanStatus:
    """Count a plan's changes by what was decided and by what happened."""
    verdicts = Counter(decision.verdict for decision in decisions.of_plan(database, plan.id, None).values())
    last = sa.select(sa.func.max(receipts.c.seq)).where(receipts.c.plan_id == plan.id).group_by(receipts.c.change_id)
    with database.read() as connection:
        rows = connection.execute(
            sa.select(receipts.c.outcome, sa.func.count())
            .where(receipts.c.seq.in_(last))
            .group_by(receipts.c.outcome)
            .order_by(receipts.c.outcome)
        ).all()
    outcomes = {Outcome(outcome): int(count) for outcome, count in rows}
    planned = len({change.id for change in plan.changes})
    approved, rejected = verdicts[Verdict.APPROVE], verdicts[Verdict.REJECT]
    return PlanStatus(
        plan_id=plan.id,
        planned=planned,
        approved=approved,
        rejected=rejected,
        undecided=planned - approved - rejected,
        outcomes=outcomes,
        open=planned - sum(outcomes.values()),
    )


def _find(connection: Connection, id_or_prefix: str) -> sa.Row[Any]:
    exact = connection.execute(sa.select(plans).where(plans.c.id == id_or_prefix)).first()
    if exact is not None:
        return exact
    rows = connection.execute(
        sa.select(plans).where(plans.c.id.startswith(id_or_prefix, autoescape=True)).order_by(plans.c.seq).limit(5)
    ).all()
    if not rows or not id_or_prefix:
        raise PlanError(
            f"There is no plan {id_or_prefix!r}.", hint="`trueup plan` makes one; `trueup runs` lists them."
        )
    if len(rows) > 1:
        raise PlanError(
            f"{id_or_prefix!r} could be any of {', '.join(row.id for row in rows)}.", hint="Type more of it."
        )
    return rows[0]


def _checked(row: sa.Row[Any]) -> Plan:
    body = bytes(row.body)
    touched = PlanError(
        f"Plan {row.id} was changed after it was sealed. Nothing was written.", hint="Make it again: `trueup plan`."
    )
    if _checksum(row.digest, body) != row.checksum:
        raise touched
    try:
        plan = codec.decode(Plan, body)
    except ValueError:
        raise touched from None
    if (plan.id, plan.digest) != (row.id, row.digest):
        raise touched
    return plan


def _checksum(digest: str, body: bytes) -> str:
    return hashlib.sha256(digest.encode() + b"\n" + body).hexdigest()
