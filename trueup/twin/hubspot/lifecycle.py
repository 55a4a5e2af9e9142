"""The lifecycle stages: their order, the rule that they only move forward, and the dates that moving leaves behind.

Setting an earlier stage answers success and changes nothing; going back takes a write of "" first and the wanted stage
in another request (reference 8.2). The same date stamps serve the stages of deals, tickets and leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trueup.twin.hubspot.definitions import Definition, Option
from trueup.twin.hubspot.timetext import iso, parse_ms

STANDARD_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)

_FAMILIES = (
    ("hs_date_entered_{}", "Date entered '{}'", "datetime", "calculation_read_time", True),
    ("hs_date_exited_{}", "Date exited '{}'", "datetime", "calculation_read_time", True),
    ("hs_time_in_{}", "Time in '{}'", "number", "calculation_read_time", True),
    ("hs_v2_date_entered_{}", 'Date entered "{}"', "datetime", "date", False),
    ("hs_v2_date_exited_{}", 'Date exited "{}"', "datetime", "date", False),
    ("hs_v2_latest_time_in_{}", 'Latest time in "{}"', "number", "number", False),
    ("hs_v2_cumulative_time_in_{}", 'Cumulative time in "{}"', "number", "number", False),
)


def stages_of(settings: Iterable[Mapping[str, Any]]) -> tuple[Option, ...]:
    """The stages of a portal in order: the eight standard ones and what the settings add, rename or move.

    A setting names a stage (`id`, `value` or `name`) and may give `label`, `hidden` and a place: `after` another stage,
    or `display_order`, a number between those of the standard stages (0 to 7; 2.5 stands between two of them).
    """
    label: dict[str, str] = {}
    place: dict[str, float] = {}
    hidden: set[str] = set()
    for order, (value, text) in enumerate(STANDARD_STAGES):
        label[value], place[value] = text, float(order)
    for extra in settings:
        value = str(extra.get("id") or extra.get("value") or extra.get("name"))
        label[value] = str(extra.get("label") or label.get(value) or value)
        order_given = extra.get("display_order", extra.get("displayOrder", extra.get("order")))
        if order_given is not None:
            place[value] = float(order_given)
        elif (after := extra.get("after")) in place:
            place[value] = place[str(after)] + 0.5
        else:
            place.setdefault(value, max(place.values()) + 1)
        if extra.get("hidden"):
            hidden.add(value)
    ordered = sorted(place, key=lambda value: place[value])
    return tuple(Option(value, label[value], order, value in hidden) for order, value in enumerate(ordered))


def stage_property(group: str, stages: tuple[Option, ...]) -> Definition:
    """`lifecyclestage` itself."""
    return Definition(
        "lifecyclestage",
        "Lifecycle Stage",
        "enumeration",
        "radio",
        group,
        stages,
        read_only_definition=True,
        external_options=True,
        form_field=True,
        hubspot_defined=True,
    )


def stage_dates(
    group: str, old_group: str, stages: Iterable[tuple[str, str]], pipeline: str, *, became: bool
) -> list[Definition]:
    """The definitions that exist once for every stage; `became` adds the lifecycle's own "Became a ..." dates.

    The older families stand in another group than the v2 ones, and are hidden.
    """
    out = [
        _read_only(f"hs_v2_{n}_current_stage", label, "datetime", "calculation_equation", group) for n, label in _NOW
    ]
    for value, text in stages:
        if became:
            name = f"hs_lifecyclestage_{value}_date"
            out.append(_read_only(name, _became(value, text), "datetime", "date", old_group, hidden=True))
        shown = f"{text} ({pipeline})"
        for pattern, label, kind, field_type, hidden in _FAMILIES:
            home = old_group if hidden else group
            out.append(_read_only(pattern.format(value), label.format(shown), kind, field_type, home, hidden=hidden))
    return out


def _became(value: str, text: str) -> str:
    article = "an" if text[:1] in "AEIOU" else "a"
    return f"Became {article} {text} Lifecycle Date" if value == "other" else f"Became {article} {text} Date"


_NOW = (("date_entered", "Date entered current stage"), ("time_in", "Time in current stage"))


def _read_only(name: str, label: str, kind: str, field_type: str, group: str, *, hidden: bool = False) -> Definition:
    return Definition(
        name,
        label,
        kind,
        field_type,
        group,
        read_only=True,
        read_only_definition=True,
        calculated=field_type == "calculation_equation",
        hidden=hidden,
        hubspot_defined=True,
    )


def is_backward(stages: tuple[Option, ...], before: str | None, after: str) -> bool:
    """Whether a move is one that HubSpot silently ignores: from a stage to an earlier one. Blank counts as no move."""
    order = {stage.value: stage.order for stage in stages}
    return bool(before) and bool(after) and order.get(after, 0) < order.get(before or "", 0)


def stamps(
    props: Mapping[str, str], before: str | None, after: str | None, now: int, *, lifecycle: bool
) -> dict[str, str]:
    """The dates that a move from one stage to another leaves: entered, exited, time spent, present stage.

    "Became a ..." and the older family are set once and kept; the v2 family tells of the latest visit.
    """
    out: dict[str, str] = {}
    text = iso(now)
    if before:
        out[f"hs_v2_date_exited_{before}"] = text
        out[f"hs_date_exited_{before}"] = text
        entered = parse_ms(props.get(f"hs_v2_date_entered_{before}"))
        if entered is not None:
            spent = max(now - entered, 0)
            out[f"hs_v2_latest_time_in_{before}"] = str(spent)
            total = spent + int(float(props.get(f"hs_v2_cumulative_time_in_{before}", "0") or 0))
            out[f"hs_v2_cumulative_time_in_{before}"] = str(total)
    if after:
        out[f"hs_v2_date_entered_{after}"] = text
        if f"hs_date_entered_{after}" not in props:
            out[f"hs_date_entered_{after}"] = text
        if lifecycle and f"hs_lifecyclestage_{after}_date" not in props:
            out[f"hs_lifecyclestage_{after}_date"] = text
        out["hs_v2_date_entered_current_stage"] = text
        out["hs_v2_time_in_current_stage"] = text
    return out
