"""What the user interface is made of, as far as clients ask: tabs, theme, layouts, compact layouts, quick actions.

An org of the twin shows every object's fields on one layout. Shapes: [doc rest-api/resources_tabs, describe layouts].
"""

from __future__ import annotations

from typing import Any

from ..errors import ApiError, not_found
from ..ids import MASTER_RECORD_TYPE, make_id
from ..metadata.model import Field, SObject
from ..metadata.record_types import record_type_infos
from .call import Answer, Call

_COLOURS = {"Account": "6f7ccb", "Contact": "9602c7", "Lead": "f88962", "Opportunity": "fcb95b", "Campaign": "f49756"}
_TABBED = tuple(_COLOURS)


def _tabbed(call: Call) -> list[SObject]:
    own = [name for name, made in call.org.schema.objects.items() if made.custom]
    return [made for name in (*_TABBED, *own) if (made := call.access.sobject(name)) is not None]


def _icon(call: Call, made: SObject, size: int) -> str:
    return f"{call.base_url}/img/icon/{made.plural.lower().replace(' ', '_')}{size}.png"


def _colours(made: SObject) -> list[dict[str, str]]:
    colour = _COLOURS.get(made.name, "706e6b")
    return [{"color": colour, "context": "primary", "theme": theme} for theme in ("theme4", "theme3")]


def _icons(call: Call, made: SObject) -> list[dict[str, Any]]:
    return [
        {"contentType": "image/png", "height": size, "theme": "theme3", "url": _icon(call, made, size), "width": size}
        for size in (32, 16)
    ]


def tab_list(call: Call) -> list[dict[str, Any]]:
    """The tabs that the user can see."""
    return [
        {
            "colors": _colours(made),
            "custom": made.custom,
            "iconUrl": _icon(call, made, 32),
            "icons": _icons(call, made),
            "label": made.plural,
            "miniIconUrl": _icon(call, made, 16),
            "name": made.name if made.custom else f"standard-{made.name}",
            "sobjectName": made.name,
            "url": f"{call.base_url}/{made.prefix}/o",
        }
        for made in _tabbed(call)
    ]


def tabs(call: Call) -> Answer:
    """GET tabs."""
    return Answer(200, tab_list(call))


def theme_items(call: Call) -> list[dict[str, Any]]:
    """Colours and icons by object."""
    return [{"colors": _colours(m), "icons": _icons(call, m), "name": m.name} for m in _tabbed(call)]


def theme(call: Call) -> Answer:
    """GET theme."""
    return Answer(200, {"themeItems": theme_items(call)})


def quick_actions(call: Call) -> Answer:
    """GET quickActions, and those of an object: this org has none."""
    if call.args:
        call.sobject(call.args[0])
    return Answer(200, [])


# -- layouts


def _component(f: Field, order: int) -> dict[str, Any]:
    return {"details": f.describe(), "displayLines": 1, "tabOrder": order, "type": "Field", "value": f.name}


def _item(f: Field, order: int) -> dict[str, Any]:
    return {
        "editableForNew": f.createable,
        "editableForUpdate": f.updateable,
        "label": f.label,
        "layoutComponents": [_component(f, order)],
        "placeholder": False,
        "required": f.required,
    }


def _section(made: SObject, fields: list[Field]) -> dict[str, Any]:
    items = [_item(f, k + 1) for k, f in enumerate(fields)]
    rows = [{"layoutItems": items[k : k + 2], "numItems": len(items[k : k + 2])} for k in range(0, len(items), 2)]
    return {
        "collapsed": False,
        "columns": 2,
        "heading": f"{made.label} Information",
        "layoutRows": rows,
        "layoutSectionId": make_id("01B", int(made.prefix, 36)),
        "parentLayoutId": _layout_id(made)[:15],
        "rows": len(rows),
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": False,
        "useHeading": False,
    }


def _layout_id(made: SObject) -> str:
    return make_id("00h", int(made.prefix, 36))


def _related(call: Call, made: SObject) -> list[dict[str, Any]]:
    return [
        {
            "accessLevelRequiredForCreate": None,
            "buttons": None,
            "columns": [],
            "custom": False,
            "field": f"{child.sobject}.{child.field}",
            "label": target.plural,
            "limitRows": 5,
            "name": child.name,
            "sobject": child.sobject,
            "sort": [],
        }
        for child in made.children
        if child.name and (target := call.access.sobject(child.sobject)) is not None
    ]


