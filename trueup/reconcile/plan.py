"""The sealed plan: ordered changes, a digest over everything, an expiry; its JSON; and its way back.

The JSON document (fields are only ever added):

| key | holds |
|---|---|
| `format`, `version` | `trueup-plan`, 1 |
| `id`, `digest` | made from all the rest, so that a touched plan is known as such |
| `made_at`, `expires_at` | UTC |
| `snapshots`, `policy_digest` | what it rests on |
| `undoes` | the id of the plan that it takes back, or "" |
| `guards` | name, count, limit, tripped, what |
| `changes` | in the order of carrying out; each with its id, sign and every field of `Change` |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from trueup.errors import PlanError
from trueup.model.changes import Action, Change, GuardVerdict, Plan, Reversal, Risk
from trueup.model.kinds import Kind
from trueup.model.policy import Policy
from trueup.model.refs import Ref
from trueup.reconcile.reversing import reverse

__all__ = ["from_json", "order", "reseal", "reverse", "seal", "to_json", "verify_seal"]

FORMAT = "trueup-plan"
VERSION = 1

_KINDS = (Kind.OWNER, Kind.COMPANY, Kind.PERSON, Kind.DEAL, Kind.ACTIVITY, Kind.CAMPAIGN)
_ACTIONS = (
    Action.RESTORE,
    Action.CREATE,
    Action.UPDATE,
    Action.DISSOCIATE,
    Action.ASSOCIATE,
    Action.CONVERT,
    Action.MERGE,
    Action.DELETE,
)
"""Parents come before children within an action; updates before merges, links after both ends, archives last."""


def order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes in the order of carrying out: by action, then kind, then address; what is needed comes first.

    Archiving runs children first, so that no parent takes them along. Raises PlanError when changes need each other.
    """
    ranked = sorted(changes, key=_rank)
    known = {change.id for change in ranked}
    done: set[str] = set()
    ordered: list[Change] = []
    while ranked:
        later = []
        for change in ranked:
            if all(need in done or need not in known for need in change.needs):
                ordered.append(change)
                done.add(change.id)
            else:
                later.append(change)
        if len(later) == len(ranked):
            raise PlanError(f"{len(later)} changes need each other: {', '.join(c.id for c in later[:3])}")
        ranked = later
    return tuple(ordered)


def _rank(change: Change) -> tuple[object, ...]:
    kind = _KINDS.index(change.kind)
    parent_first = -kind if change.action is Action.DELETE else kind
    needs = bool(change.needs)
    return _ACTIONS.index(change.action), needs, parent_first, str(change.target), change.field, change.id


def seal(
    changes: Iterable[Change],
    guards: Sequence[GuardVerdict],
    snapshots: Sequence[str],
    policy: Policy,
    now: datetime,
    *,
    undoes: str = "",
) -> Plan:
    """Order the changes and seal them; the same arguments give the same plan to the byte."""
    now = now.astimezone(UTC)
    return _sealed(
        Plan(
            id="",
            digest="",
            made_at=now,
            expires_at=now + policy.plan_expires_after,
            snapshots=tuple(sorted(snapshots)),
            policy_digest=policy.digest,
            changes=order(changes),
            guards=tuple(guards),
            undoes=undoes,
        )
    )


def reseal(plan: Plan, edits: Mapping[str, Change], now: datetime) -> Plan:
    """A new plan with some changes (by id) replaced by edited ones; it expires when the first one did.

    `needs` of other changes follow the edited ones. Raises PlanError when an edited change is not in the plan.
    """
    unknown = edits.keys() - {change.id for change in plan.changes}
    if unknown:
        raise PlanError(f"Plan {plan.id} has no change {', '.join(sorted(unknown))}.")
    ids = {old: change.id for old, change in edits.items()}
    changed = [edits.get(change.id, change) for change in plan.changes]
    followed = [replace(c, needs=tuple(ids.get(need, need) for need in c.needs)) if c.needs else c for c in changed]
    return _sealed(replace(plan, id="", digest="", made_at=now.astimezone(UTC), changes=order(followed)))


