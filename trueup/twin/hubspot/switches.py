"""What an account, or our knowledge of HubSpot, may have either way: the switches of reference 17, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULTS: Mapping[str, Any] = {
    "merge_identity": "new",
    "v3_assoc_create_status": 200,
    "search_lag_seconds": 5.0,
    "search_body_limit": 3_000,
    "schemas_below_enterprise": 200,
    "shuffle_batch_results": True,
    "lifecycle_strict": True,
    "auto_lifecycle_from_deals": False,
    "company_stage_to_contacts": False,
    "associate_by_domain": False,
    "rollups": True,
    "gdpr_blocklist": True,
    "association_limit": 50_000,
    "salesforce_integration": False,
    "salesforce_lifecycle": True,
    "salesforce_inclusion_list": "",
    "salesforce_rules": {},
    "salesforce_deals": True,
    "salesforce_stages": {},
    "salesforce_activities": True,
    "salesforce_recreates": False,
    "plan": "professional",
    "limits": True,
    "retry_after_on_429": False,
    "default_lifecycle_stage": "lead",
    "secondary_email_resolves": True,
    "delete_by_merged_id": "survivor",
    "history_batch_limit": 50,
    "history_versions": {"contacts": 45, "others": 20},
    "traced_updates_partial": True,
    "taken_email_on_update": 409,
    "archived_email_is_free": True,
    "clearing_erases_v2_dates": False,
    "merge_unknown_status": 404,
    "merge_custom_objects": True,
    "expired_category": "EXPIRED_AUTHENTICATION",
    "malformed_token_is_530": False,
    "token_calls_per_ten_seconds": 0,
    "association_calls_per_day": 0,
    "account_limits": {},
    "export_rows_a_file": 1_000_000,
    "import_rows_a_file": 1_048_576,
    "import_bytes_a_file": 536_870_912,
    "import_rows_a_day": 80_000_000,
    "scopes_added": (),
    "scopes_removed": (),
    "trim_text": True,
    "null_clears": False,
    "validate_owners": True,
    "association_moves_stamp": False,
    "negation_matches_missing": True,
    "account_type": "DEVELOPER_TEST",
    "time_zone": "US/Eastern",
    "access_token_seconds": 1800,
    "export_seconds": 2.0,
    "import_seconds": 2.0,
    "rules_enforced_from": "2026-09",
    "webhook_shuffle": True,
    "webhook_repeat": 0.05,
}
"""Every switch with its default.

`merge_identity` new | primary: which id survives. `search_lag_seconds`: how long the index trails behind;
`search_body_limit`: how long the body of a search may be, names of properties left aside.
`limits` False: no 429 at all. `plan` free | starter | professional | enterprise | addon | addon2: the figures of
reference 12.1. `association_calls_per_day` replaces the plan's (0: the plan's), `token_calls_per_ten_seconds` limits
the token endpoint (0: no limit; HubSpot's own is not known), `account_limits` the figures of `/crm/v3/limits`.
`association_limit`: how many records of a type one record may be tied to. `associate_by_domain`: contacts find their
company, or make it, by the domain of their e-mail. `rules_enforced_from`: the first dated path whose writes are held to
the admins' rules. `default_lifecycle_stage`: what a new contact or company gets, "" for none. `history_versions`: how
many are kept. `scopes_added`, `scopes_removed`: scopes that every token has, and that none has.
`salesforce_inclusion_list`: the list whose members go to Salesforce, "" for none. `salesforce_rules`: the rule
of a mapped field by `Object.Field`, or of all by `*` (prefer_salesforce, always_salesforce, two_way, dont_sync).
`salesforce_deals`, `salesforce_activities`: whether opportunities and activities are synced.
`salesforce_recreates`: whether a member of the inclusion list whose Salesforce record was deleted or merged away is
made there anew. `salesforce_stages`: deal stage by opportunity stage; one not named follows outcome and probability.
`schemas_below_enterprise` 200 (an empty list) | 403: both were seen.
`webhook_repeat`: the chance that an event is sent twice.

What nobody has confirmed (reference 18), either way: `negation_matches_missing`: whether NEQ and NOT_IN match blank
values; `null_clears`; `secondary_email_resolves` on a GET or PATCH by e-mail; `delete_by_merged_id` survivor | nothing;
`history_batch_limit`: inputs of a batch read with history; `traced_updates_partial`: whether trace ids make a batch
update partial; `taken_email_on_update` 409 | 400; `archived_email_is_free` for a new contact;
`clearing_erases_v2_dates` when a stage is cleared; `merge_unknown_status` 404 | 400; `merge_custom_objects`;
`expired_category` of a token past its time; `malformed_token_is_530` at the edge.
"""


class Switches:
    """The present setting of every switch; unknown names are refused with the good ones."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._values = dict(DEFAULTS)
        for name, value in given.items():
            self.set(name, value)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def set(self, name: str, value: Any) -> None:
        """Sets one switch."""
        if name not in DEFAULTS:
            raise KeyError(f"unknown switch {name!r}; there are: {', '.join(sorted(DEFAULTS))}")
        default = DEFAULTS[name]
        if isinstance(default, float):
            value = float(value)
        self._values[name] = value

    def all(self) -> dict[str, Any]:
        """Every switch and its present setting."""
        return dict(self._values)
