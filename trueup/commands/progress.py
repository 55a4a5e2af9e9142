"""What a command says while it works; the face decides how, and whether, to show it."""

from __future__ import annotations


class Progress:
    """Hears nothing; a face overrides what it wants to show."""

    def step(self, text: str) -> None:
        """A new part of the work begins."""

    def pulled(self, system: str, object_: str, rows: int) -> None:
        """So many rows of an object have come."""

    def applied(self, done: int, total: int) -> None:
        """So many of the approved changes have their receipt."""


SILENT = Progress()
