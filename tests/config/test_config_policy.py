"""The policy file: every problem at once, each at its place; what is good becomes the policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from trueup.commands.init import connector_starter
from trueup.commands.workspace import known_connectors
from trueup.config import load_policy, policy_from_text
from trueup.config.starter import StarterSystem, quoted, render
from trueup.errors import ConfigError
from trueup.model.kinds import Kind
from trueup.model.policy import Blanks, Evidence, Strategy
from trueup.reconcile import catalogue

STARTER = render([StarterSystem(name, connector_starter(name)) for name in ("salesforce", "hubspot")])


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        policy_from_text(text, known_connectors(), catalogue.codes(), file="trueup.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_the_starter_is_a_good_policy() -> None:
    policy = policy_from_text(STARTER, known_connectors(), catalogue.codes())

    assert list(policy.systems) == ["salesforce", "hubspot"]
    assert all(system.read_only for system in policy.systems.values())
    assert policy.lifecycle.values["salesforce"]["Lead"]["Sales Accepted"] == "sal"
    assert policy.lifecycle.without_deal == {"salesforce": {"Contact": "sql"}}
    assert policy.lifecycle.stage("mql").requires[0] == "email"
    assert policy.lifecycle.stage("customer").evidence is Evidence.WON_DEAL
    assert policy.truth_for(Kind.PERSON, "email_opt_out").strategy is Strategy.STRICTEST
    assert policy.truth_for(Kind.PERSON, "city").blanks is Blanks.FILL
    assert policy.plan_expires_after == timedelta(days=3)
    assert "n/a" in policy.junk


BAD = {
    "an unknown key, with the nearest good one": (
        ("guards:", "gaurds:"),
        ["gaurds: unknown key 'gaurds' (did you mean 'guards'?"],
    ),
    "a key twice": (
        ("country: US", "country: US\ncountry: DE"),
        ["country: this key is given twice"],
    ),
    "a share over 100 %": (
        ("max_share: 10%", "max_share: 110%"),
        ["guards.max_share: '110%' is not between 0% and 100%"],
    ),
    "a duration that is none": (
        ("stuck_after: 30 days", "stuck_after: 30 moons"),
        ["lifecycle.stages.2.stuck_after: '30 moons' is not a duration"],
    ),
    "an unknown system as owner": (
        ("default:         {owner: salesforce, blanks: fill}", "default:         {owner: salesfarce, blanks: fill}"),
        ["truth.person.default.owner: unknown system 'salesfarce' (did you mean 'salesforce'?"] * 1,
    ),
    "an unknown stage in the map": (
        ("Sales Accepted: sal", "Sales Accepted: sale"),
        ["lifecycle.map.salesforce.Lead.Status.Sales Accepted: unknown stage 'sale' (did you mean 'sal'?"],
    ),
    "an unknown connector": (
        ("connector: hubspot", "connector: hubspott"),
        ["systems.hubspot.connector: unknown connector 'hubspott' (did you mean 'hubspot'?"],
    ),
    "a secret in the file": (
        ("token: env:HUBSPOT_TOKEN", "token: pat-na1-very-secret"),
        ["systems.hubspot.auth.token"],
    ),
    "a strategy that there is not": (
        ("strategy: newest", "strategy: newset"),
        ["truth.person.phone.strategy: 'newset' is not one of 'owner', 'newest'"],
    ),
    "an unknown field": (
        ("original_source: {owner: hubspot}", "origin_source: {owner: hubspot}"),
        ["truth.person.origin_source: unknown field of person 'origin_source' (did you mean 'original_source'?"],
    ),
    "an unknown class of change": (
        ("by_rule: [fill_blank, normalize]", "by_rule: [fill_blanks]"),
        ["approve.by_rule.0: unknown class of change 'fill_blanks' (did you mean 'fill_blank'?"],
    ),
    "a rule both approved and never approved": (
        ("by_rule: [fill_blank, normalize]", "by_rule: [merge]"),
        ["approve.by_rule.0: 'merge' also stands in never_by_rule"],
    ),
    "a time zone that there is not": (
        ("timezone: UTC", "timezone: Mars/Olympus"),
        ["timezone: unknown time zone 'Mars/Olympus'"],
    ),
    "an unknown version": (("version: 1", "version: 2"), ["version: 2 is not one of 1"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_names_line_value_and_what_to_do(case: str) -> None:
    (old, new), wanted = BAD[case]
    text = STARTER.replace(old, new, 1)
    assert text != STARTER

    found = problems(text)

    line = text[: text.index(new.strip().split("\n")[-1])].count("\n") + 1
    assert len(found) == len(wanted)
    for problem, want in zip(found, wanted, strict=True):
        assert problem.startswith(f"trueup.yaml:{line}:")
        assert want in problem
    assert "very-secret" not in "".join(found)


def test_all_problems_come_at_once() -> None:
    text = STARTER.replace("owner: hubspot", "owner: hubspt").replace("Recycled: recycled", "Recycled: gone")

    found = problems(text)

    assert len(found) >= 4
    assert any("hubspt" in problem for problem in found)
    assert any("'gone'" in problem for problem in found)


def test_what_is_not_yaml_says_where(tmp_path: Path) -> None:
    path = tmp_path / "trueup.yaml"
    path.write_text("version: 1\nsystems: [\n")

    with pytest.raises(ConfigError) as caught:
        load_policy(path, known_connectors())

    assert str(caught.value.problems[0]).startswith(f"{path}:3:1:")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no policy file") as caught:
        load_policy(tmp_path / "trueup.yaml", known_connectors())

    assert "trueup init" in caught.value.hint


def test_the_digest_covers_meaning_and_not_comments() -> None:
    connectors = known_connectors()

    def digest(text: str) -> str:
        return policy_from_text(text, connectors).digest

    assert digest(STARTER) == digest(STARTER + "\n# a remark\n")
    assert digest(STARTER) != digest(STARTER.replace("max_merges: 50", "max_merges: 51"))


PLAIN: Mapping[str, str] = {
    "Open - Not Contacted": "Open - Not Contacted",
    "77234958": "'77234958'",
    "No": "'No'",
    "true": "'true'",
    "it's": "'it''s'",
    "a: b": "'a: b'",
    "": "''",
    "Proposal/Price Quote": "Proposal/Price Quote",
}


@pytest.mark.parametrize("text", PLAIN)
def test_a_value_is_quoted_when_yaml_would_read_it_otherwise(text: str) -> None:
    assert quoted(text) == PLAIN[text]


def test_words_that_yaml_1_1_takes_for_booleans_stay_words() -> None:
    text = STARTER.replace("Recycled: recycled", "No: recycled\n        On: rejected")

    values = policy_from_text(text, known_connectors()).lifecycle.values["salesforce"]["Lead"]

    assert (values["No"], values["On"]) == ("recycled", "rejected")


def test_a_sqlite_store_lies_beside_the_policy_file(tmp_path: Path) -> None:
    path = tmp_path / "trueup.yaml"
    path.write_text(STARTER)

    assert load_policy(path, known_connectors()).store == f"sqlite:///{tmp_path / 'trueup.db'}"
