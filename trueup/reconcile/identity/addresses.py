"""The parts of e-mail addresses, worked out for many at once from their letters (see `spelling`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.arrays import Bools, Ints
from trueup.reconcile.identity.spelling import Line, Numbers, Spelled, slices
from trueup.reconcile.normalize import emails
from trueup.reconcile.normalize.resources import words

_AT = ord("@")


def _are(letters: str) -> Bools:
    """Which codes below 128 stand for one of these letters."""
    return np.isin(np.arange(128), [*map(ord, letters)])


_DIGITS = _are("0123456789")
_DIVIDES = _are("._-")
_LETTERS = _are("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = _are("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class _Parts(ABC):
    """Columns that are worked out of texts, slice by slice."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Each text by itself."""
        parts = [*map(cls._of, slices(texts))]
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @classmethod
    @abstractmethod
    def _of(cls, texts: Sequence[str]) -> Self: ...


@dataclass(frozen=True, slots=True)
class Parted(_Parts):
    """Addresses as numbers: the whole, what stands before the last @ (so many letters) and what behind it."""

    whole: Numbers
    local: Numbers
    domain: Numbers
    length: Ints

    @classmethod
    def _of(cls, texts: Sequence[str]) -> Self:
        line = Line.of(texts)
        at = line.last(line.code == _AT)
        length = np.maximum(at - line.start, 0)
        return cls(
            whole=line.number(line.start, line.end),
            local=line.number(line.start, line.start + length),
            domain=line.number(at + 1, line.end),
            length=length,
        )


@dataclass(frozen=True, slots=True)
class Locals(_Parts):
    """What stands before the @ of addresses, one element each.

    `plain` is it without what divides it (whole, where it has nothing else); `undigited` without the digits at its end,
    `stem` also without what divided them (0: nothing is left). `only_letters` and `no_letters` are about `plain`: the
    second has nothing in it but what divides. `role`: it names a function.
    """

    length: Ints
    plain: Numbers
    plain_length: Ints
    only_letters: Bools
    no_letters: Bools
    undigited: Numbers
    stem: Numbers
    role: Bools

    @classmethod
    def _of(cls, texts: Sequence[str]) -> Self:
        line = Line.of(texts)
        whole, length = line.number(line.start, line.end), line.end - line.start
        divides, digits = _is(line.code, _DIVIDES), _is(line.code, _DIGITS)
        plain = line.only(~divides)
        number, plain_length = plain.number(plain.start, plain.end), plain.end - plain.start
        nothing = plain_length == 0
        before_digits = line.last(~digits) + 1
        before_all = line.last(~divides, before_digits) + 1
        plain_number = np.where(nothing, whole, number)
        return cls(
            length=length,
            plain=plain_number,
            plain_length=np.where(nothing, length, plain_length),
            only_letters=~nothing & (plain.count(_alphabetic(plain.code)) == plain_length),
            no_letters=nothing,
            undigited=line.number(line.start, before_digits),
            stem=line.number(line.start, before_all),
            role=_roles(texts, line, plain_number),
        )


def _is(code: NDArray[np.unsignedinteger], wanted: Bools) -> Bools:
    """Which letters are of those wanted among the first 128."""
    if code.dtype == np.uint8:
        return np.asarray(wanted[code])
    return np.asarray(wanted[np.minimum(code, 127)] & (code < 128))


def _alphabetic(code: NDArray[np.unsignedinteger]) -> Bools:
    """Which letters stand in some alphabet, as `str.isalpha` has it."""
    if code.dtype == np.uint8:
        return np.asarray(_LETTERS[code])
    known, of = np.unique(code, return_inverse=True)
    return np.array([chr(letter).isalpha() for letter in known.tolist()], dtype=np.bool_)[of]


@cache
def _role_numbers() -> Numbers:
    return np.sort(Spelled.of([*words("roles.txt")]).number[:-1])


def _roles(locals_: Sequence[str], line: Line, plain: Numbers) -> Bools:
    """Which texts name a function. Only of those with a word that may is it asked at length."""
    word = _is(line.code, _LOWER | _DIGITS)
    odd = line.count(~(word | _is(line.code, _DIVIDES))) > 0
    edge = np.zeros(len(word) + 1, dtype=np.bool_)
    edge[line.start] = edge[line.end] = True
    before, behind = np.append(False, word[:-1]), np.append(word[1:], False)
    first = np.flatnonzero(word & (~before | edge[:-1]))
    last = np.flatnonzero(word & (~behind | edge[1:]))
    known = np.flatnonzero(np.isin(line.number(first, last + 1), _role_numbers()))
    maybe = odd | (line.count(word) == 0) | np.isin(plain, _role_numbers())
    maybe[np.searchsorted(line.end, first[known], side="right")] = True
    role = np.zeros(len(locals_), dtype=np.bool_)
    asked = np.flatnonzero(maybe)
    role[asked] = [emails.names_a_role(locals_[place]) for place in asked.tolist()]
    return role
