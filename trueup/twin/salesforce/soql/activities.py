"""What users without "View All Data" must observe when they read ActivityHistories and OpenActivities. [reference 11.1]

One parent record, no WHERE, a LIMIT, and the interface's own order. [doc object-reference/activityhistory]
"""

from __future__ import annotations

from . import ast
from .errors import malformed

_MOST = 500
_ORDERS = {
    "activityhistories": (("activitydate", True), ("lastmodifieddate", True)),
    "openactivities": (("activitydate", False), ("lastmodifieddate", True)),
}
_WHY = (
    "There is an implementation restriction on {}. When you query this relationship, security evaluation is "
    "implemented for users who don't have administrator permissions, and you must {}"
)


def check(root: ast.Query, child: ast.Query) -> None:
    """Refuse a subquery over activities that such a user may not make."""
    name = child.source.split(".")[-1]
    wanted = _ORDERS.get(name.lower())
    if wanted is None:
        return
    if not _one_record(root.where):
        raise malformed(_WHY.format(name, "specify the Id of one record in the main clause"), child.text, child.at)
    if child.where is not None:
        raise malformed(_WHY.format(name, "leave out the WHERE clause"), child.text, child.at)
    if child.limit is None or child.limit > _MOST:
        raise malformed(_WHY.format(name, f"specify a LIMIT of {_MOST} or less"), child.text, child.at)
    given = tuple((str(o.expression).lower(), o.descending) for o in child.order if isinstance(o.expression, ast.Path))
    if given != wanted:
        shown = ", ".join(f"{field} {'DESC' if down else 'ASC'}" for field, down in _shown(wanted))
        raise malformed(_WHY.format(name, f"use a specific sort order: {shown}"), child.text, child.at)


def _shown(order: tuple[tuple[str, bool], ...]) -> list[tuple[str, bool]]:
    names = {"activitydate": "ActivityDate", "lastmodifieddate": "LastModifiedDate"}
    return [(names[field], down) for field, down in order]


def _one_record(where: ast.Condition | None) -> bool:
    if isinstance(where, ast.Both):
        return where.every and any(_one_record(part) for part in where.parts)
    if not isinstance(where, ast.Compare) or not isinstance(where.left, ast.Path):
        return False
    by_id = where.left.parts[-1].lower() == "id" and len(where.left.parts) <= 2
    return by_id and where.operator in {"=", "IN"} and len(where.values) == 1
