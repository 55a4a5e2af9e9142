"""How a plan's changes are grouped for writing: plan order kept, one action and one object a batch, records whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trueup.model.changes import Action, Change

DEFAULT_SIZE = 100


def batches(changes: Sequence[Change], sizes: Mapping[str, Mapping[Action, int]]) -> Iterator[tuple[Change, ...]]:
    """Cut changes into write batches.

    `sizes[system][action]` is the number of records a request takes. Changes of one record never part, so that they
    share one request item. A change that needs another never shares its batch, since it may need the other's outcome.
    """
    batch: list[Change] = []
    records: set[str] = set()
    for change in changes:
        size = sizes.get(change.target.system, {}).get(change.action, DEFAULT_SIZE)
        record = str(change.target)
        alike = not batch or (
            batch[0].action is change.action
            and batch[0].target.system == change.target.system
            and batch[0].target.object == change.target.object
        )
        full = record not in records and len(records) >= size
        depends = any(other.id in change.needs for other in batch)
        if batch and (not alike or full or depends):
            yield tuple(batch)
            batch, records = [], set()
        batch.append(change)
        records.add(record)
    if batch:
        yield tuple(batch)
