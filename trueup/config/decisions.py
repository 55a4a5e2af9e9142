"""Decisions about pairs as text: who is the same and who is not, by whom, why, until when.

```yaml
version: 1
decisions:
  - same: [hubspot:contacts/512, salesforce:Contact/003000000000001AAA]
    by: dana
    why: married; the mobile is the same
    on: 2026-11-22
  - different: [hubspot:contacts/7, hubspot:contacts/8]
    by: dana
    why: father and son
    until: 2027-06-30
```

One entry is a few lines that change together, in the order in which they were made, so a review shows a decision and
nothing else. Comments and order are kept when one is added or taken out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from trueup.config import marked
from trueup.config.hints import did_you_mean
from trueup.errors import ConfigError, Problem
from trueup.model.policy import PairDecision
from trueup.model.refs import Ref

SAME, NOT_SAME = "same", "not_same"
_WORDS = {"same": SAME, "different": NOT_SAME}
_KEYS = ("same", "different", "by", "why", "on", "until")
_HEAD = "# Who is the same and who is not, as people decided. See docs/matching.md.\nversion: 1\ndecisions:\n"


def read_decisions(path: Path) -> tuple[tuple[PairDecision, ...], list[Problem]]:
    """The decisions in a file, in its order, and every problem at its place. A file that is not there holds none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return (), []
    except (UnicodeDecodeError, OSError) as error:
        return (), [Problem(str(path), 1, 1, "(file)", f"cannot be read: {error}")]
    return parse(text, str(path))


def parse(text: str, file: str) -> tuple[tuple[PairDecision, ...], list[Problem]]:
    """The same for a text."""
    try:
        document = marked.read(text, file)
    except ConfigError as error:
        return (), list(error.problems)
    reader = _Reader(document)
    found = reader.read()
    return found, [*document.problems, *reader.problems]


