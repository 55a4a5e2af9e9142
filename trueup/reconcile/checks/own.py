"""OWN: owners that differ, have left, or are not there."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.reconcile import stages
from trueup.reconcile.checks.registry import Found, check
from trueup.reconcile.frame import SUBJECT_KINDS, Frame


@check(
    "OWN001",
    "Owners differ",
    Severity.WARNING,
    means="A linked person, company or deal has different owners in the two systems.",
    why="Two people believe it is theirs, or each that it is the other's; routing and quotas go by one of them.",
    how="Owners are matched across systems by e-mail; both sides have one and they are not the same.",
    fix="The side whose word does not count for owners (`truth`: `owner_id`) is set to the other's owner, if"
    " that one is active.",
)
def owners_differ(frame: Frame) -> Iterator[Found]:
    """Linked records with two owners."""
    for kind in SUBJECT_KINDS:
        found = frame.rows(
            "SELECT p.left_ref, p.right_ref, l.owner_id, r.owner_id, a.name, b.name FROM c_pair p"
            f" JOIN record_{kind} l ON l.ref = p.left_ref JOIN record_{kind} r ON r.ref = p.right_ref"
            " JOIN c_owner a ON a.system = l.system AND a.local = l.owner_id"
            " JOIN c_owner b ON b.system = r.system AND b.local = r.owner_id"
            " WHERE p.kind = ? AND a.entity <> b.entity ORDER BY 1, 2",
            [kind.value],
        )
        for left, right, left_owner, right_owner, left_name, right_name in found:
            yield Found(
                kind,
                (left, right),
                "owner_id",
                {left: left_owner, right: right_owner},
                (f"{left_name or left_owner} on one side, {right_name or right_owner} on the other.",),
            )


@check(
    "OWN002",
    "Owner is inactive",
    Severity.WARNING,
    means="A person in a shared stage, an open deal, or a company with an open deal belongs to somebody who was"
    " deactivated.",
    why="Nobody works it, and notifications go to nobody.",
    how="The owner's record says that it is not active.",
    fix="Set the owner of the linked record, if that one is active; else a person decides who takes over.",
)
def owner_inactive(frame: Frame) -> Iterator[Found]:
    """Live work of inactive owners."""
    found = frame.rows(
        f"SELECT w.kind, w.ref, w.owner_id, o.name FROM ({_work(frame)}) w JOIN c_owner o ON o.system = w.system"
        " AND o.local = w.owner_id WHERE NOT o.active ORDER BY 2"
    )
    for kind, ref, owner, name in found:
        yield Found(Kind(kind), (ref,), "owner_id", {ref: owner}, (f"{name or owner} is not active.",))


@check(
    "OWN003",
    "No owner",
    Severity.WARNING,
    means="A person in a shared stage, or an open deal, has no owner.",
    why="Nobody works it.",
    how="The owner field is empty.",
    fix="Set the owner of the linked record, if that one is active; else a person decides.",
)
def no_owner(frame: Frame) -> Iterator[Found]:
    """Live work that belongs to nobody."""
    found = frame.rows(
        f"SELECT kind, ref FROM ({_work(frame)}) WHERE owner_id IS NULL AND kind <> 'company' AND (system, object) IN"
        " (SELECT (system, object) FROM field_def WHERE canonical = 'owner_id') ORDER BY 2"
    )
    for kind, ref in found:
        yield Found(Kind(kind), (ref,), "owner_id", {ref: None}, ("Nobody owns it.",))


def _work(frame: Frame) -> str:
    """A subquery of (kind, ref, system, object, owner_id): what somebody should be working."""
    stages.prepare(frame)
    shared = max(frame.policy.lifecycle.rank(frame.policy.lifecycle.shared_from), 0)
    return (
        f"SELECT 'person' AS kind, ref, system, object, owner_id FROM c_stage WHERE rank >= {shared}"
        " UNION ALL SELECT 'deal', ref, system, object, owner_id FROM c_deal WHERE open"
        " UNION ALL SELECT 'company', r.ref, r.system, r.object, r.owner_id FROM record_company r"
        "  WHERE r.ref IN (SELECT company_ref FROM c_deal WHERE open AND company_ref IS NOT NULL) OR r.ref IN"
        " (SELECT a.target"
        "  FROM association a JOIN c_deal d ON d.ref = a.source WHERE d.open AND a.type = 'deal_company')"
    )
