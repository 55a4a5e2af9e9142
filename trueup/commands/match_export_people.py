"""`trueup match export` without tables: the people that were pulled, as records and a model for Splink.

The ladders of identity judge what no SQL engine knows (nicknames, whose mailbox it is, what follows from an employer),
so they cannot leave this machine as they are. What leaves is the portable model of the same people: plain ladders whose
expected shares of true pairs (m) are those of the weights in use (shipped, or what `match tune` learned and the policy
names), fitted to the data as for any table. How much of what this machine holds to be one the model finds too is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.commands.analysis import frame
from trueup.commands.match_spark import Exported, write_records
from trueup.commands.progress import SILENT, Progress
from trueup.commands.workspace import Workspace
from trueup.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from trueup.reconcile.identity.scoring import Model
    from trueup.reconcile.linkage.portable import Portable
    from trueup.reconcile.linkage.training import Trained

ROLES = {
    "id": "ref",
    "first name": "first_name",
    "last name": "last_name",
    "e-mail": "email",
    "phone": ["phone", "mobile"],
    "organisation": "company",
    "domain": "site",
    "street": "street",
    "city": "city",
    "postcode": "postcode",
    "country": "country",
    "other text": "title",
}
_PEOPLE = """
CREATE OR REPLACE TEMP TABLE people AS SELECT p.ref, p.first_name, p.last_name, p.email, p.phone, p.mobile,
    coalesce(p.company_name, c.name) AS company, coalesce(p.website, c.domain, c.website) AS site, p.street, p.city,
    p.postcode, p.country, p.title
FROM record_person p LEFT JOIN record_company c ON c.ref = p.system || ':' || p.company_id
WHERE p.converted IS DISTINCT FROM 'true'
"""
_EXACT: Mapping[str, tuple[str, str]] = {
    "given_name": ("given", "exact"),
    "family_name": ("family", "exact"),
    "email": ("email", "exact"),
    "phone": ("phone", "exact"),
    "organisation": ("company", "name"),
    "domain": ("company", "domain"),
    "street": ("street", "exact"),
    "city": ("place", "city"),
    "postcode": ("place", "postcode"),
    "other_text": ("title", "exact"),
}
"""Which level of the CRM's ladders says how often true pairs agree in a plain column."""


def export_people(workspace: Workspace, folder: Path, *, dialect: str, progress: Progress = SILENT) -> Exported:
    """Write `settings.json` and `records.parquet` of everybody who was pulled, with the weights in use."""
    from trueup.reconcile.identity.scoring import weighted
    from trueup.reconcile.linkage import Table, parse, portable, splink

    policy = workspace.policy
    with frame(workspace, progress) as con:
        progress.step("Training")
        con.execute(_PEOPLE)
        table = Table("people", "people", parse(ROLES, ["people"])["people"])
        shares = exact_shares(weighted("person", policy.match.weights.get("person", {})))
        made = portable.build(con, [table], policy.country, shares)
        if not made.prepared.rows:
            raise UsageError("Nobody was pulled, so there is nobody to export.", hint="Start with: trueup pull")
        trained = portable.train(made)
        text = json.dumps(splink.settings(made, trained, dialect), indent=2, sort_keys=True, ensure_ascii=False)
        settings, records = write_records(con, made, text, folder)
        held, found = covered(con, made, trained)
        return Exported(settings, records, made.prepared.rows, len(made.plain), len(made.keys), held, found)


def exact_shares(model: Model) -> dict[str, float]:
    """How often true pairs have one value, by plain column, as the CRM's weights say."""
    found = {}
    for name, (comparison, level) in _EXACT.items():
        ladder = model.ladder(comparison)
        found[name] = ladder.rungs[ladder.at(level)].m
    return found


def covered(con: duckdb.DuckDBPyConnection, made: Portable, trained: Trained) -> tuple[int, int]:
    """Pairs of people held to be likely or certain here, and how many of them the exported model calls probable."""
    import numpy as np

    from trueup.reconcile.linkage.engine import weigh

    got = con.execute(
        "SELECT least(a.i, b.i)::BIGINT AS l, greatest(a.i, b.i)::BIGINT AS r FROM match m "
        "JOIN link_ids a ON a.rec = m.left_ref JOIN link_ids b ON b.rec = m.right_ref "
        "WHERE m.kind = 'person' AND m.grade IN ('likely', 'certain') ORDER BY l, r"
    ).fetchnumpy()
    keys = got["l"].astype(np.int64) * made.prepared.rows + got["r"].astype(np.int64)
    if not len(keys) or not trained.weights:
        return len(keys), 0
    met = keys[made.meet(keys // made.prepared.rows, keys % made.prepared.rows)]
    weight = weigh(made.prepared, trained, met // made.prepared.rows, met % made.prepared.rows)
    return len(keys), int((weight > 0).sum())
