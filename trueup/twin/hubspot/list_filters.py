"""Which records a list's filter branch means: branches are sets of ids, joined, cut and turned around. [S lists.yaml]

Filters on properties, on other lists, on associations and on subscriptions are answered from the account. Events that
the account never has (forms, page views, e-mail events, advertisements, calls to action, webinars, surveys) happened to
nobody: a filter that asks for them finds no one, one that asks for their absence everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.history import History
from trueup.twin.hubspot.list_operations import asks
from trueup.twin.hubspot.list_questions import Held, as_number, bad
from trueup.twin.hubspot.store import Row, Store
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType, Types

Json = Mapping[str, Any]

_NEVER_HAPPENS = frozenset(
    {
        *("FORM_SUBMISSION", "FORM_SUBMISSION_ON_PAGE", "PAGE_VIEW", "EVENT", "EMAIL_EVENT", "CTA", "WEBINAR"),
        *("SURVEY_MONKEY", "SURVEY_MONKEY_VALUE", "ADS_TIME", "ADS_SEARCH", "CAMPAIGN_INFLUENCED"),
        *("INTEGRATION_EVENT", "UNIFIED_EVENTS", "CONSTANT"),
    }
)
_DEEPEST = 12


class ListFilters:
    """Answers filter branches over one portal's live records."""

    def __init__(
        self,
        store: Store,
        types: Types,
        catalogue: Catalogue,
        history: History,
        associations: Associations,
        members: Callable[[str], Iterable[int]],
        now: Callable[[], int],
    ) -> None:
        self._store = store
        self._types = types
        self._catalogue = catalogue
        self._history = history
        self._associations = associations
        self._members = members
        self._now = now

    def matching(self, object_type: ObjectType, branch: Any) -> list[int]:
        """The ids of the live records that a branch means, ascending."""
        return sorted(_Asking(self, object_type).branch(branch, 0))

    def rows(self, object_type: ObjectType) -> dict[int, Row]:
        """Every live record of a type."""
        return {row.id: row for row in self._store.rows(object_type) if not row.archived}

    def type_of(self, raw: Any) -> ObjectType:
        """The type that a filter names."""
        found = self._types.get(str(raw or ""))
        if found is None:
            raise bad(f"unknown objectTypeId {raw}")
        return found


