"""List views: every object with an owner has two, all of them and one's own. [rec restforce/list_view_results]"""

from __future__ import annotations

from typing import Any

from ..errors import not_found
from ..ids import canonical, make_id
from ..metadata.model import Field, SObject
from .call import Answer, Call
from .query import compile_query, executor, page_size

_PREFIX = "00B"
_SCOPES = ("everything", "mine")
_COLUMNS = {
    "Account": ("Name", "Site", "BillingState", "Phone", "Type"),
    "Contact": ("Name", "Phone", "Email"),
    "Lead": ("Name", "Company", "State", "Email", "Status", "CreatedDate"),
    "Opportunity": ("Name", "Amount", "CloseDate", "StageName"),
}
_HIDDEN = ("Id", "CreatedDate", "LastModifiedDate", "SystemModstamp")
_SORTS = {
    "picklist": ("High to Low", "Low to High"),
    "phone": ("9-0", "0-9"),
    "currency": ("High to Low", "Low to High"),
}


def _names(made: SObject, scope: str) -> tuple[str, str]:
    word = "All" if scope == "everything" else "My"
    return f"{word}{made.plural.replace(' ', '')}", f"{word} {made.plural}"


def _view_id(made: SObject, scope: str) -> str:
    return make_id(_PREFIX, int(made.prefix, 36) * 2 + _SCOPES.index(scope))


def _brief(call: Call, made: SObject, scope: str) -> dict[str, Any]:
    view_id = _view_id(made, scope)
    url = f"{call.root}/sobjects/{made.name}/listviews/{view_id}"
    developer, label = _names(made, scope)
    return {
        "describeUrl": f"{url}/describe",
        "developerName": developer,
        "id": view_id,
        "label": label,
        "resultsUrl": f"{url}/results",
        "soqlCompatible": True,
        "url": url,
    }


def _scopes(made: SObject) -> tuple[str, ...]:
    return _SCOPES if made.get("OwnerId") and "layoutable" in made.flags else ()


def listing(call: Call) -> Answer:
    """GET sobjects/X/listviews."""
    made = call.sobject(call.args[0])
    rows = [_brief(call, made, scope) for scope in _scopes(made)]
    body = {"done": True, "listviews": rows, "nextRecordsUrl": None, "size": len(rows), "sobjectType": made.name}
    return Answer(200, body)


def _one(call: Call) -> tuple[SObject, str]:
    made = call.sobject(call.args[0])
    wanted = canonical(call.args[1])
    for scope in _scopes(made):
        if _view_id(made, scope) == wanted:
            return made, scope
    raise not_found()


def show(call: Call) -> Answer:
    """GET sobjects/X/listviews/{id}."""
    return Answer(200, _brief(call, *_one(call)))


def _columns(call: Call, made: SObject) -> list[dict[str, Any]]:
    names = _COLUMNS.get(made.name, ("Name",))
    seen = [f for name in names if (f := call.access.field(made, name)) is not None]
    hidden = [f for name in _HIDDEN if (f := call.access.field(made, name)) is not None and f not in seen]
    return [_column(f, k == 0, False) for k, f in enumerate(seen)] + [_column(f, False, True) for f in hidden]


def _column(f: Field, first: bool, hidden: bool) -> dict[str, Any]:
    up, down = (None, None) if hidden else _SORTS.get(f.type, ("Z-A", "A-Z"))
    return {
        "ascendingLabel": up,
        "descendingLabel": down,
        "fieldNameOrPath": f.name,
        "hidden": hidden,
        "label": f.label,
        "selectListItem": f"toLabel({f.name})" if f.type == "picklist" else f.name,
        "sortDirection": "ascending" if first else None,
        "sortIndex": 0 if first else None,
        "sortable": f.can_sort and not hidden,
        "type": f.type,
    }


def _soql(made: SObject, scope: str, columns: list[dict[str, Any]]) -> str:
    fields = ", ".join(c["selectListItem"] for c in columns)
    using = " USING SCOPE mine" if scope == "mine" else ""
    return f"SELECT {fields} FROM {made.name}{using} ORDER BY {columns[0]['fieldNameOrPath']} ASC NULLS FIRST, Id ASC"


def describe(call: Call) -> Answer:
    """GET sobjects/X/listviews/{id}/describe."""
    made, scope = _one(call)
    columns = _columns(call, made)
    orders = [columns[0]["fieldNameOrPath"], "Id"]
    body = {
        "columns": columns,
        "id": _view_id(made, scope),
        "orderBy": [{"fieldNameOrPath": n, "nullsPosition": "first", "sortDirection": "ascending"} for n in orders],
        "query": _soql(made, scope, columns),
        "relatedEntityId": None,
        "scope": scope,
        "scopeEntityId": None,
        "sobjectType": made.name.lower(),
        "whereCondition": {"conditions": [], "conjunction": "and"},
    }
    return Answer(200, body)


def results(call: Call) -> Answer:
    """GET sobjects/X/listviews/{id}/results?limit=&offset=: 25 rows unless told otherwise, 2,000 at most."""
    made, scope = _one(call)
    columns = _columns(call, made)
    limit = min(2000, _number(call, "limit", 25))
    text = f"{_soql(made, scope, columns)} LIMIT {limit} OFFSET {min(2000, _number(call, 'offset', 0))}"
    plan = compile_query(call, text, False)
    rows = executor(call).run(plan, page_size(call, plan))["records"]
    names = [c["fieldNameOrPath"] for c in columns]
    records = [{"columns": [{"fieldNameOrPath": n, "value": _plain(r.get(n))} for n in names]} for r in rows]
    developer, label = _names(made, scope)
    head = {"columns": columns, "developerName": developer, "done": True, "id": _view_id(made, scope), "label": label}
    return Answer(200, {**head, "records": records, "size": len(records)})


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdigit() else default


def query_of(call: Call, view_id: str) -> str | None:
    """The query behind a list view, by its id; for explain."""
    wanted = canonical(view_id)
    for made in call.org.schema.objects.values():
        for scope in _scopes(made):
            if wanted is not None and _view_id(made, scope) == wanted and call.access.sobject(made.name):
                return _soql(made, scope, _columns(call, made))
    return None
