"""Systems: what each could do when it was pulled last, so that planning needs no CRM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trueup.model.schema import Capabilities
from trueup.store import bulk, codec
from trueup.store.engine import Database
from trueup.store.tables import systems


@dataclass(frozen=True, slots=True)
class SystemSeen:
    """What a system could do, under which settings of ours (their digest), and when that was asked."""

    capabilities: Capabilities
    settings: str
    at: datetime


def save(database: Database, seen: Mapping[str, SystemSeen]) -> None:
    """Keep what systems can do, by name, in place of what they could."""
    rows = [(name, codec.dumps_in_order(it.capabilities), it.settings, it.at) for name, it in sorted(seen.items())]
    with database.write() as connection:
        bulk.upsert(
            connection,
            systems,
            ("system", "capabilities", "settings", "at"),
            rows,
            lambda new: {"capabilities": new.capabilities, "settings": new.settings, "at": new.at},
        )


def load(database: Database) -> dict[str, SystemSeen]:
    """All that is kept, by name."""
    with database.read() as connection:
        rows = connection.execute(sa.select(systems).order_by(systems.c.system)).all()
    return {row.system: SystemSeen(codec.decode(Capabilities, row.capabilities), row.settings, row.at) for row in rows}
