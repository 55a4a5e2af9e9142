"""Says what is out of true in a unit: every finding of the catalogue that holds, told from the truth.

It knows who is who, so nothing is guessed here. The rules are those of the catalogue: people, companies and deals are
held against each other by the record that stands for them in each system (a contact before a lead, one that stores the
counterpart's id before others, then the first id); converted leads and gone records are nobody's subject.
"""

from __future__ import annotations

from trueup.twin.world.oracle.account import company_findings, deal_findings
from trueup.twin.world.oracle.person import ContactStages, person_findings
from trueup.twin.world.oracle.records import open_deal
from trueup.twin.world.parts import Deal, Finding, Unit


def findings(unit: Unit, now: int) -> list[Finding]:
    """Everything that is out of true in the unit, planted or a consequence, sorted."""
    out: list[Finding] = []
    stages = ContactStages(unit.deals)
    for person in unit.people:
        for finding in person_findings(person, stages, now):
            finding.entity = person.entity
            out.append(finding)
    busy = _with_open_deal(unit.deals)
    dealt = {rec.company.ref for deal in unit.deals for rec in deal.recs if rec.company}
    for company in unit.companies:
        for finding in company_findings(company, busy, dealt):
            finding.entity = company.entity
            out.append(finding)
    for deal in unit.deals:
        for finding in deal_findings(deal):
            finding.entity = deal.entity
            out.append(finding)
    out.sort(key=lambda f: (f.code, f.subjects, f.field))
    return out


def _with_open_deal(deals: list[Deal]) -> set[str]:
    return {rec.company.ref for deal in deals for rec in deal.recs if rec.company and open_deal(rec)}
