"""Matching any table: deduplicate one, or link two, with weights and thresholds learned from the data themselves.

| step | module | what it does |
|---|---|---|
| roles | `roles` | which column is what, as the user wrote it down |
| prepare | `staging`, `prepare`, `features`, `people`, `likeness`, `words`, `numbers` | values once, codes, ladders |
| block | `candidates` | single keys and pairs of keys, each within a budget; what was left out is counted |
| contacts | `contacts`, `slips`, `counterparts`, `rivals` | people at organisations: the CRM's ladders |
| | `forenames`, `namesakes`, `families` | what the table itself teaches of these ladders |
| train | `training`, `weights` | u from frequencies and random pairs, m by EM on patterns, the prior from both |
| relations | `relations` | households, albums and the like told apart from matches, where learning took them for such |
| group | `pairs`, `grouping`, `matched` | threshold and splitting chosen by expected F1 |
| | `uniqueness` | one counterpart at most in a table that holds everything once |

Codes, similarity, EM, patterns and clustering are those of `reconcile.identity`. The result depends on neither the
order of rows nor the number of threads.
"""

from __future__ import annotations

from trueup.reconcile.linkage.engine import match
from trueup.reconcile.linkage.explain import TablePair, explain
from trueup.reconcile.linkage.matched import Matched
from trueup.reconcile.linkage.roles import ROLES, Columns, ColumnsError, parse
from trueup.reconcile.linkage.staging import RepeatedIds, Table, release

__all__ = [
    "ROLES",
    "Columns",
    "ColumnsError",
    "Matched",
    "RepeatedIds",
    "Table",
    "TablePair",
    "explain",
    "match",
    "parse",
    "release",
]
