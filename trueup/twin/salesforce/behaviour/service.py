"""What the org keeps by itself on contracts, assets, documents and permission sets. [doc object-reference]"""

from __future__ import annotations

import re
from datetime import date, timedelta

from ..errors import ApiError
from ..org import Org
from ..soql.dates import month
from ..store import Row
from .numbering import next_number

_CODES = {"In Approval Process": "InApproval"}


def contract(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Contracts are numbered, begin as drafts, end with their term, and note when they were activated."""
    del given
    if old is None:
        new["ContractNumber"] = f"{next_number(org, 'Contract.ContractNumber', 99):08d}"
    status = str(new.get("Status"))
    if status == "Activated" and (old is None or old.get("Status") != status):
        if old is None:
            text = "Choose a valid contract status and save your changes. Ask your admin for details."
            raise ApiError("FAILED_ACTIVATION", text, fields=[])
        new["ActivatedDate"], new["ActivatedById"] = org.stamp(), new["OwnerId"]
    new["StatusCode"] = _CODES.get(status, status)
    start, months = new.get("StartDate"), new.get("ContractTerm")
    new["EndDate"] = None if not start or months is None else _end(date.fromisoformat(start), int(months)).isoformat()


def _end(start: date, months: int) -> date:
    """The last day of a term."""
    last = month(start, months + 1) - timedelta(days=1)
    return last.replace(day=min(start.day, last.day)) - timedelta(days=1)


def asset(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """An asset belongs to somebody, and shows the code of its product."""
    del old, given
    if not new.get("AccountId") and not new.get("ContactId"):
        text = "Every asset needs an account, a contact, or both."
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, fields=["AccountId", "ContactId"])
    product = org.store.get("Product2", str(new["Product2Id"])) if new.get("Product2Id") else None
    new["ProductCode"] = (product or {}).get("ProductCode")


def developer_name(new: Row) -> None:
    """A document's unique name is made of its name, where none is given."""
    if not new.get("DeveloperName") and new.get("Name"):
        new["DeveloperName"] = re.sub(r"\W+", "_", str(new["Name"]), flags=re.ASCII).strip("_")[:80]


def assignment(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """A permission set is given to a user once."""
    del old, given
    new["IsActive"] = 1
    where = '"PermissionSetId" = ? AND "AssigneeId" = ?'
    pair = (new.get("PermissionSetId"), new.get("AssigneeId"))
    if org.store.find("PermissionSetAssignment", where, pair):
        text = f"Duplicate PermissionSetAssignment. Assignee: {pair[1]}; Permission Set: {pair[0]}"
        raise ApiError("DUPLICATE_VALUE", text, fields=[])
