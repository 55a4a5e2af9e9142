"""E-mail as evidence: whose address it is, who else uses it, and what its parts tell."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter, methodcaller

import numpy as np

from trueup.reconcile.identity.encode import MISSING, Bools, Codes, Ints, coded, names_of
from trueup.reconcile.identity.spelling import Numbers, Spelled
from trueup.reconcile.normalize import emails, web

_FIRST_NAMES_OF_A_SHARED_ONE = 3
LOCAL_LENGTH = 5
_PARTED = methodcaller("rpartition", "@")


@dataclass(frozen=True, slots=True)
class Held:
    """What each record has of the mailboxes, slot by slot, worked out once for all comparisons.

    `personal` and `shared` part the mailboxes; the others are the parts of the personal ones.
    """

    personal: Codes
    shared: Codes
    any_personal: Bools
    local: Codes
    plain: Codes
    domain: Codes
    corporate: Codes

    @classmethod
    def of(cls, codes: Codes, shared: Bools, local: Codes, domain: Codes, corporate: Bools, plain: Codes) -> Held:
        """From each record's mailboxes and the facts of each mailbox, local part and domain."""
        missing = np.int32(MISSING)
        is_shared = shared[codes]
        personal = np.where(is_shared, missing, codes)
        locals_, domains = local[personal], domain[personal]
        return cls(
            personal=personal,
            shared=np.where(is_shared, codes, missing),
            any_personal=np.asarray((personal >= 0).any(axis=1)),
            local=locals_,
            plain=plain[locals_],
            domain=domains,
            corporate=np.where(corporate[domains], domains, missing),
        )


@dataclass(frozen=True, slots=True)
class Letters:
    """The local parts without what divides them, as numbers; which are nothing but letters, and which have nothing else
    in them than what divides."""

    number: Numbers
    only: Bools
    none: Bools

    @classmethod
    def of(cls, values: tuple[str, ...]) -> Letters:
        """Worked out once for every distinct local part."""
        only = np.array([*map(str.isalpha, values), False], dtype=np.bool_)
        none = np.zeros(len(only), dtype=np.bool_)
        none[:-1] = [not letters and not _letters(value) for letters, value in zip(only.tolist(), values, strict=False)]
        none[-1] = True
        return cls(Spelled.of(values).number, only, none)


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """Up to a few mailboxes a record, as codes, and facts of each by code (one more element serves MISSING)."""

    codes: Codes
    values: tuple[str, ...]
    shared: Bools
    local: Codes
    local_values: tuple[str, ...]
    domain: Codes
    domain_values: tuple[str, ...]
    employer_of: tuple[str | None, ...]
    corporate: Bools
    length: Ints
    plain: Codes
    plain_length: Ints
    letters: Letters
    stem: Codes
    undigited: Codes
    held: Held

    @property
    def employers(self) -> frozenset[str]:
        """Domains at which not just anybody has a mailbox."""
        return frozenset(name for name in self.employer_of if name)

    @property
    def locals_for_blocking(self) -> Codes:
        """What stands before the @ of personal mailboxes, where it is long enough to tell something."""
        telling = np.array([len(value) >= LOCAL_LENGTH for value in self.local_values] + [False])
        of_box = np.where(~self.shared & telling[self.local], self.local, MISSING).astype(np.int32)
        return np.asarray(of_box[self.codes])


def _letters(local: str) -> str:
    """The local part without what divides it."""
    return local.replace(".", "").replace("_", "").replace("-", "")


def mailboxes(addresses: Codes, values: tuple[str, ...], root: Codes) -> Mailboxes:
    """Facts about every mailbox. One used under three first names or more is shared, whatever it is called."""
    boxes = coded(map(emails.mailbox, values))
    codes = np.append(boxes.codes, np.int32(MISSING))[addresses]
    # A mailbox has lost its +tag already: what stands before the @ is the local part.
    by_local, by_domain = (coded(map(itemgetter(n), map(_PARTED, boxes.values))) for n in (0, 2))
    local = np.append(by_local.codes, np.int32(MISSING))
    domain = np.append(by_domain.codes, np.int32(MISSING))
    role = np.array([emails.names_a_role(value) for value in by_local.values] + [False], dtype=np.bool_)
    shared = role[local] | (names_of(codes, root, len(boxes.values)) >= _FIRST_NAMES_OF_A_SHARED_ONE)
    # Providers differ in whether dots count: at another domain ana.ruiz is anaruiz.
    plain = coded(_letters(value) or value for value in by_local.values)
    undigited = coded(value.rstrip("0123456789") for value in by_local.values)
    stem = undigited.take(value.rstrip("._-") for value in undigited.values)
    employer = [None if web.is_free_mail(value) else web.registrable(value) for value in by_domain.values]
    corporate = np.array([name is not None for name in employer] + [False], dtype=np.bool_)
    return Mailboxes(
        codes=codes,
        values=boxes.values,
        shared=shared,
        local=local,
        local_values=by_local.values,
        domain=domain,
        domain_values=by_domain.values,
        employer_of=tuple(employer),
        corporate=corporate,
        length=_lengths(by_local.values),
        plain=np.append(plain.codes, np.int32(MISSING)),
        plain_length=_lengths(plain.values),
        letters=Letters.of(plain.values),
        stem=np.append(stem.codes, np.int32(MISSING)),
        undigited=np.append(undigited.codes, np.int32(MISSING)),
        held=Held.of(codes, shared, local, domain, corporate, np.append(plain.codes, np.int32(MISSING))),
    )


def _lengths(values: tuple[str, ...]) -> Ints:
    return np.array([*map(len, values), 0], dtype=np.int64)
