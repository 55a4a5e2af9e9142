"""The ladder of e-mail: whether two share a mailbox, what its parts tell beside their names, and what is a slip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import Bools, Codes, Ints
from trueup.reconcile.identity.comparisons import any_equal, any_equal_among, differ, similarity
from trueup.reconcile.identity.encode import Column
from trueup.reconcile.identity.mailboxes import LOCAL_LENGTH, Mailboxes
from trueup.reconcile.identity.name_columns import Names
from trueup.reconcile.identity.pairing import Sheet
from trueup.reconcile.identity.schemes import made_of_a_name
from trueup.reconcile.identity.spelling import Spelled


@dataclass(frozen=True, slots=True)
class Besides:
    """What is known of each pair besides its addresses, and decides what they are worth.

    `other_given` and `other_family`: the names clearly differ; `agree`: both names agree; `no_given`: one first name is
    not known; `country`: that of each record.
    """

    other_given: Bools
    other_family: Bools
    agree: Bools
    no_given: Bools
    country: Column


def mailboxes(of: Mailboxes, sheet: Sheet, left: Ints, right: Ints, besides: Besides, names: Names) -> Bools:
    """Mark the ladder `email`; says which pairs share a personal mailbox."""
    other_given, other_family = besides.other_given, besides.other_family
    held = of.held
    same_domain, _ = any_equal(held.domain, left, right)
    same_local, local_code = any_equal(held.plain, left, right)
    hit, code = any_equal_among(same_domain & same_local, held.personal, left, right)
    shared_hit, _ = any_equal(held.shared, left, right)
    sheet.mark("email", "other", held.any_personal[left] & held.any_personal[right])
    same_corporate, _ = any_equal_among(same_domain, held.corporate, left, right)
    sheet.mark("email", "colleague", same_corporate)
    _numbered(of, sheet, left, right, same_corporate & ~hit)
    # Where a first name is not known, the letter that differs may be its initial: bsmith@ is no slip of asmith@.
    no_slip = hit | other_given | other_family | besides.no_given
    _near(of, sheet, left, right, same_domain & ~no_slip, names)
    _same_local(of, sheet, left, right, same_local & ~hit, local_code, besides, names)
    sheet.mark("email", "shared", shared_hit & ~hit)
    words, family = names.words, names.family
    another = np.zeros(len(left), dtype=bool)
    doubt = np.flatnonzero(hit & other_family & ~other_given)
    another[doubt] = [
        not _names_family(of, c, words[f] if f >= 0 else "", words[g] if g >= 0 else "")
        for c, f, g in zip(
            code[doubt].tolist(), family[left[doubt]].tolist(), family[right[doubt]].tolist(), strict=True
        )
    ]
    sheet.mark("email", "exact", hit & ~other_given)
    sheet.mark("email", "other_last", another)
    sheet.mark("email", "other_name", hit & other_given)
    share = sheet.shares(of.codes, len(of.shared) - 1)
    local_share = sheet.shares(held.plain, len(of.plain_length))
    sheet.common("email", lambda at: np.where(hit[at], share[code[at]], local_share[local_code[at]]))
    return hit & ~other_given & ~another


def _reads(of: Mailboxes, slots: Ints, rows: Ints, names: Names) -> Bools:
    """Whether the mailbox in a slot of each record follows from the record's name."""
    local = of.plain[of.local[of.codes[rows, slots]]]
    follows = names.spell(of.letters.number[local], rows)
    return np.asarray((follows & of.letters.only[local]) | of.letters.none[local])


def _made(of: Mailboxes, boxes: Codes, left: Ints, right: Ints, names: Names) -> Bools:
    """Which of the local parts of mailboxes are made of a name like those of two records, or of any first name."""
    local, words = of.local[boxes].tolist(), names.words
    given, family = (
        [
            {words[code].replace(" ", "") for code in pair if code >= 0}
            for pair in zip(codes[left].tolist(), codes[right].tolist(), strict=True)
        ]
        for codes in (names.given, names.family)
    )
    parts = ("".join(filter(str.isalnum, of.local_values[code])) for code in local)
    return np.array([*map(made_of_a_name, parts, given, family)], dtype=np.bool_)


def _slot_of(local: Codes, rows: Ints, code: Codes) -> Ints:
    """The first slot in which each record has the local part."""
    return np.asarray(np.argmax(local[rows] == code[:, None], axis=1))


def _names_family(of: Mailboxes, code: int, *families: str) -> bool:
    """Whether the address carries one of the last names: somebody married and kept it. `anna@` any Anna may have."""
    letters = "".join(ch for ch in of.local_values[of.local[code]] if ch.isalpha())
    return any(len(family) >= 3 and family.replace(" ", "") in letters for family in families)


