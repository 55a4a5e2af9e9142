"""What the runner adds to checks: switches, severities, exceptions, what was not looked at, the same order every time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from frame_builder import HS, NOW, SF, Memory, clean_pair, make_policy, ref

from trueup.model.findings import Severity
from trueup.model.policy import CheckPolicy, FindingException
from trueup.reconcile import catalogue, checks
from trueup.reconcile.checks import CheckResult


def faulty(**changes: object) -> Memory:
    memory = clean_pair(Memory(make_policy(**changes)))
    memory.records["c1"]["title"] = "CFO"
    memory.records["L1"]["lifecycle_stage"] = "Sales Accepted"
    return memory


def run(memory: Memory) -> CheckResult:
    return checks.run(memory.connection(), memory.policy, NOW, only=["FLD003", "STG001"])


def codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


def test_findings_are_sorted_and_the_same_every_time() -> None:
    first, second = run(faulty()), run(faulty())

    assert codes(first) == ["FLD003", "STG001"]
    assert first == second


def test_a_finding_keeps_its_id_when_its_values_change() -> None:
    other = faulty()
    other.records["c1"]["title"] = "CEO"

    assert [f.id for f in run(faulty()).findings] == [f.id for f in run(other).findings]


def test_a_check_that_is_switched_off_finds_nothing() -> None:
    assert codes(run(faulty(checks={"STG001": CheckPolicy(enabled=False)}))) == ["FLD003"]


def test_the_policy_weighs_findings() -> None:
    result = run(faulty(checks={"STG001": CheckPolicy(severity=Severity.INFO)}))

    assert {f.code: f.severity for f in result.findings}["STG001"] is Severity.INFO


STAGES_DIFFER = run(faulty()).findings[1].id


@pytest.mark.parametrize(
    ("subject", "until", "excepted"),
    [
        (ref("L1"), None, True),
        (STAGES_DIFFER, None, True),
        (ref("L1"), NOW.date(), True),
        (ref("L1"), NOW.date() - timedelta(days=1), False),
        (ref("L2"), None, False),
    ],
    ids=["by record", "by finding", "on its last day", "expired", "of another record"],
)
def test_exceptions(subject: str, until: date | None, excepted: bool) -> None:
    result = run(faulty(exceptions=(FindingException("STG001", subject, "agreed", until=until),)))

    assert codes(result) == (["FLD003"] if excepted else ["FLD003", "STG001"])
    assert [f.code for f in result.excepted] == (["STG001"] if excepted else [])


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        ((HS, "contacts"), {"LNK001", "LNK003"}),
        ((SF, "Lead"), {"LNK001", "LNK003"}),
        ((HS, "companies"), {"LNK003", "LNK005"}),
        ((SF, "Opportunity"), {"LNK003", "LNK006", "STG001", "STG007", "STG008"}),
        ((HS, "calls"), {"ACT001", "ACT003", "STG010"}),
    ],
    ids=lambda value: "/".join(sorted(value)),
)
def test_what_was_not_pulled_whole_is_not_called_clean(incomplete: tuple[str, str], expected: set[str]) -> None:
    memory = clean_pair()
    memory.incomplete.add(incomplete)

    result = checks.run(memory.connection(), memory.policy, NOW)

    assert {item.code for item in result.not_looked_at} == expected
    assert all(" ".join(incomplete) in item.why for item in result.not_looked_at)
    assert result.findings == []


def test_an_empty_frame_has_no_findings() -> None:
    assert checks.run(Memory().connection(), make_policy(), NOW).findings == []


def test_every_code_is_explained_in_sentences() -> None:
    for entry in catalogue.entries():
        assert entry.title
        for text in (entry.means, entry.why, entry.how, entry.fix):
            assert text[0].isupper()
            assert text.endswith(".")


def test_codes_are_found_however_they_are_cased() -> None:
    assert catalogue.explain("stg001") == catalogue.explain("STG001")
    assert catalogue.explain("STG999") is None
