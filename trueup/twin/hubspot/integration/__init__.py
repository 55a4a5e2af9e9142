"""The native Salesforce integration beside everybody else, both ways (reference 14).

It writes as itself (source SALESFORCE there, a user of its own in the org), stamps what it synced, fills Salesforce's
blanks, overwrites the loser's side of a preferred field, creates leads for members of its inclusion list, carries
owners and activities, and keeps its errors to itself: they show in the app only, never in the API. `rules` decides,
`records`, `activities` and `account` carry out, `bridge` is what they write through, `engine` runs them.
"""

from trueup.twin.hubspot.integration.bridge import SalesforceLike
from trueup.twin.hubspot.integration.engine import TICK_MS, Integration

__all__ = ["TICK_MS", "Integration", "SalesforceLike"]
