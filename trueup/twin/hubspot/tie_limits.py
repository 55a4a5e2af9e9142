"""How many records one record may be tied to: what an admin set for a kind, and the technical limit of all."""

from __future__ import annotations

from typing import Any

from trueup.twin.hubspot.association_types import CATEGORIES, Kind
from trueup.twin.hubspot.associations import Associations
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.switches import Switches
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]


class TieLimits:
    """The configured limits of one portal, by pair of types and kind."""

    def __init__(self, store: Store, associations: Associations, switches: Switches) -> None:
        self._store = store
        self._associations = associations
        self._switches = switches
        self._most: dict[str, int] = {k: int(v) for k, v in store.kv_all("tie_limit").items()}

    @staticmethod
    def _key(a: ObjectType, b: ObjectType, kind: Kind) -> str:
        return f"{a.name}/{b.name}/{kind.category}/{kind.type_id}"

    def get(self, a: ObjectType, b: ObjectType, kind: Kind) -> int | None:
        """The limit of a kind, or None."""
        return self._most.get(self._key(a, b, kind))

    def put(self, a: ObjectType, b: ObjectType, kind: Kind, most: int | None) -> None:
        """Sets a limit, or lifts it."""
        key = self._key(a, b, kind)
        if most is None:
            self._most.pop(key, None)
            self._store.kv_delete("tie_limit", key)
        else:
            self._most[key] = most
            self._store.kv_put("tie_limit", key, most)

    def check(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kinds: list[Kind]) -> None:
        """Refuses a tie that would go over a limit on either side."""
        technical = int(self._switches["association_limit"])
        for one, one_id, other, other_id, back in ((a, a_id, b, b_id, False), (b, b_id, a, a_id, True)):
            ties = self._associations.of(one, [one_id], other).get(one_id, [])
            present = {to for to, _, _ in ties}
            if other_id not in present and len(present) >= technical:
                raise _over(one, one_id, other, technical, None)
            if not self._most:
                continue
            for kind in kinds:
                mine = self._associations.back(kind) if back else kind
                most = self.get(one, other, mine)
                having = {to for to, category, type_id in ties if (category, type_id) == (mine.category, mine.type_id)}
                if most is not None and other_id not in having and len(having) >= most:
                    raise _over(one, one_id, other, most, mine)

    def shown(self, a: ObjectType, b: ObjectType) -> list[Json]:
        """The kinds of a pair that have a limit."""
        out = []
        for kind in self._associations.kinds(a, b):
            most = self.get(a, b, kind)
            if most is not None:
                row: Json = {"category": CATEGORIES[kind.category], "typeId": kind.type_id}
                row |= {"userEnforcedMaxToObjectIds": most} | ({"label": kind.label} if kind.label else {})
                out.append(row)
        return out


def _over(one: ObjectType, one_id: int, other: ObjectType, most: int, kind: Kind | None) -> ApiError:
    label = f" with label {kind.label}" if kind is not None and kind.label else ""
    return ApiError(
        400,
        f"{one.internal}={one_id} has reached the limit of {most} associations to {other.internal}{label}",
        sub_category="crm.associations.ASSOCIATION_LIMIT_EXCEEDED",
        context={"objectId": [str(one_id)], "limit": [str(most)]},
    )
