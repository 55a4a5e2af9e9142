"""The owners: people whom records may belong to. They come with the world; the API only reads them (reference 9.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trueup.twin.hubspot.store import Store

Json = dict[str, Any]


class Owners:
    """The owners of one portal, live and deactivated."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, Json] = store.kv_all("owner")

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Adds owners in the API's own shape; whatever is left out gets a sensible value."""
        for row in rows:
            owner_id = str(row["id"])
            user = row.get("userId", row.get("userIdIncludingInactive"))
            archived = bool(row.get("archived", False))
            inactive = int(user) if user is not None else int(owner_id) % 10_000_000
            owner: Json = {
                "id": owner_id,
                "email": row.get("email", ""),
                "type": row.get("type", "PERSON"),
                "firstName": row.get("firstName", ""),
                "lastName": row.get("lastName", ""),
                "userId": None if archived else inactive,
                "userIdIncludingInactive": inactive,
                "createdAt": row.get("createdAt", "2023-01-09T08:00:00.000Z"),
                "updatedAt": row.get("updatedAt", row.get("createdAt", "2023-01-09T08:00:00.000Z")),
                "archived": archived,
                "teams": [_team(team) for team in row.get("teams") or ()],
            }
            self._put(owner)

    def known(self, owner_id: str) -> bool:
        """Whether a record may be given to that owner. A portal without owners takes any."""
        return not self._by_id or owner_id in self._by_id

    def get(self, owner_id: str) -> Json | None:
        """One owner, live or deactivated."""
        return self._by_id.get(owner_id)

    def by_user(self, user_id: str, *, archived: bool) -> Json | None:
        """The owner of a user's number."""
        name = "userIdIncludingInactive" if archived else "userId"
        return next((o for o in self._by_id.values() if str(o[name]) == user_id), None)

    def change(self, owner_id: str, values: Mapping[str, Any]) -> Json:
        """Changes an owner, as an admin would: renamed, deactivated, put into a team."""
        owner = dict(self._by_id[owner_id])
        owner.update(values)
        owner["userId"] = None if owner["archived"] else owner["userIdIncludingInactive"]
        self._put(owner)
        return owner

    def all(self, *, archived: bool = False, email: str | None = None) -> list[Json]:
        """The live owners or the deactivated ones, by id."""
        chosen = (o for o in self._by_id.values() if o["archived"] == archived)
        if email:
            chosen = (o for o in chosen if str(o["email"]).lower() == email.lower())
        return sorted(chosen, key=lambda o: int(o["id"]))

    def __len__(self) -> int:
        return len(self._by_id)

    def everybody(self) -> Iterable[Json]:
        """Every owner, by id."""
        return sorted(self._by_id.values(), key=lambda o: int(o["id"]))

    def _put(self, owner: Json) -> None:
        self._by_id[owner["id"]] = owner
        self._store.kv_put("owner", owner["id"], owner)


def _team(team: Any) -> Json:
    if not isinstance(team, Mapping):
        return {"id": str(team), "name": str(team), "primary": True}
    return {"id": str(team["id"]), "name": team.get("name", ""), "primary": bool(team.get("primary", True))}
