"""E-mail addresses: their one spelling, their parts, and mailboxes that belong to nobody in particular."""

from __future__ import annotations

import re

from trueup.reconcile.normalize.resources import words
from trueup.reconcile.normalize.text import clean, fold
from trueup.reconcile.normalize.web import is_free_mail

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PATTERN = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])"
"""Ordinary lower-case addresses, written so that DuckDB's RE2 reads it the same way as Python."""
MAX_LENGTH = 254
_ORDINARY = re.compile(PATTERN)
_WRAPPED = re.compile(r"<([^<>]*)>\s*$")


def _bare(text: str) -> str:
    bare = clean(text) or ""
    if bare.endswith(">") and (found := _WRAPPED.search(bare)):
        bare = found.group(1).strip()
    bare = bare.lower()
    return bare.removeprefix("mailto:").strip()


def email(text: str | None) -> str | None:
    """The address in lower case, without `mailto:` or a display name; None when it is not an address.

    CRMs compare addresses without regard to case, so the local part is lowered too.
    """
    if text is None:
        return None
    bare = _bare(text)
    return bare if bare and _reason(bare) is None else None


def email_malformed(text: str | None) -> str | None:
    """Why the text cannot be an e-mail address, or None."""
    bare = _bare(text) if text else ""
    return _reason(bare) if bare else None


def _reason(bare: str) -> str | None:
    if bare.isascii():
        if len(bare) <= MAX_LENGTH and _ORDINARY.fullmatch(bare) and bare.index("@") <= 64:
            return None
    else:
        return _unusual(bare)
    local, at, domain = bare.rpartition("@")
    if not at:
        return "no @ in it"
    if " " in bare:
        return "has a blank in it"
    if "@" in local:
        return "more than one @"
    if not local:
        return "nothing before the @"
    if "." not in domain:
        return "no dot after the @"
    if ".." in bare or local.startswith(".") or local.endswith("."):
        return "a dot out of place"
    if not re.fullmatch(rf"(?:{_LABEL}\.)+{_LABEL}", domain):
        return "not a domain after the @"
    return "not a valid address"


def _unusual(bare: str) -> str | None:
    """International addresses are left to email-validator, without asking the network."""
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(bare, check_deliverability=False, allow_display_name=False)
    except EmailNotValidError as error:
        return str(error).split(":")[-1].strip().rstrip(".")[:120] or "not a valid address"
    return None


def local_part(address: str) -> str:
    """What stands before the @, without a `+tag`: the tag sorts mail, it does not name a person."""
    return address.rpartition("@")[0].partition("+")[0]


_ASCII_WORD = re.compile(r"[a-z0-9]+")
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
_AT_GOOGLE = tuple(f"@{domain}" for domain in _GOOGLE)


def mailbox(address: str) -> str:
    """The address that mail really goes to: tags dropped, and dots too where the provider ignores them (Google)."""
    if "+" not in address and not address.endswith(_AT_GOOGLE):
        return address
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{local.replace('.', '') or local}@gmail.com"
    return f"{local}@{domain}"


def is_shared(address: str) -> bool:
    """Whether the local part names a function (`info@`, `sales-emea@`), so that it tells nothing about a person."""
    return names_a_role(local_part(address))


def names_a_role(local: str) -> bool:
    """Whether what stands before the @ names a function."""
    roles = words("roles.txt")
    local = local.lower()
    if local.isalpha() and local.isascii():
        return local in roles
    tokens = _ASCII_WORD.findall(local.replace("'", "")) if local.isascii() else fold(local).split()
    if not tokens:
        return True
    joined = "".join(tokens)
    if joined in roles:
        return True
    strong = [token for token in tokens if token in roles]
    return bool(strong) and all(token in roles or token in _REGIONS or token.isdigit() for token in tokens)


_REGIONS = frozenset(
    {
        "emea",
        "apac",
        "amer",
        "us",
        "uk",
        "eu",
        "de",
        "fr",
        "nl",
        "es",
        "it",
        "global",
        "world",
        "intl",
        "north",
        "south",
        "east",
        "west",
        "team",
        "dept",
    }
)

__all__ = ["email", "email_malformed", "is_free_mail", "is_shared", "local_part", "mailbox"]
