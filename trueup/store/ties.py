"""Associations on their way into the store, in the order in which the pages told of them.

Within a lot a later page overrules an earlier one: deletions prune what is waiting and are noted for the database; the
flush then deletes first and inserts after, which comes to the same as one page after the other.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from trueup.model.records import Association, Page
from trueup.model.refs import Ref
from trueup.store import bulk
from trueup.store.tables import associations

_Source = tuple[str, Ref]
_SOURCE = ("system", "type", "source_object", "source_id")
_PAIR = (*_SOURCE, "target_object", "target_id")
_LABELLED = (*_PAIR, "label")
_TIE = ("system", "type", "tie_id")
_COLUMNS = (*_LABELLED, "tie_id", "via", "last_seen")


class PendingTies:
    """Ties of a lot, and what has to go before them."""

    def __init__(self) -> None:
        self._waiting: dict[_Source, dict[tuple[object, ...], Association]] = {}
        self._replaced: set[tuple[str, ...]] = set()
        self._pairs: set[tuple[str, ...]] = set()
        self._labelled: set[tuple[str, ...]] = set()
        self._ties: set[tuple[str, ...]] = set()
        self._count = 0

    def __len__(self) -> int:
        """About how many rows the flush will touch."""
        return self._count + len(self._replaced) + len(self._pairs) + len(self._labelled)

    def add(self, page: Page) -> None:
        """Take a page's complete statements first, then its ties one by one."""
        for type_, source in page.replaces:
            self._waiting.pop((type_, source), None)
            self._replaced.add((source.system, type_, source.object, source.id))
        for tie in page.associations:
            if tie.deleted:
                self._remove(tie)
            else:
                self._keep(tie)

    def flush(self, connection: Connection, *, via: str, seen: int) -> None:
        """Bring the database to what the pages said, and forget them."""
        for columns, rows in (
            (_SOURCE, self._replaced),
            (_PAIR, self._pairs),
            (_LABELLED, self._labelled),
            (_TIE, self._ties),
        ):
            bulk.delete(connection, associations, columns, sorted(rows))
        bulk.upsert(
            connection,
            associations,
            _COLUMNS,
            [
                (
                    *_pair(tie),
                    tie.label,
                    tie.id,
                    via,
                    seen,
                )
                for waiting in self._waiting.values()
                for tie in waiting.values()
            ],
            lambda new: {"via": new.via, "last_seen": new.last_seen},
        )
        self.__init__()  # type: ignore[misc]

    def _keep(self, tie: Association) -> None:
        if tie.id:
            self._ties.add((tie.source.system, tie.type, tie.id))
        self._waiting.setdefault((tie.type, tie.source), {})[_identity(tie)] = tie
        self._count += 1

    def _remove(self, tie: Association) -> None:
        """A deletion names the tie's id; else its ends and label; without a label it means every tie of the two."""
        waiting = self._waiting.get((tie.type, tie.source), {})
        if tie.id:
            waiting.pop(_identity(tie), None)
            self._ties.add((tie.source.system, tie.type, tie.id))
            return
        for key, other in list(waiting.items()):
            if other.target == tie.target and tie.label in ("", other.label):
                del waiting[key]
        if tie.label:
            self._labelled.add((*_pair(tie), tie.label))
        else:
            self._pairs.add(_pair(tie))


def _identity(tie: Association) -> tuple[object, ...]:
    return (tie.id,) if tie.id else (tie.target, tie.label)


def _pair(tie: Association) -> tuple[str, ...]:
    source, target = tie.source, tie.target
    return (source.system, tie.type, source.object, source.id, target.object, target.id)
