"""The telephone numbers of people as codes, and which of them are a switchboard's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trueup.reconcile.identity.arrays import MISSING, Bools, Codes
from trueup.reconcile.identity.encode import names_of

_NAMES_OF_A_SWITCHBOARD = 3


@dataclass(frozen=True, slots=True)
class Phones:
    """Up to two numbers a record, as codes, and which numbers are a switchboard's (one more element serves MISSING).

    `own` has the other numbers alone, in the same slots; `known` says which records have a number at all.
    """

    codes: Codes
    switchboard: Bools
    own: Codes
    known: Bools

    @classmethod
    def of(cls, codes: Codes, of_companies: Bools, family_key: Codes) -> Phones:
        """Switchboards are numbers of companies, and those under which people of three last names or more are
        reached."""
        many = names_of(codes, family_key, len(of_companies)) >= _NAMES_OF_A_SWITCHBOARD
        switchboard = np.append(of_companies, False) | many
        return cls(
            codes=codes,
            switchboard=switchboard,
            own=np.where(switchboard[codes], np.int32(MISSING), codes),
            known=np.asarray((codes >= 0).any(axis=1)),
        )

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return len(self.switchboard) - 1