def _sealed(plan: Plan) -> Plan:
    named = replace(plan, id="p" + _hash(_document(plan))[:11])
    return replace(named, digest=_hash(_document(named)))


def verify_seal(plan: Plan) -> None:
    """Raise PlanError when the plan is not what was sealed."""
    if not plan.digest:
        raise PlanError(f"Plan {plan.id} is not sealed.", hint="Make it again with: trueup plan")
    if _hash(_document(plan)) != plan.digest:
        raise PlanError(
            f"Plan {plan.id} was tampered with: its content does not give its digest.",
            hint="Make it again: trueup plan",
        )


def to_json(plan: Plan) -> bytes:
    """The plan as a JSON document for people and programs, the same bytes for the same plan."""
    document = {"format": FORMAT, "version": VERSION, "digest": plan.digest, **_document(plan)}
    return (json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def from_json(text: bytes | str) -> Plan:
    """Read a plan back; raises PlanError when it is no plan, from the future, or not what was sealed."""
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise PlanError("This is not a plan of Trueup.")
        if document.get("version") != VERSION:
            raise PlanError(
                f"The plan is of version {document.get('version')!r}; this program reads {VERSION}.",
                hint="Upgrade Trueup.",
            )
        plan = _plan(document)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise PlanError(f"The plan cannot be read: {type(error).__name__}: {error}") from error
    listed = [item.get("id") for item in document["changes"]]
    if listed != [change.id for change in plan.changes]:
        raise PlanError(f"Plan {plan.id} was tampered with: the ids of its changes do not fit what they say.")
    verify_seal(plan)
    return plan


def _hash(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _document(plan: Plan) -> dict[str, Any]:
    """Everything but the digest."""
    return {
        "id": plan.id,
        "made_at": plan.made_at.astimezone(UTC).isoformat(),
        "expires_at": plan.expires_at.astimezone(UTC).isoformat(),
        "snapshots": list(plan.snapshots),
        "policy_digest": plan.policy_digest,
        "undoes": plan.undoes,
        "guards": [
            {"name": g.name, "count": g.count, "limit": g.limit, "tripped": g.tripped, "what": g.what}
            for g in plan.guards
        ],
        "changes": [_change_document(change) for change in plan.changes],
    }


def _change_document(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "sign": change.action.sign,
        "action": change.action.value,
        "target": str(change.target),
        "kind": change.kind.value,
        "others": [str(ref) for ref in change.others],
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "base": change.base,
        "values": dict(change.values),
        "winner": None if change.winner is None else str(change.winner),
        "reason": change.reason,
        "rule": change.rule,
        "finding": change.finding,
        "risk": change.risk.value,
        "reversal": change.reversal.value,
        "irreversible": change.irreversible,
        "needs": list(change.needs),
    }


def _plan(document: Mapping[str, Any]) -> Plan:
    return Plan(
        id=document["id"],
        digest=document["digest"],
        made_at=datetime.fromisoformat(document["made_at"]),
        expires_at=datetime.fromisoformat(document["expires_at"]),
        snapshots=tuple(document["snapshots"]),
        policy_digest=document["policy_digest"],
        changes=tuple(_change(item) for item in document["changes"]),
        guards=tuple(
            GuardVerdict(g["name"], g["count"], g["limit"], g["tripped"], g["what"]) for g in document["guards"]
        ),
        undoes=document["undoes"],
    )


def _change(item: Mapping[str, Any]) -> Change:
    return Change(
        action=Action(item["action"]),
        target=Ref.parse(item["target"]),
        kind=Kind(item["kind"]),
        others=tuple(Ref.parse(other) for other in item["others"]),
        field=item["field"],
        before=item["before"],
        after=item["after"],
        base=item["base"],
        values=dict(item["values"]),
        winner=None if item["winner"] is None else Ref.parse(item["winner"]),
        reason=item["reason"],
        rule=item["rule"],
        finding=item["finding"],
        risk=Risk(item["risk"]),
        reversal=Reversal(item["reversal"]),
        irreversible=item["irreversible"],
        needs=tuple(item["needs"]),
    )
