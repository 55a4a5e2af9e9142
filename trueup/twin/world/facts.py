"""Who people and companies are: drawn from the vocabulary, each from a source of chance of its own."""

from __future__ import annotations

import random
import unicodedata
from typing import TypeVar

from trueup.twin.world import words
from trueup.twin.world.parts import Company

Facts = dict[str, str | None]
T = TypeVar("T")

_FOLD = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "Ł": "L", "đ": "d", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue",
                       "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})  # fmt: skip
_RANGES = ((5, "1-5"), (25, "5-25"), (50, "25-50"), (100, "50-100"), (500, "100-500"), (1000, "500-1000"))
_NAMES = len(words.STEMS_A) * len(words.STEMS_B) * len(words.TRADES)
_FAR = 30
"""From this block of company names on, companies are former employers that the world does not hold."""


def latin(text: str) -> str:
    """A name in the letters of an e-mail address."""
    folded = unicodedata.normalize("NFKD", text.translate(_FOLD)).encode("ascii", "ignore").decode()
    return "".join(c for c in folded.lower() if c.isalnum())


def digits(pattern: str, rng: random.Random) -> str:
    """A number of a pattern's shape: every # becomes a digit."""
    return "".join(rng.choice("0123456789") if c == "#" else c for c in pattern)


def employee_range(count: str) -> str:
    """The range of HubSpot's contact property that a number of employees falls into."""
    number = int(count)
    return next((label for most, label in _RANGES if number <= most), "1000+")


def company_name(n: int) -> tuple[str, str, str]:
    """The `n`-th company's name without legal form, the first part of its domain, its trade; no two are the same."""
    block, place = divmod(n, _NAMES)
    place = (place * 27_103 + 4_111) % _NAMES  # 27,103 shares no factor with the number of names
    place, trade = divmod(place, len(words.TRADES))
    a, b = divmod(place, len(words.STEMS_B))
    middle = words.STEMS_B[(block - 1) % len(words.STEMS_B)] if block else ""
    stem = words.STEMS_A[a] + middle + words.STEMS_B[b]
    label, industry = words.TRADES[trade]
    return f"{stem} {label}", f"{stem}{label}".lower(), industry


def company(n: int, seed: int | str) -> tuple[Facts, words.Place, str]:
    """The `n`-th company: its facts, where it sits, and the pattern of its landlines."""
    rng = random.Random(f"{seed}:company:{n}")
    place = rng.choices(words.PLACES, [p.weight for p in words.PLACES])[0]
    city, state, postcode, landline = rng.choice(place.cities)
    name, label, industry = company_name(n)
    employees = min(25_000, max(3, int(rng.lognormvariate(4.2, 1.5))))
    domain = f"{label}.{'test' if rng.random() < 0.15 else 'example'}"
    facts: Facts = {
        "name": f"{name} {rng.choice(place.suffixes)}",
        "domain": domain,
        "website": f"https://www.{domain}",
        "phone": digits(landline, rng),
        "street": place.street_form.format(n=rng.randint(1, 240), s=rng.choice(place.streets)),
        "city": city,
        "state": state or None,
        "postcode": digits(postcode, rng),
        "country": place.country,
        "industry": industry,
        "employee_count": str(employees),
        "annual_revenue": str(employees * rng.randint(60, 240) * 1000),
    }
    return facts, place, landline


def former_employer(rng: random.Random, seed: int | str) -> Facts:
    """A company that somebody used to work for and that is not in the world."""
    return company(_FAR * _NAMES + rng.randrange(_NAMES), seed)[0]


