"""Carries out an import's rows: each makes or changes the records of its columns' types and ties them.

Columns of several types make several records a row, tied to each other (by the label that a column names, where one
does). Files of several types are tied through a common column: the file that identifies by it, and the one that refers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trueup.twin.hubspot.association_types import CATEGORIES, HUBSPOT_DEFINED
from trueup.twin.hubspot.catalogue import Catalogue
from trueup.twin.hubspot.checking import Checker
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.history import Origin
from trueup.twin.hubspot.links import Links
from trueup.twin.hubspot.records import Records
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import parse_ms
from trueup.twin.hubspot.types import ObjectType, Types

Json = dict[str, Any]

_DATES = {"MONTH_DAY_YEAR": "%m/%d/%Y", "DAY_MONTH_YEAR": "%d/%m/%Y", "YEAR_MONTH_DAY": "%Y/%m/%d"}


class ImportRows:
    """The rows of one import, as they are carried out."""

    def __init__(
        self,
        types: Types,
        catalogue: Catalogue,
        checker: Checker,
        records: Records,
        links: Links,
        import_id: str,
        date_format: str,
    ) -> None:
        self._types = types
        self._catalogue = catalogue
        self._checker = checker
        self._records = records
        self._links = links
        self._origin = Origin("IMPORT", import_id, "IMPORT")
        self._dates = _DATES.get(date_format, _DATES["MONTH_DAY_YEAR"])
        self._identified: dict[tuple[str, str], int] = {}
        self._wanted: list[tuple[Json, int, list[str], ObjectType, int, Json, str]] = []

    def carry_out(self, page: Json, line: int, values: list[str]) -> list[str]:
        """One row: what became of the record of each type, by the names of the import's counters."""
        mappings: Sequence[Json] = page["mappings"]
        if len(values) != len(mappings):
            raise ApiError(400, "Incorrect number of columns", extra={"type": "INCORRECT_NUMBER_OF_COLUMNS"})
        by_type: dict[str, list[tuple[Json, str]]] = defaultdict(list)
        labels: list[tuple[str, str, str]] = []
        for mapping, value in zip(mappings, values, strict=True):
            kind = str(mapping.get("columnObjectTypeId") or page["type"])
            if mapping.get("columnType") == "FLEXIBLE_ASSOCIATION_LABEL":
                labels.append((kind, str(mapping.get("toColumnObjectTypeId") or ""), value))
            else:
                by_type[kind].append((mapping, value))
        made: dict[str, tuple[ObjectType, int]] = {}
        outcomes = []
        for kind, columns in by_type.items():
            object_type = self._types.resolve(kind)
            outcome, record_id = self._record(
                object_type, page["operations"].get(object_type.type_id, "UPSERT"), columns
            )
            outcomes.append(outcome)
            if record_id is not None:
                made[object_type.type_id] = (object_type, record_id)
                self._note(object_type, record_id, columns, page, line, values)
        self._tie_row(list(made.values()), labels)
        return outcomes

    def references(self) -> list[tuple[Json, int, list[str], ApiError]]:
        """Ties what refers to another file's records; the rows whose counterpart is nowhere, with the reason."""
        failed = []
        for page, line, values, object_type, record_id, mapping, value in self._wanted:
            other = self._types.resolve(str(mapping["toColumnObjectTypeId"]))
            found = self._identified.get((other.type_id, value.strip().casefold()))
            if found is None:
                error = ApiError(
                    400,
                    f"No record was found for the association identifier {value}",
                    extra={"type": "NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER"},
                )
                failed.append((page, line, values, error))
                continue
            key = mapping.get("foreignKeyType") or {}
            try:
                self._tie(
                    object_type, record_id, other, found, key.get("associationCategory"), key.get("associationTypeId")
                )
            except ApiError as error:
                error.extra["type"] = "FAILED_TO_CREATE_ASSOCIATION"
                failed.append((page, line, values, error))
        return failed

    # -- one record ------------------------------------------------------------------------------------------------

    def _record(
        self, object_type: ObjectType, operation: str, columns: Sequence[tuple[Json, str]]
    ) -> tuple[str, int | None]:
        properties: dict[str, str] = {}
        found: Row | None = None
        for mapping, value in columns:
            name, kind = mapping.get("propertyName"), mapping.get("columnType")
            if kind == "HUBSPOT_OBJECT_ID":
                found = self._records.find(object_type, value) if value else None
                if value and found is None:
                    raise ApiError(400, f"{value} is not a known record", extra={"type": "INVALID_OBJECT_ID"})
                continue
            if not name:
                continue
            if kind == "HUBSPOT_ALTERNATE_ID" or (name == "email" and object_type.name == "contacts"):
                found = found or (self._alternate(object_type, str(name), value) if value else None)
            if value:
                properties[str(name)] = self._dated(object_type, str(name), value)
        if not properties and found is None:
            return "SKIPPED_ROWS", None
        checked = self._checker.check(object_type, properties, found)
        self._checker.refuse_problems(checked.problems)
        if found is not None and not found.archived:
            if operation == "CREATE":
                return "SKIPPED_ROWS", found.id
            self._checker.refuse_conflict(object_type, checked.values, found.id)
            self._records.update(object_type, found, checked.values, self._origin)
            return "UPDATED_OBJECTS", found.id
        if operation == "UPDATE":
            return "SKIPPED_ROWS", None
        self._checker.check_required(object_type, checked)
        self._checker.refuse_conflict(object_type, checked.values, None)
        written = self._records.create(object_type, checked.values, self._origin)
        self._links.follow_creation(object_type, written.row)
        return "CREATED_OBJECTS", written.row.id

    def _alternate(self, object_type: ObjectType, name: str, value: str) -> Row | None:
        """By a unique property; companies by their domain, though it is not unique (imports match by it)."""
        if (object_type.name, name) == ("companies", "domain"):
            sql = "SELECT id FROM o_companies WHERE NOT archived AND json_extract(props, '$.domain') COLLATE NOCASE = ?"
            rows = self._records.store.db.execute(sql, (value,)).fetchall()
            if len(rows) > 1:
                message = f"Several companies have the domain {value}"
                raise ApiError(400, message, extra={"type": "MULTIPLE_COMPANIES_WITH_THIS_DOMAIN"})
            return self._records.store.get(object_type, int(rows[0][0])) if rows else None
        return self._records.find(object_type, value, name)

    def _dated(self, object_type: ObjectType, name: str, value: str) -> str:
        """A day in the import's own format as the API spells it."""
        definition = self._catalogue.get(object_type.name, name)
        if definition is None or definition.type not in {"date", "datetime"} or parse_ms(value) is not None:
            return value
        try:
            day = datetime.strptime(value.strip().replace("-", "/").replace(".", "/"), self._dates).replace(tzinfo=UTC)
        except ValueError:
            return value
        return day.strftime("%Y-%m-%d")

    # -- ties ------------------------------------------------------------------------------------------------------

    def _note(
        self, object_type: ObjectType, record_id: int, columns: Sequence[tuple[Json, str]], page: Json, line: int,
        values: list[str],
    ) -> None:  # fmt: skip
        """Remembers by what a record is known to other files, and what it refers to in them."""
        for mapping, value in columns:
            if mapping.get("associationIdentifierColumn") and value:
                self._identified[object_type.type_id, value.strip().casefold()] = record_id
            elif mapping.get("toColumnObjectTypeId") and value:
                self._wanted.append((page, line, values, object_type, record_id, mapping, value))

    def _tie_row(self, made: Sequence[tuple[ObjectType, int]], labels: Sequence[tuple[str, str, str]]) -> None:
        for n, (a, a_id) in enumerate(made):
            for b, b_id in made[n + 1 :]:
                self._tie(a, a_id, b, b_id, None, None)
                for kind, to, label in labels:
                    if not label or {kind, to} != {a.type_id, b.type_id}:
                        continue
                    one, other = ((a, a_id), (b, b_id)) if kind == a.type_id else ((b, b_id), (a, a_id))
                    known = self._records.associations.kinds(one[0], other[0])
                    found = next((k for k in known if (k.label or "").casefold() == label.casefold()), None)
                    if found is None:
                        message = f"There is no association label {label}"
                        raise ApiError(400, message, extra={"type": "ASSOCIATION_LABEL_NOT_FOUND"})
                    self._links.tie(one[0], one[1], other[0], other[1], [found])

    def _tie(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, category: Any, type_id: Any) -> None:
        number = CATEGORIES.index(category) if category in CATEGORIES else HUBSPOT_DEFINED
        kinds = [] if type_id is None else [self._records.associations.kind(a, b, number, int(type_id))]
        self._links.tie(a, a_id, b, b_id, kinds)


def types_of(types: Types, page: Mapping[str, Any], mappings: Sequence[Json]) -> list[str]:
    """The ids of the types that a file's columns are about, the first one first."""
    named = [str(m.get("columnObjectTypeId") or page.get("objectTypeId") or "") for m in mappings]
    return list(dict.fromkeys(types.resolve(one).type_id for one in named))
