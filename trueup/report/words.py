"""How things are put: numbers with their nouns, moments, labels of fields, classes of change; and values made harmless.

What comes out of a CRM was typed by strangers: control characters would drive a terminal, and marks that turn the
direction of writing would make a value look like another one. `clean` shows them instead of obeying them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from trueup.model.changes import Action, Change, Reversal
from trueup.model.findings import Finding
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.refs import Ref

EMPTY = "(empty)"

FAMILIES: Mapping[str, str] = {
    "DUP": "Duplicates",
    "LNK": "Links",
    "STG": "Stages",
    "FLD": "Fields",
    "ACT": "Activities",
    "OWN": "Owners",
    "REF": "References",
    "SLA": "Response times",
}

CLASSES: Mapping[str, str] = {
    "fill_blank": "fill a blank",
    "normalize": "mend the spelling",
    "conflict": "settle a conflict",
    "stage_forward": "move a stage forward",
    "stage_back": "move a stage back",
    "owner": "set the owner",
    "merge": "merge duplicates",
    "create": "create the counterpart",
    "convert": "convert a lead",
    "associate": "tie records",
    "link_id": "store the counterpart's id",
    "delete": "delete",
}

VERBS: Mapping[Action, str] = {
    Action.CREATE: "Create",
    Action.UPDATE: "Update",
    Action.CONVERT: "Convert",
    Action.MERGE: "Merge",
    Action.ASSOCIATE: "Tie",
    Action.DISSOCIATE: "Untie",
    Action.DELETE: "Delete",
    Action.RESTORE: "Restore",
}

_IRREGULAR = {"entry": "entries", "company": "companies", "activity": "activities", "person": "people", "fix": "fixes"}
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_NAMED = {"\n": "\u21b5", "\r": "", "\t": " "}


def clean(text: str) -> str:
    """Text for one line: line ends as `↵`, everything else that is not seen as its code."""
    return _UNSEEN.sub(lambda found: _NAMED.get(found[0], f"\\u{ord(found[0]):04x}"), text)


def shown(value: str | None) -> str:
    """A value as it is shown; a blank says that it is one."""
    return EMPTY if value is None or value == "" else clean(value)


def clip(text: str, width: int) -> str:
    """At most so many characters; what was cut leaves `…`."""
    return text if len(text) <= width else text[: max(0, width - 1)].rstrip() + "…"


def count(number: int, noun: str) -> str:
    """`1 finding`, `1,312 findings`."""
    if number == 1:
        return f"1 {noun}"
    first, _, last = noun.rpartition(" ")
    plural = _IRREGULAR.get(last, last + "s")
    return f"{number:,} {first + ' ' if first else ''}{plural}"


def listed(items: Iterable[str], most: int = 6) -> str:
    """`a, b and 3 more`."""
    every = list(items)
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"


def moment(at: datetime | None) -> str:
    """`2026-06-01 12:00 UTC`: to the minute, always in UTC so that the same report has the same bytes everywhere."""
    return "never" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def stamp(at: datetime | None) -> str | None:
    """A moment for JSON."""
    return None if at is None else at.astimezone(UTC).isoformat()


def age(at: datetime, now: datetime) -> str:
    """`3 minutes ago`, in the largest unit that fits."""
    seconds = max(0, int((now - at).total_seconds()))
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(seconds // size, noun)} ago"
    return "just now"


def family(code: str) -> str:
    """The family of a finding code: its letters."""
    return code.rstrip("0123456789")


def family_name(code: str) -> str:
    """The family of a finding code, in words."""
    return FAMILIES.get(family(code), family(code))


def field_label(kind: Kind, name: str) -> str:
    """A canonical field in words, without what is only an explanation (`Lifecycle stage, in the …`)."""
    field = FIELDS.get(kind, {}).get(name)
    return field.label.partition(",")[0] if field else name


def class_name(rule: str) -> str:
    """A class of change, in words."""
    return CLASSES.get(rule, rule.replace("_", " "))


def record_name(kind: Kind, fields: Mapping[str, str | None]) -> str:
    """What a person calls a record: `Anna Kovacs, Acme`; "" when it has nothing to be called by."""

    def known(*names: str) -> str:
        return next((value for name in names if (value := fields.get(name))), "")

    if kind is Kind.PERSON:
        name = " ".join(part for part in (fields.get("first_name"), fields.get("last_name")) if part)
        name = name or known("email")
        company = fields.get("company_name")
        return f"{name}, {company}" if name and company else name
    if kind is Kind.ACTIVITY:
        type_, subject = known("activity_type").capitalize(), known("subject")
        return ": ".join(part for part in (type_, subject) if part)
    return known("name", "domain", "website", "email")


def value_ref(kind: Kind, system: str, field: str, value: str | None) -> Ref | None:
    """The record that a value names (an owner, a company), None when it is a value like any other."""
    known = FIELDS.get(kind, {}).get(field)
    if known is None or known.type is not FieldType.REF or not value:
        return None
    object_, slash, id_ = value.partition("/")
    return Ref(system, object_, id_) if slash and object_ and id_ else None


def value_refs(changes: Iterable[Change], findings: Iterable[Finding] = ()) -> set[Ref]:
    """Every record that a value of these names."""
    found: set[Ref | None] = set()
    for change in changes:
        told = ((change.field, change.before), (change.field, change.after), *change.values.items())
        found.update(value_ref(change.kind, change.target.system, name, value) for name, value in told)
    for finding in findings:
        sides = ((ref.system, finding.values.get(str(ref))) for ref in finding.subjects)
        found.update(value_ref(finding.kind, system, finding.field, value) for system, value in sides)
    return {ref for ref in found if ref is not None}


def called(kind: Kind, system: str, field: str, value: str | None, names: Mapping[Ref, str]) -> str | None:
    """The value as people read it: `Dana Fox (User/005…)` where it names a record that has a name."""
    ref = value_ref(kind, system, field, value)
    return f"{name} ({value})" if ref and (name := names.get(ref)) else value


def what(change: Change) -> str:
    """What a change is about, in a few words: `Lifecycle stage`, `Merge 2 records into one`."""
    if change.action is Action.UPDATE:
        return field_label(change.kind, change.field)
    if change.action is Action.MERGE:
        return f"Merge {len(change.others) + 1} records into one"
    if change.action in (Action.ASSOCIATE, Action.DISSOCIATE):
        return f"{VERBS[change.action]} to {address(change.others[0])}" if change.others else VERBS[change.action]
    if change.action is Action.CONVERT:
        return f"Convert {change.target.object} into {change.others[0].object}" if change.others else "Convert"
    return f"{VERBS[change.action]} {change.kind.value} in {change.target.system}"


def address(ref: Ref) -> str:
    """A ref for people: a record that is still to be made has no address yet."""
    return f"{ref.system}:{ref.object} (new)" if ref.id.startswith("new-") else clean(str(ref))


def undo_note(change: Change) -> str:
    """Whether the change can be taken back, in a sentence."""
    if change.reversal is Reversal.EXACT:
        return "Can be undone exactly."
    if change.reversal is Reversal.PARTIAL:
        return f"Can be undone in part. {clean(change.irreversible)}".strip()
    return f"Cannot be undone. {clean(change.irreversible)}".strip()
