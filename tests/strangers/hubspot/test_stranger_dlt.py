"""dlt reads the account with its REST client and loads it into files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_dlt_loads_every_record_of_every_page_once(portal: Any, stranger: Callable[..., Any]) -> None:
    rows = stranger("dlt==1.31.0").script(
        "dlt_source.py", RUNTIME__DLTHUB_TELEMETRY="false", HOME=str(portal.certificate.parent)
    )

    for name in ("contacts", "companies", "deals", "owners"):
        expected = len(portal.live(name)) if name != "owners" else 2
        assert rows[name] == expected
    assert rows["contacts__associations__companies__results"] == 2 * rows["contacts"]
    assert rows["deals__properties_with_history__dealstage"] == rows["deals"]
    assert rows["pipelines__stages"] == 7
