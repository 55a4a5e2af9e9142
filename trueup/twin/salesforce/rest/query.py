"""query and queryAll, with cursors. [reference 6]"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from ..errors import ApiError
from ..soql import ast, filelinks
from ..soql.errors import malformed, unexpected
from ..soql.execute import Executor
from ..soql.parser import parse
from ..soql.planner import MANY_LEVELS, ONE_LEVEL, Plan, Planner, Source
from ..soql.where import Moment
from .call import Answer, Call

_FIELDS_SINCE, _DEEP_SINCE = 51, 58
_HINT = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


def query(call: Call) -> Answer:
    """Run a query over the live records."""
    return _run(call, deleted=False)


def query_all(call: Call) -> Answer:
    """Run a query over deleted, merged-away and archived records too."""
    return _run(call, deleted=True)


def _run(call: Call, *, deleted: bool) -> Answer:
    text = call.query.get("q")
    if text is None and "explain" in call.query:
        return _explain(call, call.query["explain"], deleted)
    if text is None:
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    plan = compile_query(call, text, deleted, rest=True)
    if call.query.get("columns") == "true":
        return _columns(plan)
    answer = executor(call).run(plan, page_size(call, plan))
    for purpose in {"VIEW", "REFERENCE"} & set(plan.purposes):
        ids = [str(r["attributes"]["url"]).rpartition("/")[2] for r in answer["records"]]
        call.org.viewed.mark(call.actor.user_id, plan.sobject, ids, purpose)
    return Answer(200, answer)


def compile_query(call: Call, text: str, deleted: bool, *, rest: bool = False) -> Plan:
    """Parse and plan a query for the calling user."""
    call.org.archive()
    moment = Moment(call.org.now(), call.org.zone)
    query = parse(text)
    if call.number < _FIELDS_SINCE:
        for item in query.selected:
            if isinstance(item.expression, ast.FieldSet):  # an ordinary name there, that cannot be called
                raise unexpected("(", text, item.expression.at + len("FIELDS"))
    if rest and query.all_rows:
        raise malformed("ALL ROWS not allowed in this context", text, text.upper().rindex("ALL"))
    if query.source.lower() in {str(n).lower() for n in call.org.switches["query_timeout_objects"]}:
        raise ApiError("QUERY_TIMEOUT", "Your query request was running for too long.")
    filelinks.check(query)
    depth = MANY_LEVELS if call.number >= _DEEP_SINCE else ONE_LEVEL
    root = call.root if rest else ""
    plan = Planner(call.access, moment, call.actor.user_id, deleted=deleted, depth=depth, root=root).plan(query)
    plan.come_from(Source(text, deleted, call.version, call.actor.user_id))
    return plan


def executor(call: Call) -> Executor:
    """The executor that answers in the calling version's paths."""
    call.org.cursors.life = timedelta(seconds=float(call.org.switches["cursor_life_s"]))
    return Executor(call.org.store, call.org.cursors, call.root, call.org.now())


def page_size(call: Call, plan: Plan) -> int:
    """The client's hint (200 to 2000) or the server's own choice, whichever is less. [reference 6.2]"""
    own = int(call.org.switches["long_text_page_size" if plan.long_text else "page_size"])
    found = _HINT.search(call.headers.get("sforce-query-options", ""))
    return min(own, max(200, min(2000, int(found.group(1))))) if found else own


def more(call: Call) -> Answer:
    """Go on with a query. The hint of the first call is repeated by clients that care."""
    run = executor(call)
    cursor, _, _ = call.org.cursors.find(call.args[0], call.org.now())
    return Answer(200, run.more(call.args[0], page_size(call, cursor.plan)))


def _columns(plan: Plan) -> Answer:
    """Column metadata, as the command-line client asks for it."""
    columns: list[dict[str, Any]] = []
    names = plan.columns or [key for key, _ in plan.aggregate or []]
    for name in names:
        found = plan.sobject.get(name.split(".")[-1])
        kind = found.type if found else "string"
        columns.append(
            {
                "aggregate": plan.aggregate is not None,
                "apexType": kind.capitalize(),
                "booleanType": kind == "boolean",
                "columnName": name.split(".")[-1],
                "custom": bool(found and found.custom),
                "displayName": name.split(".")[-1],
                "foreignKeyName": None,
                "insertable": bool(found and found.createable),
                "joinColumns": [],
                "numberType": kind in {"int", "double", "currency", "percent"},
                "textType": kind in {"string", "textarea", "email", "phone", "url", "picklist"},
                "updatable": bool(found and found.updateable),
            }
        )
    return Answer(
        200,
        {
            "columnMetadata": columns,
            "entityName": plan.sobject.name,
            "groupBy": plan.aggregate is not None,
            "idSelected": "Id" in names,
            "keyPrefix": plan.sobject.prefix,
        },
    )


def _explain(call: Call, text: str, deleted: bool) -> Answer:
    from .listviews import query_of  # which runs its queries by this module

    text = query_of(call, text) or text
    plan = compile_query(call, text, deleted)
    total = call.org.store.count(plan.sobject.name)
    steps = call.org.store.con.execute(f"EXPLAIN QUERY PLAN {plan.find_sql}", plan.find_args).fetchall()
    used = re.search(r"SEARCH t0 USING (?:COVERING )?INDEX \S+ \((\w+)", " ".join(str(step[-1]) for step in steps))
    found = len(call.org.store.con.execute(plan.find_sql, plan.find_args).fetchall()) if used else total
    row = {
        "cardinality": found,
        "fields": [used.group(1)] if used else [],
        "leadingOperationType": "Index" if used else "TableScan",
        "notes": [],
        "relativeCost": round(found / total, 4) if used and total else 1.0,
        "sobjectCardinality": total,
        "sobjectType": plan.sobject.name,
    }
    return Answer(200, {"plans": [row], "sourceQuery": text})
