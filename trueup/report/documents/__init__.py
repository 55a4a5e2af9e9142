"""The JSON documents of `--json`, as plain values. Keys are a promise (docs/scripting.md): they are only added to."""

from trueup.report.documents.changes import change, plan
from trueup.report.documents.findings import covered, finding, findings, frozen, not_looked
from trueup.report.documents.house import (
    connectors,
    doctor,
    link,
    links,
    pruned,
    pull,
    pulled,
    run,
    runs,
    snapshot,
    status,
)
from trueup.report.documents.outcomes import (
    applied,
    drift,
    nightly,
    outcome_counts,
    receipt,
    receipts_of,
    undone,
    verified,
)

__all__ = [
    "applied",
    "change",
    "connectors",
    "covered",
    "doctor",
    "drift",
    "finding",
    "findings",
    "frozen",
    "link",
    "links",
    "nightly",
    "not_looked",
    "outcome_counts",
    "plan",
    "pruned",
    "pull",
    "pulled",
    "receipt",
    "receipts_of",
    "run",
    "runs",
    "snapshot",
    "status",
    "undone",
    "verified",
]
