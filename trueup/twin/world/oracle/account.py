"""What is out of true about companies and deals."""

from __future__ import annotations

from collections.abc import Iterator

from trueup.twin.world.oracle.records import (
    broken,
    compare,
    doubles,
    in_order,
    open_deal,
    owner_state,
    owners_differ,
    representative,
)
from trueup.twin.world.parts import DEAL_CANONICAL, HS, SF, Company, Deal, Finding

_COMPANY_COMPARED = [
    "name",
    "website",
    "phone",
    "street",
    "city",
    "state",
    "postcode",
    "country",
    "industry",
    "employee_count",
    "annual_revenue",
]
_DEAL_COMPARED = ("name", "amount", "close_date")


def company_findings(company: Company, busy: set[str], dealt: set[str]) -> Iterator[Finding]:
    """All that is out of true about one company; `busy` have an open deal, `dealt` have any."""
    live = [r for r in company.recs if not r.gone]
    sf, hs = representative(live, SF), representative(live, HS)
    yield from doubles(live, "DUP004", "company")
    if sf and not hs:
        yield Finding("LNK005", "company", (sf.ref,))
    if hs and not sf and any(r.ref in dealt for r in live):
        yield Finding("LNK005", "company", (hs.ref,))
    if sf and hs:
        yield from compare(sf, hs, _COMPANY_COMPARED, "company")
        yield from owners_differ(sf, hs, "company")
    for rec in live:
        yield from broken(rec, "company")
        if rec.ref in busy and rec.owner and not rec.owner.active:
            yield Finding("OWN002", "company", (rec.ref,))


def deal_findings(deal: Deal) -> Iterator[Finding]:
    """All that is out of true about one deal."""
    sf, hs = deal.rec(SF), deal.rec(HS)
    if (sf is None) != (hs is None):
        yield Finding("LNK006", "deal", ((sf or hs).ref,))  # type: ignore[union-attr]
    if sf and hs:
        a, b = (DEAL_CANONICAL[r.system].get(str(r.stage)) for r in (sf, hs))
        if a and b and a != b:
            yield Finding("STG011", "deal", in_order(sf.ref, hs.ref))
        yield from compare(sf, hs, _DEAL_COMPARED, "deal")
        yield from owners_differ(sf, hs, "deal")
    for rec in deal.recs:
        if rec.stage not in DEAL_CANONICAL[rec.system]:
            yield Finding("STG009", "deal", (rec.ref,))
        if open_deal(rec):
            yield from owner_state(rec, "deal")
