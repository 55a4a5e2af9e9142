"""Users as some clients ask for them: who am I, and passwords. [doc rest-api/resources_sobject_user_password]"""

from __future__ import annotations

import secrets
from typing import Any

from ..errors import ApiError, not_found
from ..ids import canonical
from .call import Answer, Call


def me(call: Call) -> Answer:
    """GET chatter/users/me: the calling user, as far as clients look."""
    user = call.org.user(call.actor.user_id) or {}
    body: dict[str, Any] = {
        "additionalLabel": None,
        "communityNickname": user.get("CommunityNickname"),
        "companyName": user.get("CompanyName") or call.org.name,
        "displayName": user.get("Name"),
        "email": user.get("Email"),
        "firstName": user.get("FirstName"),
        "id": user.get("Id"),
        "isActive": bool(user.get("IsActive")),
        "isInThisCommunity": True,
        "lastName": user.get("LastName"),
        "name": user.get("Name"),
        "title": user.get("Title"),
        "type": "User",
        "url": f"{call.root}/chatter/users/{user.get('Id')}",
        "userType": "Internal",
        "username": user.get("Username"),
    }
    return Answer(200, body)


def _user(call: Call) -> str:
    full = canonical(call.args[0])
    if full is None or call.org.user(full) is None:
        raise not_found()
    return full


def password(call: Call) -> Answer:
    """GET: whether it has expired."""
    _user(call)
    return Answer(200, {"isExpired": False})


def set_password(call: Call) -> Answer:
    """POST {"NewPassword": ...}."""
    change_password(call, _user(call), str(call.json_object().get("NewPassword") or ""))
    return Answer(204)


def reset_password(call: Call) -> Answer:
    """DELETE: the org makes a new one and tells it."""
    return Answer(200, {"NewPassword": new_password(call, _user(call))})


def change_password(call: Call, user_id: str, new: str) -> None:
    """Give a user another password; the sessions stay."""
    if len(new) < 8:
        raise ApiError("INVALID_NEW_PASSWORD", "Your password must be at least 8 characters long.", fields=[])
    call.org.set_password(user_id, new)


def new_password(call: Call, user_id: str) -> str:
    """Make a password for a user."""
    made = "Tw1n" + secrets.token_hex(6)
    change_password(call, user_id, made)
    return made
