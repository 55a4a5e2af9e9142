"""The org before any customer is in it: roles, users, the queue, campaigns."""

from __future__ import annotations

from trueup.twin.world import words
from trueup.twin.world.dates import iso_date, salesforce_time
from trueup.twin.world.ids import Ids
from trueup.twin.world.parts import Owner, Rec
from trueup.twin.world.salesforce_rows import Row, Rows

_ADMIN_CREATED = "2021-03-01T09:00:00.000+0000"


class Org:
    """Its users and roles, one queue, some campaigns; who created what, and who owns it."""

    def __init__(self, ids: Ids, owners: list[Owner], total: int, end: int) -> None:
        self._end, self._owners = end, owners
        self._queue = ids.salesforce("Group")
        self._roles = {
            (o.region, o.role): ids.salesforce("UserRole") for o in {(o.region, o.role): o for o in owners}.values()
        }
        self.creator = owners[0].sf_id
        self.campaigns = [ids.salesforce("Campaign") for _ in range(3 + min(40, total // 1000))]

    def rows(self) -> Rows:
        """What exists before any customer does: roles, users, the queue, campaigns."""
        users = [
            {
                "Id": o.sf_id,
                "Username": o.email,
                "Email": o.email,
                "FirstName": o.first,
                "LastName": o.last,
                "Alias": (o.first[:1] + o.last[:6]).lower(),
                "CommunityNickname": o.email.split("@")[0],
                "IsActive": o.active,
                "UserType": "Standard",
                "UserRoleId": self._roles[o.region, o.role],
                "TimeZoneSidKey": "UTC",
                "LocaleSidKey": "en_US",
                "EmailEncodingKey": "UTF-8",
                "LanguageLocaleKey": "en_US",
                "Title": o.role,
                **self.audit(None),
            }
            for o in self._owners
        ]
        roles = [
            {
                "Id": id_,
                "Name": f"{role} {region}",
                "DeveloperName": f"{role}_{region}",
                "LastModifiedDate": _ADMIN_CREATED,
            }
            for (region, role), id_ in self._roles.items()
        ]
        queue = {"Id": self._queue, "Name": "Inbound", "DeveloperName": "Inbound", "Type": "Queue", **self.audit(None)}
        campaigns = [
            {
                "Id": id_,
                "Name": f"{words.CAMPAIGNS[n % len(words.CAMPAIGNS)]} {n + 1}",
                "Status": "Completed" if n else "In Progress",
                "IsActive": n == 0,
                "Type": "Webinar" if n % 2 else "Email",
                "StartDate": iso_date(self._end - (30 + n * 25) * 86_400),
                "EndDate": iso_date(self._end - (10 + n * 25) * 86_400),
                "OwnerId": self.creator,
                **self.audit(None),
            }
            for n, id_ in enumerate(self.campaigns)
        ]
        return {"UserRole": roles, "User": users, "Group": [queue], "Campaign": campaigns}

    def audit(self, rec: Rec | None, modified: int = 0) -> Row:
        """When a row was made and last changed, and by whom; without a record, by the admin who set the org up."""
        if rec is None:
            return {"CreatedDate": _ADMIN_CREATED, "LastModifiedDate": _ADMIN_CREATED, "SystemModstamp": _ADMIN_CREATED}
        stamp = salesforce_time(max(modified, rec.modified, rec.created))
        by = rec.owner.sf_id if rec.owner else self.creator
        return {
            "CreatedDate": salesforce_time(rec.created),
            "LastModifiedDate": stamp,
            "SystemModstamp": stamp,
            "CreatedById": by,
            "LastModifiedById": by,
        }

    def owner(self, rec: Rec) -> str:
        """The id of the user or queue that owns a record."""
        if rec.queue:
            return self._queue
        return rec.owner.sf_id if rec.owner else self.creator
