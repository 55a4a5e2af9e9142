"""From tables and their roles to features and blocking keys: values normalised once each, then integer codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile import normalize
from trueup.reconcile.identity.arrays import MISSING, Codes, Ints
from trueup.reconcile.identity.comparisons import any_equal
from trueup.reconcile.identity.encode import KNOWN, Column, column, known, recode
from trueup.reconcile.identity.scoring import Levels
from trueup.reconcile.linkage import likeness, numbers, people
from trueup.reconcile.linkage.features import Feature, Step, assemble, rarity
from trueup.reconcile.linkage.staging import Table, slots_of, stage
from trueup.reconcile.linkage.words import Words
from trueup.reconcile.normalize import companies, countries, emails, names, phones, scalars, text, web

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Key:
    """A blocking key: one code a record, or a matrix of several. `of` names the feature it comes from."""

    of: str
    label: str
    codes: Codes


@dataclass(slots=True)
class Prepared:
    """Everything needed to compare and to find candidates."""

    rows: int
    side: Codes
    features: list[Feature] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)


class Builder:
    """Makes features and keys role by role."""

    def __init__(self, con: DuckDBPyConnection, tables: Sequence[Table], country: str) -> None:
        self.con = con
        normalize.install_junk(con)
        rows, side = stage(con, tables)
        self.out = Prepared(rows, side)
        self.home = country
        self.places: Mapping[str, list[int]] = {}
        self.labels: dict[str, list[str]] = {}
        self.name: tuple[Codes, Codes] | None = None
        found: dict[str, list[int]] = {}
        for place, (role, slot) in enumerate(slots_of(tables)):
            found.setdefault(role, []).append(place)
            names_ = dict.fromkeys(t.columns[role][slot] for t in tables if slot < len(t.columns[role]))
            self.labels.setdefault(role, []).append(" / ".join(names_))
        self.places = found

    def build(self) -> Prepared:
        """Every feature that the roles allow."""
        self._people()
        self._one("organisation", self._text_feature, lambda x: companies.company(x))
        self._emails()
        self._phones()
        self._one("domain", self._code_feature, lambda x: web.domain(x) or text.fold(x))
        self._street()
        self._one("city", self._city_feature, text.fold)
        self._one("postcode", self._postcode_feature, lambda x: text.fold(x).replace(" ", ""))
        self._one("country", self._plain_feature, lambda x: countries.country(x) or text.fold(x))
        self._one("birth date", self._date_feature, digits)
        self._one("other code", self._code_feature, lambda x: text.fold(x).replace(" ", ""), self._number_feature)
        self._one("other text", self._text_feature, text.fold, self._number_feature)
        return self.out

    def _column(self, place: int, function: Callable[[str], str | None] | None = None) -> Column:
        raw = column(self.con, "link_rows", f"f{place}", KNOWN)
        return raw.take([function(value) for value in raw.values]) if function else raw

    def _joined(self, role: str, function: Callable[[str], str | None]) -> Column:
        """All columns of a role as one text."""
        if len(self.places[role]) == 1:
            return self._column(self.places[role][0], function)
        parts = ", ".join(known(f"f{p}") for p in self.places[role])
        raw = column(self.con, "link_rows", f"concat_ws(' ', {parts})")
        return raw.take([function(value) for value in raw.values])

    def _one(
        self, role: str, make: Callable[[str, str, str, Column], None], function: Callable[[str], str | None],
        first: Callable[[str, str, str, Column], bool] | None = None,
    ) -> None:  # fmt: skip
        """A feature of its own for each column of the role; `first` may make it of the values as they are."""
        for number, place in enumerate(self.places.get(role, [])):
            show = self.labels[role][number]
            key = role if number == 0 else f"{role} {number + 1}"
            label = role if len(self.places[role]) == 1 else f"{role} ({show})"
            raw = self._column(place)
            if first is not None and first(key, label, show, raw):
                continue
            of = raw.take([function(value) for value in raw.values])
            if len(of.values) > 1:
                make(key, label, show, of)

    def _key(self, of: str, label: str, codes: Codes) -> None:
        self.out.keys.append(Key(of, label, codes))

    def _number_feature(self, key: str, label: str, show: str, of: Column) -> bool:
        """Measured numbers are compared by how near they are; whether the column holds such."""
        if (found := numbers.measured(of)) is None:
            return False
        feature, near = numbers.feature(key, label, show, found)
        self.out.features.append(feature)
        self._key(key, label, found.codes)
        self._key(key + ":near", f"{label}, nearly", near)
        return True

    def _text_feature(self, key: str, label: str, show: str, of: Column) -> None:
        words = Words(of.values, of.codes)
        judge = likeness.texts(of.values, words)
        self.out.features.append(assemble(key, label, show, of, 0.75, likeness.TEXT, judge))
        self._key(key, label, of.codes)
        rare = words.rarest(4, words.meeting(of.codes, self.out.side))[of.codes]
        self._key(key + ":words", f"rare words of {label}", rare)
        start = of.take([value.replace(" ", "")[:6] for value in of.values])
        self._key(key + ":start", f"beginning of {label}", start.codes)

    def _code_feature(self, key: str, label: str, show: str, of: Column) -> None:
        few = len(of.values) <= 30
        rest = likeness.PLAIN if few else likeness.CODE
        judge: Callable[[Codes, Codes], Levels] = _unlike if few else likeness.codes(of.values)
        self.out.features.append(assemble(key, label, show, of, 0.85, rest, judge))
        if not few:
            self._key(key, label, of.codes)

    def _plain_feature(self, key: str, label: str, show: str, of: Column) -> None:
        self.out.features.append(assemble(key, label, show, of, 0.9, likeness.PLAIN, _unlike))

    def _city_feature(self, key: str, label: str, show: str, of: Column) -> None:
        judge = likeness.cities(of.values)
        self.out.features.append(assemble(key, label, show, of, 0.75, likeness.CITY, judge))
        self._key(key, label, of.codes)

    def _postcode_feature(self, key: str, label: str, show: str, of: Column) -> None:
        judge = likeness.postcodes(of.values)
        self.out.features.append(assemble(key, label, show, of, 0.75, likeness.POSTCODE, judge))
        self._key(key, label, of.codes)

    def _date_feature(self, key: str, label: str, show: str, of: Column) -> None:
        judge = likeness.dates(of.values)
        self.out.features.append(assemble(key, label, show, of, 0.8, likeness.DATE, judge))
        self._key(key, label, of.codes)
        self._key(key + ":year", f"year of {label}", of.take([value[:4] for value in of.values]).codes)

    def _street(self) -> None:
        if "street" not in self.places:
            return
        of = self._joined("street", lambda x: likeness.street(text.fold(x)))
        words = Words(of.values, of.codes)
        judge = likeness.streets(of.values, words)
        show = ", ".join(self.labels["street"])
        self.out.features.append(assemble("street", "street", show, of, 0.6, likeness.STREET, judge))
        self._key("street", "street", of.codes)
        rare = words.rarest(2, words.meeting(of.codes, self.out.side))[of.codes]
        self._key("street:words", "rare words of street", rare)

    def _people(self) -> None:
        if "last name" in self.places or "first name" in self.places:
            given = self._parts("first name", lambda x: names.given_parts(x)[0])
            family = self._parts("last name", lambda x: names.family_parts(x)[0])
            if "first name" not in self.places or "last name" not in self.places:
                whole = given if "first name" in self.places else family
                self._text_feature("name", "name", "name", whole)
                return
        elif "full name" in self.places:
            whole = self._joined("full name", lambda x: x)
            split = [names.full(value) for value in whole.values]
            given = recode(whole.codes, [x.given for x in split])
            family = recode(whole.codes, [x.family for x in split])
        else:
            return
        words = tuple(sorted({*given.values, *family.values}))
        place = {word: number for number, word in enumerate(words)}
        given, family = (_shared(x, place, words) for x in (given, family))
        self.out.features += people.features(given, family, words)
        root = given.take([names.root(word) for word in words])
        closed = family.take([names.family_key(word) for word in words])
        self._key("given", "first name", root.codes)
        self._key("family", "last name", closed.codes)
        self._key("family:start", "beginning of last name", closed.take([w[:4] for w in closed.values]).codes)
        self._key("given:start", "beginning of first name", root.take([w[:3] for w in root.values]).codes)
        self.name = root.codes, closed.codes
        both = _crossed(root, closed)
        self._key("name", "whole name, either way round", both)

    def _parts(self, role: str, function: Callable[[str], str | None]) -> Column:
        if role not in self.places:
            return Column(np.full(self.out.rows, MISSING, dtype=np.int32), ())
        return self._joined(role, function)

    def _emails(self) -> None:
        if "e-mail" not in self.places:
            return
        found = [self._column(p, lambda x: emails.email(x) or text.plain(x)) for p in self.places["e-mail"]]
        matrix, values = _slots(found)
        main = Column(_first(matrix), values)
        judge = likeness.emails(values)
        self._slotted("e-mail", ", ".join(self.labels["e-mail"]), matrix, main, 0.7, likeness.EMAIL, judge)
        if self.name is not None:
            self.out.features[-1] = _beside_name(self.out.features[-1], *self.name)
        local = main.take([value.partition("@")[0] for value in values])
        self._key("e-mail:local", "name before the @", local.codes)

    def _phones(self) -> None:
        if "phone" not in self.places:
            return
        found = [self._column(p, lambda x: phones.phone(x, self.home) or _digits(x)) for p in self.places["phone"]]
        matrix, values = _slots(found)
        main = Column(_first(matrix), values)
        judge = likeness.codes(values)
        self._slotted("phone", ", ".join(self.labels["phone"]), matrix, main, 0.6, likeness.CODE, judge)

    def _slotted(
        self, key: str, show: str, matrix: Codes, main: Column, m: float, rest: Sequence[Step],
        judge: Callable[[Codes, Codes], Levels],
    ) -> None:  # fmt: skip
        """A feature over several columns: equal when any two are, else judged by the first known ones."""
        plain = assemble(key, key, show, main, m, rest, judge)
        if matrix.shape[1] > 1:
            steps = rarity(matrix, len(main.values))
            exact = steps.steps(m)
            own = len(plain.steps) - len(rest)
            by_first = plain.compare

            def compare(left: Ints, right: Ints) -> Levels:
                level = by_first(left, right)
                level[level > own] += len(exact) - own
                hit, code = any_equal(matrix, left, right)
                level[hit] = steps.step[code[hit]] + 1
                return level

            plain = Feature(key, key, show, (*exact, *rest), compare)
        self.out.features.append(plain)
        self._key(key, key, matrix)


def _unlike(left: Codes, _: Codes) -> Levels:
    return np.zeros(len(left), dtype=np.int8)


def _beside_name(feature: Feature, given: Codes, family: Codes) -> Feature:
    """The e-mail's ladder for people whose names agree: that their addresses look alike then follows, and says nothing.

    Without this namesakes would look like one person: their addresses are made of their names.
    """
    follows = [n + 1 for n, step in enumerate(feature.steps) if step.key in ("local", "alike")]

    def compare(left: Ints, right: Ints) -> Levels:
        level = feature.compare(left, right)
        either = ((given[left] >= 0) & (given[left] == given[right])) | (
            (family[left] >= 0) & (family[left] == family[right])
        )
        level[either & np.isin(level, follows)] = 0
        return level

    return Feature(feature.key, feature.label, feature.show, feature.steps, compare)


def _shared(of: Column, place: Mapping[str, int], words: tuple[str, ...]) -> Column:
    lookup = np.array([place[value] for value in of.values] + [MISSING], dtype=np.int32)
    return Column(lookup[of.codes], words)


def _crossed(root: Column, closed: Column) -> Codes:
    """One key of a whole name whatever the order of its parts."""
    words = sorted({*root.values, *closed.values})
    place = {word: number for number, word in enumerate(words)}
    a, b = _shared(root, place, ()).codes.astype(np.int64), _shared(closed, place, ()).codes.astype(np.int64)
    low, high = np.minimum(a, b), np.maximum(a, b)
    keys = np.where(low >= 0, low * len(words) + high, -1)
    codes = np.unique(keys, return_inverse=True)[1].astype(np.int32)
    return np.where(low >= 0, codes, MISSING).astype(np.int32)


def _slots(found: Sequence[Column]) -> tuple[Codes, tuple[str, ...]]:
    values = tuple(sorted({value for of in found for value in of.values}))
    place = {value: number for number, value in enumerate(values)}
    return np.stack([_shared(of, place, values).codes for of in found], axis=1), values


def _first(matrix: Codes) -> Codes:
    first = matrix[:, 0].copy()
    for slot in range(1, matrix.shape[1]):
        first = np.where(first >= 0, first, matrix[:, slot])
    return first.astype(np.int32)


def _digits(value: str) -> str | None:
    found = re.sub(r"\D", "", value)
    return found if len(found) >= 5 else None


_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


def digits(value: str) -> str | None:
    """A date as eight digits, year first; impossible dates keep their digits, because a slip made them."""
    if found := scalars.day(value):
        return found.replace("-", "")
    if found_ := _DAY_FIRST.fullmatch(value.strip()):
        return f"{found_[3]}{int(found_[2]):02}{int(found_[1]):02}"
    return re.sub(r"\D", "", value)[:8] or None
