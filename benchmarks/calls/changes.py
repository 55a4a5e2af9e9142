"""One night's changes, made as somebody else would: through the control port, by the rules of each CRM."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trueup.twin.testing import Control

_SALESFORCE = {
    "Contact": ("Title", "Head of {}"),
    "Lead": ("Title", "Head of {}"),
    "Account": ("BillingStreet", "{} Main Street"),
    "Opportunity": ("NextStep", "Call on day {}"),
    "Task": ("Subject", "Asked again, {}"),
    "Event": ("Subject", "Met again, {}"),
}
_HUBSPOT = {
    "contacts": ("jobtitle", "Head of {}"),
    "companies": ("address", "{} Main Street"),
    "deals": ("amount", "{}00"),
    "calls": ("hs_call_title", "Asked again, {}"),
    "emails": ("hs_email_subject", "Asked again, {}"),
    "meetings": ("hs_meeting_title", "Met again, {}"),
    "notes": ("hs_note_body", "Noted again, {}"),
    "tasks": ("hs_task_subject", "Asked again, {}"),
}
_GONE = 40
"""Of so many changes of people one is a deletion and one a merge."""


def live(state: Path, side: str, name: str) -> list[str]:
    """The ids of an object's live records that can be changed, in order."""
    converted = ' AND "IsConverted" = 0' if name == "Lead" else ""
    sql = f'SELECT "Id" FROM "{name}" WHERE "IsDeleted" = 0{converted} ORDER BY "Id"'
    if side == "hubspot":
        sql = f"SELECT id FROM o_{name} WHERE NOT archived ORDER BY id"
    with sqlite3.connect(f"file:{state / side}.db?mode=ro", uri=True) as con:
        return [str(id_) for (id_,) in con.execute(sql)]


def rows(state: Path, side: str, name: str) -> int:
    """How many rows of an object there are to read: with deleted ones in Salesforce, whose queryAll shows them."""
    sql = f'SELECT count(*) FROM "{name}"'
    if side == "hubspot":
        sql = f"SELECT count(*) FROM o_{name} WHERE NOT archived"
    with sqlite3.connect(f"file:{state / side}.db?mode=ro", uri=True) as con:
        return int(con.execute(sql).fetchall()[0][0])


def change_share(control: Control, state: Path, share: float) -> None:
    """Change a share of every object of both systems."""
    for side, fields in (("salesforce", _SALESFORCE), ("hubspot", _HUBSPOT)):
        for name, (field, text) in fields.items():
            ids = live(state, side, name)
            chosen = _spread(list(enumerate(ids)), round(len(ids) * share))
            people = name in ("Contact", "Lead", "contacts")
            for n, (place, id_) in enumerate(chosen):
                if people and n % _GONE == 0:
                    control.delete(side, name, id_)
                elif people and n % _GONE == 1 and place + 1 < len(ids):
                    control.merge(side, name, id_, [ids[place + 1]])
                else:
                    control.edit(side, name, id_, {field: text.format(n)})


def change_people(control: Control, state: Path, people: int) -> int:
    """Change so many people in both systems: the same ones, found by their e-mail; gives how many."""
    with sqlite3.connect(f"file:{state / 'salesforce'}.db?mode=ro", uri=True) as con:
        sql = 'SELECT lower("Email"), "Id" FROM "Contact" WHERE "IsDeleted" = 0 AND "Email" IS NOT NULL'
        theirs = dict(con.execute(sql).fetchall())
    with sqlite3.connect(f"file:{state / 'hubspot'}.db?mode=ro", uri=True) as con:
        sql = "SELECT id, lower(json_extract(props, '$.email')) FROM o_contacts WHERE NOT archived ORDER BY id"
        both = [(theirs[email], str(id_)) for id_, email in con.execute(sql) if email in theirs]
    chosen = _spread(both, people)
    for n, (contact, other) in enumerate(chosen):
        control.edit("salesforce", "Contact", contact, {"MobilePhone": f"+49 170 {1_000_000 + n}"})
        control.edit("hubspot", "contacts", other, {"jobtitle": f"Lead of {n}"})
    return len(chosen)


def _spread(items: Sequence[Any], count: int) -> Sequence[Any]:
    """So many of the items, from all over."""
    step = max(1, len(items) // max(1, count))
    return items[::step][:count]
