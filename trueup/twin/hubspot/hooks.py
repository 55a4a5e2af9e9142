"""What may follow by itself from a write, or from a record's going and coming; an account's automation hooks in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.types import ObjectType


class AfterWrite(Protocol):
    """What happens by itself after a write."""

    def __call__(self, object_type: ObjectType, row: Row, changed: set[str], *, new: bool) -> None:
        """Called inside the write's transaction."""


class AfterPresence(Protocol):
    """What happens by itself when a record goes, comes back or takes two others' place."""

    def __call__(self, object_type: ObjectType, record_id: int, tied: Collection[tuple[ObjectType, int]]) -> None:
        """Called inside the transaction, with what the record is or was tied to."""
