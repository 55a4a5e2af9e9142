"""Web addresses and domains: the registrable domain is what tells one organisation from another."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from trueup.reconcile.normalize.resources import words
from trueup.reconcile.normalize.text import clean

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_PLAIN = re.compile(r"(?:https?://)?((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z][a-z0-9]+)(/[a-z0-9/_~%.-]*)?")
"""What nearly all addresses look like: nothing about them needs parsing rules."""
_LONGEST_LABEL = 63

PROFILE_HOSTS = frozenset(
    {
        "linkedin.com",
        "facebook.com",
        "twitter.com",
        "x.com",
        "instagram.com",
        "github.com",
        "xing.com",
        "youtube.com",
        "medium.com",
    }
)
"""Hosts where the path, not the domain, says whose page it is."""


@cache
def _extract() -> Any:
    import tldextract

    # No list addresses: with any, the library would ask the network. The list bundled with it is used.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=False)


@lru_cache(maxsize=200_000)
def registrable(host: str) -> str:
    """The domain somebody registered: `mail.acme.co.uk` gives `acme.co.uk`.

    Where the public suffix list has no rule, its own default holds: the last label is the suffix.
    """
    labels = host.split(".")
    if len(labels) <= 2:
        return host
    parts = _extract()(host)
    if parts.suffix and parts.domain:
        return f"{parts.domain}.{parts.suffix}"
    return host if parts.suffix else ".".join(labels[-2:])


def _split(text: str | None) -> tuple[str, str] | None:
    """Host and path in lower case, or None when there is no host in it."""
    if text is not None and text.isascii() and (plain := _PLAIN.fullmatch(text.lower())):
        host, path = plain.groups("")
        if len(host) <= _LONGEST_LABEL:
            return host, path.rstrip("/")
    cleaned = clean(text)
    if cleaned is None or " " in cleaned:
        return None
    lowered = cleaned.lower()
    if not _SCHEME.match(lowered):
        lowered = "//" + lowered.lstrip("/")
    elif not lowered.startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(lowered)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return None
    host = host.strip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if not _HOST.fullmatch(host) or (parts.username and not _SCHEME.match(cleaned.lower())):
        return None
    return host, parts.path.rstrip("/")


def domain(text: str | None) -> str | None:
    """The registrable domain of a URL, a host or an e-mail address; None when there is none."""
    if text is None:
        return None
    if "@" in text and "://" not in text:
        text = text.rpartition("@")[2]
    found = _split(text)
    return registrable(found[0]) if found else None


def url(text: str | None) -> str | None:
    """A URL for comparing: its registrable domain, and the path too where that says whose page it is."""
    found = _split(text)
    if found is None:
        return None
    host, path = found
    name = registrable(host)
    return f"{name}{path}" if name in PROFILE_HOSTS else name


def url_malformed(text: str | None) -> str | None:
    """Why the text cannot be a web address, or None."""
    cleaned = clean(text)
    if cleaned is None or _split(cleaned) is not None:
        return None
    if " " in cleaned:
        return "has a blank in it"
    if "." not in cleaned:
        return "no dot in it"
    return "not a web address"


def domain_malformed(text: str | None) -> str | None:
    """Why the text has no domain in it, or None."""
    return None if domain(text) else url_malformed(text)


def is_free_mail(name: str) -> bool:
    """Whether anybody can have a mailbox at the domain, so that it says nothing about an employer."""
    return name in words("free_mail.txt") or name.partition(".")[0] in _FREE_BRANDS


_FREE_BRANDS = frozenset(
    {"gmail", "googlemail", "hotmail", "outlook", "yahoo", "freemail", "webmail", "live", "icloud", "gmx"}
)
