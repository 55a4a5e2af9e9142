"""The whole of matching a table with itself, or with another."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile.identity.arrays import Codes, Floats, Ints
from trueup.reconcile.identity.blocking import Blocks, LeftOut
from trueup.reconcile.identity.memory import at_once, give_back
from trueup.reconcile.identity.people_columns import People
from trueup.reconcile.identity.resolve import Subject
from trueup.reconcile.identity.scoring import log_odds, probability
from trueup.reconcile.linkage import candidates, contacts, counterparts, training
from trueup.reconcile.linkage.clock import Clock
from trueup.reconcile.linkage.grouping import LEAST, group
from trueup.reconcile.linkage.matched import Matched, alone, belongs, cluster_numbers
from trueup.reconcile.linkage.pairs import Pairs, Weigh
from trueup.reconcile.linkage.prepare import Builder, Prepared
from trueup.reconcile.linkage.rivals import HOPELESS, Rivals, learn
from trueup.reconcile.linkage.staging import Table, release
from trueup.reconcile.linkage.training import Trained
from trueup.reconcile.linkage.uniqueness import unique

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def weigh(prepared: Prepared, trained: Trained, left: Ints, right: Ints) -> Floats:
    """The total weight of any pairs, slice by slice."""
    total = np.empty(len(left))
    for start in range(0, len(left), training.SLICE):
        part = slice(start, start + training.SLICE)
        total[part] = training.total(trained, training.compare(prepared, left[part], right[part]), len(left[part]))
    return total


def asking(prepared: Prepared, trained: Trained, known: Pairs) -> Weigh:
    """The total weight of any pairs: those that are known are looked up, the others compared."""

    def fresh(left: Ints, right: Ints) -> Floats:
        return weigh(prepared, trained, left, right).astype(np.float32).astype(np.float64)

    return lambda left, right: known.weigh(left, right, fresh)


def match(
    con: DuckDBPyConnection, tables: Sequence[Table], *, country: str = "US", one_to_one: bool | None = None
) -> Matched:
    """Deduplicate one table, or link two. Leaves `link_rows(i, t, rec, …)` in the connection."""
    clock = Clock()
    builder = Builder(con, tables, country)
    if contacts.suits(con, tables):
        return _contacts(con, tables, country, one_to_one, builder.out.side)
    prepared = builder.build()
    release(con, tables)
    clock.done("prepare")
    keys, left_out = candidates.find(prepared)
    clock.done("block")
    if not prepared.features or not len(keys):
        return alone(prepared, tuple(left_out))
    patterned = training.sliced(prepared, keys)
    clock.done("compare")
    trained = training.train(prepared, patterned)
    clock.done("train")
    known = Pairs(prepared.rows, keys, training.score(trained, patterned.table).astype(np.float32)[patterned.of])
    kept = known.where(known.weight >= log_odds(LEAST))
    left, right = kept.ends()
    weight = kept.weight.astype(np.float64)

    ask = asking(prepared, trained, known)
    grouped = group(prepared.rows, prepared.side, left, right, weight, trained.matches, ask, one_to_one=one_to_one)
    belonging = belongs(ask, grouped, left, right, weight)
    clock.done("group")
    return Matched(
        prepared, trained, grouped, cluster_numbers(grouped.label), belonging, len(keys), tuple(left_out), clock.seconds
    )


def _contacts(
    con: DuckDBPyConnection, tables: Sequence[Table], country: str, one_to_one: bool | None, side: Codes
) -> Matched:
    """People at organisations, compared by the ladders of `reconcile.identity`."""
    clock = Clock()
    plain, records = contacts.subject(con, tables, country, side)
    release(con, tables)
    give_back(con)
    clock.done("prepare")
    subject, keys, left_out = _brought_together(plain, records)
    pairs = len(keys)
    clock.done("block")
    known = contacts.scored(subject, keys, HOPELESS[0])
    del keys
    clock.done("compare")
    prior = counterparts.count(side, known)
    prior.add(known)

    def by_itself(a: Ints, b: Ints) -> Floats:
        return known.weigh(a, b, lambda x, y: contacts.weigh(subject, x, y) + prior.bits(x, y))

    rivals = learn(known, by_itself)
    # What can't become probable any more has said all that it can say: should it be asked for, it is weighed again.
    known = known.where(known.weight >= log_odds(LEAST) - rivals.most)

    def ask(a: Ints, b: Ints) -> Floats:
        return rivals.adjust(a, b, by_itself(a, b))

    left, right, total, one_to_one = _worth_joining(known, rivals, side, one_to_one)
    crossing = total[side[left] != side[right]] if side.any() else total
    matches = float(probability(crossing).sum())
    clock.done("train")
    grouped = group(
        subject.rows, side, left, right, total, matches, ask,
        one_to_one=one_to_one, thresholds=contacts.THRESHOLDS, vote=contacts.vote,
    )  # fmt: skip
    belonging = belongs(ask, grouped, left, right, total)
    clock.done("group")
    trained = contacts.trained(subject, matches, prior.across if side.any() else prior.within)
    return Matched(
        Prepared(subject.rows, side), trained, grouped, cluster_numbers(grouped.label), belonging, pairs, left_out,
        clock.seconds, (subject, prior, ask),
    )  # fmt: skip


def _brought_together(plain: Subject, records: People) -> tuple[Subject, Ints, tuple[LeftOut, ...]]:
    """The rows as compared with what they teach, the pairs worth comparing, and what the bounds left out of each rule.

    What a table teaches does not hang on which of its pairs are compared: neither waits for the other.
    """
    with ThreadPoolExecutor(1) as beside:
        taught = beside.submit(contacts.taught, plain, records)
        if at_once(plain.rows) == 1:
            wait([taught])
        blocks = Blocks(plain.rows)
        plain.block(blocks)
        keys = blocks.keys()
        return taught.result(), keys, tuple(blocks.report)


def _worth_joining(
    known: Pairs, rivals: Rivals, side: Codes, one_to_one: bool | None
) -> tuple[Ints, Ints, Floats, bool]:
    """The pairs that may be one, with their weights; and whether nobody may have two counterparts."""
    left, right = known.ends()
    total = rivals.adjust(left, right, known.weight.astype(np.float64))
    keep = total >= log_odds(LEAST)
    left, right, total = left[keep], right[keep], total[keep]
    if not side.any():
        return left, right, total, bool(one_to_one)
    # Two systems that hold people twice are no case of one to one, though most people are there once.
    across = side[left] != side[right]
    if one_to_one is None:
        one_to_one = all(unique(left[across], right[across], total[across]))
    if one_to_one:
        left, right, total = left[across], right[across], total[across]
    return left, right, total, one_to_one
