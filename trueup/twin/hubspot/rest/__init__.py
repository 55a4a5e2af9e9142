"""The endpoints, one file for each family of resources; `RULES` is all of them in the order they are tried."""

from __future__ import annotations

from trueup.twin.hubspot.http import Rule
from trueup.twin.hubspot.rest import (
    account,
    associations_v3,
    associations_v4,
    batches,
    legacy_associations,
    legacy_contacts,
    legacy_engagements,
    legacy_records,
    legacy_settings,
    oauth,
    objects,
    owners,
    pipelines,
    properties,
    schemas,
)

RULES: tuple[Rule, ...] = (
    *oauth.RULES,
    *account.RULES,
    *owners.RULES,
    *schemas.RULES,
    *properties.RULES,
    *pipelines.RULES,
    *associations_v4.RULES,
    *associations_v3.RULES,
    *batches.RULES,
    *objects.RULES,
    *legacy_associations.RULES,
    *legacy_contacts.RULES,
    *legacy_settings.RULES,
    *legacy_records.RULES,
    *legacy_engagements.RULES,
)
