"""E-mail as evidence: whose address it is, who else uses it, and what its parts tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from trueup.reconcile.identity.comparisons import any_equal, similarity
from trueup.reconcile.identity.encode import MISSING, Bools, Codes, Ints, recode
from trueup.reconcile.identity.pairing import Sheet
from trueup.reconcile.normalize import emails, web

_FIRST_NAMES_OF_A_SHARED_ONE = 3
_LOCAL_LENGTH = 5


Names = tuple[tuple[str, ...], Codes, Codes]
"""The dictionary of name parts, and each record's first and last name in it."""


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
    stem: Codes
    undigited: Codes
    reads: NDArray[np.int8]

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
        personal = np.where(self.shared[self.codes], MISSING, self.codes).astype(np.int32)
        hit, code = any_equal(personal, left, right)
        shared_hit, _ = any_equal(np.where(self.shared[self.codes], self.codes, MISSING).astype(np.int32), left, right)
        has = np.asarray((personal >= 0).any(axis=1))
        sheet.mark("email", "other", has[left] & has[right])
        domains = np.where(personal >= 0, self.domain[personal], MISSING).astype(np.int32)
        corporate = np.where(self.corporate[domains], domains, MISSING).astype(np.int32)
        same_corporate, _ = any_equal(corporate, left, right)
        sheet.mark("email", "colleague", same_corporate)
        self._numbered(sheet, left, right, personal, same_corporate & ~hit)
        # Where a first name is not known, the letter that differs may be its initial: bsmith@ is no slip of asmith@.
        no_slip = hit | other_given | other_family | besides.no_given
        self._near(sheet, left, right, personal, domains, no_slip, names)
        self._same_local(sheet, left, right, personal, hit, besides, names)
        sheet.mark("email", "shared", shared_hit & ~hit)
        words, _, family = names
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
        local = self._plain_matrix(personal)
        _, local_code = any_equal(local, left, right)
        local_share = sheet.shares(local, len(self.plain_length))[local_code]
        sheet.common("email", np.where(hit, share, local_share))
        return hit & ~other_given & ~another

    def _reads(self, slots: Ints, rows: Ints, names: Names) -> Bools:
        """Whether the mailbox in a slot of each record follows from the record's name; worked out when first asked."""
        words, given, family = names
        asked = np.unique(rows * self.reads.shape[1] + slots)
        row, slot = asked // self.reads.shape[1], asked % self.reads.shape[1]
        fresh = self.reads[row, slot] < 0
        row, slot = row[fresh], slot[fresh]
        self.reads[row, slot] = [
            _reads_as_name(self.local_values[c], words[g] if g >= 0 else "", words[f] if f >= 0 else "")
            for c, g, f in zip(
                self.local[self.codes[row, slot]].tolist(), given[row].tolist(), family[row].tolist(), strict=True
            )
        ]
        return np.asarray(self.reads[rows, slots] > 0)

    def _slot_of(self, local: Codes, rows: Ints, code: Codes) -> Ints:
        """The first slot in which each record has the local part."""
        return np.asarray(np.argmax(local[rows] == code[:, None], axis=1))

    def _names_family(self, code: int, *families: str) -> bool:
        """Whether the address carries one of the last names: somebody married and kept it. `anna@` any Anna may
        have."""
        letters = "".join(ch for ch in self.values[code].partition("@")[0] if ch.isalpha())
        return any(len(family) >= 3 and family.replace(" ", "") in letters for family in families)

    def _local_matrix(self, personal: Codes) -> Codes:
        return np.where(personal >= 0, self.local[personal], MISSING).astype(np.int32)

    def _plain_matrix(self, personal: Codes) -> Codes:
        return np.where(personal >= 0, self.plain[self.local[personal]], MISSING).astype(np.int32)

    def _near(
        self, sheet: Sheet, left: Ints, right: Ints, personal: Codes, domains: Codes, out: Bools, names: Names
    ) -> None:
        """A slip of the finger before the @, at the same domain; `annak@`, `annam@` with other names are two people."""
        from rapidfuzz.distance import OSA

        together, _ = any_equal(domains, left, right)
        local = self._local_matrix(personal)
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
        typo = np.zeros(len(left), dtype=bool)
        typo[rest[close]] = True
        sheet.mark("email", "typo", typo)

    def _numbered(self, sheet: Sheet, left: Ints, right: Ints, personal: Codes, pairs: Bools) -> None:
        """`ana.ruiz@` and `ana.ruiz2@` at one company: it needed the number to tell two people apart."""
        # The domain belongs to the key: what counts is the same stem at the same domain.
        key = np.where(personal >= 0, self.stem[self.local[personal]].astype(np.int64), MISSING)
        domain = np.where(personal >= 0, self.domain[personal], MISSING)
        numbered = np.zeros(len(left), dtype=bool)
        for i in range(personal.shape[1]):
            for j in range(personal.shape[1]):
                x, y = left, right
                numbered |= (
                    (key[x, i] >= 0)
                    & (key[x, i] == key[y, j])
                    & (domain[x, i] == domain[y, j])
                    & (personal[x, i] != personal[y, j])
                )
        sheet.mark("email", "numbered", numbered & pairs)

    def _same_local(
        self,
        sheet: Sheet,
        left: Ints,
        right: Ints,
        personal: Codes,
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

        local = self._plain_matrix(personal)
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


@lru_cache(maxsize=65_536)
def _reads_as_name(local: str, given: str, family: str) -> bool:
    """Whether the local part follows from the person's name, so that another person of that name would have it too."""
    letters = _letters(local)
    if letters and not letters.isalpha():
        return False
    given, family = given.replace(" ", ""), family.replace(" ", "")
    likely = {given, family, given + family, family + given, given[:1] + family, family + given[:1], given + family[:1]}
    return letters in likely or not letters


def _letters(local: str) -> str:
    """The local part without what divides it."""
    return local.replace(".", "").replace("_", "").replace("-", "")


def mailboxes(addresses: Codes, values: tuple[str, ...], root: Codes) -> Mailboxes:
    """Facts about every mailbox. One used under three first names or more is shared, whatever it is called."""
    boxes = recode(addresses.ravel(), [emails.mailbox(value) for value in values])
    codes = boxes.codes.reshape(addresses.shape)
    # A mailbox has lost its +tag already: what stands before the @ is the local part.
    parted = [value.rpartition("@") for value in boxes.values]
    locals_, domains = [local for local, _, _ in parted], [domain for _, _, domain in parted]
    by_local = recode(np.arange(len(locals_), dtype=np.int32), list(locals_))
    by_domain = recode(np.arange(len(domains), dtype=np.int32), list(domains))
    role = np.array([emails.names_a_role(value) for value in by_local.values] + [False], dtype=np.bool_)
    shared: Bools = np.append(role[by_local.codes], False)
    row, slot = np.nonzero((codes >= 0) & (root >= 0)[:, None])
    if len(row):
        distinct = np.unique(np.stack([codes[row, slot], root[row]]), axis=1)
        first_names = np.bincount(distinct[0], minlength=len(boxes.values) + 1)
        shared |= first_names >= _FIRST_NAMES_OF_A_SHARED_ONE
    bare = [value.rstrip("0123456789") for value in by_local.values]
    here = np.arange(len(bare), dtype=np.int32)
    # Providers differ in whether dots count: at another domain ana.ruiz is anaruiz.
    plain = recode(here, [_letters(value) or value for value in by_local.values])
    employer = {value: None if web.is_free_mail(value) else web.registrable(value) for value in by_domain.values}
    return Mailboxes(
        codes=codes,
        values=boxes.values,
        shared=shared,
        local=np.append(by_local.codes, np.int32(MISSING)),
        local_values=by_local.values,
        domain=np.append(by_domain.codes, np.int32(MISSING)),
        domain_values=by_domain.values,
        employer_of=tuple(employer[value] for value in domains),
        corporate=np.array([employer[value] is not None for value in by_domain.values] + [False], dtype=np.bool_),
        length=np.array([len(value) for value in by_local.values] + [0], dtype=np.int64),
        plain=np.append(plain.codes, np.int32(MISSING)),
        plain_length=np.array([len(value) for value in plain.values] + [0], dtype=np.int64),
        stem=np.append(recode(here, [value.rstrip("._-") for value in bare]).codes, np.int32(MISSING)),
        undigited=np.append(recode(here, list(bare)).codes, np.int32(MISSING)),
        reads=np.full(codes.shape, -1, dtype=np.int8),
    )
