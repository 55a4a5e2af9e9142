"""`same_pairs.py spark|duckdb PEOPLE`: the same tables weighed here and by Splink; prints what differs as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import world

from trueup.commands.match_spark import predictor
from trueup.commands.match_table import match_table, opened
from trueup.reconcile.linkage import portable

LEAST = -29.9


def main() -> None:
    engine, people = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, columns = world.write(folder, people, seed=4, few=engine == "spark"), folder / "columns.yaml"
        there = predictor(engine)
        told = {}

        def kept(con, made, trained):  # type: ignore[no-untyped-def]
            told["pairs"] = there(con, made, trained)
            told["own"] = portable.predict(con, made, trained)
            return told["pairs"]

        ours, theirs = folder / "ours.csv", folder / "theirs.csv"
        match_table(files, columns, theirs, predict=kept)
        match_table(files, columns, ours, predict=portable.predict)
        (keys, weight), (own_keys, own_weight) = told["pairs"], told["own"]
        strong = own_weight >= LEAST
        same = np.array_equal(own_keys[strong], keys[weight >= LEAST])
        shared = own_weight[strong] - weight[weight >= LEAST] if same else np.array([np.inf])
        with opened(files, columns) as (con, tables):
            made = portable.build(con, tables, "US")
            steps = {plain.name: len(plain.steps) for plain in made.plain}
        sys.stdout.write(
            json.dumps(
                {
                    "pairs": len(own_keys),
                    "strong": int((own_weight > 0).sum()),
                    "same_pairs": same,
                    "farthest": float(np.abs(shared).max()),
                    "same_clusters": ours.read_text() == theirs.read_text(),
                    "clusters": len({line.split(",")[2] for line in ours.read_text().splitlines()[1:]}),
                    "levels": steps,
                }
            )
        )


if __name__ == "__main__":
    main()
