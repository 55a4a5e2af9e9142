"""One spelling for values that mean the same, per value in Python and per column in SQL, with one meaning.

A *form* names how a value is spelled: a `FieldType`'s value, or one of `country`, `name`, `company`, `domain`. `form`
tells the form of a canonical field. Normalising is idempotent; a blank, junk or malformed value gives None.
"""

from __future__ import annotations

from trueup.reconcile.normalize.columns import install, install_junk, malformed_sql, sql
from trueup.reconcile.normalize.companies import company
from trueup.reconcile.normalize.countries import country
from trueup.reconcile.normalize.emails import email, is_shared, local_part, mailbox
from trueup.reconcile.normalize.names import name
from trueup.reconcile.normalize.phones import phone
from trueup.reconcile.normalize.text import JUNK, clean, fold, is_junk, plain
from trueup.reconcile.normalize.values import FORMS, form, malformed, value
from trueup.reconcile.normalize.web import domain, is_free_mail, url

__all__ = [
    "FORMS",
    "JUNK",
    "clean",
    "company",
    "country",
    "domain",
    "email",
    "fold",
    "form",
    "install",
    "install_junk",
    "is_free_mail",
    "is_junk",
    "is_shared",
    "local_part",
    "mailbox",
    "malformed",
    "malformed_sql",
    "name",
    "phone",
    "plain",
    "sql",
    "url",
    "value",
]
