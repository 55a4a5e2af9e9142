"""Arrays of numbers kept in a file beside the store: a memory that saves work and may be deleted at any time.

Nothing is lost with it, so it is no part of the store: no migration, no backup. It is readable for its owner only, and
replaced as a whole, so that whoever reads sees one whole file, or none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trueup.store.engine import Database


def path(database: Database, folder: Path, name: str) -> Path | None:
    """The file of that name: beside a SQLite file; for PostgreSQL in the folder given. None: the store is private."""
    if database.private:
        return None
    if database.sqlite:
        return Path(f"{database.engine.url.database}.{name}").absolute()
    return folder / f".trueup-{hashlib.sha256(database.name.encode()).hexdigest()[:12]}.{name}"


def write(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep these arrays in place of what the file held. Raises OSError when the disk does not take them."""
    descriptor, scratch = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # private from the beginning
    try:
        with os.fdopen(descriptor, "wb") as out:
            np.savez(out, allow_pickle=False, **dict(arrays))
        os.replace(scratch, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
        raise


def read(file: Path) -> dict[str, NDArray[Any]]:
    """What was kept; empty when there is no file. Raises ValueError for one that is damaged or something else."""
    try:
        # The archive checks a sum over each array.
        with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except FileNotFoundError:
        return {}
    except Exception as error:  # whatever a damaged archive makes of its readers
        raise ValueError(f"it is no whole archive of arrays: {type(error).__name__}") from error
