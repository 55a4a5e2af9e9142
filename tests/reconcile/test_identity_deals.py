"""Deals and owners: by stored id and exact keys."""

from identity_frames import A1, C1, Rows, frame, groups, links

D1, D2, D3 = (f"salesforce:Opportunity/00{n}" for n in (1, 2, 3))
E1, E2 = "hubspot:deals/1", "hubspot:deals/2"


def test_deals_are_linked_by_stored_id_else_by_exact_keys_and_one_to_one() -> None:
    companies: Rows = {A1: {"name": "Acme", "website": "acme.example"}, C1: {"name": "Acme", "domain": "acme.example"}}
    deal = {"name": "Acme - Renewal", "amount": "5000", "close_date": "2026-09-30"}
    deals: Rows = {
        D1: {**deal, "company_id": "Account/001"},
        D2: {**deal, "company_id": "Account/001", "foreign_ids": E2},
        E1: {**deal, "amount": "5000.00", "company_id": "companies/1"},
        E2: {**deal, "name": "Renewal (moved)", "company_id": "companies/1"},
        D3: {"name": "Another", "amount": "5000", "close_date": "2026-09-30", "company_id": "Account/001"},
    }
    with frame(companies=companies, deals=deals) as con:
        assert links(con, "deal") == {(E1, D1): "key", (E2, D2): "stored_id"}
        assert groups(con, "deal") == {frozenset({E1, D1}), frozenset({E2, D2})}


def test_of_two_deals_that_claim_one_the_one_that_fits_is_linked() -> None:
    deals: Rows = {
        D1: {"name": "Alpha", "amount": "100", "foreign_ids": E1},
        D2: {"name": "Beta", "amount": "900", "foreign_ids": E1},
        E1: {"name": "Beta", "amount": "900"},
    }
    with frame(deals=deals) as con:
        assert set(links(con, "deal")) == {(E1, D2)}


def test_owners_are_one_by_their_address() -> None:
    owners: Rows = {
        "salesforce:User/1": {"name": "Ana", "email": "Ana@us.example", "active": "false"},
        "salesforce:User/2": {"name": "Ana", "email": "ana@us.example", "active": "true"},
        "hubspot:owners/9": {"name": "Ana Ruiz", "email": "ana@us.example", "active": "true"},
        "hubspot:owners/8": {"name": "Queue"},
    }
    with frame(owners=owners) as con:
        assert groups(con, "owner") == {frozenset({"salesforce:User/1", "salesforce:User/2", "hubspot:owners/9"})}
        assert set(links(con, "owner")) == {("hubspot:owners/9", "salesforce:User/2")}
