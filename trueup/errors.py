"""Every error that Trueup raises on purpose, arranged by what the person does next.

    TrueupError
    ├── UsageError            mend the command line or a file            exit 2
    │   ├── ConfigError         … the policy file (all problems at once)
    │   ├── PlanError           … the plan: tampered with, unknown, not sealed
    │   └── StoreVersionError   … the store: upgrade it, or upgrade Trueup
    ├── ReadOnlyError         allow writing, or do not ask for it        exit 2
    ├── StalePlanError        plan again: it expired                     exit 2
    ├── GuardError            look at the plan, then force it            exit 5
    ├── LockedError           wait for the other run                     exit 6
    ├── IncompletePullError   pull again; nothing was concluded          exit 7
    └── RemoteError           something at the CRM                       exit 1
        ├── CredentialsError    renew a credential
        ├── PermissionDeniedError ask an admin of the CRM for a permission
        ├── UnavailableError    come back later; safe to repeat
        ├── LimitError          come back when the limit's window has moved
        ├── PartLimitError      … of this kind of call; the others go on
        ├── RefusedError        the CRM says no to this request: mend the data
        └── UnknownOutcomeError the request may or may not have been carried out: look first

An error carries facts as attributes; one function (`trueup.commands.failures`) turns facts into sentences. Errors that
concern one record of a batch are receipts, not exceptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class TrueupError(Exception):
    """The root. `hint` says what to do next; `exit_code` is the process's answer."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TrueupError):
    """The command line or a file given to it is wrong."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file, at a place an editor can jump to (lines and columns count from 1)."""

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ConfigError(UsageError):
    """The policy file cannot be used; carries every problem, not just the first."""

    def __init__(self, message: str, problems: Sequence[Problem] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class PlanError(UsageError):
    """A plan is unknown, was tampered with, or is not sealed."""


class StoreVersionError(UsageError):
    """The store's schema is older or newer than this program's."""


class ReadOnlyError(TrueupError):
    """A write was asked of a system that is configured, or a run that was started, read-only."""

    exit_code = 2


class StalePlanError(TrueupError):
    """The plan expired: the world has moved on and it must be made again."""

    exit_code = 2


class GuardError(TrueupError):
    """A guard refuses: too much would change."""

    exit_code = 5


class LockedError(TrueupError):
    """Another run holds the store's lock."""

    exit_code = 6


class IncompletePullError(TrueupError):
    """A pull did not see everything, so nothing may be concluded from what is absent."""

    exit_code = 7


class RemoteError(TrueupError):
    """Something went wrong at, or on the way to, a CRM."""

    def __init__(
        self,
        message: str,
        *,
        system: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.system = system
        self.status = status
        self.code = code
        self.request_id = request_id


class CredentialsError(RemoteError):
    """The CRM does not accept our credentials."""


class PermissionDeniedError(RemoteError):
    """The CRM knows us but does not let us see or do this."""


class UnavailableError(RemoteError):
    """The CRM did not carry the request out and will probably do so later; repeating is safe."""

    def __init__(self, message: str, *, retry_after_s: float | None = None, **facts: object) -> None:
        super().__init__(message, **facts)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class LimitError(RemoteError):
    """An allowance is used up, the CRM's or our own budget's."""


class PartLimitError(RemoteError):
    """The allowance of one kind of call is used up; calls of other kinds go on."""


class RefusedError(RemoteError):
    """The CRM understood the request and refuses it; repeating it unchanged is useless."""


class UnknownOutcomeError(RemoteError):
    """The answer was lost: the request may have been carried out."""
