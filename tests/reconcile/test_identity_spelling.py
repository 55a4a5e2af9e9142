"""Texts as numbers give what texts themselves would."""

from __future__ import annotations

import itertools

import numpy as np

from trueup.reconcile.identity.spelling import Forms, Spelled, from_name
from trueup.reconcile.normalize import names
from trueup.reconcile.normalize.companies import company


def test_the_number_of_two_texts_together_follows_from_theirs() -> None:
    texts = ["", "a", "ana", "ruiz", "szczepański", "na", "aa", "李"]
    pairs = list(itertools.product(range(len(texts)), repeat=2))
    spelled = Spelled.of(texts)
    one, other = (spelled.take(np.array(side, dtype=np.int32)) for side in zip(*pairs, strict=True))
    assert one.before(other).tolist() == Spelled.of([texts[a] + texts[b] for a, b in pairs]).number[:-1].tolist()
    assert (
        one.initial.before(other).tolist()
        == Spelled.of([texts[a][:1] + texts[b] for a, b in pairs]).number[:-1].tolist()
    )
    assert len(set(spelled.number.tolist())) == len(texts)


def test_an_address_follows_from_a_name_just_as_its_letters_say() -> None:
    words = ["james", "jim", "ana", "de la cruz", "smith", "a", "robert"]
    locals_ = ["jsmith", "smithj", "jamess", "james", "jamessmith", "smithjames", "jim", "jimsmith", "smithbob", "bob",
               "smith", "delacruz", "anadelacruz", "adelacruz", "delacruza", "x", "jamesana", "robertsmit"]  # fmt: skip
    said = Spelled.of(locals_).number[:-1]
    spelled, forms = Spelled.of([word.replace(" ", "") for word in words]), Forms.of(words)
    for given, family in itertools.product(range(-1, len(words)), repeat=2):
        g, f = ("" if code < 0 else words[code].replace(" ", "") for code in (given, family))
        made = {g[:1] + f, f + g[:1], g + f[:1], f}
        for form in (g, *names.forms(g)):
            made |= {form, form + f, f + form}
        codes = (np.full(len(said), code, dtype=np.int32) for code in (given, family))
        got = from_name(said, *codes, spelled, forms)
        assert got.tolist() == [local in made for local in locals_], (g, f)


def test_the_short_way_through_a_company_name_gives_what_the_long_one_gives() -> None:
    for text, wanted in (
        ("Acme GmbH", "acme"),
        ("Acme Systems Inc.", "acme systems"),
        ("NA Inc.", "na inc"),
        ("The Acme Corp", "acme"),
        ("Acme Intl Ltd", "acme international"),
        ("Acme Pty Ltd", "acme"),
        ("GmbH", "gmbh"),
    ):
        assert company(text) == wanted
        assert company(wanted) == wanted
