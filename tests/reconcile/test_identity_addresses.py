"""The parts of many addresses at once are those that each has by itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trueup.reconcile.identity import spelling
from trueup.reconcile.identity.addresses import Locals, Parted
from trueup.reconcile.identity.spelling import Line, Numbers, Spelled
from trueup.reconcile.normalize import emails

LOCALS = st.lists(
    st.one_of(
        st.text("ab1._-", max_size=7),
        st.text("aé'ñ中+.9", max_size=6),
        st.sampled_from(["info", "sales-emea", "sal.es", "in.fo", "team.ana", "o'info", "support2", "it", "sales-ana"]),
    ),
    max_size=12,
)


def numbers(texts: list[str]) -> list[int]:
    found: list[int] = Spelled.of(texts).number[:-1].tolist()
    return found


def plain(text: str) -> str:
    return text.replace(".", "").replace("_", "").replace("-", "") or text


def undigited(text: str) -> str:
    return text.rstrip("0123456789")


def stem(text: str) -> str:
    return undigited(text).rstrip("._-")


@given(st.lists(st.text("ab.@é", max_size=8), max_size=12))
@example(["", "@", "a@", "@a", "a@b@c", ""])
def test_an_address_is_parted_at_its_last_at(addresses: list[str]) -> None:
    found, parts = Parted.of(addresses), [address.rpartition("@") for address in addresses]
    assert found.whole.tolist() == numbers(addresses)
    assert found.local.tolist() == numbers([local for local, _, _ in parts])
    assert found.domain.tolist() == numbers([domain for _, _, domain in parts])
    assert found.length.tolist() == [len(local) for local, _, _ in parts]


@pytest.mark.parametrize(
    ("said", "spelled"),
    [("plain", plain), ("undigited", undigited), ("stem", stem)],
    ids=["plain", "undigited", "stem"],
)
@given(locals_=LOCALS)
@example(locals_=["", "1", ".1", "a.1", "1a", "a_1-", "..", ""])
def test_what_is_left_of_a_local_part(said: str, spelled: Callable[[str], str], locals_: list[str]) -> None:
    found: Numbers = getattr(Locals.of(locals_), said)
    assert found.tolist() == numbers([spelled(local) for local in locals_])


@given(LOCALS)
def test_what_a_local_part_is_made_of(locals_: list[str]) -> None:
    found = Locals.of(locals_)
    assert found.length.tolist() == [*map(len, locals_)]
    assert found.plain_length.tolist() == [len(plain(local)) for local in locals_]
    assert found.only_letters.tolist() == [plain(local).isalpha() for local in locals_]
    assert found.no_letters.tolist() == [not local.strip("._-") for local in locals_]


@given(LOCALS)
def test_a_role_is_found_whatever_else_stands_in_the_local_part(locals_: list[str]) -> None:
    assert Locals.of(locals_).role.tolist() == [*map(emails.names_a_role, locals_)]


@given(LOCALS)
def test_slices_change_nothing(locals_: list[str]) -> None:
    whole = Locals.of(locals_)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spelling, "_AT_ONCE", 2)
        parts = Locals.of(locals_)
    assert all(np.array_equal(getattr(whole, name), getattr(parts, name)) for name in Locals.__dataclass_fields__)


@given(st.lists(st.text("abé", max_size=5)), st.data())
def test_a_stretch_of_a_line_has_the_number_of_its_text(texts: list[str], data: st.DataObject) -> None:
    text = "".join(texts)
    first = data.draw(st.integers(0, len(text)))
    behind = data.draw(st.integers(first, len(text)))
    found = Line.of(texts).number(np.array([first]), np.array([behind]))
    assert found.tolist() == numbers([text[first:behind]])
