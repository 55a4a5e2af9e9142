"""The endpoints, one file for each family of resources; `RULES` is all of them in the order they are tried."""

from __future__ import annotations

from trueup.twin.hubspot.http import Rule
from trueup.twin.hubspot.rest import (
    account,
    association_limits,
    associations_v3,
    associations_v4,
    batches,
    exports,
    imports,
    legacy_associations,
    legacy_contacts,
    legacy_engagements,
    legacy_records,
    legacy_settings,
    list_folders,
    lists,
    oauth,
    objects,
    owners,
    pipelines,
    properties,
    schemas,
    usage_limits,
    webhooks,
)

RULES: tuple[Rule, ...] = (
    *oauth.RULES,
    *account.RULES,
    *usage_limits.RULES,
    *owners.RULES,
    *schemas.RULES,
    *properties.RULES,
    *pipelines.RULES,
    *association_limits.RULES,
    *associations_v4.RULES,
    *associations_v3.RULES,
    *batches.RULES,
    *objects.RULES,
    *list_folders.RULES,
    *lists.RULES,
    *exports.RULES,
    *imports.RULES,
    *webhooks.RULES,
    *legacy_associations.RULES,
    *legacy_contacts.RULES,
    *legacy_settings.RULES,
    *legacy_records.RULES,
    *legacy_engagements.RULES,
)
