"""One value, by the form its field has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.reconcile.normalize import companies, countries, emails, names, phones, scalars, text, web

Normaliser = Callable[[str | None], str | None]

FORMS: Mapping[str, Normaliser] = {
    "text": text.plain,
    "choice": text.plain,
    "choices": scalars.parts,
    "email": emails.email,
    "url": web.url,
    "number": scalars.number,
    "boolean": scalars.boolean,
    "date": scalars.day,
    "datetime": scalars.instant,
    "ref": text.clean,
    "refs": scalars.refs,
    "country": countries.country,
    "name": names.name,
    "company": companies.company,
    "domain": web.domain,
}
"""Every form but `phone`, which needs a country."""

_REASONS: Mapping[str, Normaliser] = {
    "email": emails.email_malformed,
    "url": web.url_malformed,
    "domain": web.domain_malformed,
    "country": countries.country_malformed,
}
_KEEPS_JUNK = frozenset({"ref", "refs"})


def form(kind: Kind, field: str) -> str:
    """The form of a canonical field: that of its type, but countries are compared as countries."""
    return "country" if field == "country" else FIELDS[kind][field].type.value


def value(
    field_type: FieldType | str, raw: str | None, country: str | None = "US", *, junk: frozenset[str] = text.JUNK
) -> str | None:
    """The one spelling of a value; None when it is blank, junk or malformed.

    `country` is where a phone number without a country code is dialled, as a code or a name.
    """
    if raw is None or (field_type not in _KEEPS_JUNK and text.is_junk(raw, junk)):
        return None
    if field_type == "phone":
        return phones.phone(raw, countries.country(country) or "US")
    return FORMS[str(field_type)](raw)


def malformed(
    field_type: FieldType | str, raw: str | None, country: str | None = "US", *, junk: frozenset[str] = text.JUNK
) -> str | None:
    """Why the value cannot be what its field wants (e-mail, phone, URL, country); None when it can, or says nothing."""
    if raw is None or text.is_junk(raw, junk):
        return None
    if field_type == "phone":
        return phones.phone_malformed(raw, countries.country(country) or "US")
    check = _REASONS.get(str(field_type))
    return check(raw) if check else None
