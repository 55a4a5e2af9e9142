"""`same_statistics.py PEOPLE`: m by EM and u from frequencies, here and in Splink, on the same levels; JSON of both."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import world
from splink import DuckDBAPI, Linker

from trueup.commands.match_table import opened
from trueup.reconcile.identity import em
from trueup.reconcile.identity.scoring import patterns
from trueup.reconcile.linkage import portable, splink, training
from trueup.reconcile.linkage.training import Trained
from trueup.reconcile.linkage.weights import among_strangers, expected


def main() -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = world.write(folder, int(sys.argv[1]), seed=9)
        with opened(files, folder / "columns.yaml") as (con, tables):
            made = portable.build(con, tables, "US")
            prepared = made.prepared
            # What brings pairs together says nothing about them: it is left out, as Splink leaves it out by itself.
            kept = [n for n, plain in enumerate(made.plain) if plain.name != "postcode"]
            made.plain = [made.plain[n] for n in kept]
            prepared.features = [prepared.features[n] for n in kept]
            first = [expected(feature) for feature in prepared.features]
            sample, counts = patterns(
                training.compare(prepared, *training.strangers(prepared)), [f.size for f in prepared.features]
            )
            u = [
                among_strangers(f, sample[:, n], counts.astype(float), first[n], 0.0)
                for n, f in enumerate(prepared.features)
            ]
            # EM on the pairs of one rule: neighbours, some of whom are one person.
            number = next(n for n, (label, _) in enumerate(made.keys) if label == "postcode")
            made.keys = [made.keys[number]]
            keys = made.candidates()
            seen = training.sliced(prepared, keys)
            learned = em.learn(seen.table, seen.counts, first, u, share=0.3, fix_u=True, rounds=500, tolerance=1e-7)
            share = 1e-4
            start = Trained((), tuple(first), tuple(u), float(np.log2(share / (1 - share))), 0.0, 0)
            known = splink.settings(made, start, "duckdb")
            api = DuckDBAPI()
            table = splink.records(con, made)
            con.execute(f"COPY {table} TO '{folder}/records.parquet' (FORMAT parquet)")
            sides = [
                api.register(
                    api._con.sql(f"FROM read_parquet('{folder}/records.parquet') WHERE side = {side}").to_arrow_table(),
                    dataset_display_name=f"side{side}",
                )
                for side in (0, 1)
            ]
            known["em_convergence"], known["max_iterations"] = 1e-4, 60
            linker = Linker(sides, known)
            linker.training.estimate_u_using_random_sampling(max_pairs=1e8, seed=1)
            by_frequency = _shares(linker, "u_probability")
            linker = Linker(sides, known)
            linker.training.estimate_parameters_using_expectation_maximisation(
                "l.block_0 = r.block_0", fix_u_probabilities=True, fix_m_probabilities=False
            )
            by_em = _shares(linker, "m_probability")
            sys.stdout.write(
                json.dumps(
                    {
                        "pairs": len(keys),
                        "share": learned.share,
                        "sample": int(counts.sum()),
                        "plain": {
                            plain.name: {
                                "keys": [step.key for step in plain.steps],
                                "m": learned.m[n][1:].tolist(),
                                "u": u[n][1:].tolist(),
                                "splink_m": _ordered(plain, by_em[plain.name]),
                                "splink_u": _ordered(plain, by_frequency[plain.name]),
                            }
                            for n, plain in enumerate(made.plain)
                        },
                    }
                )
            )


def _shares(linker: Any, which: str) -> dict[str, list[float | None]]:
    """Comparison → the share of each level but the one for missing values, in Splink's order."""
    model = linker.misc.save_model_to_json()
    return {
        comparison["output_column_name"]: [
            level.get(which) for level in comparison["comparison_levels"] if not level.get("is_null_level")
        ]
        for comparison in model["comparisons"]
    }


def _ordered(plain: portable.Plain, shares: list[float | None]) -> list[float | None]:
    """Splink asks for swapped names first; our levels have them after the equal ones."""
    if not plain.swap:
        return shares
    exact = len(plain.exact)
    return [*shares[1 : exact + 1], shares[0], *shares[exact + 1 :]]


if __name__ == "__main__":
    main()
