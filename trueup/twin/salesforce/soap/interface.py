"""SOAP verbs about the user interface and about users: tabs, layouts, theme, passwords. [doc api/describe calls]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import ApiError
from ..ids import canonical
from ..rest import interface
from ..rest.call import Call
from ..rest.people import change_password, new_password
from .envelope import Request, child_text, local
from .records import object_of
from .tree import tree

Result = list[tuple[str, Any]]


def describe_tabs(call: Call, request: Request) -> Result:
    """describeTabs(): the user's apps, each with its tabs; here there is one."""
    del request
    app = {
        "description": "The world's most popular sales force automation (SFA) solution",
        "label": "Sales",
        "logoUrl": f"{call.base_url}/img/app_logos/salesforce_cloud.png",
        "namespace": "standard",
        "selected": True,
        "tabSetId": "02uHn000000sLsIIAU",
        "tabs": interface.tab_list(call),
    }
    return [("describeTabsResponse", [("result", tree(app))])]


def describe_all_tabs(call: Call, request: Request) -> Result:
    """describeAllTabs(): the tabs without their app."""
    del request
    return [("describeAllTabsResponse", [("result", tree(tab)) for tab in interface.tab_list(call)])]


def describe_theme(call: Call, request: Request) -> Result:
    """describeTheme(): colours and icons by object."""
    del request
    items = {"themeItems": interface.theme_items(call)}
    return [("describeThemeResponse", [("result", tree(items))])]


def describe_layout(call: Call, request: Request) -> Result:
    """describeLayout(): the layouts of an object."""
    made = object_of(call, child_text(request.element).get("sObjectType", ""))
    found = interface.layouts(replace(call, args=(made.name,))).body
    body = {**found, "layouts": [interface.layout(call, made)]}
    return [("describeLayoutResponse", [("result", tree(body))])]


def describe_compact_layouts(call: Call, request: Request) -> Result:
    """describeCompactLayouts(): the system's own."""
    made = object_of(call, child_text(request.element).get("sObjectType", ""))
    found = interface.compact_layouts(replace(call, args=(made.name,))).body
    return [("describeCompactLayoutsResponse", [("result", tree(found))])]


def _user(call: Call, text: str) -> str:
    full = canonical(text)
    if full is None or call.org.user(full) is None:
        raise ApiError("INVALID_ID_FIELD", f"{text} is not a valid user id")
    return full


def set_password(call: Call, request: Request) -> Result:
    """setPassword()."""
    asked = child_text(request.element)
    change_password(call, _user(call, asked.get("userId", "")), asked.get("password", ""))
    return [("setPasswordResponse", [("result", "")])]


def reset_password(call: Call, request: Request) -> Result:
    """resetPassword(): the answer tells the new one."""
    user = _user(call, child_text(request.element).get("userId", ""))
    return [("resetPasswordResponse", [("result", [("password", new_password(call, user))])])]


def invalidate_sessions(call: Call, request: Request) -> Result:
    """invalidateSessions(): the sessions are ended by the caller of this."""
    del call
    ids = [e for e in request.element if local(e) in {"sessionIds", "ArrayList"}]
    return [("invalidateSessionsResponse", [("result", [("success", True)]) for _ in ids])]


VERBS: dict[str, Callable[[Call, Request], Result]] = {
    "describeTabs": describe_tabs,
    "describeAllTabs": describe_all_tabs,
    "describeTheme": describe_theme,
    "describeLayout": describe_layout,
    "describeCompactLayouts": describe_compact_layouts,
    "setPassword": set_password,
    "resetPassword": reset_password,
    "invalidateSessions": invalidate_sessions,
}