def person(
    n: int,
    employer: Company,
    place: words.Place,
    landline: str,
    taken: set[str],
    rng: random.Random,
    script_share: float,
    *,
    alone: bool,
    mobile: bool,
    name: tuple[str, str, str, str] | None = None,
) -> Facts:
    """The `n`-th person, who works for that employer.

    `taken` are names and addresses that are given already. Who is `alone` may be a private person; who must have a
    `mobile` number has one; `name` is a name to bear instead of a drawn one.
    """
    known = employer.facts
    for _ in range(20):
        first, last, latin_first, latin_last = name or person_name(place, rng, script_share)
        if name or f"{first} {last}" not in taken:
            break
    taken.add(f"{first} {last}")
    private = alone and rng.random() < 0.4
    if private or rng.random() < 0.06:
        email = address(latin_first, latin_last, rng.choice(words.FREE_MAIL), rng.randrange(2)).replace("@", f"{n}@")
    elif rng.random() < 0.012 and f"info@{known['domain']}" not in taken:
        email = f"info@{known['domain']}"
    else:
        email = address(latin_first, latin_last, str(known["domain"]), employer.n)
        if email in taken:
            email = email.replace("@", f"{n}@")
    taken.add(email)
    facts: Facts = {
        "first_name": first,
        "last_name": last,
        "salutation": rng.choice(("Mr.", "Ms.", "Dr.")) if rng.random() < 0.35 else None,
        "title": rng.choice(words.TITLES) if rng.random() < 0.93 else None,
        "email": email,
        "phone": (known["phone"] if rng.random() < 0.15 else digits(landline, rng)) if rng.random() < 0.82 else None,
        "mobile": digits(place.mobile or landline, rng) if rng.random() < 0.6 or mobile else None,
        "company_name": known["name"],
        "website": known["website"],
        "linkedin_url": f"https://www.linkedin.com/in/{latin(latin_first)}-{latin(latin_last)}-{n}"
        if rng.random() < 0.5
        else None,
        "street": known["street"] if rng.random() < 0.7 else None,
        "city": known["city"],
        "state": known["state"],
        "postcode": known["postcode"] if rng.random() < 0.8 else None,
        "country": known["country"],
        "industry": known["industry"],
        "employee_count": known["employee_count"],
        "annual_revenue": known["annual_revenue"] if rng.random() < 0.5 else None,
        "original_source": rng.choice(list(words.SOURCES)),
        "disqualified_reason": None,
        "email_opt_out": "true" if rng.random() < 0.04 else "false",
        "other_emails": address(latin_first, latin_last, words.FREE_MAIL[1], 0).replace("@", f".alt{n}@")
        if rng.random() < 0.05
        else None,
    }
    if private:
        for key in ("company_name", "website", "industry", "employee_count", "annual_revenue", "street", "title"):
            facts[key] = None
    return facts


def person_name(place: words.Place, rng: random.Random, script_share: float) -> tuple[str, str, str, str]:
    """First and last name as written, and both in Latin letters."""
    key = rng.choices([k for k, _ in place.naming], [w for _, w in place.naming])[0]
    naming = words.NAMING[key]
    if naming.script_first and place.country not in ("United States", "Canada") and rng.random() < script_share:
        first, last = rng.choice(naming.script_first), _common(naming.script_last, rng)
        return first[0], last[0], first[1], last[1]
    given, family = rng.choice(naming.first), _common(naming.last, rng)
    return given, family, given, family


def _common(names: tuple[T, ...], rng: random.Random) -> T:
    """Draw with the first of the list far more often than the last, as surnames are."""
    return names[int(len(names) * rng.random() ** 1.7)]


def address(first: str, last: str, domain: str, style: int) -> str:
    """An e-mail address in one of the styles that companies use."""
    a, b = latin(first) or "team", latin(last) or "desk"
    local = (f"{a}.{b}", f"{a[0]}{b}", f"{a}", f"{a[0]}.{b}", f"{a}_{b}", f"{b}.{a}")[style % 6]
    return f"{local}@{domain}"


def typo(text: str, rng: random.Random) -> str:
    """The text with one slip of the finger: two letters swapped, one dropped or one doubled."""
    if len(text) < 4:
        return text + text[-1]
    at = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(3)
    if kind == 0 and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    return text[: at + 1] + text[at] + text[at + 1 :]
