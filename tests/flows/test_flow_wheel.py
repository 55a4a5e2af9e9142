"""The wheel, installed into a clean environment, gives a working `trueup` with all its data files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The `trueup` of an environment that holds the built wheel; the libraries are those of the lock file.

    Nothing of this checkout is on its path: of the libraries' folder, only what is no editable install of trueup.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO,
        capture_output=True,
        check=True,
    ).stdout
    for name in tracked.decode().split("\0"):
        if name and (REPO / name).is_file() and not name.startswith(("tests/", "benchmarks/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    shutil.rmtree(source)  # what the wheel does not hold cannot be found
    venv = folder / "venv"
    uv = REPO / ".build" / "uv" / "bin" / "uv"
    tool = str(uv) if uv.exists() else shutil.which("uv")
    if tool:
        subprocess.run([tool, "venv", "-q", "--python", sys.executable, str(venv)], check=True)
        install = [tool, "pip", "install", "-q", "--offline", "--no-deps", "--python", str(venv / "bin" / "python")]
    else:
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        install = [str(venv / "bin" / "python"), "-m", "pip", "install", "-q", "--no-index", "--no-deps"]
    subprocess.run([*install, str(wheel)], check=True)
    libraries = Path(sysconfig.get_path("purelib"))
    there = folder / "libraries"
    there.mkdir()
    for entry in libraries.iterdir():
        if "trueup" not in entry.name and entry.suffix != ".pth":
            (there / entry.name).symlink_to(entry)
    site = next(venv.glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text(f"{there}\n", "utf-8")
    yield venv / "bin" / "trueup"
    shutil.rmtree(folder, ignore_errors=True)


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "NO_COLOR": "1"}
    return subprocess.run([str(installed), *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def test_the_installed_command_has_all_its_files(installed: Path, tmp_path: Path) -> None:
    version = run(installed, tmp_path, "--version")
    assert version.returncode == 0, version.stderr
    assert "trueup" in version.stdout
    where = subprocess.run(
        [str(installed.parent / "python"), "-c", "import trueup; print(trueup.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(installed.parent.parent) in where  # the wheel's own, not this checkout's

    explained = run(installed, tmp_path, "explain", "STG001")
    assert explained.returncode == 0, explained.stderr
    assert "STG001" in explained.stdout
    schema = run(installed, tmp_path, "config", "schema")
    assert json.loads(schema.stdout)["properties"]["systems"]
    starter = run(installed, tmp_path, "init", "--no-read")
    assert starter.returncode == 0, starter.stderr
    assert "csvfile" in run(installed, tmp_path, "connectors").stdout


def test_the_installed_twin_serves_and_the_installed_program_works_against_it(installed: Path, tmp_path: Path) -> None:
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(tmp_path), "NO_COLOR": "1"}
    twin = subprocess.Popen(
        [str(installed), "twin", "serve", "--people", "20"], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        assert twin.stdout is not None
        ready = json.loads(twin.stdout.readline())
        assert {"salesforce", "hubspot", "control", "ledger"} <= ready.keys()
        done = subprocess.run(
            [
                str(installed.parent / "python"),
                "-c",
                "import json, sys; from pathlib import Path; from trueup.commands.twin_policy import write_twin_policy;"
                "write_twin_policy(json.loads(sys.argv[1]), Path('trueup.yaml'))",
                json.dumps(ready),
            ],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        ran = run(installed, tmp_path, "run", "--force", "--report", "report.html")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert (tmp_path / "report.html").stat().st_size > 10_000
    finally:
        twin.send_signal(signal.SIGTERM)
        twin.wait(timeout=30)
        assert twin.stdout is not None
        assert twin.stdout.read() == ""  # the ready line was all
        twin.stdout.close()
    assert twin.returncode == 0
