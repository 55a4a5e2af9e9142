"""Batches with files: a zip holds `request.txt` and the files that its values name by `#path`. [doc api-asynch]"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from .v1text import BulkError

_REQUEST = "request.txt"
_FILES, _BYTES = 1000, 20 * 1024 * 1024


def unpack(body: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The rows of a zipped batch, and its files by their paths."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            if len(entries) > _FILES or sum(e.file_size for e in entries) > _BYTES:
                raise BulkError("ClientInputError", "a zipped batch holds at most 1,000 files and 20 MB")
            files = {e.filename.removeprefix("./"): archive.read(e) for e in entries}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as exc:
        raise BulkError("ClientInputError", f"Failed to read the zipped batch: {exc}") from None
    if _REQUEST not in files:
        raise BulkError("ClientInputError", f"Failed to find {_REQUEST} in the zipped batch")
    return files.pop(_REQUEST), files


def fill(row: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """A row with the contents of files in place of their names."""
    return {name: _content(value, files) for name, value in row.items()}


def _content(value: Any, files: Mapping[str, bytes]) -> Any:
    if not isinstance(value, str) or not value.startswith("#") or value == "#N/A":
        return value
    found = files.get(value[1:].removeprefix("./"))
    return value if found is None else base64.b64encode(found).decode()
