"""The old calls that change property definitions: the rules of today's, in the old shape and with the old verbs [U]."""

from __future__ import annotations

from collections.abc import Callable

from trueup.twin.hubspot.http import Call, Reply, Rule
from trueup.twin.hubspot.rest import properties, scopes
from trueup.twin.hubspot.rest.legacy_settings import old_definition


def create_property(call: Call) -> Reply:
    """`POST /properties/v1/{type}/properties`: 200 and the definition; 409 when the name is taken."""
    return _old(properties.create_property(call))


def change_property(call: Call) -> Reply:
    """`PUT /properties/v1/{type}/properties/named/{name}`."""
    return _old(properties.change_property(call))


def _old(answer: Reply) -> Reply:
    return Reply(200, old_definition(answer.body))


def _rules(method: str, path: str, handler: Callable[[Call], Reply]) -> tuple[Rule, ...]:
    bases = ("/properties/v1/{type}/properties", "/properties/v2/{type}/properties")
    return tuple(Rule(method, base + path, handler, scopes.schema_write, family="properties") for base in bases)


RULES = (
    *_rules("POST", "", create_property),
    *_rules("PUT", "/named/{name}", change_property),
    *_rules("DELETE", "/named/{name}", properties.archive_property),
)
