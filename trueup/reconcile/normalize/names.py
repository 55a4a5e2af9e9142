"""People's names: order, case, accents, titles, particles, initials, suffixes, short forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from trueup.reconcile.normalize.resources import lines
from trueup.reconcile.normalize.text import clean, fold

_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}


@cache
def _section(name: str) -> frozenset[str]:
    found: set[str] = set()
    inside = False
    for line in lines("name_words.txt"):
        if line.startswith("["):
            inside = line == f"[{name}]"
        elif inside:
            found.update(line.split())
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name taken apart, folded: `given` is the first given name, `middle` the others, `family` all of the family name
    with its particles, `suffix` one of jr, sr, ii, iii, iv."""

    given: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""

    @property
    def key(self) -> str:
        """The whole name in one line, given names first."""
        return " ".join(part for part in (self.given, self.middle, self.family, self.suffix) if part)


@lru_cache(maxsize=65_536)
def given_parts(text: str | None) -> tuple[str, str, str]:
    """First given name, the others, and a suffix, from what stands in a first-name field."""
    tokens, suffix = _strip(fold(text).split())
    return (tokens[0], " ".join(tokens[1:]), suffix) if tokens else ("", "", suffix)


@lru_cache(maxsize=65_536)
def family_parts(text: str | None) -> tuple[str, str]:
    """The family name with its particles, and a suffix, from what stands in a last-name field."""
    tokens, suffix = _strip(fold(text).split())
    return " ".join(tokens), suffix


def _strip(tokens: list[str]) -> tuple[list[str], str]:
    """Without titles before, degrees behind; never down to nothing."""
    suffix = ""
    while len(tokens) > 1 and tokens[0] in _section("titles"):
        tokens = tokens[1:]
    while len(tokens) > 1 and (tokens[-1] in _section("degrees") or tokens[-1] in _SUFFIXES):
        suffix = suffix or _SUFFIXES.get(tokens[-1], "")
        tokens = tokens[:-1]
    return tokens, suffix


def family_key(family: str) -> str:
    """The family name closed up without its particles, for blocking: `de la Cruz` and `Cruz` give the same."""
    tokens = family.split()
    kept = [token for token in tokens if token not in _section("particles")]
    return "".join(kept or tokens)


def person(first: str | None, last: str | None) -> PersonName:
    """The name of a person from the two fields a CRM has.

    A last name written `Family, Given` is turned round, and a first name that is empty is taken from a last name of
    several words, unless the words before the last are particles.
    """
    first, last = clean(first), clean(last)
    if not first and last and "," in last:
        head, _, tail = last.partition(",")
        if fold(tail) and fold(tail) not in _SUFFIXES and fold(tail) not in _section("degrees"):
            first, last = tail, head
    given, middle, suffix = given_parts(first)
    family, family_suffix = family_parts(last)
    if not given and " " in family:
        tokens = family.split()
        if tokens[0] not in _section("particles"):
            start = 1
            while start < len(tokens) - 1 and tokens[start] not in _section("particles"):
                start += 1
            given, middle, family = tokens[0], " ".join(tokens[1:start]), " ".join(tokens[start:])
    return PersonName(given, middle, family, suffix or family_suffix)


def full(text: str | None) -> PersonName:
    """The parts of a name written in one field: `Dr. Ana de la Cruz`, `Cruz, Ana`."""
    return person(None, text)


@cache
def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(lines("nicknames.txt")):
        for name in line.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@cache
def _heads() -> dict[str, str]:
    """Each form → the name that it most likely stands for: its own group if it heads one, else the first group."""
    heads: dict[str, str] = {}
    own = {line.split()[0] for line in lines("nicknames.txt")}
    for line in lines("nicknames.txt"):
        head, *forms = line.split()
        for form in forms:
            if form not in own:
                heads.setdefault(form, head)
    return heads


def root(given: str) -> str:
    """One name for all its short forms, for blocking: `bob` and `robert` give `robert`."""
    return _heads().get(given, given)


def same_person_name(left: str, right: str) -> bool:
    """Whether one given name is a short or foreign form of the other (`bob`, `robert`; `ivan`, `john`)."""
    groups = _groups()
    return bool(groups.get(left, frozenset()) & groups.get(right, frozenset()))


@cache
def _members() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in lines("nicknames.txt"))


@lru_cache(maxsize=16_384)
def forms(given: str) -> tuple[str, ...]:
    """The other names that stand for this one: `robert` gives `bert`, `bob`, `rob`, …"""
    groups = _groups().get(given, frozenset())
    return tuple(sorted({name for group in groups for name in _members()[group]} - {given}))


def is_common(given: str) -> bool:
    """Whether the given name is one that the lists know: then a likeness to another such name is no slip of the
    finger."""
    return given in _groups()


@cache
def nickname_pairs() -> frozenset[tuple[str, str]]:
    """All ordered pairs of different given names that stand for each other."""
    pairs: set[tuple[str, str]] = set()
    for line in lines("nicknames.txt"):
        names = line.split()
        pairs.update((a, b) for a in names for b in names if a != b)
    return frozenset(pairs)


def name(text: str | None) -> str | None:
    """A person's name in one line for comparing; idempotent."""
    return full(text).key or None
