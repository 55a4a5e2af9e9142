"""The next night: one in a hundred people changed, and what the last run settled is remembered.

| part | what it does |
|---|---|
| first night | identity over the frame, and keeps what it settled in a file |
| next night | the frame with the changes in it, with that file |
| all again | the same frame without it: the result must be the same, row by row |

Each is a process of its own. The time is that of identity alone, whatever made the frame.
"""

from __future__ import annotations

import pickle
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.identity import crm

_MADE = ("match", "same", "link", "duplicate")
"""What a run makes that must not depend on what is remembered."""
_CHANGES = """UPDATE record_person SET
    title = CASE hash(ref) // 100 % 3 WHEN 0 THEN 'Head of ' || coalesce(title, 'Sales') ELSE title END,
    phone = CASE hash(ref) // 100 % 3 WHEN 1 THEN reverse(phone) ELSE phone END,
    email = CASE hash(ref) // 100 % 3 WHEN 2 THEN 'new.' || email ELSE email END
WHERE hash(ref) % 100 = 0"""
"""A new title, number or address for one in a hundred."""


def measure(people: int, seed: int, keep: Path | None = None) -> Iterator[dict[str, Any]]:
    """One row for each part, as it is done."""
    with tempfile.TemporaryDirectory(prefix="trueup-bench-") as folder:
        file, _ = crm.pair(people, seed, keep or Path(folder))
        settled = f"{folder}/settled"
        yield crm.in_process("first night", str(file), settled)
        night = crm.in_process("next night", str(file), settled)
        yield night
        again = crm.in_process("all again", str(file))
        yield again
        if night["made"] != again["made"]:
            raise AssertionError(f"remembering changed the result: {night['made']} against {again['made']}")


def first(file: str, settled: str) -> dict[str, Any]:
    """A run that remembers nothing, and writes what it settled."""
    return _run(file, changed=False, into=settled)


def remembering(file: str, settled: str) -> dict[str, Any]:
    """The changed frame, with what the first run settled."""
    return _run(file, changed=True, before=settled)


def all_again(file: str) -> dict[str, Any]:
    """The changed frame, with nothing remembered."""
    return _run(file, changed=True)


def _run(file: str, *, changed: bool, before: str = "", into: str = "") -> dict[str, Any]:
    from trueup.model.policy import Policy
    from trueup.reconcile import identity as engine

    con = crm.frame(file)
    if changed:
        con.execute(_CHANGES)
    wall, cpu = time.perf_counter(), time.process_time()
    # The benchmark wrote the file a moment ago, in a folder of its own.
    settled = engine.resolve(con, Policy(systems={}), pickle.loads(Path(before).read_bytes()) if before else None)
    took = {"wall_s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}
    if into:
        Path(into).write_bytes(pickle.dumps(settled))
    made = {name: con.execute(f"SELECT count(*), bit_xor(hash(m)) FROM {name} m").fetchone() for name in _MADE}
    return {
        **took, "peak_mb": crm.peak_mb(), "made": {name: [str(x) for x in found or ()] for name, found in made.items()},
        "settled": {kind: len(of.right) for kind, of in settled.items()},
    }  # fmt: skip
