"""The ledger: everything that is out of true in the world, who is who, and who is not, as one JSON file.

Written piece by piece while the world is made, put together at the end, so that a million people fit. Keys:

- `made`: people, seed and day the world was made from
- `counts`: per code, how many findings were `planted` and how many are their `consequences`
- `findings`: code, kind, field (FLD codes only), subjects (printed refs), entity, planted, note
- `not_same`: two lists of refs that look alike and are two, with the reason
- `echoes`: properties that flip back and forth in a history
- `people`, `companies`, `deals`: the true entity and its records' refs (converted leads with their contact)
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import orjson

from trueup.twin.world.parts import Finding, Rec, Unit

_SECTIONS = ("findings", "not_same", "echoes", "people", "companies", "deals")


class LedgerWriter:
    """Spools sections to temporary files; `finish` writes the whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spools: dict[str, IO[bytes]] = {name: tempfile.TemporaryFile() for name in _SECTIONS}  # noqa: SIM115  (closed by finish)
        self._planted: Counter[str] = Counter()
        self._all: Counter[str] = Counter()

    def add(self, unit: Unit, findings: Iterable[Finding]) -> None:
        """Take in a unit."""
        for finding in findings:
            self._all[finding.code] += 1
            self._planted[finding.code] += finding.planted
            self._put("findings", finding.as_dict())
        for pair in unit.not_same:
            left, right = _refs(pair["left"]), _refs(pair["right"])
            self._put("not_same", {"kind": pair["kind"], "left": left, "right": right, "why": pair["why"]})
        for echo in unit.echoes:
            self._put("echoes", echo)
        for section, entities in (("people", unit.people), ("companies", unit.companies), ("deals", unit.deals)):
            for entity in entities:
                refs = _refs(entity.recs)
                if refs:
                    self._put(section, (entity.entity, refs))

    def finish(self, made: dict[str, Any]) -> None:
        """Put the file together, in one step for readers."""
        counts = {
            code: {"planted": self._planted[code], "consequences": total - self._planted[code]}
            for code, total in sorted(self._all.items())
        }
        partial = self._path.with_suffix(".partial")
        with partial.open("wb") as out:
            out.write(b'{"version":1,"made":' + orjson.dumps(made) + b',"counts":' + orjson.dumps(counts))
            for name in _SECTIONS:
                keyed = name in ("people", "companies", "deals")
                out.write(f',\n"{name}":{"{" if keyed else "["}'.encode())
                spool = self._spools[name]
                spool.seek(2)  # past the first separator
                while piece := spool.read(1 << 20):
                    out.write(piece)
                out.write(b"}" if keyed else b"]")
                spool.close()
            out.write(b"}\n")
        partial.replace(self._path)

    def _put(self, section: str, value: Any) -> None:
        spool = self._spools[section]
        spool.write(b",\n")
        if isinstance(value, tuple):
            spool.write(orjson.dumps(value[0]) + b":" + orjson.dumps(value[1]))
        else:
            spool.write(orjson.dumps(value))


def _refs(recs: Any) -> list[str]:
    live: list[Rec] = [rec for rec in recs if not rec.gone]
    return sorted(rec.ref for rec in live)
