"""Names the object types and resolves every spelling of them that a path may carry.

A path segment takes the plural, the singular, the upper-case internal name and the numeric id (reference 1.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trueup.twin.hubspot.errors import ApiError


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object type: its names, its built-in defaults, and what may be done with it.

    `number` is the small integer under which associations store it; it never changes once used.
    """

    name: str
    singular: str
    type_id: str
    number: int
    scope: str
    modified: str = "hs_lastmodifieddate"
    created: str = "createdate"
    defaults: tuple[str, ...] = ()
    engagement: bool = False
    mergeable: bool = False
    pipeline: str = ""
    stage: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The name of its table."""
        return f"o_{self.name}"

    @property
    def internal(self) -> str:
        """The upper-case name that HubSpot's messages use."""
        return self.singular.upper()

    @property
    def always(self) -> tuple[str, str, str]:
        """The three properties that every answer carries, asked for or not."""
        return (self.created, "hs_object_id", self.modified)


def _engagement(name: str, singular: str, type_id: str, number: int, scope: str, *aliases: str) -> ObjectType:
    return ObjectType(name, singular, type_id, number, scope, created="hs_createdate", engagement=True, aliases=aliases)


def _plain(name: str, singular: str, type_id: str, scope: str) -> ObjectType:
    number = int(type_id.partition("-")[2])
    return ObjectType(name, singular, type_id, number, scope, created="hs_createdate")


STANDARD: tuple[ObjectType, ...] = (
    ObjectType(
        "contacts",
        "contact",
        "0-1",
        1,
        "crm.objects.contacts",
        modified="lastmodifieddate",
        defaults=("email", "firstname", "lastname"),
        mergeable=True,
        pipeline="hs_pipeline",
        stage="lifecyclestage",
    ),
    ObjectType(
        "companies",
        "company",
        "0-2",
        2,
        "crm.objects.companies",
        defaults=("domain", "name"),
        mergeable=True,
        pipeline="hs_pipeline",
        stage="lifecyclestage",
    ),
    ObjectType(
        "deals",
        "deal",
        "0-3",
        3,
        "crm.objects.deals",
        defaults=("amount", "closedate", "dealname", "dealstage", "pipeline"),
        mergeable=True,
        pipeline="pipeline",
        stage="dealstage",
    ),
    ObjectType(
        "tickets",
        "ticket",
        "0-5",
        5,
        "tickets",
        defaults=(
            "content",
            "hs_pipeline",
            "hs_pipeline_stage",
            "hs_ticket_category",
            "hs_ticket_priority",
            "subject",
        ),
        mergeable=True,
        pipeline="hs_pipeline",
        stage="hs_pipeline_stage",
    ),
    ObjectType("leads", "lead", "0-136", 136, "crm.objects.leads", pipeline="hs_pipeline", stage="hs_pipeline_stage"),
    _engagement("calls", "call", "0-48", 48, "crm.objects.contacts"),
    _engagement("emails", "email", "0-49", 49, "sales-email"),
    _engagement("meetings", "meeting", "0-47", 47, "crm.objects.contacts", "meeting_event", "meetingevent"),
    _engagement("notes", "note", "0-46", 46, "crm.objects.contacts"),
    _engagement("tasks", "task", "0-27", 27, "crm.objects.contacts"),
    _engagement("communications", "communication", "0-18", 18, "crm.objects.contacts"),
    _engagement("postal_mail", "postal_mail", "0-116", 116, "crm.objects.contacts", "postalmail"),
    ObjectType("users", "user", "0-115", 115, "crm.objects.users", created="hs_createdate"),
    ObjectType("products", "product", "0-7", 7, "crm.objects.products", defaults=("name", "price", "description")),
    ObjectType(
        "line_items", "line_item", "0-8", 8, "crm.objects.line_items", defaults=("hs_product_id", "quantity", "amount")
    ),
    ObjectType("quotes", "quote", "0-14", 14, "crm.objects.quotes", defaults=("hs_title", "hs_status")),
    ObjectType("orders", "order", "0-123", 123, "crm.objects.orders", created="hs_createdate"),
    ObjectType("deal_splits", "deal_split", "0-72", 72, "crm.objects.deals", created="hs_createdate"),
    ObjectType("goal_targets", "goal_target", "0-74", 74, "crm.objects.goals", created="hs_createdate"),
    ObjectType(
        "feedback_submissions",
        "feedback_submission",
        "0-19",
        19,
        "crm.objects.feedback_submissions",
        created="hs_createdate",
    ),
    # The types of commerce and of the library: ids and scopes as in HubSpot's table of object type ids.
    _plain("invoices", "invoice", "0-53", "crm.objects.invoices"),
    _plain("subscriptions", "subscription", "0-69", "crm.objects.subscriptions"),
    _plain("discounts", "discount", "0-84", "crm.objects.line_items"),
    _plain("fees", "fee", "0-85", "crm.objects.line_items"),
    _plain("taxes", "tax", "0-86", "crm.objects.line_items"),
    _plain("commerce_payments", "commerce_payment", "0-101", "crm.objects.commercepayments"),
    _plain("carts", "cart", "0-142", "crm.objects.carts"),
    _plain("services", "service", "0-162", "crm.objects.services"),
    _plain("courses", "course", "0-410", "crm.objects.courses"),
    _plain("listings", "listing", "0-420", "crm.objects.listings"),
    _plain("appointments", "appointment", "0-421", "crm.objects.appointments"),
)


class Types:
    """The object types of one portal; custom ones are added when a schema is made."""

    def __init__(self) -> None:
        self._by_key: dict[str, ObjectType] = {}
        self._by_number: dict[int, ObjectType] = {}
        self._all: list[ObjectType] = []
        for standard in STANDARD:
            self.add(standard)

    def add(self, object_type: ObjectType) -> None:
        """Makes a type known under all its spellings."""
        self._all.append(object_type)
        self._by_number[object_type.number] = object_type
        for key in (object_type.name, object_type.singular, object_type.type_id, *object_type.aliases):
            self._by_key[key.lower()] = object_type

    def resolve(self, segment: str) -> ObjectType:
        """The type that a path segment means; HubSpot's own 400 when there is none."""
        found = self._by_key.get(segment.lower())
        if found is None:
            raise ApiError(400, f"Unable to infer object type from: {segment}", category=None)
        return found

    def get(self, name: str) -> ObjectType | None:
        """The type of that spelling, or None."""
        return self._by_key.get(name.lower())

    def numbered(self, number: int) -> ObjectType:
        """The type stored under a number."""
        return self._by_number[number]

    def __iter__(self) -> Iterator[ObjectType]:
        return iter(self._all)
