"""From answers to receipts: one per change, whatever happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trueup.connectors.kit.redact import redact
from trueup.connectors.salesforce import errors
from trueup.errors import PermissionDeniedError, RefusedError, RemoteError, UnknownOutcomeError
from trueup.model.changes import Change
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref


@dataclass(frozen=True, slots=True)
class ItemError:
    """What one record of a request was refused for; the first error, which is what Salesforce stopped at."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


def item_error(item: Mapping[str, Any]) -> ItemError | None:
    """The error of a collection item; None when it succeeded."""
    if item.get("success"):
        return None
    found = item.get("errors") or [{}]
    first = found[0]
    code = first.get("statusCode") or first.get("errorCode") or "UNKNOWN"
    message = "; ".join(str(e.get("message") or "") for e in found)
    return ItemError(str(code), message, tuple(first.get("fields") or ()))


def done(change: Change, ref: Ref, outcome: Outcome = Outcome.APPLIED, message: str = "") -> Receipt:
    """The change is carried out (or was already)."""
    return Receipt(change.id, outcome, datetime.now(UTC), ref=ref, message=message)


def not_done(change: Change, outcome: Outcome, code: str, message: str) -> Receipt:
    """The change was not carried out, and why; the sentence goes before a person."""
    return Receipt(change.id, outcome, datetime.now(UTC), ref=change.target, code=code, message=redact(message))


def refused(change: Change, error: ItemError) -> Receipt:
    """A record that Salesforce refused: outcome and next step by its code."""
    known = errors.meaning(error.code, error.message)
    return not_done(change, known.outcome, error.code, f"{error.message} {known.todo}".strip())


def all_failed(changes: Iterable[Change], error: RemoteError) -> list[Receipt]:
    """The whole request failed: unknown when it may have arrived, else surely not carried out."""
    if isinstance(error, UnknownOutcomeError):
        outcome = Outcome.UNKNOWN
    elif isinstance(error, RefusedError | PermissionDeniedError):
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.FAILED
    text = f"{error.message} {error.hint}".strip()
    return [
        Receipt(
            c.id,
            outcome,
            datetime.now(UTC),
            ref=c.target,
            code=error.code or type(error).__name__,
            message=text,
            request_id=error.request_id,
        )
        for c in changes
    ]


def unreadable(changes: Sequence[Change], why: str) -> list[Receipt]:
    """An answer that does not fit the request: nothing may be concluded from it."""
    return [not_done(c, Outcome.UNKNOWN, "UNREADABLE_ANSWER", why) for c in changes]
