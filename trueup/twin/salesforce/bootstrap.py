"""What every new org holds: itself, a profile, the integration user, the status tables, the record types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .ids import make_id
from .metadata.schema import FORECAST_NAMES, TASK_STATUSES
from .org import ADMIN_PROFILE_ID, API_USER_ID, LICENCE_ID, ORG_ID, Org


def bootstrap(org: Org, settings: Mapping[str, Any], username: str) -> None:
    """Fill a fresh org with what every org has: itself, a profile, the integration user, the status tables."""
    _standing(org)
    if org.store.get("Organization", ORG_ID) is not None:
        return
    stamp = org.stamp()
    audit = {
        "CreatedDate": stamp,
        "LastModifiedDate": stamp,
        "SystemModstamp": stamp,
        "CreatedById": API_USER_ID,
        "LastModifiedById": API_USER_ID,
    }
    user = dict(settings.get("user") or {})
    load = org.store.load
    load(
        org.schema.objects["Organization"],
        [
            {
                "Id": ORG_ID,
                "Name": org.name,
                "Country": "US",
                "DefaultLocaleSidKey": org.locale,
                "TimeZoneSidKey": str(org.zone),
                "LanguageLocaleKey": "en_US",
                "FiscalYearStartMonth": 1,
                "DefaultAccountAccess": "Edit",
                "DefaultContactAccess": "ControlledByParent",
                "DefaultOpportunityAccess": "Edit",
                "DefaultLeadAccess": "ReadEditTransfer",
                "OrganizationType": "Enterprise Edition",
                "InstanceName": "TRU1",
                "IsSandbox": bool(org.switches["sandbox"]),
                **audit,
            },
        ],
    )
    licence = {"Id": LICENCE_ID, "Name": "Salesforce", "MasterLabel": "Salesforce", "LicenseDefinitionKey": "SFDC"}
    dates = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), stamp)
    load(org.schema.objects["UserLicense"], [{**licence, "Status": "Active", **dates}])
    load(
        org.schema.objects["Profile"],
        [
            {
                "Id": ADMIN_PROFILE_ID,
                "UserLicenseId": LICENCE_ID,
                "Name": "System Administrator",
                "PermissionsApiEnabled": True,
                "PermissionsModifyAllData": True,
                "PermissionsViewAllData": True,
                "UserType": "Standard",
                **audit,
            },
        ],
    )
    load(
        org.schema.objects["User"],
        [
            {
                "Id": API_USER_ID,
                "Username": username,
                "LastName": user.get("last_name", "Integration"),
                "FirstName": user.get("first_name", "Sync"),
                "Email": user.get("email", username),
                "Alias": "sync",
                "CommunityNickname": "sync",
                "IsActive": True,
                "TimeZoneSidKey": str(org.zone),
                "LocaleSidKey": org.locale,
                "EmailEncodingKey": "UTF-8",
                "LanguageLocaleKey": "en_US",
                "ProfileId": ADMIN_PROFILE_ID,
                "UserType": "Standard",
                **audit,
            },
        ],
    )
    _status_tables(org, audit)
    types = [
        {
            "Id": r["id"],
            "Name": r["name"],
            "DeveloperName": r["developer_name"],
            "SobjectType": made.name,
            "IsActive": True,
            **audit,
        }
        for made in org.schema.objects.values()
        for r in made.record_types
    ]
    load(org.schema.objects["RecordType"], types)


def _standing(org: Org) -> None:
    """The standard price book, business hours all day long, what the profile permits; an org of before has none."""
    stamp = org.stamp()
    audit = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), stamp)
    audit |= dict.fromkeys(("CreatedById", "LastModifiedById"), API_USER_ID)
    if not org.store.find("Pricebook2", '"IsStandard" = 1'):
        book = {"Id": make_id("01s", 1), "Name": "Standard Price Book", "IsActive": True, "IsStandard": True}
        org.store.load(org.schema.objects["Pricebook2"], [{**book, **audit}])
    hours = org.schema.objects["BusinessHours"]
    if not org.store.find("BusinessHours", '"IsDefault" = 1'):
        days = {f.name: "00:00:00.000Z" for f in hours.fields if f.type == "time"}
        own = {"Id": make_id("01m", 1), "Name": "Default", "IsActive": True, "IsDefault": True}
        org.store.load(hours, [{**own, "TimeZoneSidKey": str(org.zone), **days, **audit}])
    if not org.store.find("PermissionSet", '"ProfileId" = ?', (ADMIN_PROFILE_ID,)):
        may = dict.fromkeys(("PermissionsApiEnabled", "PermissionsModifyAllData", "PermissionsViewAllData"), True)
        own = {"Id": make_id("0PS", 1), "Name": f"X{ADMIN_PROFILE_ID[:15]}", "Label": f"X{ADMIN_PROFILE_ID[:15]}"}
        of_profile = {
            "ProfileId": ADMIN_PROFILE_ID,
            "IsOwnedByProfile": True,
            "Type": "Profile",
            "LicenseId": LICENCE_ID,
        }
        org.store.load(org.schema.objects["PermissionSet"], [{**own, **of_profile, **may, **audit}])
        given = {"PermissionSetId": own["Id"], "AssigneeId": API_USER_ID, "IsActive": True, "SystemModstamp": stamp}
        org.store.load(org.schema.objects["PermissionSetAssignment"], [{"Id": make_id("0Pa", 1), **given}])


def _status_tables(org: Org, audit: Mapping[str, Any]) -> None:
    load = org.store.load
    load(
        org.schema.objects["LeadStatus"],
        [
            {
                "Id": make_id("01J", 1000 + k),
                "MasterLabel": c.label,
                "ApiName": c.value,
                "SortOrder": k + 1,
                "IsDefault": c.default,
                "IsConverted": bool(s.get("converted", s.get("is_converted", False))),
                **audit,
            }
            for k, (s, c) in enumerate(
                zip(org.schema.lead_statuses, org.schema.objects["Lead"].by_name["status"].choices, strict=True)
            )
        ],
    )
    load(
        org.schema.objects["OpportunityStage"],
        [
            {
                "Id": make_id("01J", 2000 + k),
                "MasterLabel": s["value"],
                "ApiName": s["value"],
                "IsActive": bool(s.get("active", True)),
                "SortOrder": k + 1,
                "IsClosed": bool(s["closed"]),
                "IsWon": bool(s["won"]),
                "ForecastCategory": s["category"],
                "ForecastCategoryName": FORECAST_NAMES.get(str(s["category"]), str(s["category"])),
                "DefaultProbability": float(s["probability"]),
                **audit,
            }
            for k, s in enumerate(org.schema.stages)
        ],
    )
    load(
        org.schema.objects["TaskStatus"],
        [
            {
                "Id": make_id("01J", 3000 + k),
                "MasterLabel": name,
                "ApiName": name,
                "SortOrder": k + 1,
                "IsDefault": k == 0,
                "IsClosed": closed,
                **audit,
            }
            for k, (name, closed) in enumerate(TASK_STATUSES)
        ],
    )
