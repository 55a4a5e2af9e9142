"""YAML that remembers where everything stood.

PyYAML's composer gives nodes with marks; plain values are made here and not by its constructor, for two reasons: the
marks survive (a problem can name file, line and column), and YAML 1.1's traps are left out: `no`, `on` and `off` are
words, dates stay text, and keys are always text, so a picklist value `No` or a stage `77234958` is what it looks like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from trueup.errors import ConfigError, Problem

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Place: TypeAlias = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9]*\Z")


@dataclass(frozen=True, slots=True)
class Mark:
    """A position in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int


@dataclass(slots=True)
class Document:
    """A value, the mark of every place in it, and the problems met while reading."""

    value: Value
    marks: dict[Place, Mark]
    file: str
    problems: list[Problem] = field(default_factory=list)

    def mark(self, place: Place) -> Mark:
        """The mark of a place, or of the nearest thing around it that is in the file."""
        while place not in self.marks:
            if not place:
                return Mark(self.file, 1, 1)
            place = place[:-1]
        return self.marks[place]

    def overlaid_by(self, other: Document) -> Document:
        """This document with `other` laid over it: mappings merge, everything else is replaced."""
        marks = dict(self.marks)

        def overlay(below: Value, above: Value, place: Place) -> Value:
            if isinstance(below, dict) and isinstance(above, dict):
                merged = dict(below)
                for key, value in above.items():
                    merged[key] = overlay(below[key], value, (*place, key)) if key in below else value
                return merged
            for known in [m for m in marks if m[: len(place)] == place]:
                del marks[known]
            return above

        value = overlay(self.value, other.value, ())
        return Document(value, marks | other.marks, other.file, [*self.problems, *other.problems])


def read(text: str, file: str) -> Document:
    """Read one YAML document. Raises ConfigError, with the place, when the text is not YAML at all."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        line, column = (at.line + 1, at.column + 1) if at else (1, 1)
        problem = Problem(file, line, column, "(file)", f"not valid YAML: {error.problem or error.context}")
        raise ConfigError(f"{file} is not valid YAML.", [problem]) from error
    document = Document(None, {}, file)
    if node is not None:
        document.value = _value(node, (), document)
    return document


def read_file(path: Path) -> Document:
    """Read a YAML file. Raises ConfigError when it is missing or is not UTF-8 text."""
    try:
        return read(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        raise ConfigError(f"There is no policy file {path}.", hint="Make one with `trueup init`.") from None
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error


def _value(node: yaml.Node, place: Place, document: Document) -> Value:
    start = node.start_mark
    document.marks[place] = Mark(document.file, start.line + 1, start.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*place, i), document) for i, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, document)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, place: Place, document: Document) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*place, key)
        at = Mark(document.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in found:
            dotted = ".".join(map(str, here))
            document.problems.append(
                Problem(at.file, at.line, at.column, dotted, "this key is given twice", "keep one of them")
            )
        found[key] = _value(value_node, here, document)
        document.marks[here] = at
    return found


def _scalar(node: yaml.Node) -> Value:
    assert isinstance(node, yaml.ScalarNode)
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.match(text):
        return int(text.replace("_", ""))
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return text
