"""How employers make addresses of names, where the whole name is not known, or not all of the address follows from it.

`patriciaj@`, `esmith@` or `james.movanb@` are what a Patricia, a Smith or a James Movan is given at any employer: a
first name and a letter or two, or a last name behind a first name or a letter, perhaps with a letter more where that
address was taken.
"""

from __future__ import annotations

from collections.abc import Collection

from trueup.reconcile.normalize import names

_BEHIND = 2
"""Letters or digits behind a first name: the initials of the last name, or what tells two of one name apart."""
_SHORTEST = 3
_SLIPPED = 4
"""Shorter last names are not looked for with a slip, or with a letter behind them."""


def made_of_a_name(local: str, given: Collection[str], family: Collection[str]) -> bool:
    """Whether letters and digits before an @ are a first name and a little more, or have one of the last names in them.

    A first name is any that exists, or one of `given`: what a record lacks or misspells is right in its address.
    """
    size = len(local)
    if any(_is_given(local[:cut], given) for cut in range(max(_SHORTEST, size - _BEHIND), size)):
        return True
    # A last name may have a letter more or less: only so long can it be.
    for length in {len(name) + more for name in family for more in (-1, 0, 1)}:
        if not 0 < length <= size:
            continue
        before, behind = local[: size - length], local[length:]
        if (size - length < 2 or _is_given(before, given)) and _is_family(local[size - length :], family):
            return True
        if (size - length < 2 or _is_given(behind, given)) and _is_family(local[:length], family):
            return True
    return False


def _is_given(text: str, given: Collection[str]) -> bool:
    return len(text) >= _SHORTEST and (text in given or names.is_common(text))


def _is_family(text: str, family: Collection[str]) -> bool:
    from rapidfuzz.distance import OSA

    return any(
        len(name) >= _SHORTEST
        and (text == name or (len(name) >= _SLIPPED and OSA.distance(text, name, score_cutoff=1) <= 1))
        for name in family
    )
