"""Every labelled set through `trueup match table`.

Each set has a columns file of its own in `columns/` and no code of its own. Precision, recall and F1 are pairwise over
clusters (links, where two files are linked), with no truth used before scoring; seconds and peak memory are those of
the whole process, of an engine as it is installed: with its modules compiled. With `--splink` the same columns run
through Splink on DuckDB in that interpreter, one after the other, at its fixed .95: exact and Jaro-Winkler levels with
term frequencies, blocking on single columns, EM; then once more with our comparisons, trained and exported by us
(Splink's own time for training is not in it).
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.check.measured import clean_environment

HERE = Path(__file__).resolve().parent
SETS = HERE.parents[2] / "shared" / "benchmarks" / "er"

RUNS: dict[str, tuple[list[str], str, str, float]] = {
    "febrl1": (["febrl1"], "febrl", "cluster", 0),
    "febrl2": (["febrl2"], "febrl", "cluster", 0),
    "febrl3": (["febrl3"], "febrl", "cluster", 0.999),
    "febrl4": (["febrl4a", "febrl4b"], "febrl", "cluster", 0.999),
    "historical_50k": (["historical_50k"], "historical_50k", "cluster", 0.86),
    "fake_1000": (["fake_1000"], "fake_1000", "cluster", 0),
    "chicago": (["chicago_early_childhood_sites"], "chicago_early_childhood_sites", "True Id", 0.92),
    "restaurants": (["restaurants_a", "restaurants_b"], "restaurants", "restaurants_truth", 0),
}
"""Set → its files, its columns file, where the truth stands, the aim."""


def truth(files: list[str], column: str, id_column: str) -> dict[tuple[str, str], str]:
    """(table, record id) → true cluster."""
    found: dict[tuple[str, str], str] = {}
    for file in files:
        with (SETS / f"{file}.csv").open(encoding="utf-8") as text:
            for row in csv.DictReader(text):
                found[file, row[id_column].strip()] = row.get(column) or f"{file} {row[id_column]}"
    if (SETS / f"{column}.csv").exists():
        with (SETS / f"{column}.csv").open(encoding="utf-8") as text:
            for row in csv.DictReader(text):
                found[files[1], row["id_b"]] = found[files[0], row["id_a"]]
    return found


def score(said: Mapping[tuple[str, str], str], true: Mapping[tuple[str, str], str], across: bool) -> dict[str, float]:
    """Pairwise precision, recall and F1; across tables only where two are linked."""
    tables = sorted({table for table, _ in true})

    def pairs(groups: Counter[Any]) -> int:
        if not across:
            return sum(n * (n - 1) // 2 for (_, _), n in _total(groups).items())
        total = 0
        for group in {group for _, group in groups}:
            total += groups[tables[0], group] * groups[tables[1], group]
        return total

    def _total(groups: Counter[Any]) -> Counter[Any]:
        together: Counter[Any] = Counter()
        for (_, group), n in groups.items():
            together["", group] += n
        return together

    got = pairs(Counter((key[0], said[key]) for key in true))
    want = pairs(Counter((key[0], true[key]) for key in true))
    right = pairs(Counter((key[0], (said[key], true[key])) for key in true))
    return _rates(right, got, want)


def _rates(right: int, got: int, want: int) -> dict[str, float]:
    """From pairs that are right, said and true."""
    return {
        "precision": round(right / max(1, got), 4),
        "recall": round(right / max(1, want), 4),
        "f1": round(2 * right / max(1, got + want), 4),
    }


def timed(command: list[str]) -> dict[str, float]:
    """Run a process: wall and CPU seconds, peak memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    code = (
        "import resource, subprocess, sys; p = subprocess.run(sys.argv[1:], stdout=sys.stderr); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(p.returncode)"
    )
    run_ = [sys.executable, "-c", code, *command]
    done = subprocess.run(run_, check=True, capture_output=True, text=True, env=clean_environment())
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(int(done.stdout) / 1024)}


def clusters(file: Path) -> dict[tuple[str, str], str]:
    """(table, record id) → cluster, as written."""
    with file.open(encoding="utf-8") as text:
        return {(row["table"], row["record_id"]): row["cluster_id"] for row in csv.DictReader(text)}


def score_file(table: str, id_column: str, truth_column: str, out: str) -> dict[str, float]:
    """The pairwise score of a written clusters file against a column of the table itself, of millions of rows too."""
    con = duckdb.connect()
    con.execute(
        f"CREATE VIEW r AS SELECT s.cluster_id AS cluster, t.{truth_column} AS entity "
        f"FROM read_csv('{table}', all_varchar = true) t JOIN read_csv('{out}', all_varchar = true) s "
        f"ON s.record_id = t.{id_column}"
    )
    right, got, want = (
        con.execute(
            f"SELECT sum(n * (n - 1) // 2)::BIGINT FROM (SELECT count(*) AS n FROM r GROUP BY {by})"
        ).fetchall()[0][0]
        for by in ("cluster, entity", "cluster", "entity")
    )
    return _rates(right, got, want)


def ours_on(splink: str, tables: list[str], yaml: Path, id_column: str, out: Path) -> list[str]:
    """The command that runs our comparisons on Splink, once our trained model is exported beside `out`."""
    folder = out.with_name("model")
    trueup = str(Path(sys.executable).with_name("trueup"))
    export = [trueup, "match", "export", *tables, "--columns", str(yaml), "--to", str(folder), "--dialect", "duckdb"]
    subprocess.run(export, check=True, capture_output=True)
    return [splink, str(HERE / "splink_model.py"), str(folder), str(out), id_column, *tables]


def run(sets: list[str], splink: str | None) -> bool:
    """One line for each set and engine; whether an aim was missed."""
    if not SETS.exists():
        print(f"skipped: the labelled sets are not at {SETS.name}")
        return False
    missed = False
    warm: set[str] = set()
    for name in sets or RUNS:
        files, columns, where, aim = RUNS[name]
        yaml = HERE / "columns" / f"{columns}.yaml"
        tables = [str(SETS / f"{file}.csv") for file in files]
        id_column = next(line.split(": ")[1] for line in yaml.read_text().splitlines() if line.startswith("id: "))
        true = truth(files, where, id_column)
        with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder:
            out = Path(folder) / "clusters.csv"
            ours = [str(Path(sys.executable).with_name("trueup")), "match", "table", *tables]
            lines = [("trueup", [*ours, "--columns", str(yaml), "--out", str(out)])]
            if splink:
                lines.append(("splink", [splink, str(HERE / "splink_table.py"), str(yaml), str(out), *tables]))
                lines.append(("splink, our comparisons", ours_on(splink, tables, yaml, id_column, out)))
            for engine, command in lines:
                if engine not in warm:
                    # An installed program has its modules compiled already.
                    timed(command)
                    warm.add(engine)
                cost = timed(command)
                result = score(clusters(out), true, len(files) == 2)
                note = f"aim {aim}" if engine == "trueup" and aim else ""
                print(
                    f"{name:15} {engine:23} P {result['precision']:.4f} R {result['recall']:.4f} F1 {result['f1']:.4f}"
                    f"  CPU {cost['cpu_s']:.1f} s, wall {cost['wall_s']:.1f} s, peak {cost['peak_mb']:.0f} MB  {note}",
                    flush=True,
                )
                missed |= engine == "trueup" and result["f1"] < aim
    return missed
