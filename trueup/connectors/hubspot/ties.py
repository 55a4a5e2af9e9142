"""Reading associations: from a list's answer where that is free, by v4 batch read everywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trueup.connectors.hubspot.client import Client, Json
from trueup.connectors.hubspot.types import PRIMARY, PRIMARY_IDS, TIED_TO, association_type
from trueup.model.records import Association
from trueup.model.refs import Ref

BATCH = 1000
"""Inputs of a v4 batch read (reference 10.1)."""

_PLAIN_TYPE = re.compile(r"_to_(contact|company|deal)(_unlabeled)?$")
"""HubSpot's own names of the types between a pair; anything else is a label that the account made."""


@dataclass
class Ties:
    """Associations of some records, and each deal's company."""

    associations: list[Association] = field(default_factory=list)
    replaces: list[tuple[str, Ref]] = field(default_factory=list)
    company: dict[str, str] = field(default_factory=dict)
    later: list[tuple[str, str]] = field(default_factory=list)
    """Other type and record id of associations that have to be asked for again, many at once."""


class TieReader:
    """Reads the associations that start at deals and activities."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._system = client.system

    def of_rows(self, object: str, rows: Sequence[Json]) -> Ties:  # noqa: A002
        """From the `associations` of listed records; those with labels of the account or with more are left to later.

        A deal's company is told at once: the list names the primary one, whatever labels there are beside it.
        """
        ties = Ties()
        for to in TIED_TO.get(object, ()):
            for row in rows:
                id_ = str(row["id"])
                block: Mapping[str, Any] = (row.get("associations") or {}).get(to) or {}
                found = _by_target(block.get("results") or ())
                labels = {target: _primary(object, to, types) for target, types in found.items()}
                names = {name for types in found.values() for name in types}
                if not block.get("paging") and all(_PLAIN_TYPE.search(name) for name in names):
                    self._add(ties, object, to, id_, labels)
                    continue
                ties.later.append((to, id_))
                if (object, to) == ("deals", "companies") and labels:
                    ties.company[id_] = _company(labels)
        return ties

    def again(self, object: str, later: Sequence[tuple[str, str]]) -> Ties:  # noqa: A002
        """What `of_rows` left to later."""
        ties = Ties()
        for to in TIED_TO.get(object, ()):
            for id_, labels in self.read(object, to, [i for other, i in later if other == to]).items():
                self._add(ties, object, to, id_, labels)
        return ties

    def companies(self, deals: Sequence[str]) -> dict[str, str]:
        """Each deal's company, of those that have one."""
        tied = self.read("deals", "companies", deals)
        return {id_: _company(labels) for id_, labels in tied.items() if labels}

    def of_ids(self, object: str, ids: Sequence[str]) -> Ties:  # noqa: A002
        """For records whose associations did not come with them."""
        ties = Ties()
        for to in TIED_TO.get(object, ()):
            for id_, labels in self.read(object, to, ids).items():
                self._add(ties, object, to, id_, labels)
        return ties

    def read(self, object: str, to: str, ids: Sequence[str]) -> dict[str, dict[str, str]]:  # noqa: A002
        """Record → the records tied to it → label. A record without any is an error entry there, and empty here."""
        typed = self.read_types(object, to, ids)
        return {id_: {target: label_of(types) for target, types in tied.items()} for id_, tied in typed.items()}

    def read_types(self, object: str, to: str, ids: Sequence[str]) -> dict[str, dict[str, list[Json]]]:  # noqa: A002
        """The same with all the types of each pair, as HubSpot tells them."""
        found: dict[str, dict[str, list[Json]]] = {id_: {} for id_ in ids}
        waiting: list[Json] = [{"id": id_} for id_ in ids]
        while waiting:
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            answer = self._client.read(f"/crm/v4/associations/{object}/{to}/batch/read", {"inputs": batch})
            for result in answer.get("results") or ():
                id_ = str((result.get("from") or {}).get("id"))
                for target in result.get("to") or ():
                    found.setdefault(id_, {})[str(target["toObjectId"])] = list(target.get("associationTypes") or ())
                after = ((result.get("paging") or {}).get("next") or {}).get("after")
                if after:
                    waiting.append({"id": id_, "after": str(after)})
        return found

    def _add(self, ties: Ties, object: str, to: str, id: str, labels: Mapping[str, str]) -> None:  # noqa: A002
        source, type_ = Ref(self._system, object, id), association_type(object, to)
        ties.replaces.append((type_, source))
        for target, label in sorted(labels.items()):
            ties.associations.append(Association(type_, source, Ref(self._system, to, target), label))
        if (object, to) == ("deals", "companies") and labels:
            ties.company[id] = _company(labels)


def _company(labels: Mapping[str, str]) -> str:
    """Without a primary one, the first: ids are no ages, but the choice must be the same every time."""
    return next((t for t, label in sorted(labels.items()) if label == PRIMARY), min(labels))


def _primary(object: str, to: str, types: Iterable[str]) -> str:  # noqa: A002
    """The label of a pair in a list's answer, as far as HubSpot's own types tell it."""
    own = [t for t in types if _PLAIN_TYPE.search(t)]
    return PRIMARY if (object, to) in PRIMARY_IDS and any(not t.endswith("_unlabeled") for t in own) else ""


def label_of(types: Iterable[Mapping[str, Any]]) -> str:
    """The one label to show of a pair's types: the account's own before `Primary` before none."""
    labels = sorted((t.get("category") == "HUBSPOT_DEFINED", str(t["label"])) for t in types if t.get("label"))
    return labels[0][1] if labels else ""


def _by_target(results: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The same id stands once per type (reference 5.1)."""
    found: dict[str, set[str]] = {}
    for result in results:
        found.setdefault(str(result["id"]), set()).add(str(result.get("type") or ""))
    return found
