"""NumPy is kept from AVX-512 where that makes it sort slowly, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trueup.processor import VARIABLE, sort_fast, unhelpful

AMD = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2 avx512f avx512_vnni\n"
INTEL = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx2 avx512f avx512_vnni\n"
OLDER_AMD = "vendor_id\t: AuthenticAMD\nflags\t\t: fpu avx2\n"


@pytest.mark.parametrize(("cpuinfo", "told"), [(AMD, True), (INTEL, False), (OLDER_AMD, False), ("", False)])
def test_only_amds_processors_with_avx512_want_it_left_out(cpuinfo: str, told: bool) -> None:
    assert bool(unhelpful(cpuinfo)) is told


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process on Linux in which NumPy is not loaded and nobody has said anything."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    monkeypatch.setenv(VARIABLE, "")  # so that it is taken back whatever happens
    monkeypatch.delenv(VARIABLE)


@pytest.mark.usefixtures("untold")
def test_numpy_is_told_before_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(AMD, encoding="utf-8")
    sort_fast(tmp_path / "cpuinfo")
    assert os.environ[VARIABLE] == unhelpful(AMD)


@pytest.mark.usefixtures("untold")
def test_what_somebody_said_already_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text(AMD, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, "AVX2")
    sort_fast(tmp_path / "cpuinfo")
    assert os.environ[VARIABLE] == "AVX2"


@pytest.mark.usefixtures("untold")
def test_a_processor_that_nobody_describes_is_left_alone(tmp_path: Path) -> None:
    sort_fast(tmp_path / "none")
    assert VARIABLE not in os.environ


def test_numpy_takes_what_it_is_told_without_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import numpy"],
        env={**os.environ, VARIABLE: unhelpful(AMD)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
