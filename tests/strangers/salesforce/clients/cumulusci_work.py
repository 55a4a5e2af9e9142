"""CumulusCI's own tasks: load a dataset (bulk, REST and upsert), read it back with its references, delete it again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

known = json.loads(os.environ["SALESFORCE"])
os.environ["CUMULUSCI_KEY"] = "0123456789abcdef"
folder = Path(sys.argv[1])
folder.mkdir(exist_ok=True)
os.chdir(folder)
subprocess.run(["git", "init", "-q"], check=True)

import yaml  # noqa: E402
from cumulusci.core.config import BaseProjectConfig, OrgConfig, TaskConfig, UniversalConfig  # noqa: E402
from cumulusci.core.keychain import BaseProjectKeychain  # noqa: E402
from cumulusci.tasks.bulkdata import DeleteData, ExtractData, LoadData  # noqa: E402

package = {"api_version": "59.0", "name": "stranger"}
(folder / "cumulusci.yml").write_text(yaml.safe_dump({"project": {"name": "stranger", "package": package}}))
about = {"root": str(folder), "url": "https://git.example/o/r", "name": "r", "owner": "o", "commit": "0" * 40}
project = BaseProjectConfig(
    UniversalConfig(), {"project": {"name": "stranger", "package": package}},
    repo_info={**about, "branch": "main", "domain": "git.example"},
)  # fmt: skip
keychain = BaseProjectKeychain(project, None)
project.set_keychain(keychain)
org = OrgConfig(
    {"instance_url": known["tls_url"], "access_token": known["access_token"], "username": known["username"]},
    "twin", keychain,
)  # fmt: skip
org.refresh_oauth_token = lambda *_, **__: None


def run(task: Any, **options: Any) -> Any:
    made = task(project, TaskConfig({"options": options}), org)
    made()
    return made.return_values


def tables(rows: dict[str, list[tuple[str, ...]]]) -> str:
    out = ["BEGIN TRANSACTION;"]
    for name, (columns, *lines) in rows.items():
        made = ", ".join(f'"{c}" VARCHAR(255)' for c in columns[1:])
        out.append(f'CREATE TABLE "{name}" (id VARCHAR(255) NOT NULL, {made}, PRIMARY KEY(id));')
        out += [f'INSERT INTO "{name}" VALUES({", ".join(repr(v) for v in line)});' for line in lines]
    return "\n".join([*out, "COMMIT;", ""])


mapping = {
    "Insert Account": {"sf_object": "Account", "table": "Account", "api": "bulk", "fields": ["Name", "Industry"]},
    "Insert Contact": {
        "sf_object": "Contact", "table": "Contact", "api": "rest", "fields": ["LastName", "Email"],
        "lookups": {"AccountId": {"table": "Account", "key_field": "AccountId"}},
    },
    "Upsert Lead": {
        "sf_object": "Lead", "table": "Lead", "api": "bulk", "action": "upsert", "update_key": "HubSpot_Id__c",
        "fields": ["LastName", "Company", "HubSpot_Id__c"],
    },
}  # fmt: skip
data = {
    "Account": [("id", "Name", "Industry"), ("Account-1", "Cci One", "Energy"), ("Account-2", "Cci Two", "Media")],
    "Contact": [("id", "LastName", "Email", "AccountId"), ("Contact-1", "One", "one@cci.example", "Account-1"),
                ("Contact-2", "Two", "two@cci.example", "Account-2")],
    "Lead": [("id", "LastName", "Company", "HubSpot_Id__c"), ("Lead-1", "L1", "Cci", "cci-1"), ("Lead-2", "L2", "Cci", "cci-2")],
}  # fmt: skip
(folder / "load.yml").write_text(yaml.safe_dump(mapping, sort_keys=False))
(folder / "load.sql").write_text(tables(data))
where = {"mapping": str(folder / "load.yml"), "sql_path": str(folder / "load.sql")}
loaded = run(LoadData, **where)["step_results"]
run(LoadData, **where, start_step="Upsert Lead")
reading = {
    "Account": {"sf_object": "Account", "table": "Account", "fields": ["Name"], "soql_filter": "Name LIKE 'Cci%'"},
    "Contact": {
        "sf_object": "Contact", "table": "Contact", "fields": ["LastName"], "soql_filter": "Email LIKE '%cci.example'",
        "lookups": {"AccountId": {"table": "Account"}},
    },
}  # fmt: skip
(folder / "read.yml").write_text(yaml.safe_dump(reading, sort_keys=False))
run(ExtractData, mapping=str(folder / "read.yml"), sql_path=str(folder / "read.sql"))
lines = [line for line in (folder / "read.sql").read_text().splitlines() if line.startswith("INSERT")]
run(DeleteData, objects="Contact", where="Email LIKE '%cci.example'")
seen = {
    "loaded": {k: [str(v["status"].value), v["records_processed"], v["total_row_errors"]] for k, v in loaded.items()},
    "read": sorted(lines),
}  # fmt: skip
sys.stdout.write("\n" + json.dumps(seen) + "\n")
