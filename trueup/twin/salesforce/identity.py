"""Who a user is: the OpenID claims and the identity document. [reference 2.3]"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .ids import canonical
from .org import ORG_ID
from .store import Row


def _urls(base_url: str, user_id: str) -> dict[str, str]:
    org = ORG_ID[:15]
    data = f"{base_url}/services/data/v{{version}}/"
    return {
        "enterprise": f"{base_url}/services/Soap/c/{{version}}/{org}",
        "metadata": f"{base_url}/services/Soap/m/{{version}}/{org}",
        "partner": f"{base_url}/services/Soap/u/{{version}}/{org}",
        "rest": data,
        "sobjects": f"{data}sobjects/",
        "search": f"{data}search/",
        "query": f"{data}query/",
        "recent": f"{data}recent/",
        "tooling_soap": f"{base_url}/services/Soap/T/{{version}}/{org}",
        "tooling_rest": f"{data}tooling/",
        "profile": f"{base_url}/{user_id}",
        "feeds": f"{data}chatter/feeds",
        "groups": f"{data}chatter/groups",
        "users": f"{data}chatter/users",
        "feed_items": f"{data}chatter/feed-items",
        "feed_elements": f"{data}chatter/feed-elements",
        "custom_domain": base_url,
    }


def userinfo(user: Row, base_url: str, now: datetime) -> dict[str, Any]:
    """OpenID claims of a user. [reference 2.3]"""
    return {
        "sub": f"https://login.salesforce.com/id/{ORG_ID}/{user['Id']}",
        "user_id": user["Id"],
        "organization_id": ORG_ID,
        "preferred_username": user["Username"],
        "nickname": user.get("CommunityNickname"),
        "name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "given_name": user.get("FirstName"),
        "family_name": user.get("LastName"),
        "zoneinfo": user.get("TimeZoneSidKey"),
        "photos": {"picture": f"{base_url}/profilephoto/005/F", "thumbnail": f"{base_url}/profilephoto/005/T"},
        "profile": f"{base_url}/{user['Id']}",
        "picture": f"{base_url}/profilephoto/005/F",
        "address": {"country": "US"},
        "urls": _urls(base_url, str(user["Id"])),
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "utcOffset": 0,
        "updated_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "is_lightning_login_user": False,
    }


def identity(user: Row, base_url: str, asked_id: str) -> dict[str, Any] | None:
    """The identity document. [rec swiftlysalesforce/MockIdentity.json]"""
    if canonical(asked_id) != user["Id"]:
        return None
    return {
        "id": f"https://login.salesforce.com/id/{ORG_ID}/{user['Id']}",
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": ORG_ID,
        "username": user["Username"],
        "nick_name": user.get("CommunityNickname"),
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user.get("FirstName"),
        "last_name": user.get("LastName"),
        "timezone": user.get("TimeZoneSidKey"),
        "photos": {"picture": f"{base_url}/profilephoto/005/F", "thumbnail": f"{base_url}/profilephoto/005/T"},
        "addr_street": None,
        "addr_city": None,
        "addr_state": None,
        "addr_country": "US",
        "addr_zip": None,
        "mobile_phone": user.get("MobilePhone"),
        "mobile_phone_verified": False,
        "is_lightning_login_user": False,
        "status": {"created_date": None, "body": None},
        "urls": _urls(base_url, str(user["Id"])),
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "utcOffset": 0,
        "last_modified_date": str(user["LastModifiedDate"])[:19] + "Z",
        "is_app_installed": True,
    }
