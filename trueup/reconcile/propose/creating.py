"""New records where a counterpart is missing and the policy allows one (LNK001, LNK005, LNK006)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from trueup.model.changes import NEW, Action, Change, Risk
from trueup.model.findings import Finding
from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.policy import Evidence
from trueup.model.refs import Ref
from trueup.reconcile import stages
from trueup.reconcile.propose.context import Context
from trueup.reconcile.propose.fitting import Refusal, allowed, fit_new
from trueup.reconcile.propose.outcome import Item, unfixable
from trueup.reconcile.propose.surroundings import Surroundings, surroundings

_KEPT = frozenset(
    [
        "created_at",
        "record_source",
        "last_activity_at",
        "pipeline",
        "probability",
        "is_closed",
        "is_won",
        "other_emails",
    ]
)
"""Fields that a new record gets from its own system."""

_NEEDED = {Kind.PERSON: ("last_name",), Kind.COMPANY: ("name",), Kind.DEAL: ("name", "stage")}
"""Without these nobody could tell what the new record is, and the CRMs refuse it."""


class Creator:
    """Makes creates in the order companies, people, deals, so that children find the parents made in the same plan."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.made: dict[tuple[str, str], Change] = {}
        self._around = Surroundings()
        self._lonely: frozenset[str] = frozenset()

    def create(self, findings: Sequence[Finding]) -> Iterator[Item]:
        """A create for each finding; its id is stored at the counterpart, and a new deal is tied to its people."""
        self._around = surroundings(self.context.frame, [str(finding.subjects[0]) for finding in findings])
        self._lonely = frozenset(str(f.subjects[0]) for f in findings if f.kind is Kind.DEAL)
        order = {Kind.COMPANY: 0, Kind.PERSON: 1, Kind.DEAL: 2}
        for finding in sorted(findings, key=lambda f: (order[f.kind], f.subjects)):
            source = finding.subjects[0]
            present = {source.system, *(Ref.parse(p).system for p in self.context.partners(str(source)))}
            allowed_in = [s for s in self.context.policy.create_in.get(finding.kind, ()) if s not in present]
            if not allowed_in:
                yield unfixable(finding, "The policy's `create` names no system for the counterpart.")
                continue
            for system in allowed_in:
                try:
                    change = self._create(finding, source, system)
                except Refusal as refusal:
                    yield unfixable(finding, f"{refusal}.")
                    continue
                self.made[str(source), system] = change
                yield change
                yield from self._link_back(finding, source, change)
                yield from self._ties(finding, source, change)

    def _create(self, finding: Finding, source: Ref, system: str) -> Change:
        context, kind = self.context, finding.kind
        if holder := self._around.holders.get((str(source), system)):
            raise Refusal(f"{holder} has the e-mail of {source} already; a person says whether the two are one")
        name = self._object(kind, source, system)
        unique = hashlib.sha256(f"{source}>{system}:{name}".encode()).hexdigest()[:12]
        target = Ref(system, name, f"{NEW}-{unique}")
        values, left_out, needs = self._values(kind, source, target)
        lacking = [n for n in _NEEDED[kind] if n not in values and context.slot(system, name, n) is not None]
        if kind is Kind.PERSON and not context.slot(system, name, "company_id") and "company_name" not in values:
            lacking.append("company_name")
        for canonical, native in context.required.get((system, name), ()):
            if not canonical or (canonical not in values and canonical not in lacking):
                lacking.append(canonical or native)
        if lacking:
            raise Refusal(f"a {name} needs {', '.join(lacking)}, which {source} does not give")
        said = f" Left out: {'; '.join(left_out)}." if left_out else ""
        return Change(
            action=Action.CREATE,
            target=target,
            kind=kind,
            values=values,
            winner=source,
            reason=f"{source} has no counterpart in {system}.{said}",
            rule="create",
            finding=finding.id,
            risk=Risk.HIGH,
            needs=needs,
        )

    def _object(self, kind: Kind, source: Ref, system: str) -> str:
        """The object to create: of people the one whose map has the stage, else one whose stage follows from deals."""
        context = self.context
        able = context.capabilities[system].objects if system in context.capabilities else {}
        objects = [o for o, k in able.items() if k is kind and context.can(Action.CREATE, system, o)]
        if not objects:
            raise Refusal(f"nothing of the kind {kind} can be created in {system}")
        if kind is not Kind.PERSON:
            return objects[0]
        lifecycle = context.policy.lifecycle
        key = self._stage(source)
        mapped = [
            o for o in objects if stages.native_value(lifecycle.values.get(system, {}).get(o, {}), key) is not None
        ]
        derived = [o for o in objects if o in lifecycle.without_deal.get(system, {})]
        if mapped or not key:
            return (mapped or objects)[0]
        follows = self._stage_by_deals(source, system)
        for name in derived:
            if key == (follows or lifecycle.without_deal[system][name]):
                return name
        if not derived:
            raise Refusal(f"nothing of {system} has a value for the stage {key}")
        raise Refusal(f"a {derived[0]} would not have the stage {key} of {source}: it follows from deals in {system}")

    def _stage_by_deals(self, source: Ref, system: str) -> str:
        """The stage that the source's deals in the other system, there now or made by this plan, would give it."""
        lifecycle = self.context.policy.lifecycle
        states = {
            (is_open, won) for deal, is_open, won in self._around.deals[str(source)] if self._will_be(deal, system)
        }
        if any(won for _, won in states):
            return stages.stage_for(lifecycle, Evidence.WON_DEAL, "customer")
        if any(is_open for is_open, _ in states):
            return stages.stage_for(lifecycle, Evidence.OPEN_DEAL, "opportunity")
        return ""

    def _will_be(self, deal: str, system: str) -> bool:
        allowed_in = self.context.policy.create_in.get(Kind.DEAL, ())
        return (deal, system) in self._around.counterparts or (deal in self._lonely and system in allowed_in)

    def _stage(self, source: Ref) -> str:
        return self._around.stages.get(str(source)) or ""

    def _values(self, kind: Kind, source: Ref, target: Ref) -> tuple[dict[str, str | None], list[str], tuple[str, ...]]:
        context = self.context
        values: dict[str, str | None] = {}
        left_out: list[str] = []
        needs: list[str] = []
        record = context.record(str(source))
        for name, field in FIELDS[kind].items():
            slot = context.slot(target.system, target.object, name)
            raw = record.get(name)
            if name in _KEPT or slot is None or not slot.writable or field.type is FieldType.REFS:
                continue
            try:
                if name in ("lifecycle_stage", "stage"):
                    value = self._native_stage(name, source, target, raw)
                elif field.type is FieldType.REF:
                    value = self._ref(name, source, target, raw, needs)
                elif raw is None or context.judge(kind, name, source, raw).missing:
                    continue
                else:
                    value = fit_new(context, kind, name, source, raw, target)
            except Refusal as refusal:
                left_out.append(str(refusal))
                continue
            if value is not None:
                values[name] = value
        if context.stores_id_of(target.system, target.object, source.system, source.object):
            values["foreign_ids"] = str(source)
        self._company_name(kind, source, target, values)
        return values, left_out, tuple(sorted(needs))

    def _company_name(self, kind: Kind, source: Ref, target: Ref, values: dict[str, str | None]) -> None:
        """A contact has its company's name through the company; a new lead wants it written."""
        slot = self.context.slot(target.system, target.object, "company_name")
        if kind is not Kind.PERSON or slot is None or not slot.writable or values.get("company_name"):
            return
        if str(source) in self._around.company_names:
            values["company_name"] = self._around.company_names[str(source)]

    def _native_stage(self, name: str, source: Ref, target: Ref, raw: str | None) -> str | None:
        lifecycle = self.context.policy.lifecycle
        if name == "stage":
            key = lifecycle.deal_values.get(source.system, {}).get(source.object, {}).get(raw or "", "")
            values = lifecycle.deal_values.get(target.system, {}).get(target.object, {})
        else:
            key, values = self._stage(source), lifecycle.values.get(target.system, {}).get(target.object, {})
        native = stages.native_value(values, key) if key else None
        slot = self.context.slot(target.system, target.object, name)
        return allowed(slot, native) if slot and native is not None else native

    def _ref(self, name: str, source: Ref, target: Ref, raw: str | None, needs: list[str]) -> str | None:
        """A reference in the new record's own system: the owner's, or the counterpart's, made in this plan or not."""
        if raw is None:
            return None
        context = self.context
        if name == "owner_id":
            owner = context.owner(source.system, raw)
            here = context.owner_in(target.system, owner) if owner else None
            return here.local if here and here.active else None
        if name not in ("company_id", "parent_id"):
            return None
        parent = f"{source.system}:{raw}"
        if (parent, target.system) in self._around.companies:
            return self._around.companies[parent, target.system].partition(":")[2]
        made = self.made.get((parent, target.system))
        if made is None:
            return None
        needs.append(made.id)
        return str(made.target).partition(":")[2]

    def _link_back(self, finding: Finding, source: Ref, created: Change) -> Iterator[Change]:
        """Where the policy names a field for it, the source stores the id that the new record gets."""
        target = created.target
        if not self.context.stores_id_of(source.system, source.object, target.system, target.object):
            return
        before = self.context.record(str(source)).get("foreign_ids")
        kept = [p for p in (before or "").split(";") if p and not p.startswith(f"{target.system}:{target.object}/")]
        yield Change(
            action=Action.UPDATE,
            target=source,
            kind=finding.kind,
            field="foreign_ids",
            before=before,
            after=";".join(sorted([*kept, str(target)])),
            winner=target,
            reason="It stores the id of its new counterpart.",
            rule="link_id",
            finding=finding.id,
            risk=Risk.LOW,
            needs=(created.id,),
        )

    def _ties(self, finding: Finding, source: Ref, created: Change) -> Iterator[Change]:
        """A new deal is tied to the counterparts of the source's people, a new person to those of its deals."""
        system = created.target.system
        if finding.kind is Kind.DEAL:
            for person in self._around.people[str(source), system]:
                yield from self._tie(finding, source, created.target, Ref.parse(person), created)
            for person in self._around.tied_to[str(source)]:
                if (person, system) in self.made:
                    made = self.made[person, system]
                    yield from self._tie(finding, source, created.target, made.target, created, made)
        elif finding.kind is Kind.PERSON:
            for deal, *_ in self._around.deals[str(source)]:
                if (deal, system) in self._around.counterparts:
                    there = Ref.parse(self._around.counterparts[deal, system])
                    yield from self._tie(finding, source, there, created.target, created)

    def _tie(self, finding: Finding, source: Ref, deal: Ref, person: Ref, *needs: Change) -> Iterator[Change]:
        if not self.context.can(Action.ASSOCIATE, deal.system, deal.object) or self._cannot_tie(person):
            return
        yield Change(
            action=Action.ASSOCIATE,
            target=deal,
            kind=Kind.DEAL,
            others=(person,),
            field="deal_person",
            winner=source,
            reason=f"{source} is tied to the same.",
            rule="associate",
            finding=finding.id,
            risk=Risk.LOW,
            needs=tuple(sorted(change.id for change in needs)),
        )

    def _cannot_tie(self, person: Ref) -> bool:
        """A lead takes no part in deals: it is converted first."""
        slots = self.context.slots
        return (person.system, person.object, "converted") in slots
