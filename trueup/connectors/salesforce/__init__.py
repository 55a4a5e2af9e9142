"""Salesforce, through simple-salesforce: REST for reading and writing, SOAP for merging and converting."""

from __future__ import annotations

from trueup.connectors.kit.base import Connector, ConnectorSpec, Settings
from trueup.connectors.salesforce.options import OPTIONS


def _open(settings: Settings) -> Connector:
    # Imported when a connection is opened: `trueup --help` and other connectors do not pay for it.
    from trueup.connectors.salesforce.connector import SalesforceConnector

    return SalesforceConnector(settings)


SPEC = ConnectorSpec(
    name="salesforce",
    summary="Salesforce orgs: leads, contacts, accounts, opportunities, activities, campaigns.",
    options=OPTIONS,
    open=_open,
)
