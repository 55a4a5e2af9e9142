"""Which value survives when linked records do not hold the same, by the policy's rule for the field.

The order of thought is fixed: a blank never beats a value (unless the policy lets the owner's blank erase); consent
only becomes stricter; what only one side changed since the two last agreed is the news; then the field's strategy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trueup.model.policy import Blanks, Strategy, TruthRule
from trueup.model.refs import Ref

CONSENT = frozenset({"email_opt_out"})
"""Fields that a sync may set to true but never to false."""

_MISSING = frozenset({"blank", "junk"})


@dataclass(frozen=True, slots=True)
class Claim:
    """What one record says: its raw value, the judged state and norm, and when it changed.

    `base` is the norm of the value last agreed on, `has_base` whether there is one. `modified_at` is of the whole
    record: CRMs do not tell it per field.
    """

    ref: Ref
    value: str | None
    state: str
    norm: str | None = None
    modified_at: datetime | None = None
    has_base: bool = False
    base: str | None = None

    @property
    def missing(self) -> bool:
        """Whether the record says nothing."""
        return self.state in _MISSING

    @property
    def moved(self) -> bool:
        """Whether the value is another than the one last agreed on."""
        return self.has_base and self.norm != self.base


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whose value survives and why; `winner` None means that a person must decide, or that nothing is to be done."""

    winner: Claim | None
    why: str


def survive(name: str, rule: TruthRule, claims: Sequence[Claim]) -> Ruling:
    """Choose the surviving claim for the field `name`. The result does not depend on the order of the claims."""
    claims = sorted(claims, key=lambda claim: claim.ref)
    known = [claim for claim in claims if claim.state == "known"]
    if name in CONSENT:
        return _strictest(known)
    if not known:
        return Ruling(None, "no side has a usable value")
    owner = _owners(rule, claims)
    blank = [claim for claim in claims if claim.missing]
    if blank:
        return _blanks(rule, known, blank, owner)
    if len({claim.norm for claim in known}) == 1:
        return Ruling(known[0], "all sides agree")
    return _conflict(rule, known)


def _blanks(rule: TruthRule, known: list[Claim], blank: list[Claim], owner: Claim | None) -> Ruling:
    if rule.blanks is Blanks.OVERWRITE and owner in blank:
        return Ruling(owner, f"{rule.owner} owns the field and its blank erases, as the policy says")
    if rule.blanks is Blanks.KEEP:
        return Ruling(None, "the policy keeps blanks of this field")
    if len({claim.norm for claim in known}) > 1:
        return _conflict(rule, known)
    return Ruling(_first(known, rule), "it fills a blank")


def _conflict(rule: TruthRule, known: list[Claim]) -> Ruling:
    if rule.strategy is Strategy.REVIEW:
        return Ruling(None, "the policy leaves this field to a person")
    if rule.strategy is Strategy.STRICTEST:
        return _strictest(known)
    moved = [claim for claim in known if claim.moved]
    told = ""
    if all(claim.has_base for claim in known):
        if len(moved) == 1:
            return Ruling(moved[0], f"only {moved[0].ref.system} changed it since both sides agreed")
        if len(moved) > 1:
            told = "both sides changed it since they agreed; "
    return _by_strategy(rule, known, told)


def _by_strategy(rule: TruthRule, known: list[Claim], told: str) -> Ruling:
    if rule.strategy in (Strategy.NEWEST, Strategy.OLDEST):
        dated = [claim for claim in known if claim.modified_at is not None]
        if len(dated) == len(known):
            pick = max if rule.strategy is Strategy.NEWEST else min
            instant = pick(claim.modified_at for claim in dated if claim.modified_at)
            best = [claim for claim in dated if claim.modified_at == instant]
            if len({claim.norm for claim in best}) == 1:
                word = "last" if rule.strategy is Strategy.NEWEST else "first"
                return Ruling(
                    _first(best, rule), f"{told}its record was changed {word} (CRMs date records, not fields)"
                )
    if rule.strategy is Strategy.LONGEST:
        size = max(len((claim.value or "").strip()) for claim in known)
        best = [claim for claim in known if len((claim.value or "").strip()) == size]
        if len({claim.norm for claim in best}) == 1:
            return Ruling(_first(best, rule), f"{told}it says most")
    owners = [claim for claim in known if claim.ref.system == rule.owner]
    if len({claim.norm for claim in owners}) == 1:
        why = f"{rule.owner} owns the field"
        return Ruling(
            owners[0], told + (why if rule.strategy is Strategy.OWNER else f"{why}, and the {rule.strategy} is a tie")
        )
    return Ruling(None, f"{told}the policy names no owner whose word would count")


def _strictest(known: list[Claim]) -> Ruling:
    """True wins: somebody who said no once has said no."""
    strict = [claim for claim in known if claim.norm == "true"]
    if strict:
        return Ruling(strict[0], "consent only becomes stricter: yes to opting out wins")
    if known and all(claim.norm == "false" for claim in known):
        return Ruling(None, "nobody opted out")
    return Ruling(
        None, "strictest is for yes-or-no fields; a person must decide" if known else "no side has a usable value"
    )


def _owners(rule: TruthRule, claims: Sequence[Claim]) -> Claim | None:
    return next((claim for claim in claims if claim.ref.system == rule.owner), None)


def _first(claims: Sequence[Claim], rule: TruthRule) -> Claim:
    """The owner's among equals, else the first by ref."""
    return _owners(rule, claims) or claims[0]
