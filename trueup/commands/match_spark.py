"""`trueup match table --engine …` and `trueup match export`: the trained model on an engine beyond this machine.

Training stays here (patterns and counts are small); predicting, where the pairs are, goes to Splink on Spark or DuckDB.
Both come with the extra `spark`, which is no part of a plain installation.
"""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trueup.commands.match_table import in_order, opened
from trueup.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from trueup.reconcile.identity.arrays import Floats, Ints
    from trueup.reconcile.linkage.portable import Portable
    from trueup.reconcile.linkage.training import Trained

ENGINES = ("own", "spark", "duckdb")
"""Where pairs are weighed: in this program, or by Splink on Spark or DuckDB."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the settings and the records, with how many records and rules there are."""

    settings: Path
    records: Path
    rows: int
    comparisons: int
    rules: int
    held: int = 0
    """Pairs that this machine holds to be one; of tables it is not asked."""
    found: int = 0
    """How many of them the exported model finds as well."""


def export(files: Sequence[Path], columns: Path, folder: Path, *, dialect: str, country: str = "US") -> Exported:
    """Train on the tables and write `settings.json` and `records.parquet`, which any Splink can run."""
    from trueup.reconcile.linkage import portable, release, splink

    with opened(files, columns) as (con, tables):
        tables = [replace(table, once=True) for table in tables]
        made = portable.build(con, tables, country)
        release(con, tables)  # all that is asked from here on is in the model
        trained = portable.train(made)
        text = json.dumps(splink.settings(made, trained, dialect), indent=2, sort_keys=True, ensure_ascii=False)
        settings, records = write_records(con, made, text, folder)
        return Exported(settings, records, made.prepared.rows, len(made.plain), len(made.keys))


def write_records(con: duckdb.DuckDBPyConnection, made: Portable, settings: str, folder: Path) -> tuple[Path, Path]:
    """Write the settings and the records they speak of into a folder; gives both files."""
    from trueup.reconcile.linkage import splink

    to, data = folder / "settings.json", folder / "records.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        to.write_text(settings + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{to} cannot be written: {error.strerror or error}.") from error
    _to_parquet(con, splink.records(con, made), data)
    return to, data


def predictor(engine: str) -> Any:
    """The function that weighs candidate pairs on an engine: (connection, portable, trained) → sorted keys, weights."""
    if engine == "own":
        from trueup.reconcile.linkage import portable

        return portable.predict
    missing = [name for name in ("splink", *(("pyspark",) if engine == "spark" else ())) if not _there(name)]
    if missing:
        raise UsageError(
            f"The engine {engine} needs {' and '.join(missing)}.", hint="Install the extra: pip install 'trueup[spark]'"
        )
    return _by_spark if engine == "spark" else _by_duckdb


def _there(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _by_duckdb(con: duckdb.DuckDBPyConnection, made: Portable, trained: Trained) -> tuple[Ints, Floats]:
    from splink import DuckDBAPI, Linker

    from trueup.reconcile.linkage import splink

    with tempfile.TemporaryDirectory(prefix="trueup-splink-") as folder:
        file = Path(folder) / "records.parquet"
        _to_parquet(con, splink.records(con, made), file)
        api = DuckDBAPI()
        own = api._con
        frames = [
            api.register(
                own.sql(f"SELECT * FROM read_parquet('{file}') WHERE side = {side}").to_arrow_table(),
                dataset_display_name=f"side{side}",
            )
            for side in _sides(made)
        ]
        linker = Linker(frames if len(frames) > 1 else frames[0], splink.settings(made, trained, "duckdb"))
        predicted = linker.inference.predict(threshold_match_weight=_LEAST)
        out = Path(folder) / "pairs.parquet"
        predicted.as_duckdbpyrelation().write_parquet(str(out))
        return _read(con, out, made)


def _by_spark(con: duckdb.DuckDBPyConnection, made: Portable, trained: Trained) -> tuple[Ints, Floats]:
    """The cluster is that of Spark's own settings (`SPARK_HOME`, `SPARK_CONF_DIR`), else this machine."""
    from pyspark.sql import SparkSession
    from splink import Linker, SparkAPI
    from splink.internals.spark.jar_location import similarity_jar_location

    from trueup.reconcile.linkage import splink

    builder = SparkSession.builder.appName("trueup match").config("spark.jars", similarity_jar_location())
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.sql.session.timeZone", "UTC")
    if not any(name in os.environ for name in ("SPARK_HOME", "SPARK_CONF_DIR", "SPARK_REMOTE")):
        cores = os.cpu_count() or 1
        builder = builder.master("local[*]").config("spark.sql.shuffle.partitions", str(2 * cores))
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        builder = builder.config("spark.ui.enabled", "false")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory(prefix="trueup-splink-") as folder:
        file, out = Path(folder) / "records.parquet", Path(folder) / "pairs"
        _to_parquet(con, splink.records(con, made), file)
        session.sparkContext.setCheckpointDir(str(Path(folder) / "checkpoints"))
        try:
            api = SparkAPI(spark_session=session, num_partitions_on_repartition=2 * (os.cpu_count() or 1))
            whole = session.read.parquet(str(file))
            frames = [
                api.register(whole.where(f"side = {side}"), dataset_display_name=f"side{side}") for side in _sides(made)
            ]
            linker = Linker(frames if len(frames) > 1 else frames[0], splink.settings(made, trained, "spark"))
            predicted = linker.inference.predict(threshold_match_weight=_LEAST)
            predicted.as_spark_dataframe().write.parquet(str(out))
            return _read(con, out / "*.parquet", made)
        finally:
            session.stop()


_LEAST = -30.0
"""Match weight (log2 odds) below which a pair does not come back."""


def _sides(made: Portable) -> list[int]:
    return [0, 1] if made.prepared.side.any() else [0]


def _to_parquet(con: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    import duckdb

    try:
        with in_order(con):
            con.execute(f"COPY {table} TO '{str(file).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
    except duckdb.Error as error:
        raise UsageError(f"{file} cannot be written: {str(error).splitlines()[0]}") from error


def _read(con: duckdb.DuckDBPyConnection, pairs: Path, made: Portable) -> tuple[Ints, Floats]:
    """What Splink said, in our order."""
    import numpy as np

    from trueup.reconcile.linkage import splink

    got = con.execute(
        f"SELECT {splink.ID}_l AS a, {splink.ID}_r AS b, match_weight AS w FROM read_parquet('{pairs}')"
    ).fetchnumpy()
    keys, order = splink.keys_of(made.prepared.rows, np.asarray(got["a"]), np.asarray(got["b"]))
    return keys, np.asarray(got["w"], dtype=np.float64)[order]
