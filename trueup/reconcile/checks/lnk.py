"""LNK: links between systems that are missing, broken, doubled or switched."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.reconcile import stages
from trueup.reconcile.checks.registry import Found, NotLookedAt, check
from trueup.reconcile.frame import SUBJECT_KINDS, Frame
from trueup.reconcile.stored_ids import prepare as prepare_pointers


@check(
    "LNK001",
    "Person in one system only",
    Severity.WARNING,
    means="A person of one system has no record in the other, although by its stage it belongs in both.",
    why="One team does not know of somebody whom the other is working.",
    how="People without a counterpart. Those of the system where people begin count only from the stage that is"
    " shared on.",
    fix="Create the counterpart where the policy's `create` allows it, or link the two that matching did not find.",
)
def person_in_one_system(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """People whose entity has no record in some other system."""
    stages.prepare(frame)
    begins = _begins(frame)
    shared = max(frame.policy.lifecycle.rank(frame.policy.lifecycle.shared_from), 0)
    condition = "NOT list_contains($begins::VARCHAR[], r.system) OR st.rank >= $shared"
    yield from _one_sided(
        frame,
        "LNK001",
        Kind.PERSON,
        f"LEFT JOIN c_stage st ON st.ref = r.ref WHERE {condition}",
        {"begins": begins, "shared": shared},
    )


@check(
    "LNK002",
    "Two records claim one counterpart",
    Severity.ERROR,
    means="Two live records of one system store the id of the same record in the other.",
    why="A sync writes both into one record, turn and turn about.",
    how="Stored ids of live records of one kind, grouped by what they point at.",
    fix="Merge the two if they are one; otherwise a person decides whose counterpart it is and clears the other's id.",
)
def two_claim_one(frame: Frame) -> Iterator[Found]:
    """Claimed records with more than one claimer in a system."""
    prepare_pointers(frame)
    for kind, claimed, claimers in frame.rows(
        "SELECT kind, target, list(ref ORDER BY ref) FROM c_pointer GROUP BY kind, target, system"
        " HAVING count(DISTINCT ref) > 1 ORDER BY 1, 2"
    ):
        yield Found(
            Kind(kind),
            sorted({*claimers, claimed}),
            values=dict.fromkeys(claimers, claimed),
            evidence=(f"{len(claimers)} records store the id {claimed}.",),
        )


@check(
    "LNK003",
    "Stored id points nowhere",
    Severity.WARNING,
    means="A record stores the id of a counterpart that was deleted, merged away, or is not there.",
    why="A sync writes into the void or makes the record anew, and reports join on nothing.",
    how="Stored ids that no live record has; concluded only where all objects of the kind were pulled completely.",
    fix="Point it at the record that took the place (the survivor of a merge, or the linked counterpart), else"
    " clear it.",
)
def points_nowhere(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Pointers without a live target."""
    prepare_pointers(frame)
    blind: set[tuple[str, str]] = set()
    for kind in SUBJECT_KINDS:
        for system in frame.systems(kind):
            for name in frame.missing_snapshots(system, kind):
                blind.add((system, name))
                yield NotLookedAt("LNK003", f"{system} {name} was not pulled completely")
    found = frame.rows(
        "SELECT p.kind, p.ref, p.target, p.target_system, p.target_object, g.deleted, g.merged_into FROM c_pointer p"
        " LEFT JOIN c_live l ON l.ref = p.target LEFT JOIN gone g ON g.ref = p.target WHERE l.ref IS NULL ORDER BY 2, 3"
    )
    by_ref: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for found_kind, ref, target, system, name, deleted, merged_into in found:
        if deleted is None and (system, name) in blind:
            continue
        state = f"was merged into {merged_into}" if merged_into else "was deleted" if deleted else "is not there"
        by_ref.setdefault((found_kind, ref), []).append((target, f"{target} {state}."))
    for (kind_name, ref), dead in by_ref.items():
        targets = ";".join(target for target, _ in dead)
        yield Found(Kind(kind_name), (ref,), "foreign_ids", {ref: targets}, tuple(sentence for _, sentence in dead))


