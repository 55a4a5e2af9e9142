"""Facts to sentences: what went wrong, to what, and what to do; the only place where errors are put into words."""

from __future__ import annotations

from trueup.errors import ConfigError, RemoteError, TrueupError


def sentences(error: TrueupError) -> list[str]:
    """The lines to print for an error, the first one the most important."""
    lines = []
    head = error.message
    if isinstance(error, RemoteError) and error.system and not head.startswith(error.system):
        head = f"{error.system}: {head}"
    lines.append(f"Error: {head}")
    if isinstance(error, ConfigError):
        lines += [f"  {problem}" for problem in error.problems]
    if isinstance(error, RemoteError):
        facts = [
            f"HTTP {error.status}" if error.status else "",
            error.code,
            f"request {error.request_id}" if error.request_id else "",
        ]
        if any(facts):
            lines.append(f"  ({', '.join(fact for fact in facts if fact)})")
    if error.hint:
        lines.append(f"  {error.hint}")
    return lines
