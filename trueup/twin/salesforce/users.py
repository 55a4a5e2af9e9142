"""Further users of the org, who may log in and see less: the world file's `users`.

    users:
      - {username: reader@acme.example, last_name: Reader, profile: Read Only, permissions: {read_only_user: true}}

Password, security token and an open session are made when not given; the ready line tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .ids import make_id
from .org import API_USER_ID, LICENCE_ID, Org

_FIRST = 62**4 + 1
_KEYS = {"username", "password", "security_token", "access_token", "first_name", "last_name", "email", "profile"}
_KEYS |= {"permissions", "active"}

Secret = Callable[[str, str | None, str], str]
"""Remembers a secret under a key: the given one, or one that is made in the form of a kind."""


@dataclass(slots=True)
class Login:
    """What one user logs in with."""

    user_id: str
    username: str
    password: str
    security_token: str
    access_token: str

    def shown(self) -> dict[str, str]:
        """As the ready line tells it."""
        names = ("username", "password", "security_token", "access_token", "user_id")
        return {name: getattr(self, name) for name in names}


def add_users(org: Org, given: Sequence[Mapping[str, Any]], secret: Secret) -> list[Login]:
    """Make the users that are not there yet; returns their log-ins."""
    out: list[Login] = []
    for n, entry in enumerate(given):
        name = str(entry.get("username") or "")
        unknown = sorted(set(entry) - _KEYS)
        if "@" not in name or unknown:
            what = (
                f"unknown keys {', '.join(unknown)}" if unknown else f"{name!r} is not of the form of an e-mail address"
            )
            raise KeyError(f"users: {what}; an entry has {', '.join(sorted(_KEYS))}")
        user_id = make_id("005", _FIRST + n)
        if org.user(user_id) is None:
            _load(org, user_id, name, entry)
        out.append(
            Login(
                user_id,
                name,
                secret(f"password:{name}", entry.get("password"), "password"),
                secret(f"security-token:{name}", entry.get("security_token"), "security-token"),
                secret(f"access-token:{name}", entry.get("access_token"), "access-token"),
            )
        )
        if entry.get("permissions"):
            org.switches.set("users", {**org.switches["users"], name: dict(entry["permissions"])})
    return out


def _load(org: Org, user_id: str, name: str, entry: Mapping[str, Any]) -> None:
    stamp = org.stamp()
    audit: dict[str, Any] = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), stamp)
    audit |= dict.fromkeys(("CreatedById", "LastModifiedById"), API_USER_ID)
    first, last = entry.get("first_name"), str(entry.get("last_name") or name.partition("@")[0])
    row = {
        "Id": user_id,
        "Username": name,
        "FirstName": first,
        "LastName": last,
        "Email": entry.get("email", name),
        "Alias": last[:8].lower(),
        "CommunityNickname": name.partition("@")[0],
        "IsActive": entry.get("active", True),
        "TimeZoneSidKey": str(org.zone),
        "LocaleSidKey": org.locale,
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
        "ProfileId": _profile(org, str(entry.get("profile", "Standard User")), audit),
        "UserType": "Standard",
        **audit,
    }
    org.store.load(org.schema.objects["User"], [row])


def _profile(org: Org, name: str, audit: Mapping[str, Any]) -> str:
    there = org.store.find("Profile", '"Name" = ?', (name,))
    if there:
        return str(there[0]["Id"])
    profile_id = make_id("00e", _FIRST + org.store.count("Profile"))
    row = {"Id": profile_id, "Name": name, "PermissionsApiEnabled": True, "UserType": "Standard"}
    row |= {"UserLicenseId": LICENCE_ID, **audit}
    org.store.load(org.schema.objects["Profile"], [row])
    return profile_id
