"""Properties of proposing over random frames: the same twice, carried out it leaves nothing of it to do, nothing is lost."""

from __future__ import annotations

import campaigns
import pytest
from frame_builder import (
    CAPABILITIES,
    DEAL_STAGES,
    HS_STAGES,
    LEAD_STATUS,
    NOW,
    OPPORTUNITY_STAGES,
    Memory,
    apply,
    make_policy,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from trueup.model.changes import Action
from trueup.model.findings import Finding
from trueup.reconcile import checks
from trueup.reconcile.plan import order
from trueup.reconcile.propose import Proposal, propose

FIELDS = {
    "title": [None, "CFO", "cfo ", "Head of IT", "n/a"],
    "email": [
        None,
        "ada@okafor.example",
        "ADA@okafor.example",
        "a.okafor@okafor.example",
        "ada @okafor.example",
        "nope",
    ],
    "phone": [None, "(212) 555-0134", "+12125550134", "+442079460958", "020 7946 0958", "12", "tbd"],
    "country": [None, "US", "United Kingdom", "Atlantis"],
    "website": [None, "http:/acme.example", "https://www.acme.example/a", "other.example"],
    "email_opt_out": [None, "true", "false"],
}
SOURCES = ([None, "Web", "Trade Show", "Skywriting"], [None, "DIRECT_TRAFFIC", "OTHER_CAMPAIGNS"])


def person(
    fields: dict[str, list[str | None]], stages: list[str], sources: list[str | None], owners: list[str | None]
) -> st.SearchStrategy[dict[str, str | None]]:
    choices = {name: st.sampled_from(values) for name, values in fields.items()}
    return st.fixed_dictionaries(
        {
            **choices,
            "lifecycle_stage": st.sampled_from(stages),
            "original_source": st.sampled_from(sources),
            "owner_id": st.sampled_from(owners),
            "last_name": st.just("Okafor"),
            "company_name": st.just("Okafor Ltd"),
        }
    )


LEADS = person(FIELDS, list(LEAD_STATUS), SOURCES[0], [None, "User/U1", "User/U2", "User/U3"])
CONTACTS = person(FIELDS, list(HS_STAGES), SOURCES[1], [None, "owners/u1", "owners/u2"])


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    memory = Memory(make_policy())
    for short, name in (("U1", "Sam"), ("U2", "Kim"), ("U3", "Lee"), ("u1", "Sam"), ("u2", "Kim")):
        memory.add(
            short, name=name, email=f"{name}@corp.example", active=draw(st.sampled_from(["true", "true", "false"]))
        )
    memory.same("U1", "u1").same("U2", "u2")
    memory.add("L1", modified=draw(st.integers(1, 9)), **draw(LEADS))
    memory.add("c1", modified=draw(st.integers(1, 9)), **draw(CONTACTS))
    together = ["L1", "c1"]
    if draw(st.booleans()):
        memory.add("c2", **draw(CONTACTS))
        together.append("c2")
    memory.same(*together)
    if draw(st.booleans()):
        memory.add("c5", **draw(CONTACTS))
    if draw(st.booleans()):
        memory.add("O1", name="Big", stage=draw(st.sampled_from(list(OPPORTUNITY_STAGES))), amount="5").add(
            "d1", name="Big", stage=draw(st.sampled_from(list(DEAL_STAGES)))
        ).same("O1", "d1")
    for name in ("title", "phone", "email", "original_source"):
        if draw(st.booleans()):
            memory.bases += [
                (short, name, memory.records[short].get(name))
                for short in draw(st.sampled_from([("L1",), ("c1",), ("L1", "c1")]))
            ]  # type: ignore[misc]
    if draw(st.booleans()):
        memory.lost("L9")
        memory.records["c1"]["foreign_ids"] = "salesforce:Lead/L9"
    return memory


def look(memory: Memory) -> tuple[list[Finding], Proposal]:
    con = memory.connection()
    findings = checks.run(con, memory.policy, NOW).findings
    return findings, propose(con, memory.policy, findings, CAPABILITIES, NOW)


@pytest.mark.campaign
@given(memory=memories())
@settings(
    max_examples=campaigns.part(100, least=4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.generate],
)
def test_carried_out_it_converges_and_loses_nothing(memory: Memory) -> None:
    findings, first = look(memory)
    assert look(memory)[1] == first
    assert {f.id for f in findings} <= {c.finding for c in first.changes} | {
        u.finding for u in first.unfixable
    } | first.also.keys()
    for change in first.changes:
        if change.action is Action.UPDATE and change.field != "foreign_ids":
            assert change.after is not None
        if change.field == "email_opt_out":
            assert change.after == "true"

    campaigns.count("frames")
    campaigns.count("findings", len(findings))
    campaigns.count("changes", len(first.changes))

    # Merging and converting bring other people's values together, which may be news: two rounds, then all is quiet.
    rounds = 0
    proposed = first
    while proposed.changes:
        rounds += 1
        campaigns.count("rounds")
        assert rounds <= 3, [(c.rule, str(c.target), c.field, c.before, c.after) for c in proposed.changes]
        fixed = {c.finding for c in proposed.changes if c.finding and c.action is Action.UPDATE}
        apply(memory, order(proposed.changes))
        memory.bases = []
        findings, again = look(memory)
        assert not fixed & {f.id for f in findings} - {u.finding for u in proposed.unfixable}
        proposed = again
