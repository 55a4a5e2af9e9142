"""What a command says while it works; the face decides how, and whether, to show it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how the work goes on."""

    def step(self, text: str) -> None:
        """A new part of the work begins."""

    def pulled(self, system: str, object_: str, rows: int) -> None:
        """So many rows of an object have come."""

    def applied(self, done: int, total: int) -> None:
        """So many of the approved changes have their receipt."""


class Silent:
    """Hears it and says nothing."""

    def step(self, text: str) -> None:
        """See `Progress`."""

    def pulled(self, system: str, object_: str, rows: int) -> None:
        """See `Progress`."""

    def applied(self, done: int, total: int) -> None:
        """See `Progress`."""


SILENT: Progress = Silent()
