"""s6r-hubspot, with which integrators keep HubSpot in step with an ERP: it reads the errors of half-failed batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_an_integrators_client_seeds_changes_ties_imports_and_reads_the_errors(
    portal: Any, stranger: Callable[..., Any]
) -> None:
    before = len(portal.live("contacts")), len(portal.live("companies"))

    found = stranger("s6r-hubspot==1.1.6").script("s6r_client.py")

    assert found == {
        "account": 44_237_313,
        "found property": ["id_odoo"],
        "made": 120,
        "errors": [["CONFLICT", ["again"]]],
        "updated": 120,
        "read by key": ["erp7@erp.example", "erp8@erp.example"],
        "tied": 1,
        "not tied": 1,
        "found": 120,
        "company of": ["erp1@erp.example"],
        "owner": "51",
        "stages": 7,
        "all companies": before[1] + 1,
        "import": "STARTED",
        "renewed": 2,
    }
    assert len(portal.live("contacts")) == before[0] + 120
    assert len(portal.live("companies")) == before[1]
    portal.side.clock.advance(5)
    portal.side.portal.imports.run()
    lyon = [r for r in portal.live("contacts") if r["properties"].get("city") == "Lyon"]
    assert sorted(r["properties"]["id_odoo"] for r in lyon) == ["0", "1", "2"]
