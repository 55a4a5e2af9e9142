"""How long a world takes to make and load, and in how much memory. Run: python -m benchmarks.world [people ...]

Each size runs in a process of its own, so that the peak is its own. `made` is the generator alone; `served` is the
whole `Twin`: world, both databases, indexes, ledger, servers listening.
"""

from __future__ import annotations

import json
import multiprocessing
import sys

from benchmarks.world.sizes import made, served

_SIZES = (1_000, 10_000)


def main() -> None:
    """Print one JSON line per size and stage."""
    sizes = [int(arg) for arg in sys.argv[1:]] or list(_SIZES)
    context = multiprocessing.get_context("spawn")
    for people in sizes:
        for stage in (made, served):
            with context.Pool(1) as pool:
                print(json.dumps({"stage": stage.__name__, **pool.apply(stage, (people,))}), flush=True)


if __name__ == "__main__":
    main()
