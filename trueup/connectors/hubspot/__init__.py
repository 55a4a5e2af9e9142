"""The HubSpot connector, through hubspot-api-client.

    systems:
      hubspot:
        connector: hubspot
        auth: {flow: private_app, token: env:HUBSPOT_TOKEN}
        budget: 30%

Facts about the API are in the documentation's HubSpot reference; the modules name its sections. Read here: `options`,
then `connector` (what is declared), `reader`, `writer`, and `client` for what goes over the wire.
"""

from __future__ import annotations

from trueup.connectors.hubspot.connector import HubSpotConnector
from trueup.connectors.hubspot.options import OPTIONS
from trueup.connectors.kit.base import ConnectorSpec

__all__ = ["SPEC", "HubSpotConnector"]

SPEC = ConnectorSpec("hubspot", "A HubSpot account, through its CRM API.", OPTIONS, HubSpotConnector)