@check(
    "LNK004",
    "Pair switched",
    Severity.ERROR,
    means="Two records each store the id of the other's counterpart.",
    why="Every sync writes one person's data into another.",
    how="Two records of a system and two of the other that point crosswise while e-mail or name match straight.",
    fix="A person confirms, then the two stored ids are exchanged.",
)
def pair_switched(frame: Frame) -> Iterator[Found]:
    """Crossed pointers whose straight pairs match."""
    prepare_pointers(frame)
    found = frame.rows(
        "WITH likeness AS (SELECT left_ref AS a, right_ref AS b FROM match UNION SELECT right_ref, left_ref FROM"
        " match),"
        " named AS (SELECT ref, lower(trim(email)) AS mail, lower(trim(first_name) || ' ' || trim(last_name)) AS name"
        "  FROM record_person UNION ALL SELECT ref, NULL, lower(trim(name)) FROM record_company"
        "  UNION ALL SELECT ref, NULL, lower(trim(name)) FROM record_deal),"
        # Both directions of storing say the same thing; ties whose ends look alike are in order, and they are most.
        " tie AS (SELECT DISTINCT p.kind, least(p.ref, p.target) AS a, greatest(p.ref, p.target) AS b FROM c_pointer p"
        "  SEMI JOIN c_live l ON l.ref = p.target),"
        " odd AS (SELECT t.kind, t.a, t.b, n.mail AS am, n.name AS an, m.mail AS bm, m.name AS bn FROM tie t"
        "  JOIN named n ON n.ref = t.a JOIN named m ON m.ref = t.b"
        "  WHERE NOT coalesce(n.mail = m.mail, false) AND NOT coalesce(n.name = m.name, false)),"
        " straight AS (SELECT x.a, y.b FROM odd x JOIN odd y ON x.am = y.bm UNION SELECT x.a, y.b FROM odd x JOIN odd y"
        "  ON x.an = y.bn UNION SELECT x.a, l.b FROM odd x JOIN likeness l ON l.a = x.a)"
        " SELECT DISTINCT x.kind, x.a, y.a, y.b, x.b FROM straight s JOIN odd x ON x.a = s.a JOIN odd y ON y.b = s.b"
        " SEMI JOIN straight t ON t.a = y.a AND t.b = x.b WHERE x.kind = y.kind AND x.a < y.a AND x.b <> y.b"
        " ORDER BY 2, 3"
    )
    for kind, first, second, first_true, second_true in found:
        yield Found(
            Kind(kind),
            sorted((first, second, first_true, second_true)),
            values={first: second_true, second: first_true},
            evidence=(
                f"{first} is tied to {second_true}, but matches {first_true}.",
                f"{second} is tied to {first_true}, but matches {second_true}.",
            ),
        )


@check(
    "LNK005",
    "Company in one system only",
    Severity.INFO,
    means="A company of one system has no record in the other; where people begin, only companies with a deal count.",
    why="Territories, account plans and company reports do not agree.",
    how="Companies without a counterpart.",
    fix="Create the counterpart where the policy's `create` allows it, or link the two that matching did not find.",
)
def company_in_one_system(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Companies whose entity has no record in some other system."""
    stages.prepare(frame)
    yield from _one_sided(
        frame,
        "LNK005",
        Kind.COMPANY,
        "WHERE NOT list_contains($begins::VARCHAR[], r.system) OR EXISTS (SELECT 1 FROM c_member m JOIN c_deal d"
        " ON d.company_ref = m.ref WHERE m.kind = 'company' AND m.entity = r.entity) OR EXISTS (SELECT 1 FROM"
        " c_member m"
        " JOIN association a ON a.type = 'deal_company' AND a.target = m.ref WHERE m.kind = 'company' AND"
        " m.entity = r.entity)",
        {"begins": _begins(frame)},
    )


@check(
    "LNK006",
    "Deal in one system only",
    Severity.WARNING,
    means="A deal of one system has no record in the other.",
    why="Pipeline and attribution differ between the two systems' reports.",
    how="Deals without a counterpart.",
    fix="Create the counterpart where the policy's `create` allows it, or link the two that matching did not find.",
)
def deal_in_one_system(frame: Frame) -> Iterator[Found | NotLookedAt]:
    """Deals whose entity has no record in some other system."""
    yield from _one_sided(frame, "LNK006", Kind.DEAL, "", {})


def _begins(frame: Frame) -> list[str]:
    """The systems where people begin, so not all of them belong elsewhere: owners of stages before the shared one.

    `checks: {LNK001: {params: {begins_in: [hubspot]}}}` says it outright.
    """
    lifecycle = frame.policy.lifecycle
    said = frame.policy.check("LNK001").params.get("begins_in")
    if isinstance(said, (list, tuple)):
        return [str(system) for system in said]
    shared = lifecycle.rank(lifecycle.shared_from)
    early = {stage.owner for stage in lifecycle.stages[: max(shared, 0)]} - {""}
    if early:
        return sorted(early)
    main = frame.policy.truth_for(Kind.PERSON, "default").owner
    return sorted(system for system in frame.policy.systems if system != main)


def _one_sided(
    frame: Frame, code: str, kind: Kind, condition: str, parameters: dict[str, object]
) -> Iterator[Found | NotLookedAt]:
    systems = frame.systems(kind)
    for other in systems:
        missing = frame.missing_snapshots(other, kind)
        if missing:
            for name in missing:
                yield NotLookedAt(code, f"{other} {name} was not pulled completely")
            continue
        rows = frame.rows(
            "SELECT r.ref FROM (SELECT * FROM c_rep WHERE kind = $kind AND system <> $other AND entity NOT IN"
            f" (SELECT entity FROM c_rep WHERE kind = $kind AND system = $other)) r {condition} ORDER BY 1",
            {"kind": kind.value, "other": other, **parameters},
        )
        for (ref,) in rows:
            # With more than two systems one record may lack several counterparts: it is still one finding.
            yield Found(kind, (ref,), evidence=(f"No {kind} in {other} is the same.",))
