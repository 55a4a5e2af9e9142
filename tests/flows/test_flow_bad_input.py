"""Bad input: one clear error that says where and what to do, the right exit code, and nothing written anywhere."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flow_desk import Desk, Ran


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One small world for the whole module, pulled and planned; every test puts back what it changed."""
    from flow_desk import desk_over_twin

    with desk_over_twin(tmp_path_factory.mktemp("bad") / "desk", people=60, seed=4) as made:
        made.trueup("pull").ok()
        (made.folder / "plan.json").write_text(made.trueup("plan", "--json", "--out", "plan.file").ok().out, "utf-8")
        made.trueup("approve", "--all").ok()
        yield made


@pytest.fixture
def bad(base: Desk) -> Iterator[Desk]:
    """The world, whose CRMs must not have been written to and whose store must be whole afterwards."""
    policy, store, writes = base.policy.read_bytes(), base.store.read_bytes(), base.writes()
    yield base
    switches = base.twin.control.state()["switches"]
    assert base.writes() == writes == []
    base.twin.control.clear_faults()
    for side, name, value in (
        ("hubspot", "scopes_removed", []),
        ("salesforce", "hidden_objects", []),
        ("salesforce", "hidden_fields", {}),
        ("salesforce", "read_only_fields", {}),
        ("salesforce", "read_only_user", False),
    ):
        if switches[side][name]:
            base.twin.control.switch(side, name, value)
    with sqlite3.connect(base.store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    base.policy.write_bytes(policy)
    for extra in base.folder.glob("trueup.db-*"):
        extra.unlink()
    base.store.write_bytes(store)


def digest(store: Path) -> str:
    return hashlib.sha256(store.read_bytes()).hexdigest()


def one_error(ran: Ran) -> str:
    """The text on standard error, which holds exactly one error; standard output holds nothing."""
    assert [line.startswith("Error:") for line in ran.err.splitlines()].count(True) == 1, ran.err
    assert ran.out == ""
    return " ".join(ran.err.split())


# -- the policy


def test_every_problem_of_a_policy_is_named_with_its_line_at_once(bad: Desk) -> None:
    lines = [
        bad.edit_policy("guards:  ", "gaurds:  "),
        bad.edit_policy("version: 1\n", "version: 1\nmatch: {certain: 1.7}\n"),
    ]
    before = digest(bad.store)
    for verb in (["run"], ["config", "check"]):
        said = one_error(bad.trueup(*verb).ok(2))
        assert f"trueup.yaml:{lines[0] + 1}:" in said
        assert "unknown key 'gaurds'" in said
        assert "'guards'" in said  # the hint
        assert f"trueup.yaml:{lines[1] + 1}:" in said
        assert "1.7" in said
    assert digest(bad.store) == before


def test_a_stage_that_the_policy_does_not_define_is_named_with_its_line(bad: Desk) -> None:
    line = bad.edit_policy("marketingqualifiedlead: mql ", "marketingqualifiedlead: mqll ")
    said = one_error(bad.trueup("check").ok(2))
    assert f"trueup.yaml:{line}:" in said
    assert "mqll" in said
    assert "mql" in said.replace("mqll", "")


def test_a_policy_that_is_not_there_or_no_yaml_is_said(bad: Desk) -> None:
    said = one_error(bad.trueup("--policy", "nowhere.yaml", "check").ok(2))
    assert "nowhere.yaml" in said
    assert "trueup init" in said
    (bad.folder / "broken.yaml").write_text("version: 1\nsystems: {salesforce: [\n", "utf-8")
    said = one_error(bad.trueup("--policy", "broken.yaml", "check").ok(2))
    assert "broken.yaml:" in said


# -- credentials and permissions


@pytest.mark.parametrize(
    ("system", "file"), [("salesforce", "salesforce_client_secret"), ("hubspot", "hubspot_access_token")]
)
def test_wrong_credentials_are_said_and_the_other_system_is_pulled(bad: Desk, system: str, file: str) -> None:
    secret = bad.folder / "secrets" / file
    right = secret.read_text("utf-8")
    secret.write_text("wrong-secret-value", "utf-8")
    try:
        alone = bad.trueup("pull", "--json").ok(1)
        doctor = bad.trueup("doctor", "--json").ok(1)
    finally:
        secret.write_text(right, "utf-8")
    pulled = alone.json["pulled"]
    assert all(not row["complete"] and row["error"] for row in pulled if row["system"] == system)
    assert all(row["complete"] for row in pulled if row["system"] != system)
    assert any(row["error"] and row["notes"] for row in pulled if row["system"] == system)
    (login,) = (d for d in doctor.json["diagnoses"] if d["health"] == "bad")
    assert login["subject"] == f"{system}: log-in"
    assert login["advice"]
    for text in (alone.out, alone.err, doctor.out, doctor.err):
        assert "wrong-secret-value" not in text
        assert right not in text
    # One refused log-in, not one for every object: users are locked out for less.
    assert sum("Not tried" in row["error"] for row in pulled) == len([r for r in pulled if r["system"] == system]) - 1


def test_a_scope_that_is_missing_makes_the_pull_incomplete_and_is_named(bad: Desk) -> None:
    bad.twin.control.switch("hubspot", "scopes_removed", ["crm.objects.deals.read"])
    ran = bad.trueup("pull", "--full", "--json").ok(7)
    lacking = {row["object"]: row for row in ran.json["pulled"] if not row["complete"]}
    assert "deals" in lacking
    assert "contacts" not in lacking
    assert "crm.objects.deals.read" in json.dumps(lacking["deals"])
    # Nothing is concluded from what was not seen: the deals that were known are not taken for deleted.
    known = sqlite3.connect(bad.store)
    gone = known.execute("SELECT count(*) FROM records WHERE object = 'deals' AND deleted").fetchone()
    known.close()
    assert gone == (0,)


def test_an_object_that_is_hidden_from_us_is_said(bad: Desk) -> None:
    bad.twin.control.switch("salesforce", "hidden_objects", ["Opportunity"])
    ran = bad.trueup("pull", "--full", "--json").ok(7)
    lacking = {row["object"]: row["error"] or row["notes"] for row in ran.json["pulled"] if not row["complete"]}
    assert "Opportunity" in lacking
    assert all(lacking.values())
    assert "Lead" not in lacking


def test_a_field_that_is_hidden_from_us_is_unknown_and_not_blank(bad: Desk) -> None:
    bad.twin.control.switch("salesforce", "hidden_fields", {"Lead": ["Phone", "MobilePhone"]})
    bad.trueup("pull", "--full").ok()
    diagnoses = bad.trueup("doctor", "--json").ok(0, 1).json["diagnoses"]
    (lead,) = (d for d in diagnoses if d["subject"] == "salesforce: Lead")
    assert lead["health"] == "warning"
    assert "Phone" in lead["seen"]
    assert "read access" in lead["advice"]
    plan = bad.trueup("plan", "--json").ok().json
    assert not [
        change
        for change in plan["changes"]
        if change["target"].startswith("salesforce:Lead") and change["field"] in ("phone", "mobile")
    ]


def test_without_the_right_to_edit_changes_are_refused_and_said(bad: Desk) -> None:
    bad.twin.control.switch("salesforce", "read_only_user", True)
    bad.twin.control.switch("hubspot", "scopes_removed", _WRITING)
    ran = bad.trueup("apply", "--force", "--json").ok(4)
    assert ran.json["counts"]["applied"] == ran.json["counts"]["unknown"] == 0
    refused = [receipt for receipt in ran.json["receipts"] if receipt["outcome"] in ("refused", "failed")]
    assert refused
    assert all(receipt["message"] for receipt in refused)


_WRITING = [
    f"crm.objects.{name}.{right}"
    for name in ("contacts", "companies", "deals")
    for right in ("write", "sensitive.write.v2", "highly_sensitive.write.v2")
]


# -- a system that is down


def test_a_system_that_is_down_is_said_and_the_other_is_pulled(bad: Desk) -> None:
    bad.edit_policy(bad.twin.ready["hubspot"]["url"], "http://127.0.0.1:1")
    ran = bad.trueup("pull", "--full", "--json").ok(7)
    for row in ran.json["pulled"]:
        assert row["complete"] == (row["system"] == "salesforce")
        assert bool(row["error"]) == (row["system"] == "hubspot")
    assert "did not answer" in next(row["error"] for row in ran.json["pulled"] if row["error"])


def test_a_plan_is_made_from_what_was_pulled_and_asks_no_system(bad: Desk) -> None:
    bad.twin.control.fault(side="salesforce", action="reset_before")
    before = bad.requests()
    ran = bad.trueup("plan").ok()
    assert bad.requests() == before
    assert "Made from what was pulled; no CRM was asked." in ran.out
    # A policy that connects otherwise than when it was pulled cannot rest on what was learnt then.
    bad.edit_policy(bad.twin.ready["salesforce"]["url"], "http://127.0.0.1:1")
    assert "did not answer" in one_error(bad.trueup("plan").ok(1))


# -- plans


def test_a_plan_file_that_was_tampered_with_is_refused(bad: Desk) -> None:
    good = json.loads((bad.folder / "plan.file").read_text("utf-8"))
    value = next(i for i, change in enumerate(good["changes"]) if change["action"] == "update")

    def other_value(plan: dict[str, Any]) -> None:
        plan["changes"][value]["after"] = "somebody's"

    def one_less(plan: dict[str, Any]) -> None:
        del plan["changes"][value]

    def later(plan: dict[str, Any]) -> None:
        plan["expires_at"] = "2099-01-01T00:00:00+00:00"

    def no_seal(plan: dict[str, Any]) -> None:
        plan["digest"] = ""

    before = digest(bad.store)
    for tamper in (other_value, one_less, later, no_seal):
        plan = json.loads(json.dumps(good))
        tamper(plan)
        (bad.folder / "bad.plan").write_text(json.dumps(plan), "utf-8")
        said = one_error(bad.trueup("apply", "--file", "bad.plan").ok(2))
        assert "bad.plan" in said
        assert "trueup plan" in said or "tampered" in said
    (bad.folder / "bad.plan").write_text("no plan at all", "utf-8")
    said = one_error(bad.trueup("apply", "--file", "bad.plan").ok(2))
    assert "bad.plan" in said
    assert digest(bad.store) == before


def test_a_plan_that_was_tampered_with_in_the_store_is_refused(bad: Desk) -> None:
    with sqlite3.connect(bad.store) as connection:
        ((body,),) = connection.execute("SELECT body FROM plans ORDER BY seq DESC LIMIT 1").fetchall()
        connection.execute("UPDATE plans SET body = ?", (bytes(body).replace(b"link_id", b"linkxid"),))
    connection.close()
    said = one_error(bad.trueup("apply", "--force").ok(2))
    assert "changed after it was sealed" in said


def test_an_expired_plan_is_refused_and_says_when_it_expired(bad: Desk) -> None:
    bad.edit_policy("\nguards:  ", "\nplan: {expires_after: 1 second}\n\nguards:  ")
    plan = bad.trueup("plan", "--json").ok().json
    bad.trueup("approve", "--all").ok()
    said = one_error(bad.trueup("apply", "--force").ok(2))
    assert plan["plan"] in said
    assert "expired on 20" in said
    assert "trueup plan" in said


def test_an_unknown_plan_and_an_unknown_change_are_said(bad: Desk) -> None:
    assert "p000nowhere" in one_error(bad.trueup("apply", "p000nowhere").ok(2))
    assert "c0nowhere" in one_error(bad.trueup("approve", "c0nowhere").ok(2))


# -- stages


def test_a_stage_value_without_a_meaning_is_a_finding_and_a_warning(bad: Desk) -> None:
    bad.edit_policy("        Marketing Qualified: mql\n", "")
    found = bad.trueup("check", "--json", "--code", "STG009").ok().json["findings"]
    leads = bad.twin.control.dump("salesforce", "Lead")
    qualified = {row["Id"] for row in leads if row["Status"] == "Marketing Qualified" and not row["IsDeleted"]}
    assert qualified
    assert qualified <= {finding["subjects"][0].rpartition("/")[2] for finding in found}
    (stages,) = (
        d
        for d in bad.trueup("doctor", "--json").ok().json["diagnoses"]
        if d["subject"] == "salesforce: stages of Lead.Status"
    )
    assert stages["health"] == "warning"
    assert "Marketing Qualified" in stages["seen"]
    assert "lifecycle.map" in stages["advice"]
    assert "STG009" in stages["advice"]


# -- stores


@pytest.mark.parametrize(("version", "advice"), [("9999", "Upgrade Trueup"), ("0000", "trueup db upgrade")])
def test_a_store_of_another_version_is_left_alone(bad: Desk, version: str, advice: str) -> None:
    with sqlite3.connect(bad.store) as connection:
        connection.execute("UPDATE trueup_version SET version_num = ?", (version,))
    connection.close()
    before = digest(bad.store)
    for verb in ("run", "status"):
        said = one_error(bad.trueup(verb).ok(2))
        assert advice in said
        assert version in said
    assert digest(bad.store) == before


# -- read-only


def test_a_read_only_run_that_is_asked_to_write_refuses(bad: Desk) -> None:
    before = bad.requests()
    said = one_error(bad.trueup("--read-only", "apply", "--force").ok(2))
    assert "read-only" in said
    assert [r for r in bad.twin.control.requests(since=before) if r["method"] in ("PATCH", "PUT", "DELETE")] == []


def test_a_system_that_the_policy_makes_read_only_is_not_written_to(bad: Desk) -> None:
    bad.edit_policy("    connector: salesforce\n", "    connector: salesforce\n    read_only: true\n")
    bad.edit_policy("    connector: hubspot\n", "    connector: hubspot\n    read_only: true\n")
    said = one_error(bad.trueup("apply", "--force").ok(2))
    assert "read-only" in said
    assert "read_only" in said
