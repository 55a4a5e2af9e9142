"""Ties between records: made, read, labelled, cut; always stored in both directions.

The same pair may be tied several times, once for each kind, and the answers repeat the record for each. A contact has
one primary company at most; `associatedcompanyid` mirrors it (reference 10).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from trueup.twin.hubspot.association_types import (
    CATEGORIES,
    HUBSPOT_DEFINED,
    PRIMARY,
    STANDARD,
    USER_DEFINED,
    Kind,
)
from trueup.twin.hubspot.errors import ApiError
from trueup.twin.hubspot.store import Store
from trueup.twin.hubspot.types import ObjectType, Types

Tie = tuple[int, int, int]
"""Another record's id, the category, the type id."""

_FIRST_OWN_ID = 2_000


class Associations:
    """The association table and the kinds of association that a portal knows."""

    def __init__(self, store: Store, types: Types) -> None:
        self._store = store
        self._types = types
        self._own: dict[tuple[str, str], list[Kind]] = {}
        for stored in store.kv_all("association_label").values():
            self._remember(Kind(**stored))

    # -- kinds -----------------------------------------------------------------------------------------------------

    def kinds(self, a: ObjectType, b: ObjectType) -> list[Kind]:
        """Every kind from one type to another: the plain one first, then the labelled ones."""
        return [*STANDARD.get((a.name, b.name), ()), *self._own.get((a.name, b.name), ())]

    def plain(self, a: ObjectType, b: ObjectType) -> Kind:
        """The unlabelled kind; 400 where two types cannot be tied."""
        for kind in self.kinds(a, b):
            if kind.label is None:
                return kind
        raise ApiError(400, f"No association type exists between {a.internal} and {b.internal}")

    def kind(self, a: ObjectType, b: ObjectType, category: int, type_id: int) -> Kind:
        """The kind of that number; 400 naming the pair where it does not fit."""
        for kind in self.kinds(a, b):
            if kind.type_id == type_id and kind.category == category:
                return kind
        raise ApiError(
            400,
            f"Association type id {type_id} doesn't exist between {a.internal} and {b.internal}",
            context={
                "type": [str(type_id)],
                "fromObjectTypeId": [a.type_id],
                "toObjectTypeId": [b.type_id],
            },
        )

    def named(self, a: ObjectType, b: ObjectType, name: str) -> Kind:
        """The kind of a v3 name or of a number written as text."""
        for kind in self.kinds(a, b):
            if kind.name == name.lower() or str(kind.type_id) == name:
                return kind
        raise ApiError(400, f"{name} is not a valid association type between {a.internal} and {b.internal}")

    def add_label(self, a: ObjectType, b: ObjectType, name: str, label: str, inverse: str | None) -> list[Kind]:
        """A label of the portal's own; a paired one gives two numbers."""
        count = len(self._store.kv_all("association_label"))
        there = _FIRST_OWN_ID + count
        back = there + 1 if inverse and inverse != label else there
        made = [Kind(a.name, b.name, there, back, label, name, USER_DEFINED)]
        made.append(Kind(b.name, a.name, back, there, inverse or label, name, USER_DEFINED))
        for kind in made:
            self._remember(kind)
            self._save(kind)
        return made if back != there else made[:1]

    def change_label(self, a: ObjectType, b: ObjectType, type_id: int, label: str, inverse: str | None) -> None:
        """Renames a label of the portal's own."""
        found = self.kind(a, b, USER_DEFINED, type_id)
        for kind, text in ((found, label), (self._inverse(found), inverse or label)):
            self._forget(kind)
            changed = Kind(kind.from_type, kind.to_type, kind.type_id, kind.inverse_id, text, kind.name, USER_DEFINED)
            self._remember(changed)
            self._save(changed)

    def drop_label(self, a: ObjectType, b: ObjectType, type_id: int) -> None:
        """Removes a label of the portal's own, and every tie that carries it."""
        found = self.kind(a, b, USER_DEFINED, type_id)
        for kind in (found, self._inverse(found)):
            self._forget(kind)
            self._store.kv_delete("association_label", f"{kind.from_type}/{kind.to_type}/{kind.type_id}")
            self._store.db.execute(
                "DELETE FROM association WHERE category = ? AND type_id = ?", (USER_DEFINED, kind.type_id)
            )

    def know(self, kinds: Sequence[Kind]) -> None:
        """Makes the kinds of a custom object known; its schema keeps them."""
        for kind in kinds:
            self._remember(kind)

    def back(self, kind: Kind) -> Kind:
        """The same kind seen from the other side."""
        for other in self.kinds(self._types.resolve(kind.to_type), self._types.resolve(kind.from_type)):
            if other.type_id == kind.inverse_id and other.category == kind.category:
                return other
        return kind

    def _inverse(self, kind: Kind) -> Kind:
        for other in self._own.get((kind.to_type, kind.from_type), ()):
            if other.type_id == kind.inverse_id:
                return other
        return kind

    def _remember(self, kind: Kind) -> None:
        self._own.setdefault((kind.from_type, kind.to_type), []).append(kind)

    def _forget(self, kind: Kind) -> None:
        own = self._own.get((kind.from_type, kind.to_type), [])
        self._own[(kind.from_type, kind.to_type)] = [k for k in own if k.type_id != kind.type_id]

    def _save(self, kind: Kind) -> None:
        fields = {name: getattr(kind, name) for name in Kind.__dataclass_fields__}
        self._store.kv_put("association_label", f"{kind.from_type}/{kind.to_type}/{kind.type_id}", fields)

    # -- ties ------------------------------------------------------------------------------------------------------

    def tie(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kinds: Sequence[Kind]) -> bool:
        """Ties two records by the given kinds; the plain kind is there with every labelled one. True if new."""
        plain = self.plain(a, b)
        wanted = {(k.category, k.type_id): k for k in (plain, *kinds)}
        primary = PRIMARY.get((a.name, b.name))
        primary_back = PRIMARY.get((b.name, a.name))
        new = not self.between(a, a_id, b, b_id)
        if primary and new and not self.primary(a, a_id, b):
            # The first company associated becomes the primary one.
            kind = self.kind(a, b, HUBSPOT_DEFINED, primary)
            wanted[(kind.category, kind.type_id)] = kind
        elif primary_back and new and not self.primary(b, b_id, a):
            inverse = self.kind(b, a, HUBSPOT_DEFINED, primary_back).inverse_id
            kind = self.kind(a, b, HUBSPOT_DEFINED, inverse)
            wanted[(kind.category, kind.type_id)] = kind
        for kind in wanted.values():
            if kind.type_id == primary and kind.category == HUBSPOT_DEFINED:
                self._demote(a, a_id, b, b_id, kind)
            if primary_back and kind.inverse_id == primary_back and kind.category == HUBSPOT_DEFINED:
                self._demote(b, b_id, a, a_id, self.kind(b, a, HUBSPOT_DEFINED, primary_back))
            self._insert(a, a_id, b, b_id, kind)
        return new

    def relabel(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kinds: Sequence[Kind]) -> bool:
        """As `tie`, and takes away the labels that are not given: writing labels replaces them."""
        keep = {(k.category, k.type_id) for k in kinds} | {(HUBSPOT_DEFINED, self.plain(a, b).type_id)}
        keep |= {(HUBSPOT_DEFINED, i) for i in self._primary_ids(a, b)}
        for category, type_id in self.between(a, a_id, b, b_id):
            if (category, type_id) not in keep:
                self._delete(a, a_id, b, b_id, self.kind(a, b, category, type_id))
        return self.tie(a, a_id, b, b_id, kinds)

    def cut(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> bool:
        """Removes everything between two records; True if there was something."""
        sql = "DELETE FROM association WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?"
        found = self._store.db.execute(sql, (a.number, a_id, b.number, b_id)).rowcount
        self._store.db.execute(sql, (b.number, b_id, a.number, a_id))
        return bool(found)

    def cut_kinds(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kinds: Iterable[Kind]) -> bool:
        """Removes some kinds; taking away the plain one removes everything between the two."""
        plain = self.plain(a, b)
        found = False
        for kind in kinds:
            if kind.type_id == plain.type_id and kind.category == plain.category:
                return self.cut(a, a_id, b, b_id)
            found |= self._delete(a, a_id, b, b_id, kind)
        return found

    def cut_all(self, a: ObjectType, a_id: int) -> None:
        """Removes every tie of a record (it is gone for good)."""
        # By the mirrored rows' own keys: the table has no index on its second half.
        mirrored = "DELETE FROM association WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?"
        others = {(other.number, other_id) for other, other_id, _, _ in self.everything(a, a_id)}
        self._store.db.executemany(mirrored, ((*other, a.number, a_id) for other in others))
        self._store.db.execute("DELETE FROM association WHERE from_type = ? AND from_id = ?", (a.number, a_id))

    def between(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int) -> list[tuple[int, int]]:
        """The (category, type id) of every tie between two records, seen from the first."""
        sql = (
            "SELECT category, type_id FROM association WHERE from_type = ? AND from_id = ? AND to_type = ?"
            " AND to_id = ? ORDER BY category, type_id"
        )
        return list(self._store.db.execute(sql, (a.number, a_id, b.number, b_id)))

    def primary(self, a: ObjectType, a_id: int, b: ObjectType) -> int | None:
        """The id of the live record that is this one's primary, if it has one."""
        type_id = PRIMARY.get((a.name, b.name))
        found = self._store.db.execute(
            f"SELECT s.to_id FROM association s JOIN {b.table} r ON r.id = s.to_id AND NOT r.archived"
            " WHERE s.from_type = ? AND s.from_id = ? AND s.to_type = ? AND s.category = ? AND s.type_id = ?"
            " ORDER BY s.to_id",
            (a.number, a_id, b.number, HUBSPOT_DEFINED, type_id),
        ).fetchone()
        return int(found[0]) if found else None

    def step_back(self, b: ObjectType, b_id: int) -> None:
        """Takes the primary label from a restored record where another has become the primary one meanwhile."""
        for a, a_id, category, back_id in self.everything(b, b_id):
            type_id = PRIMARY.get((a.name, b.name))
            if type_id is None or category != HUBSPOT_DEFINED:
                continue
            primary = self.kind(a, b, HUBSPOT_DEFINED, type_id)
            if primary.inverse_id != back_id:
                continue
            self._delete(a, a_id, b, b_id, primary)
            if self.primary(a, a_id, b) is None:
                self._insert(a, a_id, b, b_id, primary)

    def of(self, a: ObjectType, ids: Sequence[int], b: ObjectType) -> dict[int, list[Tie]]:
        """For each record, its ties to live records of a type, by the other's id; records without any are absent."""
        out: dict[int, list[Tie]] = defaultdict(list)
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            sql = (
                "SELECT s.from_id, s.to_id, s.category, s.type_id FROM association s"
                f" JOIN {b.table} r ON r.id = s.to_id AND NOT r.archived"
                f" WHERE s.from_type = ? AND s.to_type = ? AND s.from_id IN ({','.join('?' * len(part))})"
                " ORDER BY s.from_id, s.to_id, s.category, s.type_id"
            )
            for from_id, to_id, category, type_id in self._store.db.execute(sql, (a.number, b.number, *part)):
                out[from_id].append((to_id, category, type_id))
        return out

    def everything(self, a: ObjectType, a_id: int) -> list[tuple[ObjectType, int, int, int]]:
        """Every tie of a record: the other's type and id, the category, the type id."""
        sql = "SELECT to_type, to_id, category, type_id FROM association WHERE from_type = ? AND from_id = ?"
        rows = self._store.db.execute(sql, (a.number, a_id)).fetchall()
        return [(self._types.numbered(t), i, c, k) for t, i, c, k in rows]

    def load(self, a: ObjectType, b: ObjectType, type_id: int, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Ties many pairs as they are: one kind and the plain one, both ways, no rule applied."""
        kind = next(k for k in self.kinds(a, b) if k.type_id == type_id)
        plain = self.plain(a, b)
        kinds = [kind] if kind.type_id == plain.type_id else [kind, plain]

        def rows() -> Iterable[tuple[int, ...]]:
            for left, right in pairs:
                x, y = int(left), int(right)
                for k in kinds:
                    yield (a.number, x, b.number, y, k.category, k.type_id)
                    yield (b.number, y, a.number, x, k.category, k.inverse_id)

        self._store.db.executemany("INSERT OR IGNORE INTO association VALUES (?,?,?,?,?,?)", rows())

    def label_json(self, a: ObjectType, b: ObjectType, category: int, type_id: int) -> dict[str, Any]:
        """One association type as v4 answers it."""
        label = next((k.label for k in self.kinds(a, b) if k.type_id == type_id and k.category == category), None)
        return {"category": CATEGORIES[category], "typeId": type_id, "label": label}

    def v3_name(self, a: ObjectType, b: ObjectType, category: int, type_id: int) -> str:
        """One association type as v3 names it."""
        for kind in self.kinds(a, b):
            if kind.type_id == type_id and kind.category == category:
                return kind.name or str(type_id)
        return str(type_id)

    def _primary_ids(self, a: ObjectType, b: ObjectType) -> list[int]:
        # Replacing labels leaves the primary alone: it is moved only by naming another.
        ids = [PRIMARY[(a.name, b.name)]] if (a.name, b.name) in PRIMARY else []
        if (b.name, a.name) in PRIMARY:
            ids.append(self.kind(b, a, HUBSPOT_DEFINED, PRIMARY[(b.name, a.name)]).inverse_id)
        return ids

    def _demote(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, primary: Kind) -> None:
        present = self.primary(a, a_id, b)
        if present is not None and present != b_id:
            self._delete(a, a_id, b, present, primary)

    def _insert(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kind: Kind) -> None:
        self._store.db.executemany(
            "INSERT OR IGNORE INTO association VALUES (?,?,?,?,?,?)",
            (
                (a.number, a_id, b.number, b_id, kind.category, kind.type_id),
                (b.number, b_id, a.number, a_id, kind.category, kind.inverse_id),
            ),
        )

    def _delete(self, a: ObjectType, a_id: int, b: ObjectType, b_id: int, kind: Kind) -> bool:
        sql = (
            "DELETE FROM association WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?"
            " AND category = ? AND type_id = ?"
        )
        db = self._store.db
        found = db.execute(sql, (a.number, a_id, b.number, b_id, kind.category, kind.type_id)).rowcount
        db.execute(sql, (b.number, b_id, a.number, a_id, kind.category, kind.inverse_id))
        return bool(found)
