"""HubSpot's own server for assistants (MCP): every tool of it that an account without workflows can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_hubspots_server_for_assistants_reads_and_changes_the_twin(portal: Any, stranger: Callable[..., Any]) -> None:
    found = stranger("@hubspot/mcp-server@0.4.0", kind="npm").script("mcp_server.js")

    assert f'"hubId": {portal.side.portal.portal_id}' in found["whose"]
    assert "DEVELOPER_TEST" in found["whose"]
    assert {portal.props("contacts", i)["jobtitle"] for i in found["made"]} == {"Buyer"}
    assert found["read"] == ["Buyer", "Buyer"]
    assert sorted(found["search"]) == sorted(found["made"])
    assert found["page"] == [100, True]
    assert {1, 279} <= set(found["kinds"])
    assert found["ties"] == sorted(found["made"])
    assert (found["property"], found["properties"]) == ("Assisted by", True)
    assert found["note"] == ["Hello again", [found["made"][0]], [found["company"]]]
    assert found["uncalled"] == ["hubspot-get-workflow"]
