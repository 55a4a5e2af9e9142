"""Two folders of exports, reconciled with no API at all: look, plan, apply to the files, look again, take back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flow_desk import Desk, desk_over_twin

POLICY = """\
version: 1
systems:
  sales:
    connector: csvfile
    folder: sales
    objects: {users: owner, accounts: company, contacts: person}
    fields:
      users: {name: Name, email: Email}
      accounts: {name: Name, website: Website, phone: Phone, city: BillingCity}
      contacts: {first_name: FirstName, last_name: LastName, email: Email, phone: Phone, title: Title,
                 city: MailingCity, company_id: AccountId, owner_id: OwnerId}
  marketing:
    connector: csvfile
    folder: marketing
    objects: {owners: owner, companies: company, contacts: person}
    fields:
      owners: {email: email}
      companies: {name: name, domain: domain, website: website, phone: phone, city: city}
      contacts: {first_name: firstname, last_name: lastname, email: email, phone: phone, title: jobtitle,
                 city: city, company_id: associatedcompanyid, owner_id: hubspot_owner_id}
    stored_ids:
      - {object: contacts, field: salesforcecontactid, points_to: 'sales:contacts'}
truth:
  person: {default: {owner: sales, blanks: fill}}
  company: {default: {owner: sales, blanks: fill}}
approve: {by_rule: [fill_blank, conflict]}
guards: {max_share: 100%}
"""

SALES = {
    "users": ("User", ("Name", "Email")),
    "accounts": ("Account", ("Name", "Website", "Phone", "BillingCity")),
    "contacts": (
        "Contact",
        ("FirstName", "LastName", "Email", "Phone", "Title", "MailingCity", "AccountId", "OwnerId", "Description"),
    ),
}
MARKETING = {
    "owners": ("owners", ("email",)),
    "companies": ("companies", ("name", "domain", "website", "phone", "city")),
    "contacts": (
        "contacts",
        (
            *("firstname", "lastname", "email", "phone", "jobtitle", "city"),
            *("associatedcompanyid", "hubspot_owner_id", "salesforcecontactid"),
        ),
    ),
}


def export(folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]], files: Mapping[str, Any]) -> None:
    folder.mkdir()
    for name, (native, columns) in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(("id", *columns))
            for row in rows[native]:
                out.writerow([row.get("id") or row.get("Id"), *(row.get(column) or "" for column in columns)])


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@pytest.fixture
def exports(tmp_path: Path) -> Desk:
    with desk_over_twin(
        tmp_path / "twin", people=200, seed=6, world={"faults": {"FLD002": 0.2, "FLD003": 0.2}}
    ) as made:
        photo = made.photograph()
        live = {
            side: {
                name: [row for row in rows.values() if not row.get("IsDeleted") and not row.get("archived")]
                for (of, name), rows in photo.items()
                if of == side
            }
            for side in ("salesforce", "hubspot")
        }
        twin = made.twin
    folder = tmp_path / "desk"
    folder.mkdir()
    export(folder / "sales", live["salesforce"], SALES)
    export(folder / "marketing", live["hubspot"], MARKETING)
    (folder / "trueup.yaml").write_text(POLICY, "utf-8")
    return Desk(folder, twin)  # the twin is closed: there is no API any more


def test_exports_are_reconciled_with_no_api_at_all(exports: Desk) -> None:
    files = sorted(exports.folder.glob("*/*.csv"))
    before = {path: path.read_bytes() for path in files}
    exports.trueup("config", "check").ok()
    pulled = exports.trueup("pull", "--json").ok().json
    assert pulled["complete"]
    assert pulled["rows"] == sum(len(table(path)) for path in files)
    plan = exports.trueup("plan", "--json").ok().json
    fixes = [c for c in plan["changes"] if c["rule"] in ("fill_blank", "conflict")]
    assert len(fixes) >= 3
    assert plan["approved_by_rule"] == len(fixes)
    assert {path: path.read_bytes() for path in files} == before

    applied = exports.trueup("apply", "--json").ok().json
    assert applied["counts"]["applied"] == len(fixes)
    # Each planned cell holds the planned value, and no other cell of any file has moved.
    changed = {
        (path.parent.name, path.stem, id_, column)
        for path in files
        for id_, row in table(path).items()
        for column, value in row.items()
        if value != _table_of(before[path])[id_][column]
    }
    assert len(changed) == len(fixes)
    assert {f"{system}:{name}/{id_}" for system, name, id_, _ in changed} == {c["target"] for c in fixes}

    exports.trueup("pull").ok()
    again = exports.trueup("plan", "--json").ok().json
    assert {c["id"] for c in again["changes"]}.isdisjoint({c["id"] for c in fixes})
    assert [c for c in again["changes"] if c["rule"] in ("fill_blank", "conflict")] == []

    exports.trueup("undo").ok()
    assert {path: path.read_bytes() for path in files} == before


def _table_of(raw: bytes) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in csv.DictReader(raw.decode("utf-8").splitlines())}


def test_a_broken_row_of_an_export_is_named_with_file_and_line(exports: Desk) -> None:
    with (exports.folder / "sales" / "contacts.csv").open("a", encoding="utf-8") as file:
        file.write("one,cell too few\n")
    lines = (exports.folder / "sales" / "contacts.csv").read_text("utf-8").count("\n")
    rows = {row["object"]: row for row in exports.trueup("pull", "--json").ok(7).json["pulled"] if row["error"]}
    assert list(rows) == ["contacts"]
    assert f"contacts.csv:{lines}:" in rows["contacts"]["error"]
