"""Person accounts: the world's switch `person_accounts: true`. [reference 11.2]

An account of a person has a last name of its own, IsPersonAccount true and PersonContactId; its contact is a shadow
that is written through the account only, and the contact's custom fields show on the account as `...__pc`.
"""

from __future__ import annotations

from dataclasses import replace

from .model import Field, SObject

PERSON_FIELDS: dict[str, str] = {
    "FirstName": "FirstName",
    "LastName": "LastName",
    "Salutation": "Salutation",
    "PersonEmail": "Email",
    "PersonTitle": "Title",
    "PersonDepartment": "Department",
    "PersonMobilePhone": "MobilePhone",
    "PersonHomePhone": "HomePhone",
    "PersonOtherPhone": "OtherPhone",
    "PersonBirthdate": "Birthdate",
    "PersonLeadSource": "LeadSource",
    "PersonHasOptedOutOfEmail": "HasOptedOutOfEmail",
    "PersonDoNotCall": "DoNotCall",
    "PersonMailingStreet": "MailingStreet",
    "PersonMailingCity": "MailingCity",
    "PersonMailingState": "MailingState",
    "PersonMailingPostalCode": "MailingPostalCode",
    "PersonMailingCountry": "MailingCountry",
}
"""Fields of an account, and the contact's fields that they show."""
SHARED = {"Phone": "Phone", "Fax": "Fax", "OwnerId": "OwnerId"}
"""Fields that account and contact have under one name and that follow the account."""
RECORD_TYPE = "PersonAccount"


def enable(account: SObject, contact: SObject, lead: SObject) -> dict[str, str]:
    """Give both objects the fields of person accounts; returns which account field shows which contact field.

    A lead needs no company from then on: without one it is converted into a person account.
    """
    lead.replace_field("Company", nillable=True)
    shown = dict(PERSON_FIELDS)
    for found in contact.fields:
        if found.custom and not found.unique and found.stored:
            shown[found.name.removesuffix("__c") + "__pc"] = found.name
    for name, source in shown.items():
        copied = contact.by_name[source.lower()]
        label = copied.label if name in {"FirstName", "LastName", "Salutation"} else f"Person: {copied.label}"
        account.fields.append(
            replace(copied, name=name, label=label, nillable=copied.type != "boolean", id_lookup=False, compound=None)
        )
    account.fields += [
        Field("IsPersonAccount", "boolean", "Is Person Account", nillable=False, defaulted=True, default=False),
        Field("PersonContactId", "reference", "Contact ID", refers_to=("Contact",), relationship="PersonContact"),
    ]
    contact.fields.append(
        Field("IsPersonAccount", "boolean", "Is Person Account", nillable=False, defaulted=True, default=False)
    )
    account.index()
    contact.index()
    return shown
