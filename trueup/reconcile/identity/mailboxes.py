"""E-mail as evidence: whose address it is, who else uses it, and what its parts tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.addresses import Locals, Parted
from trueup.reconcile.identity.arrays import MISSING, Bools, Codes, Ints
from trueup.reconcile.identity.encode import names_of, numbered
from trueup.reconcile.identity.spelling import Numbers
from trueup.reconcile.normalize import emails, web

_FIRST_NAMES_OF_A_SHARED_ONE = 3
LOCAL_LENGTH = 5
_T = TypeVar("_T", bound=np.generic)


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


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """Up to a few mailboxes a record, as codes, and facts of each by code (one more element serves MISSING)."""

    codes: Codes
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
    stem: Numbers
    undigited: Numbers
    held: Held

    @property
    def employers(self) -> frozenset[str]:
        """Domains at which not just anybody has a mailbox."""
        return frozenset(name for name in self.employer_of if name)

    @property
    def locals_for_blocking(self) -> Codes:
        """What stands before the @ of personal mailboxes, where it is long enough to tell something."""
        telling = self.length[self.local] >= LOCAL_LENGTH
        of_box = np.where(~self.shared & telling, self.local, np.int32(MISSING))
        return np.asarray(of_box[self.codes])


def mailboxes(addresses: Codes, values: tuple[str, ...], root: Codes) -> Mailboxes:
    """Facts about every mailbox. One used under three first names or more is shared, whatever it is called."""
    # A mailbox has lost its +tag already: what stands before the @ is the local part.
    boxes = [*map(emails.mailbox, values)]
    parted = Parted.of(boxes)
    number, begins = numbered(parted.whole)
    codes = _and_none(number, MISSING)[addresses]
    local, of_local = numbered(parted.local[begins])
    domain, of_domain = numbered(parted.domain[begins])
    cuts = zip(begins[of_local].tolist(), parted.length[begins[of_local]].tolist(), strict=True)
    local_values = tuple(boxes[place][:length] for place, length in cuts)
    domain_values = tuple(boxes[place].rpartition("@")[2] for place in begins[of_domain].tolist())
    del boxes, parted
    local, domain = _and_none(local, MISSING), _and_none(domain, MISSING)
    facts = Locals.of(local_values)
    shared = _and_none(facts.role, False)[local] | (names_of(codes, root, len(begins)) >= _FIRST_NAMES_OF_A_SHARED_ONE)
    # Providers differ in whether dots count: at another domain ana.ruiz is anaruiz.
    plain, of_plain = numbered(facts.plain)
    plain = _and_none(plain, MISSING)
    employer = [None if web.is_free_mail(value) else web.registrable(value) for value in domain_values]
    corporate = np.array([name is not None for name in employer] + [False], dtype=np.bool_)
    return Mailboxes(
        codes=codes,
        shared=shared,
        local=local,
        local_values=local_values,
        domain=domain,
        domain_values=domain_values,
        employer_of=tuple(employer),
        corporate=corporate,
        length=_and_none(facts.length, 0),
        plain=plain,
        plain_length=_and_none(facts.plain_length[of_plain], 0),
        letters=Letters(
            _and_none(facts.plain[of_plain], 0),
            _and_none(facts.only_letters[of_plain], False),
            _and_none(facts.no_letters[of_plain], True),
        ),
        stem=_and_none(facts.stem, 0),
        undigited=_and_none(facts.undigited, 0),
        held=Held.of(codes, shared, local, domain, corporate, plain),
    )


def _and_none(facts: NDArray[_T], none: int) -> NDArray[_T]:
    """Facts by code, with one more element that serves MISSING."""
    return np.append(facts, np.array([none], dtype=facts.dtype))