class _Reader:
    """Walks a file of decisions; collects problems."""

    def __init__(self, document: marked.Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def _bad(self, place: marked.Place, message: str, hint: str = "") -> None:
        at = self.document.mark(place)
        path = ".".join(map(str, place)) or "(file)"
        self.problems.append(Problem(at.file, at.line, at.column, path, message, hint))

    def read(self) -> tuple[PairDecision, ...]:
        """Every entry that can be read."""
        top = self.document.value
        if not isinstance(top, dict):
            self._bad((), "holds no decisions", "it begins with `version: 1`, then `decisions:`")
            return ()
        for key in top:
            if key not in ("version", "decisions"):
                self._bad((key,), f"unknown key {key!r}", did_you_mean(key, ("version", "decisions")))
        if top.get("version") != 1:
            self._bad(("version",), "'version' must be 1", "add version: 1 as the first line")
        entries = top.get("decisions")
        if entries is None:
            return ()
        if not isinstance(entries, list):
            self._bad(("decisions",), "must be a list")
            return ()
        found: list[PairDecision] = []
        seen: dict[tuple[str, str], int] = {}
        for number, entry in enumerate(entries):
            place: marked.Place = ("decisions", number)
            one = self._entry(entry, place)
            if one is None:
                continue
            first = seen.setdefault((one.left, one.right), number)
            if first != number:
                line = self.document.mark(("decisions", first)).line
                self._bad(place, f"this pair was decided already, on line {line}", "keep one of them")
                continue
            found.append(one)
        return tuple(found)

    def _entry(self, entry: marked.Value, place: marked.Place) -> PairDecision | None:
        before = len(self.problems)
        if not isinstance(entry, dict):
            self._bad(place, "must be a mapping with `same` or `different`, `by` and `why`")
            return None
        for key in entry:
            if key not in _KEYS:
                self._bad((*place, key), f"unknown key {key!r}", did_you_mean(key, _KEYS))
        words = [word for word in _WORDS if word in entry]
        if len(words) != 1:
            self._bad(place, "must say either `same` or `different`, with two records")
            return None
        refs = self._refs(entry[words[0]], (*place, words[0]))
        texts = {}
        for key in ("by", "why"):
            value = entry.get(key)
            if value is None or isinstance(value, (list, dict)) or not str(value).strip():
                self._bad((*place, key), f"{key!r} is missing", "for whoever reads this next year")
            texts[key] = str(value)
        on, until = (self._day(entry.get(key), (*place, key)) for key in ("on", "until"))
        if on and until and until < on:
            self._bad((*place, "until"), "ends before it begins")
        if len(self.problems) > before or refs is None:
            return None
        return PairDecision(*refs, _WORDS[words[0]], texts["by"], texts["why"], on, until)

    def _refs(self, value: marked.Value, place: marked.Place) -> tuple[str, str] | None:
        if not isinstance(value, list) or len(value) != 2:
            self._bad(place, "must list two records", "for example [hubspot:contacts/7, hubspot:contacts/8]")
            return None
        refs = []
        for number, text in enumerate(value):
            try:
                refs.append(str(Ref.parse(str(text))))
            except ValueError:
                self._bad((*place, number), f"{text!r} is no record", "write it as system:object/id")
        if len(refs) == 2 and refs[0] == refs[1]:
            self._bad(place, "a record is always the same as itself")
        return (min(refs), max(refs)) if len(refs) == 2 else None

    def _day(self, value: marked.Value, place: marked.Place) -> date | None:
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self._bad(place, f"{value!r} is not a date", "write it as 2027-06-30")
            return None


def entry_text(decision: PairDecision) -> str:
    """One decision as lines of the file."""
    word = next(word for word, verdict in _WORDS.items() if verdict == decision.verdict)
    lines = [f"  - {word}: [{_scalar(decision.left)}, {_scalar(decision.right)}]"]
    lines += [f"    by: {_scalar(decision.by)}", f"    why: {_scalar(decision.why)}"]
    lines += [f"    on: {decision.on.isoformat()}"] if decision.on else []
    lines += [f"    until: {decision.until.isoformat()}"] if decision.until else []
    return "\n".join(lines) + "\n"


def whole_text(decisions: Sequence[PairDecision]) -> str:
    """A file with these decisions and nothing else."""
    return _HEAD + "".join(entry_text(one) for one in decisions) if decisions else _HEAD.rstrip("\n") + " []\n"


def with_decision(text: str, decision: PairDecision, file: str) -> str:
    """The file's text with a decision in place of the one about its pair, if any; all else stays as it was written.

    The text must be free of problems. Where it is written so that lines cannot be put in (all on one line), it is
    written anew.
    """
    before, _ = parse(text, file)
    kept = [one for one in before if (one.left, one.right) != (decision.left, decision.right)]
    wanted = [*kept, decision]
    candidate = _without(text, decision, file)
    candidate += "" if candidate.endswith("\n") or not candidate else "\n"
    candidate += entry_text(decision)
    after, problems = parse(candidate, file)
    return candidate if not problems and list(after) == wanted else whole_text(wanted)


def without_decision(text: str, decision: PairDecision, file: str) -> str:
    """The file's text without what it says about the decision's pair."""
    before, _ = parse(text, file)
    wanted = [one for one in before if (one.left, one.right) != (decision.left, decision.right)]
    candidate = _without(text, decision, file)
    after, problems = parse(candidate, file)
    return candidate if not problems and list(after) == wanted else whole_text(wanted)


def _without(text: str, decision: PairDecision, file: str) -> str:
    """The text without the lines of the entry about the pair."""
    document = marked.read(text, file)
    entries = document.value.get("decisions") if isinstance(document.value, dict) else None
    if not isinstance(entries, list):
        return text if entries is None and "decisions:" in text else _HEAD
    lines = text.splitlines(keepends=True)
    starts = [document.mark(("decisions", number)).line - 1 for number in range(len(entries))]
    for number, entry in enumerate(entries):
        assert isinstance(entry, dict)
        refs = entry.get("same") or entry.get("different")
        if isinstance(refs, list) and sorted(map(str, refs)) == [decision.left, decision.right]:
            end = starts[number + 1] if number + 1 < len(starts) else len(lines)
            return "".join(lines[: starts[number]] + lines[end:])
    return text


def _scalar(text: str) -> str:
    """The text as YAML: plain where nothing could be misread, else in double quotes."""
    plain = text[:1].isalpha() and text.strip() == text and all(c.isalnum() or c in " :/._-;,()'+@!?" for c in text)
    risky = not plain or ": " in text or text[0] in "-?:,'@!+.(" or " #" in text or text.endswith(":")
    if not risky and not any(c in text for c in ",") and text.lower() not in ("null", "true", "false", "yes", "no"):
        return text
    return json.dumps(text, ensure_ascii=False)
