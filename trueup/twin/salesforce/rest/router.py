"""Paths to handlers. Both spellings of a path, with and without the trailing slash, are served. [reference 1.3]"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..bulk import v2_ingest, v2_query
from ..errors import ApiError, not_found
from . import (
    batch,
    collections,
    composite,
    describe,
    feeds,
    interface,
    listviews,
    people,
    query,
    roots,
    search,
    search_parameters,
    sobjects,
    suggestions,
    tree,
)
from .call import Answer, Call

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One path pattern and its handlers by verb."""

    pattern: re.Pattern[str]
    verbs: dict[str, Handler]


def _route(path: str, **verbs: Handler) -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"([^/]+)", path).replace("[rest]", "(.+)")
    return Route(re.compile(f"^{pattern}/?$", re.IGNORECASE), verbs)


ROUTES: tuple[Route, ...] = (
    _route("", GET=roots.resources),
    _route("limits", GET=roots.limits),
    _route("limits/recordCount", GET=roots.record_count),
    _route("recent", GET=roots.recent),
    _route("query", GET=query.query),
    _route("query/{locator}", GET=query.more),
    _route("queryAll", GET=query.query_all),
    _route("queryAll/{locator}", GET=query.more),
    _route("search", GET=search.search),
    _route("parameterizedSearch", GET=search_parameters.parameterized, POST=search_parameters.parameterized),
    _route("search/suggestions", GET=suggestions.suggestions),
    _route("search/scopeOrder", GET=suggestions.scope_order),
    _route("search/layout", GET=suggestions.result_layouts),
    _route("compactLayouts", GET=interface.primary_compact_layouts),
    _route("process/approvals", GET=interface.approvals),
    _route("process/rules", GET=interface.process_rules),
    _route("sobjects", GET=describe.everything),
    _route("sobjects/{object}", GET=describe.basic, POST=sobjects.create),
    _route("sobjects/{object}/describe", GET=describe.full),
    _route("sobjects/{object}/describe/layouts", GET=interface.layouts),
    _route("sobjects/{object}/describe/layouts/{type}", GET=interface.layouts),
    _route("sobjects/{object}/describe/namedLayouts/{name}", GET=interface.named_layouts),
    _route("sobjects/{object}/describe/compactLayouts", GET=interface.compact_layouts),
    _route("sobjects/{object}/describe/approvalLayouts", GET=interface.approval_layouts),
    _route("sobjects/{object}/quickActions", GET=interface.quick_actions),
    _route("sobjects/{object}/listviews", GET=listviews.listing),
    _route("sobjects/{object}/listviews/{id}", GET=listviews.show),
    _route("sobjects/{object}/listviews/{id}/describe", GET=listviews.describe),
    _route("sobjects/{object}/listviews/{id}/results", GET=listviews.results),
    _route("sobjects/User/{id}/password", GET=people.password, POST=people.set_password, DELETE=people.reset_password),
    _route("tabs", GET=interface.tabs),
    _route("theme", GET=interface.theme),
    _route("quickActions", GET=interface.quick_actions),
    _route("chatter/users/me", GET=people.me),
    _route("sobjects/{object}/deleted", GET=feeds.deleted),
    _route("sobjects/{object}/updated", GET=feeds.updated),
    _route(
        "sobjects/{object}/{id}",
        GET=sobjects.read,
        PATCH=sobjects.update,
        DELETE=sobjects.delete,
        POST=sobjects.insert_by_id,
    ),
    _route("sobjects/{object}/{field}/[rest]", GET=sobjects.read_by, PATCH=sobjects.upsert, DELETE=sobjects.delete_by),
    _route("composite", POST=composite.composite, GET=composite.resources),
    _route("composite/batch", POST=batch.batch),
    _route("composite/graph", POST=composite.graph),
    _route("composite/tree/{object}", POST=tree.tree),
    _route("composite/sobjects", POST=collections.create, PATCH=collections.update, DELETE=collections.delete),
    _route("composite/sobjects/{object}", GET=collections.retrieve, POST=collections.retrieve_by_body),
    _route("composite/sobjects/{object}/{field}", PATCH=collections.upsert),
    _route("jobs/query", GET=v2_ingest.listing, POST=v2_query.create_query),
    _route("jobs/query/{id}", GET=v2_query.show_query, PATCH=v2_query.abort_query, DELETE=v2_query.delete_query),
    _route("jobs/query/{id}/results", GET=v2_query.results),
    _route("jobs/query/{id}/resultPages", GET=v2_query.result_pages),
    _route("jobs/ingest", GET=v2_ingest.listing, POST=v2_ingest.create_ingest),
    _route(
        "jobs/ingest/{id}", GET=v2_ingest.show_ingest, PATCH=v2_ingest.change_ingest, DELETE=v2_ingest.delete_ingest
    ),
    _route("jobs/ingest/{id}/batches", PUT=v2_ingest.upload),
    _route("jobs/ingest/{id}/successfulResults", GET=v2_ingest.successful),
    _route("jobs/ingest/{id}/failedResults", GET=v2_ingest.failed),
    _route("jobs/ingest/{id}/unprocessedrecords", GET=v2_ingest.unprocessed),
)


_SUFFIX = re.compile(
    r"^(sobjects|recent|query|queryAll|limits|search|sobjects/\w+|sobjects/\w+/describe)\.(?:json|xml)$", re.IGNORECASE
)
"""A path may end in its format. [doc rest-api/intro_rest_resources]"""
_ORDER = ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")
"""The order in which a refusal names the verbs. [issue simple-salesforce/simple-salesforce#157]"""


def dispatch(call: Call) -> Answer:
    """Find and run the handler of a call."""
    path = _SUFFIX.sub(r"\1", call.path.strip("/"))
    verb = call.query.get("_HttpMethod", call.method).upper() if call.method == "POST" else call.method
    for route in ROUTES:
        found = route.pattern.match(path)
        if not found:
            continue
        handler = route.verbs.get("GET" if verb == "HEAD" else verb)
        if handler is None:
            allowed = ",".join(v for v in _ORDER if v in route.verbs or (v == "HEAD" and "GET" in route.verbs))
            raise ApiError(
                "METHOD_NOT_ALLOWED",
                f"HTTP Method '{verb}' not allowed. Allowed are {allowed}",
                status=405,
            )
        return handler(replace(call, method=verb, args=found.groups()))
    raise not_found()
