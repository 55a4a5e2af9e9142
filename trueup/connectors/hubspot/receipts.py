"""From fates to receipts: one per change, whatever happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from trueup.errors import PermissionDeniedError, RefusedError, RemoteError, UnknownOutcomeError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref


def done(
    change: Change,
    ref: Ref,
    outcome: Outcome = Outcome.APPLIED,
    *,
    observed: Mapping[str, str | None] | None = None,
    message: str = "",
) -> Receipt:
    """The change is carried out (or was already)."""
    return Receipt(change.id, outcome, datetime.now(UTC), ref, observed or {}, message=message)


def not_done(
    change: Change,
    outcome: Outcome,
    code: str,
    message: str,
    *,
    ref: Ref | None = None,
    observed: Mapping[str, str | None] | None = None,
) -> Receipt:
    """The change was not carried out, and why; the sentence goes before a person."""
    return Receipt(change.id, outcome, datetime.now(UTC), ref or change.target, observed or {}, code, message)


def failed(changes: Iterable[Change], error: RemoteError, *, ref: Ref | None = None) -> list[Receipt]:
    """A request failed: unknown when it may have arrived, refused when HubSpot said no, else surely not carried out."""
    if isinstance(error, UnknownOutcomeError):
        outcome = Outcome.UNKNOWN
    elif isinstance(error, RefusedError | PermissionDeniedError):
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.FAILED
    return [
        Receipt(
            change.id,
            outcome,
            datetime.now(UTC),
            ref or change.target,
            code=error.code or type(error).__name__,
            message=f"{error.message} {error.hint}".strip(),
            request_id=error.request_id,
        )
        for change in changes
    ]
