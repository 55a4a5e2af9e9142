"""Our comparisons on Splink: `splink_model.py folder out.csv id_column a.csv [b.csv]` (a yardstick with our ladders).

`folder` is what `trueup match export --dialect duckdb` wrote: levels, m, u, prior, blocking rules and the records.
Splink predicts and clusters at its usual .95; that training was done for it is to its advantage.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path


def main() -> None:
    """Predict, cluster, write."""
    import duckdb
    from splink import DuckDBAPI, Linker

    folder, out, id_column, *files = sys.argv[1:]
    settings = json.loads((Path(folder) / "settings.json").read_text(encoding="utf-8"))
    con = duckdb.connect()
    # Records are numbered by table, then id: the numbers of the exported file.
    ids = " UNION ALL ".join(
        f"SELECT {number} AS t, trim(\"{id_column}\") AS rec FROM read_csv('{file}', all_varchar = true, header = true)"
        for number, file in enumerate(files)
    )
    names = con.execute(f"SELECT t, rec FROM ({ids}) ORDER BY t, rec").fetchall()
    api = DuckDBAPI()
    data = Path(folder) / "records.parquet"
    frames = [
        api.register(
            con.sql(f"SELECT * FROM read_parquet('{data}') WHERE side = {side}").to_arrow_table(),
            dataset_display_name=f"side{side}",
        )
        for side in range(len(files))
    ]
    linker = Linker(frames if len(frames) > 1 else frames[0], settings)
    predicted = linker.inference.predict(threshold_match_probability=0.2)
    rows = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.95).as_duckdbpyrelation()
    with Path(out).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["table", "record_id", "cluster_id", "probability"])
        for record, cluster in rows.select("record, cluster_id").fetchall():
            table, name = names[record]
            writer.writerow([Path(files[table]).stem, name, cluster, ""])


if __name__ == "__main__":
    main()