def layout(call: Call, made: SObject) -> dict[str, Any]:
    """The one layout of an object."""
    shown = [f for f in call.access.fields(made) if f.type != "id" and not f.is_compound]
    edited = [f for f in shown if f.createable or f.updateable]
    names = ("Edit", "Delete", "Clone")
    buttons = [{"custom": False, "label": name, "name": name, "overridden": False} for name in names]
    return {
        "buttonLayoutSection": {"detailButtons": buttons},
        "detailLayoutSections": [_section(made, shown)],
        "editLayoutSections": [_section(made, edited)],
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": _layout_id(made),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": None,
        "relatedLists": _related(call, made),
        "saveOptions": [],
    }


def _mappings(call: Call, made: SObject) -> list[dict[str, Any]]:
    lists = [
        {"picklistName": f.name, "picklistValues": [c.describe() for c in f.choices if c.active]}
        for f in call.access.fields(made)
        if f.choices
    ]
    rows = record_type_infos(made, call.version)
    return [
        dict(sorted({**row, "layoutId": _layout_id(made), "picklistsForRecordType": lists}.items())) for row in rows
    ]


def layouts(call: Call) -> Answer:
    """GET describe/layouts[/recordTypeId]. With several record types the list names them and leaves layouts out."""
    made = call.sobject(call.args[0])
    mappings = _mappings(call, made)
    if len(call.args) > 1:
        wanted = call.args[1][:15]
        if wanted not in {str(row["recordTypeId"])[:15] for row in mappings} | {MASTER_RECORD_TYPE[:15]}:
            raise not_found()
        return Answer(200, layout(call, made))
    shown = None if len(made.record_types) > 1 else [layout(call, made)]
    body = {"layouts": shown, "recordTypeMappings": mappings, "recordTypeSelectorRequired": [bool(made.record_types)]}
    return Answer(200, body)


def named_layouts(call: Call) -> Answer:
    """GET describe/namedLayouts/{name}."""
    made = call.sobject(call.args[0])
    mappings = _mappings(call, made)
    body = {"layouts": [layout(call, made)], "recordTypeMappings": mappings, "recordTypeSelectorRequired": [False]}
    return Answer(200, body)


def _compact(made: SObject) -> dict[str, Any]:
    title = made.name_of()
    return {
        "actions": [],
        "fieldItems": [_item(title, 1)] if title is not None else [],
        "id": None,
        "imageItems": [],
        "label": "System Default",
        "name": "SYSTEM",
        "objectType": made.name,
    }


def primary_compact_layouts(call: Call) -> Answer:
    """GET compactLayouts?q=: the primary one of each object asked for. [doc rest-api/compact-layouts]"""
    names = [n.strip() for n in call.query.get("q", "").split(",") if n.strip()]
    if not names:
        raise ApiError("MISSING_ARGUMENT", "Missing required parameter: q")
    return Answer(200, {made.name: _compact(made) for made in map(call.sobject, names)})


def compact_layouts(call: Call) -> Answer:
    """GET describe/compactLayouts: the system's own."""
    made = call.sobject(call.args[0])
    url = f"{call.root}/sobjects/{made.name}/describe/compactLayouts"
    rows = [
        {
            "available": row["available"],
            "compactLayoutId": None,
            "compactLayoutName": "SYSTEM",
            "recordTypeId": row["recordTypeId"],
            "recordTypeName": row["name"],
            "urls": {"compactLayout": f"{url}/{row['recordTypeId']}"},
        }
        for row in record_type_infos(made, call.version)
    ]
    body = {"compactLayouts": [_compact(made)], "defaultCompactLayoutId": None, "recordTypeCompactLayoutMappings": rows}
    return Answer(200, {**body, "urls": {"primary": f"{url}/primary"}})


def approval_layouts(call: Call) -> Answer:
    """GET describe/approvalLayouts: no approval process here."""
    call.sobject(call.args[0])
    return Answer(200, {"approvalLayouts": []})


def approvals(_call: Call) -> Answer:
    """GET process/approvals: no approval process here. [doc rest-api/get-a-list-of-all-approval-processes]"""
    return Answer(200, {"approvals": {}})


def process_rules(_call: Call) -> Answer:
    """GET process/rules: no workflow rule here. [doc rest-api/get-a-list-of-process-rules]"""
    return Answer(200, {"rules": {}})
