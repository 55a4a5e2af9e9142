"""After a bulk load: what the org would have derived, filled in where the loader left it empty."""

from __future__ import annotations

from .metadata.schema import FORECAST_NAMES
from .org import ADMIN_PROFILE_ID, API_USER_ID, Org

_USER_DEFAULTS = ("OwnerId", "CreatedById", "LastModifiedById")

_FILL = (
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
        con.execute('UPDATE "User" SET "ProfileId" = ? WHERE "ProfileId" IS NULL', (ADMIN_PROFILE_ID,))
        for sql in _FILL:
            con.execute(sql)
        for link, parent in (("ContactId", "Contact"), ("LeadId", "Lead")):
            parts = ", ".join(f'"{n}" = p."{n}"' for n in _MEMBER_PARTS)
            con.execute(
                f'UPDATE "CampaignMember" SET {parts} FROM "{parent}" p '
                f'WHERE p."Id" = "CampaignMember"."{link}" AND "CampaignMember"."Name" IS NULL'
            )
        _member_statuses(org)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


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
