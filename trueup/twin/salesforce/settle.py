"""After a bulk load: what the org would have derived, filled in where the loader left it empty."""

from __future__ import annotations

from .metadata.record_types import default_record_type
from .metadata.schema import FORECAST_NAMES
from .org import ADMIN_PROFILE_ID, API_USER_ID, Org

_USER_DEFAULTS = ("OwnerId", "CreatedById", "LastModifiedById")

_FILL = (
    """UPDATE "Opportunity" SET "PushCount" = 0 WHERE "PushCount" IS NULL""",
    """UPDATE "Opportunity" SET "ExpectedRevenue" = round("Amount" * IFNULL("Probability", 0) / 100, 2)
       WHERE "ExpectedRevenue" IS NULL AND "Amount" IS NOT NULL""",
    """UPDATE "Opportunity" SET "FiscalYear" = CAST(substr("CloseDate", 1, 4) AS INTEGER),
       "FiscalQuarter" = (CAST(substr("CloseDate", 6, 2) AS INTEGER) + 2) / 3,
       "Fiscal" = substr("CloseDate", 1, 4) || ' ' || ((CAST(substr("CloseDate", 6, 2) AS INTEGER) + 2) / 3)
       WHERE "FiscalYear" IS NULL AND "CloseDate" IS NOT NULL""",
    """UPDATE "Task" SET "IsClosed" = 1 WHERE "IsClosed" = 0 AND "Status" = 'Completed'""",
    """UPDATE "Task" SET "IsHighPriority" = 1 WHERE "IsHighPriority" = 0 AND "Priority" = 'High'""",
    """UPDATE "Task" SET "Priority" = 'Normal' WHERE "Priority" IS NULL""",
    """UPDATE "Event" SET "ActivityDateTime" = IFNULL("ActivityDateTime", "StartDateTime"),
       "ActivityDate" = IFNULL("ActivityDate", substr("StartDateTime", 1, 10)), "EndDate" = substr("EndDateTime", 1, 10)
       WHERE "EndDate" IS NULL AND "StartDateTime" IS NOT NULL""",
    """UPDATE "CampaignMember" SET "LeadOrContactId" = IFNULL("ContactId", "LeadId"),
       "Type" = CASE WHEN "ContactId" IS NULL THEN 'Lead' ELSE 'Contact' END WHERE "LeadOrContactId" IS NULL""",
)
_ACTIVITY_ACCOUNTS = (
    """UPDATE "{0}" SET "AccountId" = "WhatId" WHERE "AccountId" IS NULL AND "WhatId" LIKE '001%'""",
    """UPDATE "{0}" SET "AccountId" = p."AccountId" FROM "Opportunity" p
       WHERE p."Id" = "{0}"."WhatId" AND "{0}"."AccountId" IS NULL""",
    """UPDATE "{0}" SET "AccountId" = p."AccountId" FROM "Contact" p
       WHERE p."Id" = "{0}"."WhoId" AND "{0}"."AccountId" IS NULL AND "{0}"."WhatId" IS NULL""",
)
_LAST_ACTIVITY = """
    UPDATE "{holder}" SET "LastActivityDate" = a.d FROM (
        SELECT k, max(d) AS d FROM ({parts}) WHERE k IS NOT NULL GROUP BY k
    ) a WHERE a.k = "{holder}"."Id" AND "LastActivityDate" IS NULL"""
_HOLDERS = {"Lead": ["WhoId"], "Contact": ["WhoId"], "Opportunity": ["WhatId"], "Account": ["AccountId", "WhatId"]}
_MEMBER_PARTS = ("Name", "FirstName", "LastName", "Title", "Email")


def settle(org: Org) -> None:
    """Fill owners, authors and derived fields of loaded rows; give campaigns their member statuses."""
    con = org.store.con
    con.execute("BEGIN")
    try:
        for made in org.schema.objects.values():
            for name in _USER_DEFAULTS:
                found = made.get(name)
                if found is not None and not found.nillable:
                    con.execute(f'UPDATE "{made.name}" SET "{name}" = ? WHERE "{name}" IS NULL', (API_USER_ID,))
        for category, label in FORECAST_NAMES.items():
            empty = '"ForecastCategoryName" IS NULL AND "ForecastCategory" = ?'
            con.execute(f'UPDATE "Opportunity" SET "ForecastCategoryName" = ? WHERE {empty}', (label, category))
        for made in org.schema.objects.values():
            if made.record_types:
                person = '"IsPersonAccount" = 1' if made.get("IsPersonAccount") else "0"
                sql = f'UPDATE "{made.name}" SET "RecordTypeId" = CASE WHEN {person} THEN ? ELSE ? END '
                ids = (default_record_type(made, person=True), default_record_type(made))
                con.execute(f'{sql} WHERE "RecordTypeId" IS NULL', ids)
        con.execute('UPDATE "User" SET "ProfileId" = ? WHERE "ProfileId" IS NULL', (ADMIN_PROFILE_ID,))
        for sql in _FILL:
            con.execute(sql)
        for link, parent in (("ContactId", "Contact"), ("LeadId", "Lead")):
            parts = ", ".join(f'"{n}" = p."{n}"' for n in _MEMBER_PARTS)
            con.execute(
                f'UPDATE "CampaignMember" SET {parts} FROM "{parent}" p '
                f'WHERE p."Id" = "CampaignMember"."{link}" AND "CampaignMember"."Name" IS NULL'
            )
        _activities(org)
        _member_statuses(org)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _activities(org: Org) -> None:
    """The accounts of activities, and the last activity of what they are tied to. [reference 11.1]"""
    for kind in ("Task", "Event"):
        for sql in _ACTIVITY_ACCOUNTS:
            org.store.con.execute(sql.format(kind))
    done = {"Event": '"IsDeleted" = 0', "Task": '"IsDeleted" = 0 AND "IsClosed" = 1'}
    for holder, links in _HOLDERS.items():
        parts = " UNION ALL ".join(
            f'SELECT "{link}" AS k, "ActivityDate" AS d FROM "{kind}" WHERE {live}'
            for kind, live in done.items()
            for link in links
        )
        org.store.con.execute(_LAST_ACTIVITY.format(holder=holder, parts=parts))


def _member_statuses(org: Org) -> None:
    """Every campaign has `Sent` and `Responded`."""
    made = org.schema.objects["CampaignMemberStatus"]
    bare = org.store.find("Campaign", '"Id" NOT IN (SELECT "CampaignId" FROM "CampaignMemberStatus")')
    columns = [
        "Id",
        "CampaignId",
        "Label",
        "SortOrder",
        "IsDefault",
        "HasResponded",
        "CreatedDate",
        "LastModifiedDate",
        "SystemModstamp",
        "CreatedById",
        "LastModifiedById",
    ]
    names = ", ".join(f'"{n}"' for n in columns)
    sql = f'INSERT INTO "{made.name}" ({names}) VALUES ({", ".join("?" * len(columns))})'
    for campaign in bare:
        stamp = campaign.get("CreatedDate") or org.stamp()
        for order, (label, responded) in enumerate((("Sent", 0), ("Responded", 1)), start=1):
            values = (order, int(order == 1), responded, stamp, stamp, stamp, API_USER_ID, API_USER_ID)
            org.store.con.execute(sql, (org.store.next_id(made), campaign["Id"], label, *values))
