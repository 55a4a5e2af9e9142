"""Arrays beside the store: private, whole or absent, and never trusted when they are not what was written."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from trueup.store import Store, beside, open_store

ARRAYS = {"numbers": np.arange(200, dtype=np.int64), "name": np.array("ünïcode")}


def test_arrays_come_back_as_they_were_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "trueup.db.settled"
    assert beside.read(file) == {}
    beside.write(file, {"numbers": np.zeros(3)})
    beside.write(file, ARRAYS)
    back = beside.read(file)
    assert back.keys() == ARRAYS.keys()
    assert all(np.array_equal(back[name], array) and back[name].dtype == array.dtype for name, array in ARRAYS.items())
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_each_store_has_a_file_of_its_own_and_a_private_one_has_none(store: Store, tmp_path: Path) -> None:
    file = beside.path(store.database, tmp_path, "settled")
    assert file is not None
    assert file.parent == tmp_path
    if store.database.sqlite:
        assert file.name == "store.db.settled"
    else:
        assert file.name.startswith(".trueup-")
    with open_store("sqlite://") as private:
        assert beside.path(private.database, tmp_path, "settled") is None


def test_whatever_was_done_to_the_file_it_is_read_right_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    beside.write(file, ARRAYS)
    whole, rng = file.read_bytes(), random.Random(5)
    harmed = [b"", b"not an archive", b"\x93NUMPY", whole[: len(whole) // 2], whole[:-1], whole[100:]]
    for _ in range(300):
        at = rng.randrange(len(whole))
        harmed.append(whole[:at] + bytes([whole[at] ^ (1 << rng.randrange(8))]) + whole[at + 1 :])
    refused = 0
    for content in harmed:
        file.write_bytes(content)
        try:
            back = beside.read(file)
        except ValueError:
            refused += 1
        else:
            for name in back.keys() & ARRAYS.keys():
                assert np.array_equal(back[name], ARRAYS[name])
    assert refused > 200


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    beside.write(file, ARRAYS)
    with pytest.raises(ValueError, match="pickle"):
        beside.write(file, {"things": np.array([object()])})
    assert list(tmp_path.iterdir()) == [file]
    assert beside.read(file).keys() == ARRAYS.keys()
    with pytest.raises(OSError, match="No such file"):
        beside.write(tmp_path / "missing" / "kept", ARRAYS)
