"""Finished command-line tools with HubSpot's address written in, driven as their users would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

CTL, CLEAN, DIFF = "hubspotctl==0.8.1", "hubspot-crm-clean==0.1.0", "pipeline-diff==0.1.0"


def test_hubspotctl_edits_ties_notes_and_merges(portal: Any, stranger: Callable[..., Any]) -> None:
    tool = stranger(CTL)

    def ctl(*words: str, **how: Any) -> Any:
        return tool.run("hubspotctl", "-f", "json", *words, HUBSPOT_ACCESS_TOKEN=portal.token, **how)

    ctl("contact", "create", "-e", "ctl@stranger.example", "-f", "Cat", "--prop", "city=Oslo")
    found = json.loads(ctl("contact", "search", "ctl@stranger.example").stdout)
    contact = str(found[0]["id"])
    assert portal.props("contacts", contact)["city"] == "Oslo"
    company, deal = portal.live("companies")[0]["id"], portal.live("deals")[0]["id"]
    ctl("contact", "associate", contact, "-c", company, "-d", deal)
    ctl("contact", "add-note", contact, "-b", "a note")
    shown = ctl("contact", "associations", contact).stdout
    assert company in shown
    assert deal in shown
    assert "a note" in ctl("contact", "notes", contact).stdout

    other = portal.live("contacts")[-1]["id"]
    ctl("contact", "merge", contact, other, "--yes")
    survivor = portal.side.portal.records.find(portal.side.portal.types.resolve("contacts"), contact)
    assert str(survivor.id) not in {contact, other}

    refused = ctl("contact", "update", str(survivor.id), "--prop", "nosuchproperty=1", check=False)
    assert 'Property "nosuchproperty" does not exist' in refused.stdout + refused.stderr
    ctl("contact", "delete", str(survivor.id), "--yes")
    assert str(survivor.id) not in {row["id"] for row in portal.live("contacts")}


def test_hubspot_crm_clean_finds_and_merges_a_chain_of_duplicates(portal: Any, stranger: Callable[..., Any]) -> None:
    tool = stranger(CLEAN)
    same = {"firstname": "Wilhelmina", "lastname": "Featherstonehaugh"}
    for n in range(3):
        portal.side.create("contacts", {**same, "email": f"wf{n}@dup.example", "phone": "+44 20 7946 0000"})
    before = len(portal.live("contacts"))

    def clean(*words: str, **how: Any) -> str:
        return str(tool.run("hubspot-crm-clean", *words, HUBSPOT_ACCESS_TOKEN=portal.token, **how).stdout)

    assert str(before) in clean("fetch", "--all-properties")
    clean("fix", "duplicates", "--threshold", "95", "--limit", "1", "--apply", "--yes")

    left = [r for r in portal.live("contacts") if r["properties"].get("lastname") == same["lastname"]]
    assert len(left) == 1
    assert len(left[0]["properties"]["hs_additional_emails"].split(";")) == 2
    assert len(portal.live("contacts")) == before - 2


def test_pipeline_diff_seeds_changes_and_verifies_every_change(portal: Any, stranger: Callable[..., Any]) -> None:
    tool = stranger(DIFF)

    def diff(*words: str) -> str:
        command = ("python", "-m", "pipeline_diff", "--data-dir", "data", *words)
        return str(tool.run(*command, PIPELINE_DIFF_HUBSPOT_TOKEN=portal.token).stdout)

    assert "created 60 deals" in diff("seed", "hubspot", "--test-account", "--baseline", "60")
    diff("sync", "hubspot")
    portal.side.clock.advance(120)
    changed = diff("seed", "hubspot", "--test-account")
    portal.side.clock.advance(120)
    assert "deals" in diff("sync", "hubspot")

    assert "every change landed" in diff("seed", "hubspot", "--test-account", "--verify"), changed
