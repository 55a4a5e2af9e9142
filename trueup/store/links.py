"""Links: remembered sameness across systems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from trueup.model.kinds import Kind
from trueup.model.matching import Link, LinkSource
from trueup.model.refs import Ref
from trueup.store import bulk
from trueup.store.engine import Database
from trueup.store.tables import links
from trueup.store.types import stamp

_COLUMNS = ("left_ref", "right_ref", "kind", "source", "score", "since", "evidence")


def save(database: Database, found: Iterable[Link], *, replace: bool) -> None:
    """Remember links; a pair that is known keeps its `since`. `replace` forgets every link that is not among them."""
    rows = {(str(link.left), str(link.right)): link for link in found}
    with database.write() as connection:
        if replace:
            known = connection.execute(sa.select(links.c.left_ref, links.c.right_ref))
            bulk.delete(
                connection,
                links,
                ("left_ref", "right_ref"),
                [pair for pair in map(tuple, known) if pair not in rows],
            )
        bulk.upsert(
            connection,
            links,
            _COLUMNS,
            [
                (*pair, link.kind.value, link.source.value, link.score, stamp(link.since), link.evidence)
                for pair, link in rows.items()
            ],
            lambda new: {name: new[name] for name in ("kind", "source", "score", "evidence")},
        )


def forget(database: Database, pairs: Iterable[tuple[Ref, Ref]]) -> None:
    """Drop links, whichever way round they are named."""
    rows = {(str(one), str(other)) for one, other in pairs}
    both = sorted(rows | {(right, left) for left, right in rows})
    with database.write() as connection:
        bulk.delete(connection, links, ("left_ref", "right_ref"), both)


def load(database: Database, kind: Kind | None) -> list[Link]:
    """All links, or those of one kind, by left and right ref."""
    wanted = sa.select(links).order_by(links.c.left_ref, links.c.right_ref)
    if kind is not None:
        wanted = wanted.where(links.c.kind == kind.value)
    with database.read() as connection:
        return [_link(row) for row in connection.execute(wanted)]


def _link(row: sa.Row[Any]) -> Link:
    return Link(
        left=Ref.parse(row.left_ref),
        right=Ref.parse(row.right_ref),
        kind=Kind(row.kind),
        source=LinkSource(row.source),
        score=row.score,
        since=row.since,
        evidence=row.evidence,
    )