class _Asking:
    """One branch asked of one type's records, which are read once."""

    def __init__(self, filters: ListFilters, object_type: ObjectType) -> None:
        self._all = filters
        self._type = object_type
        self._rows = filters.rows(object_type)
        self._everybody = frozenset(self._rows)

    def branch(self, branch: Any, depth: int) -> frozenset[int]:
        if not isinstance(branch, Mapping):
            raise bad("filterBranch must be an object")
        if depth > _DEEPEST:
            raise bad("the branches are nested too deeply")
        kind = str(branch.get("filterBranchType") or "")
        children, filters = branch.get("filterBranches") or (), branch.get("filters") or ()
        if kind in {"ASSOCIATION", "PROPERTY_ASSOCIATION"}:
            return self._over_there(kind, branch, depth)
        sets = [*(self.branch(child, depth + 1) for child in children), *(self._filter(f) for f in filters)]
        if kind == "UNIFIED_EVENTS":
            negative = str(branch.get("operator") or "").startswith(("HAS_NOT", "NOT"))
            return self._everybody if negative else frozenset()
        if kind == "OR":
            return frozenset().union(*sets)
        if kind == "NOT_ANY":
            return self._everybody - frozenset().union(*sets)
        if kind in {"AND", "NOT_ALL", "RESTRICTED"}:
            both = self._everybody.intersection(*sets) if sets else frozenset()
            return self._everybody - both if kind == "NOT_ALL" else both
        raise bad(f"unknown filterBranchType {kind}")

    def _over_there(self, kind: str, branch: Json, depth: int) -> frozenset[int]:
        """Records of which an associated record of another type is meant by the branch's filters."""
        other = self._all.type_of(branch.get("objectTypeId"))
        inner = {
            "filterBranchType": "AND",
            "filterBranches": branch.get("filterBranches"),
            "filters": branch.get("filters"),
        }
        there = _Asking(self._all, other)
        asked = bool(branch.get("filterBranches") or branch.get("filters"))
        wanted = there.branch(inner, depth + 1) if asked else there._everybody
        if kind == "PROPERTY_ASSOCIATION":
            met = self._by_property(str(branch.get("propertyWithObjectId") or ""), wanted)
        else:
            met = self._tied(other, wanted, branch)
        return _negated(branch.get("operator"), met, self._everybody)

    def _filter(self, raw: Any) -> frozenset[int]:
        if not isinstance(raw, Mapping):
            raise bad("a filter is an object")
        kind, operator = str(raw.get("filterType") or "PROPERTY"), raw.get("operator")
        if kind == "PROPERTY":
            return self._by_value(str(raw.get("property") or ""), raw.get("operation"))
        if kind == "IN_LIST":
            members = self._everybody & frozenset(self._all._members(str(raw.get("listId"))))
            return _negated(operator, members, self._everybody)
        if kind == "ASSOCIATION":
            other = self._all.type_of(raw.get("toObjectTypeId") or raw.get("toObjectType") or self._type.type_id)
            tied = self._tied(other, frozenset(self._all._members(str(raw.get("listId")))), raw)
            return _negated(operator, tied, self._everybody)
        if kind == "PROPERTY_ASSOCIATION":
            members = frozenset(self._all._members(str(raw.get("listId"))))
            met = self._by_property(str(raw.get("propertyWithObjectId") or ""), members)
            return _negated(operator, met, self._everybody)
        if kind == "NUM_ASSOCIATIONS":
            return self._counted(raw)
        if kind in {"EMAIL_SUBSCRIPTION", "COMMUNICATION_SUBSCRIPTION", "PRIVACY"}:
            return self._consenting(kind, raw)
        if kind in _NEVER_HAPPENS:
            return self._everybody if str(operator or "").startswith(("NOT_", "HAS_NOT")) else frozenset()
        raise bad(f"unknown filterType {kind}")

    def _by_value(self, name: str, operation: Any) -> frozenset[int]:
        everything = self._all
        if everything._catalogue.get(self._type.name, name) is None:
            raise bad(f"unknown property {name}")
        question = asks(operation)
        operator = str(operation.get("operator") or "")
        past = "EVER" in operator or "NEVER" in operator or "UPDATED" in operator
        return frozenset(i for i, row in self._rows.items() if question(self._held(row, name, past=past)))

    def _held(self, row: Row, name: str, *, past: bool) -> Held:
        kind = self._type
        others = {
            **row.props,
            kind.created: iso(row.created),
            kind.modified: iso(row.updated),
            "hs_object_id": str(row.id),
        }
        value, now = others.get(name, ""), self._all._now()
        if not past:
            return Held(value, (value,), None, others, now)
        versions = self._all._history.of(kind, [row], [name])[row.id][name]
        changed = parse_ms(versions[0]["timestamp"]) if versions else None
        return Held(value, [str(v["value"]) for v in versions], changed, others, now)

    def _by_property(self, name: str, wanted: frozenset[int]) -> frozenset[int]:
        held = {i: row.props.get(name, "") for i, row in self._rows.items()}
        return frozenset(i for i, value in held.items() if value.isdigit() and int(value) in wanted)

    def _ties(self, other: ObjectType, spec: Json) -> dict[int, set[int]]:
        """Of each record the records of another type that it is tied to, by the kind of tie that is named, if any."""
        type_id = as_number(spec.get("associationTypeId"))
        found = self._all._associations.of(self._type, sorted(self._everybody), other)
        ties = {i: {to for to, _, kind in of if type_id in (None, kind)} for i, of in found.items()}
        return {i: there for i, there in ties.items() if there}

    def _tied(self, other: ObjectType, wanted: frozenset[int], spec: Json) -> frozenset[int]:
        return frozenset(i for i, there in self._ties(other, spec).items() if there & wanted)

    def _counted(self, raw: Json) -> frozenset[int]:
        """How many records of the other end of a kind of tie there are, within the bounds."""
        bounds = raw.get("coalescingRefineBy") or {}
        low, high = (as_number(bounds.get(n)) for n in ("minOccurrences", "maxOccurrences"))
        counts = dict.fromkeys(self._everybody, 0)
        for other in self._all._types:
            for i, there in self._ties(other, raw).items():
                counts[i] += len(there)
        return frozenset(i for i, n in counts.items() if (low is None or n >= low) and (high is None or n <= high))

    def _consenting(self, kind: str, raw: Json) -> frozenset[int]:
        """Who opted out of mail has opted out of every subscription; nobody has said yes or no to anything else."""
        out = frozenset(i for i, row in self._rows.items() if row.props.get("hs_email_optout") == "true")
        if kind == "PRIVACY":
            return self._everybody if "NOT" in str(raw.get("operator") or "") else frozenset()
        states = {str(s).upper() for s in raw.get("acceptedStatuses") or raw.get("acceptedOptStates") or ()}
        found = out if states & {"OPT_OUT", "OPTED_OUT", "UNSUBSCRIBED"} else frozenset[int]()
        silent = {"NOT_OPTED", "NOT_SPECIFIED", "NO_STATUS", "NOT_OPTED_IN_OR_OUT"}
        return found | (self._everybody - out) if states & silent else found


def _negated(operator: Any, met: frozenset[int], everybody: frozenset[int]) -> frozenset[int]:
    return everybody - met if str(operator or "").startswith("NOT") else met
