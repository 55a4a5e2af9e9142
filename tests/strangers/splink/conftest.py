"""An environment of its own with Splink and Spark, in which our program runs too: they are no part of an installation.

It is made once below `.build/strangers` and kept. Where it cannot be made, or Java is missing, the tests skip and say
why; in CI (`CI=true`) they fail instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[2]
ROOMS = REPO / ".build" / "strangers"
PACKAGES = ("splink==5.0.0", "pyspark==4.3.0")

_SPARK = """\
spark.master                      local[1]
spark.driver.host                 127.0.0.1
spark.driver.bindAddress          127.0.0.1
spark.ui.enabled                  false
spark.sql.shuffle.partitions      1
spark.default.parallelism         1
spark.sql.adaptive.enabled        false
spark.sql.codegen.wholeStage      false
spark.sql.codegen.factoryMode     NO_CODEGEN
"""
"""For thirty pairs, compiling code costs more than running it."""


def _missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def room() -> Path:
    """The environment; several test processes may ask at once."""
    lock_file = REPO / "requirements" / "run.lock"
    digest = hashlib.sha256("\n".join((sys.version, *PACKAGES, lock_file.read_text())).encode()).hexdigest()[:10]
    made = ROOMS / f"splink-{digest}"
    ROOMS.mkdir(parents=True, exist_ok=True)
    with (ROOMS / f".{made.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (made / ".done").exists():
            return made
        shutil.rmtree(made, ignore_errors=True)
        own = REPO / ".build" / "uv" / "bin" / "uv"
        uv = str(own) if own.exists() else shutil.which("uv")
        if uv is None:
            _missing("an environment with Splink needs uv")
        assert uv
        python = ["--python", str(made / "bin" / "python")]
        for command in (
            [uv, "venv", "--quiet", "--python", sys.executable, str(made)],
            [uv, "pip", "install", "--quiet", *python, "-r", str(lock_file)],
            [uv, "pip", "install", "--quiet", *python, *PACKAGES],
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=900)
            if done.returncode:
                shutil.rmtree(made, ignore_errors=True)
                last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                _missing(f"Splink and Spark cannot be installed: {last}")
        (made / ".done").touch()
    return made


@pytest.fixture
def script(room: Path, tmp_path: Path) -> Callable[..., Any]:
    """Runs a script of `scripts/` in the environment; its last line of output is JSON."""

    def run(name: str, *arguments: str) -> Any:
        (tmp_path / "spark-defaults.conf").write_text(_SPARK)
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "JAVA_HOME") if key in os.environ}
        environment = kept | {
            "PYTHONPATH": f"{REPO}{os.pathsep}{HERE / 'scripts'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SPARK_CONF_DIR": str(tmp_path),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(tmp_path),
        }
        done = subprocess.run(
            [str(room / "bin" / "python"), str(HERE / "scripts" / name), *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run


@pytest.fixture
def java() -> None:
    """Spark needs Java 17 or newer."""
    program = shutil.which("java")
    if program is None:
        _missing("Spark needs Java: apt-get install default-jre-headless (tools/system.sh does)")
