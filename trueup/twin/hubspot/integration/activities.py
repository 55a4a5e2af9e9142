"""Activities: what is logged in HubSpot becomes a Salesforce task; Salesforce tasks and events become activities.

Only what is made while the account is connected: history is not carried over. (reference 11, 14.2)
"""

from __future__ import annotations

import re
from typing import Any

from trueup.twin.hubspot.integration.bridge import Bridge
from trueup.twin.hubspot.integration.records import truth
from trueup.twin.hubspot.integration.rules import STORED_ID
from trueup.twin.hubspot.store import Row
from trueup.twin.hubspot.timetext import iso, parse_ms
from trueup.twin.hubspot.types import ObjectType

Json = dict[str, Any]

_BODY = {
    "calls": ("hs_call_title", "hs_call_body", "Call"),
    "emails": ("hs_email_subject", "hs_email_text", "Email"),
    "meetings": ("hs_meeting_title", "hs_meeting_body", "Task"),
    "notes": ("", "hs_note_body", "Task"),
    "tasks": ("hs_task_subject", "hs_task_body", "Task"),
}
"""Type → its title, its text, and the subtype of the task that it becomes."""

_BECOMES = {"Call": "calls", "Email": "emails"}
_TAGS = re.compile(r"<[^>]+>")


class Activities:
    """The activities of one connection."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._portal = bridge.portal

    def sync(self) -> None:
        """Carries over what was made on either side since the account was connected."""
        since = self._bridge.recall("activities", "since")
        if since is None:
            # Salesforce dates to the second.
            self._bridge.keep("activities", "since", self._portal.now() // 1000 * 1000)
            return
        if not self._portal.switches["salesforce_activities"]:
            return
        for name in ("Task", "Event"):
            for record in self._bridge.salesforce.dump(name):
                created = parse_ms(str(record.get("CreatedDate") or "")) or 0
                if created >= int(since) and not truth(record.get("IsDeleted")):
                    self._in(name, record)
        for name in _BODY:
            object_type = self._portal.types.resolve(name)
            for row in list(self._portal.store.rows(object_type)):
                if row.created >= int(since) and not row.archived:
                    self._out(object_type, row)

    def _in(self, name: str, record: Json) -> None:
        key = str(record["Id"])[:15]
        contact = self._contact(str(record.get("WhoId") or ""))
        if self._bridge.recall("activities", key) is not None or contact is None:
            return
        kind = "meetings" if name == "Event" else _BECOMES.get(str(record.get("TaskSubtype") or ""), "tasks")
        values = self._values(kind, record)
        with self._portal.store.transaction():
            made = self._bridge.create_here(kind, values, name, record)
            object_type, contacts = self._portal.types.resolve(kind), self._portal.types.resolve("contacts")
            self._portal.links.tie(object_type, made.id, contacts, contact.id)
            self._bridge.keep("activities", key, f"{kind}/{made.id}")
            self._bridge.keep("activities", f"{kind}/{made.id}", key)

    def _values(self, kind: str, record: Json) -> Json:
        title, body, _ = _BODY[kind]
        at = str(record.get("StartDateTime") or record.get("ActivityDateTime") or record.get("ActivityDate") or "")
        moment = parse_ms(at) or parse_ms(str(record.get("CreatedDate") or "")) or self._portal.now()
        values: Json = {
            title: str(record.get("Subject") or ""),
            body: str(record.get("Description") or ""),
            "hs_timestamp": iso(moment),
        }
        done = str(record.get("Status")) == "Completed"
        if kind == "tasks":
            values["hs_task_status"] = "COMPLETED" if done else "NOT_STARTED"
        elif kind == "calls":
            values["hs_call_status"] = "COMPLETED"
        elif kind == "emails":
            values["hs_email_direction"] = "EMAIL"
        else:
            values["hs_meeting_start_time"] = iso(moment)
        return {name: value for name, value in values.items() if value}

    def _out(self, object_type: ObjectType, row: Row) -> None:
        key = f"{object_type.name}/{row.id}"
        if self._bridge.recall("activities", key) is not None:
            return
        who = self._who(object_type, row)
        if who is None:
            return
        title, body, subtype = _BODY[object_type.name]
        text = _TAGS.sub(" ", row.props.get(body, "")).strip()
        done = object_type.name != "tasks" or row.props.get("hs_task_status") == "COMPLETED"
        values = {
            "Subject": (row.props.get(title) or text or object_type.singular.capitalize())[:255],
            "Description": text,
            "TaskSubtype": subtype,
            "Status": "Completed" if done else "Not Started",
            "ActivityDate": row.props.get("hs_timestamp", "")[:10] or None,
            "WhoId": who,
        }
        made = self._bridge.create_there("Task", values, (object_type.name, str(row.id)))
        # What the org refused stands on the health page and is not tried for ever.
        self._bridge.keep("activities", key, (made or "")[:15])
        if made:
            self._bridge.keep("activities", made[:15], key)

    def _contact(self, who: str) -> Row | None:
        """The HubSpot contact of a Salesforce lead or contact."""
        if not who:
            return None
        store = self._portal.store
        for name in ("salesforcecontactid", "salesforceleadid"):
            sql = f"SELECT id FROM o_contacts WHERE NOT archived AND substr(json_extract(props, '$.{name}'), 1, 15) = ?"
            found = store.db.execute(sql, (who[:15],)).fetchone()
            if found is not None:
                return store.get(self._portal.types.resolve("contacts"), int(found[0]))
        return None

    def _who(self, object_type: ObjectType, row: Row) -> str | None:
        """The Salesforce person that an activity is with: the first of its contacts that is one."""
        contacts = self._portal.types.resolve("contacts")
        for other, record_id, _, _ in self._portal.associations.everything(object_type, row.id):
            contact = self._portal.store.get(contacts, record_id) if other.name == "contacts" else None
            for name in ("Contact", "Lead"):
                if contact is not None and contact.props.get(STORED_ID[name]):
                    return str(contact.props[STORED_ID[name]])
        return None
