"""A policy for a running twin, made from its ready line: the starter, pointed at loopback, secrets in private files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trueup.commands.init import InitResult, init
from trueup.errors import UsageError

# What each connector's block looks like for a twin; {name} is filled from the ready line, secrets from files.
_BLOCKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "salesforce": (
        """\
connector: salesforce
auth: {{flow: client_credentials, client_id: '{client_id}', client_secret: 'file:{client_secret}'}}
instance_url: {url}
budget: 100%
""",
        ("client_secret",),
    ),
    "hubspot": (
        """\
connector: hubspot
auth: {{flow: private_app, token: 'file:{access_token}'}}
base_url: {url}
budget: 100%
""",
        ("access_token",),
    ),
}


def ready_line(file: Path) -> Mapping[str, Any]:
    """Read the line that `trueup twin serve` printed. Raises UsageError when the file holds something else."""
    try:
        ready = json.loads(file.read_text(encoding="utf-8"))
        if all(name in ready for name in _BLOCKS):
            return dict(ready)
    except ValueError:
        pass
    raise UsageError(f"{file} is not a twin's ready line.", hint="Make it so: trueup twin serve > ready.json")


def write_twin_policy(ready: Mapping[str, Any], path: Path, *, overwrite: bool = True) -> InitResult:
    """Write a policy beside which the twin's secrets lie in files that only this user may read."""
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is already there.", hint="Use another name, or --overwrite to replace it.")
    texts = {}
    secrets = path.parent / "secrets"
    secrets.mkdir(mode=0o700, exist_ok=True)
    for name, (block, secret_keys) in _BLOCKS.items():
        values = dict(ready[name])
        for key in secret_keys:
            file = secrets / f"{name}_{key}"
            _write_private(file, str(values[key]))
            values[key] = f"secrets/{file.name}"
        texts[name] = block.format(**values)
    return init(path, connectors=tuple(_BLOCKS), read=True, overwrite=True, system_texts=texts)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
