"""Who is who: record linkage within and across systems, after Fellegi and Sunter.

| step | module | what it does |
|---|---|---|
| prepare | `people_columns`, `name_columns`, `mailboxes`, `phones`, `people_dealings`, `companies` | values to codes |
| claim | `claims` | what each system's stored ids, conversions and people's decisions say |
| block | `blocking` | several rules, each bounded, give the pairs worth comparing; what was left out is counted |
| recall | `marks`, `commonness`, `recall` | pairs that earlier runs settled and that nothing moved since are left out |
| compare | `ladders`, `people`, `people_names`, `people_mail`, `people_whereabouts`, `companies` | a pair's level |
| score | `scoring`, `weights.json`, `em` | log2 weights with term frequencies, summed by pattern |
| grade | `grading` | probability to grade; one reason may cap it |
| cluster | `clustering` | coherent groups: no member pair contradicts, so nothing chains |
| tell | `output`, `coverage` | the tables match, same, link, duplicate, blocking; how far it went |

Everything is deterministic whatever the order of rows and the number of threads: records are numbered by ref, codes by
value, and every sort ends in refs.
"""

from __future__ import annotations

from trueup.reconcile.identity.coverage import coverage
from trueup.reconcile.identity.explain import explain
from trueup.reconcile.identity.resolve import resolve

__all__ = ["coverage", "explain", "resolve"]
