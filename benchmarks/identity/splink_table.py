"""The same columns through Splink on DuckDB: `splink_table.py columns.yaml out.csv a.csv [b.csv]` (the yardstick)."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Sensible settings that name no set: exact and likeness levels, term frequencies, one rule a column, EM, .95."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    columns, out, *files = sys.argv[1:]
    roles: dict[str, list[str]] = {}
    for line in Path(columns).read_text(encoding="utf-8").splitlines():
        role, _, value = line.partition(": ")
        roles[role] = [part.strip() for part in value.strip("[]").split(",")]
    con = duckdb.connect()
    names = []
    for number, file in enumerate(files):
        quoted = ", ".join(
            f"lower(nullif(trim(\"{c}\"), '')) AS c{n}"
            for n, c in enumerate(c for role, cs in roles.items() if role != "id" for c in cs)
        )
        con.execute(
            f'CREATE TABLE t{number} AS SELECT trim("{roles["id"][0]}") AS unique_id, {quoted} '
            f"FROM read_csv('{file}', all_varchar = true, header = true)"
        )
        names.append(f"t{number}")
    comparisons: list[Any] = []
    rules = []
    of = [role for role, cs in roles.items() if role != "id" for _ in cs]
    for number, role in enumerate(of):
        column = f"c{number}"
        if role in ("postcode", "other code", "phone", "birth date", "country"):
            found: Any = cl.DamerauLevenshteinAtThresholds(column, [1, 2])
        else:
            found = cl.JaroWinklerAtThresholds(column, [0.92, 0.8])
        comparisons.append(found.configure(term_frequency_adjustments=True))
        held = con.execute(
            f"SELECT sum(n * n) / sum(n) FROM (SELECT count({column}) AS n FROM t0 GROUP BY {column})"
        ).fetchall()[0][0]
        if held and held < 60:
            rules.append(block_on(column))
    links = len(files) > 1
    settings = SettingsCreator(
        link_type="link_only" if links else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
    )
    api = DuckDBAPI()
    frames = [api.register(con.table(name).to_arrow_table(), dataset_display_name=name) for name in names]
    linker = Linker(frames if links else frames[0], settings)
    linker.training.estimate_probability_two_random_records_match(rules[:3], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in rules[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.2)
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.95)
    rows = clustered.as_duckdbpyrelation()
    have = rows.columns
    wanted = "source_dataset, unique_id, cluster_id" if "source_dataset" in have else "unique_id, cluster_id"
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["table", "record_id", "cluster_id", "probability"])
        for row in rows.select(wanted).fetchall():
            table = int(row[0][1:]) if len(row) == 3 else 0
            writer.writerow([Path(files[table]).stem, row[-2], row[-1], ""])


if __name__ == "__main__":
    main()
