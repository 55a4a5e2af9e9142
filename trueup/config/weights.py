"""The file of learned weights that a policy may name: read strictly, written so that a reviewer sees what moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from trueup.config import marked
from trueup.config.hints import did_you_mean
from trueup.errors import ConfigError, Problem
from trueup.model.policy import Weights

Ladders = Mapping[str, Mapping[str, Mapping[str, bool]]]
"""kind → comparison → level → whether it has a u of its own (else the values' frequencies say it)."""
_TOP = ("version", "person", "company")
_PART = ("learned_from", "weights")


def read_weights(path: Path, ladders: Callable[[], Ladders] | None) -> tuple[Weights, list[Problem]]:
    """The weights in a file, and every problem of it at its place. Without `ladders` names are not checked."""
    try:
        document = marked.read(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        return {}, [Problem(str(path), 1, 1, "(file)", "there is no such file", "write it: trueup match tune --write")]
    except (UnicodeDecodeError, OSError) as error:
        return {}, [Problem(str(path), 1, 1, "(file)", f"cannot be read: {error}")]
    except ConfigError as error:
        return {}, list(error.problems)
    reader = _Reader(document, ladders() if ladders else None)
    return reader.read(), [*document.problems, *reader.problems]


class _Reader:
    """Walks a weights file; collects problems."""

    def __init__(self, document: marked.Document, ladders: Ladders | None) -> None:
        self.document = document
        self.ladders = ladders
        self.problems: list[Problem] = []

    def _bad(self, place: marked.Place, message: str, hint: str = "") -> None:
        at = self.document.mark(place)
        path = ".".join(map(str, place)) or "(file)"
        self.problems.append(Problem(at.file, at.line, at.column, path, message, hint))

    def _mapping(
        self, value: marked.Value, place: marked.Place, known: Iterable[str] | None
    ) -> dict[str, marked.Value]:
        if not isinstance(value, dict):
            self._bad(place, "must be a mapping")
            return {}
        if known is not None:
            good = list(known)
            for key in value:
                if key not in good:
                    self._bad((*place, key), f"unknown key {key!r}", did_you_mean(key, good))
            return {key: inner for key, inner in value.items() if key in good}
        return value

    def read(self) -> Weights:
        """kind → comparison → level → m and u."""
        top = self._mapping(self.document.value, (), _TOP)
        if top and top.get("version") != 1:
            self._bad(("version",), "'version' must be 1", "add version: 1 as the first line")
        found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
        for kind in ("person", "company"):
            if kind not in top:
                continue
            part = self._mapping(top[kind], (kind,), _PART)
            of_kind = self.ladders[kind] if self.ladders else None
            place: marked.Place = (kind, "weights")
            comparisons = self._mapping(part.get("weights"), place, of_kind) if "weights" in part else {}
            for comparison, levels in comparisons.items():
                of_ladder = of_kind[comparison] if of_kind else None
                inner = self._mapping(levels, (*place, comparison), of_ladder)
                for level, shares in inner.items():
                    own_u = of_ladder[level] if of_ladder else True
                    got = self._shares(shares, (*place, comparison, level), own_u)
                    found.setdefault(kind, {}).setdefault(comparison, {})[level] = got
        return found

    def _shares(self, value: marked.Value, place: marked.Place, own_u: bool) -> dict[str, float]:
        got: dict[str, float] = {}
        for key, share in self._mapping(value, place, ("m", "u")).items():
            if key == "u" and not own_u:
                self._bad((*place, key), "this level has no u: how common the shared value is says it")
                continue
            number = _number(share)
            if number is None or not 0 < number <= 1:
                self._bad((*place, key), f"must be a share above 0 and up to 1, not {share!r}")
                continue
            got[key] = number
        return got


def _number(value: marked.Value) -> float | None:
    """A number as it may be written, `6.25e-05` among them."""
    if isinstance(value, bool) or value is None or isinstance(value, (list, dict)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def weights_text(parts: Mapping[str, Mapping[str, object]], said: Callable[[str, str, str], str]) -> str:
    """A weights file: kind → `learned_from` (what to how many) and `weights`; `said` gives each level's remark."""
    lines = [
        "# Learned by `trueup match tune`; the policy names this file: `match: {weights: ...}`.",
        "# m: how often two records of one thing stand on the level; u: how often strangers do.",
        "version: 1",
    ]
    for kind, part in parts.items():
        learned, weights = part["learned_from"], part["weights"]
        assert isinstance(learned, Mapping)
        assert isinstance(weights, Mapping)
        facts = ", ".join(f"{key}: {number}" for key, number in learned.items())
        lines += [f"{kind}:", f"  learned_from: {{{facts}}}"]
        if not weights:
            lines.append("  weights: {}")
            continue
        lines.append("  weights:")
        for comparison, levels in weights.items():
            lines.append(f"    {comparison}:")
            for level, shares in levels.items():
                inner = ", ".join(f"{key}: {_plain(number)}" for key, number in shares.items())
                lines.append(f"      {level}: {{{inner}}}  # {said(kind, comparison, level)}")
    return "\n".join(lines) + "\n"


def _plain(number: float) -> str:
    """Six digits, never as a power of ten that a reader might take for text."""
    return f"{number:.10f}".rstrip("0") if number < 1e-4 else f"{number:.6g}"
