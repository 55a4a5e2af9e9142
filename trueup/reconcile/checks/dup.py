"""DUP: one person or company more than once in a system, or under different e-mails across systems."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from trueup.model.findings import Severity
from trueup.model.kinds import Kind
from trueup.reconcile import emails
from trueup.reconcile.checks.registry import Found, check
from trueup.reconcile.frame import Frame

_LIKE_LEADS = "(SELECT DISTINCT system, object FROM field_def WHERE kind = 'person' AND canonical = 'converted')"
"""Objects whose records can be converted: a lead is a person on trial beside a contact."""


@check(
    "DUP001",
    "One person twice in a system",
    Severity.WARNING,
    means="Two live records of the same object in one system are the same person.",
    why="Both are worked and mailed, activity is split between them, and reports count the person twice.",
    how="Records that matching holds to be one person, grouped by system and object; one finding for each beyond"
    " the first.",
    fix="Merge the one with less into the one that is linked, fuller or older; the merge fills the survivor's blanks.",
)
def one_person_twice(frame: Frame) -> Iterator[Found]:
    """Pairs of every cluster, as a star from its smallest ref."""
    yield from _star(frame, Kind.PERSON)


@check(
    "DUP002",
    "Lead beside its contact",
    Severity.WARNING,
    means="An unconverted lead exists beside a contact of the same person in one system.",
    why="Sales works somebody as new who is already a contact, and the lead's funnel numbers are wrong.",
    how="Records that matching holds to be one person, one of them of an object that can be converted.",
    fix="Convert the lead into the contact that is already there.",
)
def lead_beside_contact(frame: Frame) -> Iterator[Found]:
    """Each lead with the first contact of its person."""
    found = frame.rows(
        f"WITH leads AS (SELECT m.* FROM c_member m JOIN {_LIKE_LEADS} l USING (system, object) WHERE m.kind ="
        " 'person'),"
        f" others AS (SELECT m.entity, m.system, min(m.ref) AS ref FROM c_member m ANTI JOIN {_LIKE_LEADS} l"
        "  USING (system, object) WHERE m.kind = 'person' GROUP BY 1, 2)"
        " SELECT l.ref, o.ref FROM leads l JOIN others o ON o.entity = l.entity AND o.system = l.system ORDER BY 1"
    )
    why = _evidence(frame, Kind.PERSON, found)
    for lead, contact in found:
        yield Found(Kind.PERSON, sorted((lead, contact)), evidence=why[lead, contact])


@check(
    "DUP003",
    "One person under different e-mails",
    Severity.WARNING,
    means="A person is linked across systems, and none of the e-mail addresses on one side is on the other.",
    why="Mail goes to an address that the other team does not know, replies are not matched, and the link may be"
    " wrong.",
    how="All e-mail fields of all records of the person in each system, normalised, have nothing in common.",
    fix="A person looks whether the link is right, then adds the missing address or separates the two.",
)
def different_emails(frame: Frame) -> Iterator[Found]:
    """Linked people whose sides share no address although both have one."""
    emails.prepare(frame)
    found = frame.rows("SELECT left_ref, right_ref, left_emails, right_emails FROM c_disjoint ORDER BY 1, 2")
    for left, right, left_emails, right_emails in found:
        yield Found(
            Kind.PERSON,
            (left, right),
            "email",
            {left: left_emails, right: right_emails},
            ("No e-mail address of one side is on the other.",),
        )


@check(
    "DUP004",
    "One company twice in a system",
    Severity.WARNING,
    means="Two live records in one system are the same company; a parent and its subsidiary never count.",
    why="Contacts and deals are split between them, territories and account numbers are wrong.",
    how="Records that matching holds to be one company, grouped by system; one finding for each beyond the first.",
    fix="Merge the one with less into the one that is linked, fuller or older.",
)
def one_company_twice(frame: Frame) -> Iterator[Found]:
    """Pairs of every cluster of companies, as a star from its smallest ref."""
    yield from _star(frame, Kind.COMPANY)


def _star(frame: Frame, kind: Kind) -> Iterator[Found]:
    found = frame.rows(
        "WITH c AS (SELECT ref, min(ref) OVER (PARTITION BY entity, system, object) AS first FROM c_member WHERE"
        " kind = ?)"
        " SELECT first, ref FROM c WHERE ref <> first ORDER BY 1, 2",
        [kind.value],
    )
    if kind is Kind.COMPANY and found:
        related = {
            (child, parent)
            for child, parent in frame.rows(
                "SELECT ref, system || ':' || parent_id FROM record_company WHERE parent_id IS NOT NULL"
            )
        }
        found = [(a, b) for a, b in found if (a, b) not in related and (b, a) not in related]
    why = _evidence(frame, kind, found)
    for first, other in found:
        yield Found(kind, (first, other), evidence=why[first, other])


def _evidence(frame: Frame, kind: Kind, pairs: list[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Why matching holds each pair to be one: its own words, and the levels it scored."""
    if not pairs:
        return {}
    frame.table("c_asked", ("left_ref", "right_ref"), [tuple(sorted(pair)) for pair in pairs])
    rows = frame.rows(
        "SELECT q.left_ref, q.right_ref, any_value(d.evidence), any_value(m.score), any_value(m.levels) FROM c_asked q"
        " LEFT JOIN duplicate d ON d.kind = $kind AND d.left_ref = q.left_ref AND d.right_ref = q.right_ref"
        " LEFT JOIN match m ON m.kind = $kind AND m.left_ref = q.left_ref AND m.right_ref = q.right_ref GROUP BY 1, 2",
        {"kind": kind.value},
    )
    said = {(left, right): _sentences(*rest) for left, right, *rest in rows}
    return {pair: said.get((min(pair), max(pair)), ()) for pair in pairs}


def _sentences(evidence: str | None, score: float | None, levels: str | None) -> tuple[str, ...]:
    """The probability, then a line for each comparison: what speaks for it first, then what speaks against it.

    Matching's own summary is told where there are no comparisons (a decision, or one group through other records).
    """
    parsed = json.loads(levels) if levels else []
    compared = [x for x in parsed if isinstance(x, dict) and x.get("comparison")] if isinstance(parsed, list) else []
    lines = [
        _line(level)
        for level in sorted(compared, key=lambda x: -float(x.get("weight") or 0))
        if abs(float(level.get("weight") or 0)) >= _SAYS_SOMETHING
    ]
    told = [f"The match probability is {score:.4f}."] if score is not None else []
    if not lines and evidence:
        told.append(evidence[:1].upper() + evidence[1:] + ("" if evidence.endswith(".") else "."))
    return (*told, *lines) or ("Both are the same through a third record.",)


_SAYS_SOMETHING = 0.3
"""Bits below which a comparison is not worth a line."""


def _line(level: dict[str, Any]) -> str:
    """One comparison in words: "Against it: different phone numbers"."""
    weight = float(level.get("weight") or 0)
    name, label = str(level["comparison"]), str(level.get("label") or "")
    return f"{'Speaks for it' if weight > 0 else 'Speaks against it'}: {name}, {label} ({weight:+.1f} bits)."
