"""Formula fields as columns: finds what a formula names, along its own joins, whatever the asking user may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..metadata.model import Field, SObject
from ..values import NUMBER_TYPES
from .formula import BadFormula, Value, compile_formula, quoted

Join = Callable[[str, Field], tuple[str, SObject] | None]
"""Follows a lookup from an alias; returns the alias and object there, or None where it leads to several."""
_DEEPEST = 10
_KINDS = {"boolean": "boolean", "date": "date", "datetime": "datetime", "int": "number"}


def formula_sql(made: SObject, found: Field, alias: str, join: Join, depth: int = 0) -> str:
    """The SQL of a formula field of the object under an alias."""
    if depth > _DEEPEST:
        raise BadFormula(f"{made.name}.{found.name} refers to itself, or through too many formulas")

    def resolve(path: Sequence[str]) -> Value:
        here, owner = alias, made
        for step in path[:-1]:
            link = owner.by_relationship.get(step.lower())
            there = join(here, link) if link is not None else None
            if there is None:
                raise BadFormula(f"{made.name}.{found.name}: {'.'.join(path)} leads nowhere")
            here, owner = there
        target = owner.get(path[-1])
        if target is None or target.type in {"address", "location"}:
            raise BadFormula(f"{made.name}.{found.name}: {owner.name} has no field {path[-1]} that a formula can use")
        if target.formula is not None:
            sql = formula_sql(owner, target, here, join, depth + 1)
        else:
            sql = f'{here}."{target.name}"'
        if target.type == "percent":
            sql = f"({sql} / 100.0)"
        kind = "number" if target.type in NUMBER_TYPES else _KINDS.get(target.type, "text")
        return Value(sql, kind)

    value = compile_formula(str(found.formula), resolve)
    return _printed(value, found)


def _printed(value: Value, found: Field) -> str:
    """The value in the field's own type."""
    if found.type == "percent":
        return f"round({value.sql} * 100.0, {found.scale})"
    if found.type in NUMBER_TYPES:
        return f"round({value.sql}, {found.scale})"
    if found.type == "boolean":
        return f"IFNULL({value.sql}, 0)"
    if found.type in {"date", "datetime", "int"}:
        return f"({value.sql})"
    return f"NULLIF({value.sql}, {quoted('')})"
