"""How fast the twin answers, at 10,000 people or more, beside an app that answers with the same bytes.

    .venv/bin/python -m benchmarks.twin [--people 1000000] [--state DIR] [--seconds 2]

Made once and kept in the temporary folder by size and seed, or in `--state`; a million people need 8 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from benchmarks.twin.measure import of_size


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.twin", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each read is repeated")
    parser.add_argument("--state", type=Path, help="where the world is, or is to be kept")
    options = parser.parse_args()
    kept = Path(tempfile.gettempdir()) / f"trueup-bench-twin-{os.getuid()}"
    state = options.state or kept / f"seed{options.seed}-people{options.people}"
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    world = state / "benchmark-world.yaml"
    # What is measured is the twin's speed, not HubSpot's limits.
    world.write_text(json.dumps({"hubspot": {"switches": {"limits": False}}}), "utf-8")
    of_size(options.people, options.seed, state, world, options.seconds)


if __name__ == "__main__":
    main()
