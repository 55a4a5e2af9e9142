"""What the integration does beside single fields: users become owners, stages move up, the inclusion list goes over."""

from __future__ import annotations

from trueup.twin.hubspot.integration.bridge import ORIGIN, USERNAME, Bridge
from trueup.twin.hubspot.integration.records import Syncing, truth
from trueup.twin.hubspot.lifecycle import is_backward


class Account:
    """The settings of one connection at work."""

    def __init__(self, bridge: Bridge, records: Syncing) -> None:
        self._bridge = bridge
        self._portal = bridge.portal
        self._records = records

    def owners(self) -> None:
        """Salesforce users are synced in as owners, by e-mail address (reference 9.3)."""
        owners = self._portal.owners
        known = {str(o["email"]).lower(): str(o["id"]) for o in owners.everybody()}
        pairs: dict[str, str] = {}
        number = max((int(i) for i in known.values()), default=7_000_000)
        for user in self._bridge.salesforce.dump("User"):
            email = str(user.get("Email") or "").lower()
            if not email or user.get("UserType") not in (None, "Standard") or user.get("Username") == USERNAME:
                continue
            if email not in known:
                # A portal without owners takes any: the first one would make the owners of all records unknown ones.
                if not truth(user.get("IsActive")) or not len(owners):
                    continue
                number += 1
                known[email] = str(number)
                first, last = str(user.get("FirstName") or ""), str(user.get("LastName") or "")
                owners.load([{"id": str(number), "email": email, "firstName": first, "lastName": last}])
            pairs[str(user["Id"])] = known[email]
        self._records.know_owners(pairs)

    def stages(self) -> None:
        """A contact role in an opportunity makes an opportunity of the contact, a won one a customer; forward only."""
        portal = self._portal
        if not portal.switches["salesforce_lifecycle"]:
            return
        contacts = portal.types.resolve("contacts")
        won = {str(o["Id"]): truth(o.get("IsWon")) for o in self._bridge.salesforce.dump("Opportunity")}
        reached: dict[str, str] = {}
        for role in self._bridge.salesforce.dump("OpportunityContactRole"):
            person, deal = str(role.get("ContactId") or "")[:15], str(role.get("OpportunityId"))
            key, stage = str(role.get("Id")), "customer" if won.get(deal) else "opportunity"
            if deal not in won or self._bridge.recall("stage", key) == stage:
                continue
            # It moves the contact when the role joins or the deal is won, once; what a person sets later stays.
            self._bridge.keep("stage", key, stage)
            if reached.get(person) != "customer":
                reached[person] = stage
        if self._bridge.recall("stage", "first") is None:
            self._bridge.keep("stage", "first", True)
            return  # not backwards: what joined before the account was connected
        if not reached:
            return
        for row in list(portal.store.rows(contacts)):
            wanted = reached.get(row.props.get("salesforcecontactid", "")[:15] or "-")
            present = row.props.get("lifecyclestage")
            if not wanted or row.archived or is_backward(portal.catalogue.lifecycle, present, wanted):
                continue
            portal.records.update(contacts, row, {"lifecyclestage": wanted}, ORIGIN)
            self._bridge.done["hubspot"] += 1

    def include(self) -> None:
        """Makes a lead of every member of the inclusion list that Salesforce does not have."""
        portal, list_id = self._portal, str(self._portal.switches["salesforce_inclusion_list"])
        if not list_id:
            return
        contacts = portal.types.resolve("contacts")
        for contact_id, _ in portal.lists.members(portal.lists.get(list_id)):
            row = portal.store.get(contacts, contact_id)
            if row is None:
                continue
            held = row.props.get("salesforceleadid") or row.props.get("salesforcecontactid")
            gone = row.props.get("salesforcedeleted") == "true" and portal.switches["salesforce_recreates"]
            if not held or gone:
                self._records.include(row)
