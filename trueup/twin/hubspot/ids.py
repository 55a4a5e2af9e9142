"""Makes HubSpot record ids: digits only, and not in the order of creation.

Real ids grow in the large and jump about in the small: contacts made one second apart were numbered 73088854263,
73133404393 and 73279037630, and ten made in one batch were scattered (recorded by RHA). Clients that take an id for an
age, or a page cursor for a promise that newer records come later, must be caught out here as they would be there.
"""

from __future__ import annotations

_BLOCK = 65_536
"""How many neighbours are shuffled among each other."""

_STEP = 3_051
"""The mean distance between two ids of a block; a block spans about 200 million numbers, as in the recording."""

_FIRST = {
    "contacts": 73_000_000_000,
    "companies": 23_800_000_000,
    "deals": 31_200_000_000,
    "tickets": 18_100_000_000,
    "leads": 404_000_000_000,
    "calls": 65_300_000_000,
    "emails": 66_700_000_000,
    "meetings": 68_200_000_000,
    "notes": 64_100_000_000,
    "tasks": 69_900_000_000,
    "communications": 70_500_000_000,
    "postal_mail": 71_500_000_000,
    "users": 207_000_000,
}

_FIRST_OTHER = 12_000_000_000


def make_id(object_name: str, n: int) -> str:
    """The id of the `n`-th record (from 0) of an object type: always the same, never shared by two values of `n`."""
    block, place = divmod(n, _BLOCK)
    # An odd multiplier permutes a power of two; the wobble hides the even spacing.
    shuffled = (place * 40_503 + 12_345 + block * 7_919) % _BLOCK
    wobble = (shuffled * 2_654_435_761 >> 7) % _STEP
    return str(_FIRST.get(object_name, _FIRST_OTHER) + (block * _BLOCK + shuffled) * _STEP + wobble)