def _near(of: Mailboxes, sheet: Sheet, left: Ints, right: Ints, pairs: Bools, names: Names) -> None:
    """A slip of the finger before the @, at the same domain; `annak@`, `annam@` with other names are two people."""
    from rapidfuzz.distance import OSA

    local = of.held.local
    rest = np.flatnonzero(pairs)
    a, b = local[left[rest], 0], local[right[rest], 0]
    known = (a >= 0) & (b >= 0)
    a, b, rest = a[known], b[known], rest[known]
    length = of.length
    close = (similarity(of.local_values, a, b, OSA.distance) <= 1) & (np.minimum(length[a], length[b]) >= 6)
    # anna1 and anna2 are two people's choice of a free name, not a slip.
    close &= of.undigited[a] != of.undigited[b]
    # hofmann@ and hoffmann@, each spelled as its own person is: nothing slipped.
    chosen = np.flatnonzero(close)
    first = np.zeros(len(chosen), dtype=np.int64)
    own = _reads(of, first, left[rest[chosen]], names) & _reads(of, first, right[rest[chosen]], names)
    close[chosen[own]] = False
    # anna.ruizb@ beside anna.ruiz@: the company tells two people of one name apart, by a letter as by a number.
    close[chosen[_lettered(of, a[chosen], b[chosen], left[rest[chosen]], right[rest[chosen]], names)]] = False
    sheet.mark_at("email", "typo", rest[close])


def _lettered(of: Mailboxes, a: Codes, b: Codes, left: Ints, right: Ints, names: Names) -> Bools:
    """Which of the local parts are a name of one of the two and a letter, beside the name itself or another letter."""
    values = of.local_values
    stems = [_stems(values[i], values[j]) for i, j in zip(a.tolist(), b.tolist(), strict=True)]
    pair = np.repeat(np.arange(len(stems)), [*map(len, stems)])
    number = Spelled.of(["".join(filter(str.isalnum, stem)) for of_pair in stems for stem in of_pair]).number[:-1]
    found = np.zeros(len(stems), dtype=np.bool_)
    for rows in (left[pair], right[pair]):
        found[pair[names.spell(number, rows)]] = True
    return found


def _stems(one: str, other: str) -> tuple[str, ...]:
    """What two texts are without the letters at their ends, where nothing else parts them."""
    shorter, longer = sorted((one, other), key=len)
    if longer[:-1] == shorter:
        return shorter, shorter[:-1]
    return (shorter[:-1],) if longer[:-1] == shorter[:-1] else ()


def _numbered(of: Mailboxes, sheet: Sheet, left: Ints, right: Ints, pairs: Bools) -> None:
    """`ana.ruiz@` and `ana.ruiz2@` at one company: it needed the number to tell two people apart."""
    maybe = np.flatnonzero(pairs)
    one, other = of.held.personal.take(left[maybe], axis=0), of.held.personal.take(right[maybe], axis=0)
    numbered = np.zeros(len(maybe), dtype=bool)
    for i in range(one.shape[1]):
        for j in range(one.shape[1]):
            x, y = one[:, i], other[:, j]
            # The domain belongs to it: what counts is the same stem at the same domain.
            stem, same = of.stem[of.local[x]], of.domain[x] == of.domain[y]
            numbered |= (stem != 0) & (stem == of.stem[of.local[y]]) & same & (x != y)
    sheet.mark_at("email", "numbered", maybe[numbered])


def _same_local(
    of: Mailboxes, sheet: Sheet, left: Ints, right: Ints, pairs: Bools, code: Codes, besides: Besides, names: Names
) -> None:
    """The same before the @ at another domain: a slip in the domain, an own handle, or simply the person's name.

    Dots do not count.
    What follows from a name tells nothing more where the names agree already, for every namesake has it too. And
    free mailboxes of one name at two providers, with people in two countries, are namesakes' rather than one's.
    """
    local, personal = of.held.plain, of.held.personal
    rest = np.flatnonzero(pairs)
    a, b = of.held.domain[left[rest], 0], of.held.domain[right[rest], 0]
    slip = (a >= 0) & (b >= 0)
    slip[slip] = sheet.letters(of.domain_values).slips(a[slip], b[slip], 1) <= 1
    one, other, shared = left[rest], right[rest], code[rest]
    slot, beside = _slot_of(local, one, shared), _slot_of(local, other, shared)
    reads = _reads(of, slot, one, names)
    not_yet = np.flatnonzero(~reads)
    reads[not_yet] = _reads(of, beside[not_yet], other[not_yet], names)
    long = of.plain_length[shared] >= LOCAL_LENGTH
    at = of.domain[personal[one, slot]], of.domain[personal[other, beside]]
    # Two employers gave it, and nobody chose it: then a part of a name is a name's too.
    given = np.flatnonzero(~reads & long & of.corporate[at[0]] & of.corporate[at[1]])
    reads[given] = _made(of, personal[one[given], slot[given]], one[given], other[given], names)
    free = ~of.corporate[at[0]] & ~of.corporate[at[1]]
    namesake, abroad = reads & besides.agree[rest], (reads | long) & free & differ(besides.country, one, other)
    for key, chosen in (
        ("name_local", reads & ~namesake),
        ("namesake", namesake),
        ("handle", ~reads & long),
        ("abroad", abroad),
        ("domain_typo", slip & long),
    ):
        sheet.mark_at("email", key, rest[chosen])
