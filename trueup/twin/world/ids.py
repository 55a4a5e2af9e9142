"""Numbers and ids for everything in the world, given out in the order of making."""

from __future__ import annotations

from collections import defaultdict

from trueup.twin.hubspot.ids import make_id as hubspot_id
from trueup.twin.salesforce.ids import ALPHABET
from trueup.twin.salesforce.ids import make_id as salesforce_id

PREFIX = {
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "User": "005",
    "UserRole": "00E",
    "Group": "00G",
    "Task": "00T",
    "Event": "00U",
    "Campaign": "701",
    "CampaignMember": "00v",
    "OpportunityContactRole": "00K",
    "OpportunityHistory": "008",
    "LeadHistory": "017",
}
"""Key prefixes [reference/salesforce 1.1]."""

_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FIRST_USER = 100  # below are the org's own users: the administrator, the integration user


class Ids:
    """Counters. The same calls in the same order give the same ids."""

    def __init__(self) -> None:
        self._count: dict[str, int] = defaultdict(int)
        self._block: dict[str, tuple[int, str, str, int]] = {}

    def number(self, name: str) -> int:
        """The next number, from 1."""
        self._count[name] += 1
        return self._count[name]

    def salesforce(self, object_name: str) -> str:
        """The next id of a Salesforce object."""
        n = self.number("sf:" + object_name) + (_FIRST_USER if object_name == "User" else 0)
        # 62 ids in a row differ in their 15th character only; a capital there moves the last check character by 16.
        number, last = divmod(n, 62)
        block = self._block.get(object_name)
        if block is None or block[0] != number:
            first = salesforce_id(PREFIX[object_name], number * 62)
            block = self._block[object_name] = (number, first[:14], first[15:17], _CHECK.index(first[17]))
        character = ALPHABET[last]
        return block[1] + character + block[2] + _CHECK[block[3] + (16 if "A" <= character <= "Z" else 0)]

    def hubspot(self, object_name: str) -> str:
        """The next id of a HubSpot object type."""
        n = self.number("hs:" + object_name)
        if object_name == "owners":
            return str(41_000_000 + n * 7_919)
        return hubspot_id(object_name, n)
