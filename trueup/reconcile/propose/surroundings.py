"""What new records rest on besides their sources' own fields: stages, companies, people, deals, who has an e-mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from trueup.model.kinds import Kind
from trueup.reconcile import emails
from trueup.reconcile.frame import Frame


@dataclass(slots=True)
class Surroundings:
    """All by printed ref. A key with a system asks for the counterpart there.

    `holders` are people of others who have a source's e-mail already; `deals` of a person come with (open, won);
    `people` are the counterparts of those whom a deal is `tied_to`.
    """

    stages: dict[str, str | None] = field(default_factory=dict)
    company_names: dict[str, str] = field(default_factory=dict)
    companies: dict[tuple[str, str], str] = field(default_factory=dict)
    people: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    holders: dict[tuple[str, str], str] = field(default_factory=dict)
    deals: dict[str, list[tuple[str, bool, bool]]] = field(default_factory=lambda: defaultdict(list))
    counterparts: dict[tuple[str, str], str] = field(default_factory=dict)
    tied_to: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def surroundings(frame: Frame, sources: Sequence[str]) -> Surroundings:
    """Read at once what new counterparts of these records rest on."""
    found = Surroundings()
    frame.table("c_creating", ("ref",), [(source,) for source in sources])
    found.stages = dict(frame.rows("SELECT ref, stage FROM c_stage SEMI JOIN c_creating USING (ref)"))
    found.company_names = dict(
        frame.rows(
            "SELECT p.ref, c.name FROM record_person p SEMI JOIN c_creating USING (ref)"
            " JOIN record_company c ON c.ref = p.system || ':' || p.company_id WHERE c.name IS NOT NULL"
        )
    )
    parents = " UNION ".join(
        f"SELECT system || ':' || {name} AS ref FROM record_{kind} SEMI JOIN c_creating USING (ref)"
        for kind, name in ((Kind.PERSON, "company_id"), (Kind.DEAL, "company_id"), (Kind.COMPANY, "parent_id"))
    )
    for parent, system, ref in frame.rows(
        f"SELECT m.ref, r.system, r.ref FROM c_member m SEMI JOIN ({parents}) p ON p.ref = m.ref"
        " JOIN c_rep r ON r.kind = m.kind AND r.entity = m.entity WHERE m.kind = 'company'"
    ):
        found.companies[parent, system] = ref
    emails.prepare(frame)
    for person, system, ref in frame.rows(
        # Few first: planned as one, the query joins everybody's addresses with everybody before it looks for the few.
        "WITH few AS MATERIALIZED (SELECT p.ref, m.entity, norm_email(p.email) AS email FROM record_person p"
        "  SEMI JOIN c_creating USING (ref) JOIN c_member m ON m.kind = 'person' AND m.ref = p.ref),"
        " other AS MATERIALIZED (SELECT f.ref, b.system, b.entity FROM few f JOIN c_email b ON b.email = f.email"
        "  WHERE b.entity <> f.entity)"
        " SELECT o.ref, o.system, min(r.ref) FROM other o JOIN c_rep r ON r.kind = 'person' AND r.entity = o.entity"
        " AND r.system = o.system GROUP BY 1, 2"
    ):
        found.holders[person, system] = ref
    for person, deal, is_open, won in frame.rows(
        "SELECT DISTINCT p.person_ref, p.deal_ref, p.open, p.won FROM c_person_deal p JOIN c_creating c"
        " ON c.ref = p.person_ref ORDER BY 1, 2"
    ):
        found.deals[person].append((deal, is_open, won))
    for deal, system, ref in frame.rows(
        "SELECT m.ref, r.system, r.ref FROM c_member m SEMI JOIN (SELECT deal_ref FROM c_person_deal SEMI JOIN"
        " c_creating c ON c.ref = person_ref) d ON d.deal_ref = m.ref JOIN c_rep r ON r.kind = m.kind"
        " AND r.entity = m.entity WHERE m.kind = 'deal'"
    ):
        found.counterparts[deal, system] = ref
    for deal, system, ref in frame.rows(
        "SELECT DISTINCT a.source, r.system, r.ref FROM association a SEMI JOIN c_creating c ON c.ref = a.source"
        " JOIN c_member m ON m.kind = 'person' AND m.ref = a.target JOIN c_rep r ON r.kind = 'person'"
        " AND r.entity = m.entity WHERE a.type = 'deal_person' ORDER BY 1, 2, 3"
    ):
        found.people[deal, system].append(ref)
    for deal, person in frame.rows(
        "SELECT DISTINCT a.source, a.target FROM association a SEMI JOIN c_creating c ON c.ref = a.source"
        " WHERE a.type = 'deal_person' ORDER BY 1, 2"
    ):
        found.tied_to[deal].append(person)
    return found
