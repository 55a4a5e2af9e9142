"""Several small reads in one call: a composite request counts once, whatever it holds (reference 8.2, 13.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from trueup.connectors.kit.transport import Effect
from trueup.connectors.salesforce import errors
from trueup.connectors.salesforce.client import Client
from trueup.errors import TrueupError, UnavailableError

MOST = 25
"""Sub-requests in one call."""
MOST_QUERIES = 5
"""Of these, queries and collections."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One sub-request that reads. `path` is below the version, or whole when it begins with `/` or `@`.

    With a `body` it is a POST, as retrieving many records by their ids is.
    """

    ref: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one sub-request."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        """Whether it was answered with what was asked."""
        return 200 <= self.status < 300

    def error(self, system: str) -> TrueupError:
        """Why it was not answered."""
        return errors.from_answer(self.status, self.body, system=system, headers={})


def query_path(text: str, *, deleted: bool) -> str:
    """The path of a query; in a request's body only the language's own limit of 100,000 characters applies."""
    return f"{'queryAll' if deleted else 'query'}/?q={quote(text, safe='')}"


def ask(client: Client, asks: Sequence[Ask], judge: Callable[[Sequence[Part]], None] = lambda _: None) -> list[Part]:
    """Send one composite request; the parts in the order asked.

    `judge` sees them within the attempt: what it raises is repeated like a failure of the whole request. An answer that
    does not fit the request is taken for none.
    """
    body = {
        "allOrNone": False,
        "compositeRequest": [
            {
                "method": "GET" if a.body is None else "POST",
                "url": a.path if a.path.startswith(("/", "@")) else f"{client.root}/{a.path}",
                "referenceId": a.ref,
                **({"httpHeaders": dict(a.headers)} if a.headers else {}),
                **({"body": dict(a.body)} if a.body is not None else {}),
            }
            for a in asks
        ],
    }

    def send(salesforce: Any) -> list[Part]:
        answer = salesforce.restful("composite", method="POST", json=body)
        found = answer.get("compositeResponse") if isinstance(answer, dict) else None
        if not isinstance(found, list) or [p.get("referenceId") for p in found] != [a.ref for a in asks]:
            raise UnavailableError(f"{client.system}: the answer does not fit what was asked.", system=client.system)
        parts = [Part(int(p["httpStatusCode"]), p["body"]) for p in found]
        judge(parts)
        return parts

    return client.call(send, Effect.READ)
