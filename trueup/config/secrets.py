"""Secrets by reference: `env:NAME`, `file:path`, `keyring:service/name`; resolved late, never printed."""

from __future__ import annotations

import os
from pathlib import Path

from trueup.errors import ConfigError

FORMS = ("env:", "file:", "keyring:")


def is_reference(text: str) -> bool:
    """Whether the text points at a secret rather than being one."""
    return text.startswith(FORMS)


def resolve_secret(reference: str, *, base: Path | None = None) -> str:
    """Fetch a secret. Relative files are looked for beside the policy file (`base`).

    Raises ConfigError that says where was looked, never what was found.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest)
        if not value:
            raise ConfigError(f"The environment variable {rest} is not set.", hint=f"export {rest}=… and try again")
        return value
    if scheme == "file":
        path = Path(rest).expanduser()
        path = path if path.is_absolute() else (base or Path.cwd()) / path
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"The secret file {path} cannot be read: {error.strerror}.") from error
    if scheme == "keyring":
        return _from_keyring(rest)
    raise ConfigError(
        f"A secret must be a reference: {', '.join(form + '…' for form in FORMS)}.",
        hint="Secrets do not belong into the policy file.",
    )


def _from_keyring(place: str) -> str:
    service, _, name = place.partition("/")
    try:
        import keyring
    except ImportError:
        raise ConfigError(
            "keyring: references need the package keyring.", hint="pip install 'trueup[keyring]'"
        ) from None
    value = keyring.get_password(service, name)
    if not value:
        raise ConfigError(f"The keyring has no password {name!r} for service {service!r}.")
    return str(value)
