"""E-mail as evidence: whose address it is, who else uses it, and what its parts tell."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter, methodcaller

import numpy as np

from trueup.reconcile.identity.comparisons import any_equal, similarity
from trueup.reconcile.identity.encode import MISSING, Bools, Codes, Ints, coded, names_of
from trueup.reconcile.identity.pairing import Sheet
from trueup.reconcile.identity.spelling import Forms, Numbers, Spelled, from_name
from trueup.reconcile.normalize import emails, web

_FIRST_NAMES_OF_A_SHARED_ONE = 3
_LOCAL_LENGTH = 5
_PARTED = methodcaller("rpartition", "@")


@dataclass(frozen=True, slots=True)
class Names:
    """The dictionary of name parts, and each record's first and last name in it."""

    words: tuple[str, ...]
    spelled: Spelled
    forms: Forms
    given: Codes
    family: Codes


@dataclass(frozen=True, slots=True)
class Besides:
    """What is known of each pair besides its addresses, and decides what they are worth.

    `other_given` and `other_family`: the names clearly differ; `agree`: both names agree; `no_given`: one first name is
    not known; `abroad`: the countries differ.
    """

    other_given: Bools
    other_family: Bools
    agree: Bools
    no_given: Bools
    abroad: Bools


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
        telling = np.array([len(value) >= _LOCAL_LENGTH for value in self.local_values] + [False])
        of_box = np.where(~self.shared & telling[self.local], self.local, MISSING).astype(np.int32)
        return np.asarray(of_box[self.codes])

    def compare(
        self,
        sheet: Sheet,
        left: Ints,
        right: Ints,
        besides: Besides,
        names: Names,
    ) -> Bools:
        """Mark the ladder `email`; says which pairs share a personal mailbox."""
        other_given, other_family = besides.other_given, besides.other_family
        held = self.held
        hit, code = any_equal(held.personal, left, right)
        shared_hit, _ = any_equal(held.shared, left, right)
        sheet.mark("email", "other", held.any_personal[left] & held.any_personal[right])
        same_corporate, _ = any_equal(held.corporate, left, right)
        sheet.mark("email", "colleague", same_corporate)
        self._numbered(sheet, left, right, same_corporate & ~hit)
        # Where a first name is not known, the letter that differs may be its initial: bsmith@ is no slip of asmith@.
        no_slip = hit | other_given | other_family | besides.no_given
        self._near(sheet, left, right, no_slip, names)
        self._same_local(sheet, left, right, hit, besides, names)
        sheet.mark("email", "shared", shared_hit & ~hit)
        words, family = names.words, names.family
        another = np.zeros(len(left), dtype=bool)
        doubt = np.flatnonzero(hit & other_family & ~other_given)
        another[doubt] = [
            not self._names_family(c, words[f] if f >= 0 else "", words[g] if g >= 0 else "")
            for c, f, g in zip(
                code[doubt].tolist(), family[left[doubt]].tolist(), family[right[doubt]].tolist(), strict=True
            )
        ]
        sheet.mark("email", "exact", hit & ~other_given)
        sheet.mark("email", "other_last", another)
        sheet.mark("email", "other_name", hit & other_given)
        share = sheet.shares(self.codes, len(self.values))[code]
        _, local_code = any_equal(held.plain, left, right)
        local_share = sheet.shares(held.plain, len(self.plain_length))[local_code]
        sheet.common("email", np.where(hit, share, local_share))
        return hit & ~other_given & ~another

    def _reads(self, slots: Ints, rows: Ints, names: Names) -> Bools:
        """Whether the mailbox in a slot of each record follows from the record's name."""
        local = self.plain[self.local[self.codes[rows, slots]]]
        follows = from_name(
            self.letters.number[local], names.given[rows], names.family[rows], names.spelled, names.forms
        )
        return np.asarray((follows & self.letters.only[local]) | self.letters.none[local])

    def _slot_of(self, local: Codes, rows: Ints, code: Codes) -> Ints:
        """The first slot in which each record has the local part."""
        return np.asarray(np.argmax(local[rows] == code[:, None], axis=1))

    def _names_family(self, code: int, *families: str) -> bool:
        """Whether the address carries one of the last names: somebody married and kept it. `anna@` any Anna may
        have."""
        letters = "".join(ch for ch in self.values[code].partition("@")[0] if ch.isalpha())
        return any(len(family) >= 3 and family.replace(" ", "") in letters for family in families)

    def _near(self, sheet: Sheet, left: Ints, right: Ints, out: Bools, names: Names) -> None:
        """A slip of the finger before the @, at the same domain; `annak@`, `annam@` with other names are two people."""
        from rapidfuzz.distance import OSA

        together, _ = any_equal(self.held.domain, left, right)
        local = self.held.local
        rest = np.flatnonzero(together & ~out)
        a, b = local[left[rest], 0], local[right[rest], 0]
        known = (a >= 0) & (b >= 0)
        a, b, rest = a[known], b[known], rest[known]
        length = self.length
        close = (similarity(self.local_values, a, b, OSA.distance) <= 1) & (np.minimum(length[a], length[b]) >= 6)
        # anna1 and anna2 are two people's choice of a free name, not a slip.
        close &= self.undigited[a] != self.undigited[b]
        # hofmann@ and hoffmann@, each spelled as its own person is: nothing slipped.
        chosen = np.flatnonzero(close)
        first = np.zeros(len(chosen), dtype=np.int64)
        own = self._reads(first, left[rest[chosen]], names) & self._reads(first, right[rest[chosen]], names)
        close[chosen[own]] = False
        # anna.ruizb@ beside anna.ruiz@: the company tells two people of one name apart, by a letter as by a number.
        close[chosen[self._lettered(a[chosen], b[chosen], left[rest[chosen]], right[rest[chosen]], names)]] = False
        typo = np.zeros(len(left), dtype=bool)
        typo[rest[close]] = True
        sheet.mark("email", "typo", typo)

    def _lettered(self, a: Codes, b: Codes, left: Ints, right: Ints, names: Names) -> Bools:
        """Which of the local parts differ by a letter at the end of one, where the other is the whole name."""
        first = np.zeros(len(a), dtype=np.int64)
        whole = np.where(
            self.length[a] < self.length[b], self._reads(first, left, names), self._reads(first, right, names)
        )
        values = self.local_values
        both = [sorted((values[i], values[j]), key=len) for i, j in zip(a.tolist(), b.tolist(), strict=True)]
        ends = [longer[:-1] == shorter for shorter, longer in both]
        return np.asarray(whole & np.array(ends, dtype=np.bool_))

    def _numbered(self, sheet: Sheet, left: Ints, right: Ints, pairs: Bools) -> None:
        """`ana.ruiz@` and `ana.ruiz2@` at one company: it needed the number to tell two people apart."""
        maybe = np.flatnonzero(pairs)
        one, other = self.held.personal[left[maybe]], self.held.personal[right[maybe]]
        numbered = np.zeros(len(left), dtype=bool)
        for i in range(one.shape[1]):
            for j in range(one.shape[1]):
                x, y = one[:, i], other[:, j]
                # The domain belongs to it: what counts is the same stem at the same domain.
                stem, same = self.stem[self.local[x]], self.domain[x] == self.domain[y]
                numbered[maybe] |= (stem >= 0) & (stem == self.stem[self.local[y]]) & same & (x != y)
        sheet.mark("email", "numbered", numbered)

    def _same_local(
        self,
        sheet: Sheet,
        left: Ints,
        right: Ints,
        hit: Bools,
        besides: Besides,
        names: Names,
    ) -> None:
        """The same before the @ at another domain: a slip in the domain, an own handle, or simply the person's name.

        Dots do not count.
        What follows from a name tells nothing more where the names agree already, for every namesake has it too. And
        free mailboxes of one name at two providers, with people in two countries, are namesakes' rather than one's.
        """
        from rapidfuzz.distance import OSA

        local, personal = self.held.plain, self.held.personal
        same, code = any_equal(local, left, right)
        rest = np.flatnonzero(same & ~hit)
        if not len(rest):
            return
        a, b = personal[left[rest], 0], personal[right[rest], 0]
        known = (a >= 0) & (b >= 0)
        slip = np.zeros(len(rest), dtype=bool)
        where = np.flatnonzero(known)
        slip[where] = similarity(self.domain_values, self.domain[a[where]], self.domain[b[where]], OSA.distance) <= 1
        one, other, shared = left[rest], right[rest], code[rest]
        slot, beside = self._slot_of(local, one, shared), self._slot_of(local, other, shared)
        reads = self._reads(slot, one, names) | self._reads(beside, other, names)
        long = self.plain_length[shared] >= _LOCAL_LENGTH
        at = self.domain[personal[one, slot]], self.domain[personal[other, beside]]
        free = ~self.corporate[at[0]] & ~self.corporate[at[1]]
        namesake, abroad = reads & besides.agree[rest], (reads | long) & free & besides.abroad[rest]
        for key, chosen in (
            ("name_local", reads & ~namesake),
            ("namesake", namesake),
            ("handle", ~reads & long),
            ("abroad", abroad),
            ("domain_typo", slip & long),
        ):
            mask = np.zeros(len(left), dtype=bool)
            mask[rest[chosen]] = True
            sheet.mark("email", key, mask)


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
