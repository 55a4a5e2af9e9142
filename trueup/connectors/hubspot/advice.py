"""What a person can do about each of HubSpot's refusals, by its code (reference 6.2, 7, 12.5)."""

from __future__ import annotations

from collections.abc import Mapping

_MEND = "Mend the value in the plan, or in the system that it comes from."

ADVICE: Mapping[str, str] = {
    "PROPERTY_DOESNT_EXIST": "Make the property in HubSpot, or take it out of systems.<name>.fields.",
    "INVALID_OPTION": "Add the option to the property in HubSpot, or give the value a meaning under `values`.",
    "INVALID_EMAIL": _MEND,
    "INVALID_INTEGER": _MEND,
    "INVALID_LONG": _MEND,
    "INVALID_DATE": _MEND,
    "READ_ONLY_VALUE": "HubSpot works this property out by itself: leave it to HubSpot in the policy.",
    "INVALID_OWNER_ID": "Map the owner to one that is active in HubSpot.",
    "REQUIRED_FIELD": "Fill the named property too, or lift the rule in HubSpot.",
    "MISSING_REQUIRED_PROPERTY": "Fill the named property too, or lift the rule in HubSpot.",
    "OBJECT_NOT_FOUND": "It was archived, merged or deleted since the plan was made: pull, and plan again.",
    "CONFLICT": "Another record has this value already: match the two, or merge them.",
    "OBJECT_ALREADY_EXISTS": "It is there already: pull, and plan again.",
    "PropertyValidationError.PROPERTY_VALIDATION_RULE_FAILED": "A validation rule of the account refuses the value.",
    "crm.associations.INVALID_IDENTIFIER": "One of the two records is gone: pull, and plan again.",
    "crm.associations.INVALID_OBJECT_IDS": "One of the two records is gone: pull, and plan again.",
    "INVALID_OBJECT_IDS": "One of the two records is gone: pull, and plan again.",
    "HTTP_414": "HubSpot merges at most 250 identities into one record: merge fewer, or take one apart first.",
    "HTTP_477": "HubSpot is moving the account to another data centre; come back after the time it names.",
}
"""Code → a sentence."""
