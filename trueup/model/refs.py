"""The address of one remote record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Where a record lives. Prints as `system:object/id`; ids are opaque and never lowered, cut or parsed here."""

    system: str
    object: str
    id: str

    def __str__(self) -> str:
        return f"{self.system}:{self.object}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read back what `str` printed. Raises ValueError when `text` is not of the form `system:object/id`."""
        system, colon, rest = text.partition(":")
        object_, slash, id_ = rest.partition("/")
        if not (system and colon and object_ and slash and id_):
            raise ValueError(f"not a ref (system:object/id): {text!r}")
        return cls(system, object_, id_)
