"""Which numbers stand for which kind of association (reference 10.3), and what the v3 calls name them.

Every kind has a number for each direction. Between some pairs there is a "Primary" kind beside the unlabelled one:
whoever holds the primary holds the unlabelled one too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HUBSPOT_DEFINED = 0
USER_DEFINED = 1
INTEGRATOR_DEFINED = 2
CATEGORIES = ("HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED")


@dataclass(frozen=True, slots=True)
class Kind:
    """One association type in one direction."""

    from_type: str
    to_type: str
    type_id: int
    inverse_id: int
    label: str | None = None
    name: str = ""
    category: int = HUBSPOT_DEFINED


_PLAIN = (
    ("contacts", "contacts", 449, 449),
    ("contacts", "companies", 279, 280),
    ("contacts", "deals", 4, 3),
    ("contacts", "tickets", 15, 16),
    ("companies", "companies", 450, 450),
    ("companies", "deals", 342, 341),
    ("companies", "tickets", 340, 339),
    ("deals", "deals", 451, 451),
    ("deals", "tickets", 27, 28),
    ("tickets", "tickets", 452, 452),
    ("leads", "contacts", 608, 609),
    ("leads", "companies", 610, 611),
    ("leads", "deals", 1037, 1038),
    ("calls", "contacts", 194, 193),
    ("calls", "companies", 182, 181),
    ("calls", "deals", 206, 205),
    ("calls", "tickets", 220, 219),
    ("emails", "contacts", 198, 197),
    ("emails", "companies", 186, 185),
    ("emails", "deals", 210, 209),
    ("emails", "tickets", 224, 223),
    ("meetings", "contacts", 200, 199),
    ("meetings", "companies", 188, 187),
    ("meetings", "deals", 212, 211),
    ("meetings", "tickets", 226, 225),
    ("notes", "contacts", 202, 201),
    ("notes", "companies", 190, 189),
    ("notes", "deals", 214, 213),
    ("notes", "tickets", 228, 227),
    ("tasks", "contacts", 204, 203),
    ("tasks", "companies", 192, 191),
    ("tasks", "deals", 216, 215),
    ("tasks", "tickets", 230, 229),
    ("communications", "contacts", 81, 82),
    ("communications", "companies", 87, 88),
    ("communications", "deals", 85, 86),
    ("communications", "tickets", 83, 84),
    ("postal_mail", "contacts", 453, 454),
    ("postal_mail", "companies", 459, 460),
    ("postal_mail", "deals", 457, 458),
    ("postal_mail", "tickets", 455, 456),
    ("deals", "line_items", 19, 20),
    ("deals", "quotes", 63, 64),
    ("quotes", "line_items", 67, 68),
    ("orders", "contacts", 507, 508),
    ("orders", "companies", 509, 510),
    ("orders", "deals", 512, 511),
    ("calls", "leads", 597, 596),
    ("emails", "leads", 599, 598),
    ("meetings", "leads", 601, 600),
    ("notes", "leads", 855, 854),
    ("tasks", "leads", 647, 646),
    ("communications", "leads", 603, 602),
)

_LABELLED = (
    ("contacts", "companies", 1, 2, "Primary", "Primary"),
    ("contacts", "companies", 931, 930, "Billing contact", "Billing contact"),
    ("deals", "companies", 5, 6, "Primary", "Primary"),
    ("tickets", "companies", 26, 25, "Primary", "Primary"),
    ("companies", "companies", 14, 13, "Parent Company", "Child Company"),
    ("leads", "contacts", 578, 579, "Primary", "Primary"),
    ("leads", "companies", 580, 581, "Primary", "Primary"),
    ("leads", "deals", 582, 583, "Primary", "Primary"),
)

_SINGULAR = {"meetings": "meeting_event", "companies": "company", "postal_mail": "postal_mail"}

PRIMARY: Mapping[tuple[str, str], int] = {
    ("contacts", "companies"): 1,
    ("deals", "companies"): 5,
    ("tickets", "companies"): 26,
    ("leads", "contacts"): 578,
    ("leads", "companies"): 580,
    ("leads", "deals"): 582,
}
"""The primary kind of a pair, seen from the side that may have one primary at most."""


def _singular(name: str) -> str:
    return _SINGULAR.get(name, name.removesuffix("s"))


def _standard() -> dict[tuple[str, str], list[Kind]]:
    kinds: dict[tuple[str, str], list[Kind]] = {}

    def add(kind: Kind) -> None:
        have = kinds.setdefault((kind.from_type, kind.to_type), [])
        if all(other.type_id != kind.type_id for other in have):
            have.append(kind)

    with_primary = {frozenset((a, b)) for a, b, *_, label, _ in _LABELLED if label == "Primary"}
    for a, b, there, back in _PLAIN:
        tail = "_unlabeled" if frozenset((a, b)) in with_primary else ""
        add(Kind(a, b, there, back, None, f"{_singular(a)}_to_{_singular(b)}{tail}"))
        add(Kind(b, a, back, there, None, f"{_singular(b)}_to_{_singular(a)}{tail}"))
    for a, b, there, back, label, label_back in _LABELLED:
        add(Kind(a, b, there, back, label, _labelled_name(a, b, label)))
        add(Kind(b, a, back, there, label_back, _labelled_name(b, a, label_back)))
    return kinds


def _labelled_name(a: str, b: str, label: str) -> str:
    plain = f"{_singular(a)}_to_{_singular(b)}"
    named = {
        "Primary": plain,
        "Parent Company": "child_to_parent_company",
        "Child Company": "parent_to_child_company",
        "Billing contact": f"billing_{plain}",
    }
    return named[label]


STANDARD: Mapping[tuple[str, str], list[Kind]] = _standard()
