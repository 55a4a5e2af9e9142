"""`python -m benchmarks.identity [all | tables | crm | nightly | negatives] [--people N] [--seed S] [--sets …]
[--splink …] [--keep FOLDER]`.

`tables` runs every labelled set beside the repository through `trueup match table`; `crm` a generated CRM pair through
identity and through `match table`, beside the floor; `nightly` the same pair on two nights, one in a hundred people
changed between them; `negatives` 5,000 pairs that look like one and are two. With `--splink` (by default
`.build/splink/bin/python`, when it is there; `no` leaves it out) Splink on DuckDB runs over the same files. Exit 1 when
the F1 of a set is below its aim, or one of the 5,000 is certain.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.identity import crm, negatives, nightly, tables

PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "floor": crm.floor,
    "identity": crm.identity,
    "table": crm.table,
    "first night": nightly.first,
    "next night": nightly.remembering,
    "all again": nightly.all_again,
}
"""What is measured in processes of its own."""
SPLINK = Path(__file__).resolve().parents[2] / ".build" / "splink" / "bin" / "python"


def main() -> int:
    """Read the command line, print a table for each mode."""
    if sys.argv[1:2] == ["part"]:
        print(json.dumps(PARTS[sys.argv[2]](*sys.argv[3:])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", nargs="?", choices=["all", "tables", "crm", "nightly", "negatives"], default="all")
    parser.add_argument("--people", type=int, default=20_000, help="people in each system of the generated pair")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sets", default="", help=f"of {', '.join(tables.RUNS)}; none: all")
    parser.add_argument("--splink", default=str(SPLINK) if SPLINK.exists() else "no", help="an interpreter, or no")
    parser.add_argument("--keep", type=Path, help="a folder in which generated pairs stay for the next time")
    given = parser.parse_args()
    splink = None if given.splink == "no" else given.splink
    missed = False
    if given.mode in ("all", "tables"):
        missed = tables.run([name for name in given.sets.split(",") if name], splink)
    if given.mode in ("all", "negatives"):
        missed |= _negatives(given.seed)
    if given.mode in ("all", "crm"):
        print(f"\ngenerated CRM, {given.people:,} + {given.people:,} people, seed {given.seed}")
        for row in crm.measure(given.people, given.seed, splink, given.keep):
            print(_line(row), flush=True)
    if given.mode in ("all", "nightly"):
        print(f"\nthe next night, {given.people:,} + {given.people:,} people, seed {given.seed}")
        for row in nightly.measure(given.people, given.seed, given.keep):
            print(_line(row), flush=True)
    return 1 if missed else 0


def _negatives(seed: int) -> bool:
    """The table of hard negatives; whether one of them is certain."""
    print(f"\nhard negatives, seed {seed}")
    rows = negatives.measure(5_000, seed)
    width = max(len(row["sort"]) for row in rows)
    for row in rows:
        counts = "  ".join(f"{grade} {row[grade]:,}" for grade in (*negatives.GRADES, "joined"))
        print(f"{row['sort']:{width}}  {row['pairs']:,} pairs: {counts}")
    return bool(rows[-1]["certain"])


def _line(row: dict[str, Any]) -> str:
    shown = [f"{row['part']:11}"]
    shown += [f"{key} {row[key]:.4f}" for key in ("precision", "recall", "f1") if key in row]
    shown.append(f"CPU {row['cpu_s']:.1f} s, wall {row['wall_s']:.1f} s, peak {row['peak_mb']:.0f} MB")
    if "x_floor_cpu" in row:
        shown.append(f"{row['x_floor_cpu']} x the floor's CPU")
    told = ("steps_s", "wrong_by_grade", "companies", "largest", "left_out", "settled")
    rest = {key: row[key] for key in told if key in row}
    return "  ".join(shown) + "".join(f"\n          {key}: {json.dumps(value)}" for key, value in rest.items())


if __name__ == "__main__":
    raise SystemExit(main())
