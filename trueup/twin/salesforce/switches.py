"""The switches of the org: what an admin could set, what nobody could verify, and what a rehearsal wants to break."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from .permissions import OF_A_USER

DEFAULTS: dict[str, Any] = {
    # permissions of the integration user
    "hidden_objects": [],  # objects that the API user cannot see at all
    "hidden_fields": {},  # {object: [fields]} hidden by field-level security
    "read_only_fields": {},  # {object: [fields]} visible, not writable
    "read_only_user": False,  # every write: INSUFFICIENT_ACCESS_OR_READONLY
    "no_create": [],  # objects without the create permission
    "no_update": [],
    "no_delete": [],
    "private_to_owners": {},  # {object: [owner ids]}: rows of these owners are not shared with the API user
    "read_only_owners": {},  # {object: [owner ids]}: rows of these owners can be read and not written
    "only_own": [],  # objects of which the API user sees its own rows alone
    "users": {},  # {user name: {any switch above: value}}: what holds for one user instead
    # the org
    "sandbox": True,  # what Organization.IsSandbox and the log-in say; clients that only write to test orgs ask
    "soap_login_disabled": False,  # [doc api/login] off by default in new orgs
    "api_disabled": False,  # 403 API_DISABLED_FOR_ORG
    "daily_api_requests": 100_000,
    "strict_daily_limit": True,  # 403 REQUEST_LIMIT_EXCEEDED at the very limit
    "concurrent_limit_hit": False,  # 403 REQUEST_LIMIT_EXCEEDED, ConcurrentRequests: too many long calls at work
    "query_timeout_objects": [],  # queries of these objects: QUERY_TIMEOUT
    "cursor_life_s": 172_800,  # [doc api-query-cursor-limits] two days
    "storage_full": False,  # every create: STORAGE_LIMIT_EXCEEDED
    "security_token_required": False,  # a password alone: LOGIN_MUST_USE_SECURITY_TOKEN
    "login_refused_with": "",  # a code for every log-in by password, such as PASSWORD_LOCKOUT
    "logins_per_hour": 3600,  # [doc api/login] for each user
    "session_timeout_s": 7200,
    "preset_session_never_expires": True,
    "page_size": 2000,
    "long_text_page_size": 1000,  # [rec-h] shorter pages when a long text column is selected
    "archive_days": 365,  # activities older than this leave query; 0 = never
    "bin_days": 15,
    "bulk_wait_s": 0,  # how long a bulk job takes, by the twin's clock: half queued, half in progress
    "bulk_result_page_size": 100_000,  # the pages that resultPages cuts
    "bulk_hard_delete": True,  # the permission "Bulk API Hard Delete"
    "delete_log_rows_per_licence": 5000,  # what getDeleted can look back on, beside its fifteen days
    "late_commit_s": 0,  # writes through control show so much later than they are stamped
    "replication_lag_s": 0,  # latestDateCovered lies this far before end
    "history_tracking": {
        "Lead": ["Status", "OwnerId", "Company", "Email"],
        "Contact": ["AccountId", "OwnerId", "Email"],
        "Account": ["Name", "OwnerId"],
        "Opportunity": ["StageName", "Amount", "CloseDate", "OwnerId"],
    },
    "duplicate_rules": {},  # {object: {match: [fields], allow_save: bool, message: text, rule: name}}
    "assignment_rules": {},  # {object: [{field, equals, owner}]}; the first that fits decides, unless told not to
    "queue_objects": {},  # {queue id: [objects]} that the queue may own; one that is not named may own all
    "lookup_filters": {},  # {object: [{field, parent_field, equals, message}]}
    "locked_records": [],  # ids on which every write says UNABLE_TO_LOCK_ROW
    "lock_every": 0,  # every n-th write says UNABLE_TO_LOCK_ROW; 0 = none
    "triggers": {},  # {object: [{on, changed, when, set: {field: value}}]}: what the org stamps before a save
    "validation_rules": {},  # {object: [{field, operator, value, message}]}
    # [unverified] behaviours, section 16 of the reference
    "deprecated_below": 37,  # calls of earlier versions are answered with `Warning: 299`; 0 = none
    "contacts_to_multiple_accounts": False,  # convertLead takes relatedPersonAccountId in such orgs only
    "duplicate_rules_on_conversion": True,  # accounts and contacts made by convertLead are looked up as others are
    "noop_update_moves_stamp": True,
    "composite_forwards_conditions": True,
    "duplicate_ids_in_list_fail": True,
    "unknown_stage_probability": 0.0,
    "trim_text": True,
    "converted_status_by_update_refused": True,
}


class Switches:
    """The present settings: defaults, then the world's, then what control sets."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._values = deepcopy(DEFAULTS)
        for name, value in (given or {}).items():
            self.set(name, value)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def set(self, name: str, value: Any) -> None:
        """Set one switch; an unknown name is a KeyError."""
        if name not in self._values:
            raise KeyError(f"no switch named {name!r}; there are: {', '.join(sorted(self._values))}")
        if name == "users":
            for own in value.values():
                if wrong := sorted(set(own) - OF_A_USER):
                    raise KeyError(
                        f"users: {', '.join(wrong)} cannot be set for one user; {', '.join(sorted(OF_A_USER))} can"
                    )
        self._values[name] = value

    def all(self) -> dict[str, Any]:
        """A copy of all of them."""
        return deepcopy(self._values)
