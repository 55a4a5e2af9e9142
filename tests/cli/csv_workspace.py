"""Two folders of CSV files that stand for two CRMs, a policy over them, and the command line run within this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from trueup.cli import main

POLICY = """\
version: 1
store: sqlite:///FOLDER/trueup.db
systems:
  sales:
    connector: csvfile
    folder: FOLDER/sales
    objects: {owners: owner, people: person}
    stored_ids: [{object: people, field: mail_id, points_to: "mail:people"}]
  mail:
    connector: csvfile
    folder: FOLDER/mail
    objects: {owners: owner, people: person}
truth:
  person:
    default: {owner: sales, blanks: fill}
    phone: {strategy: newest}
    lifecycle_stage: {owner: by_stage}
lifecycle:
  stages:
    - {key: lead, owner: mail}
    - {key: mql, owner: mail, requires: [email, industry]}
    - {key: sql, owner: sales}
  off_track: [rejected]
  shared_from: mql
  map:
    sales: {people.lifecycle_stage: {Open: lead, Marketing: mql, Working: sql, Closed: rejected}}
    mail: {people.lifecycle_stage: {lead: lead, mql: mql, sql: sql, rejected: rejected}}
approve: {by_rule: [fill_blank, normalize]}
guards: {max_share: 100%}
"""

OWNERS = "id,name,email,active\no1,Dana Fox,dana@trueup.example,true\n"
SALES = """\
id,first_name,last_name,email,phone,title,industry,city,lifecycle_stage,owner_id,mail_id
s1,Anna,Kovacs,anna.kovacs@acme.example,+36 1 234 5678,Head of Sales,Retail,Budapest,Working,owners/o1,m1
s2,Ben,Osei,ben@osei.example,+44 20 7946 0001,,Energy,London,Working,owners/o1,m2
s3,Chloé,Martin,chloe@martin.example,,Buyer,Retail,Lyon,Marketing,owners/o1,m3
s4,Dmitri,Orlov,dmitri@orlov.example,+44 20 7946 0002,CTO,Energy,Riga,Working,owners/o1,m4
"""
MAIL = """\
id,first_name,last_name,email,phone,title,industry,city,lifecycle_stage,owner_id
m1,Anna,Kovacs,anna.kovacs@acme.example,+36 1 234 5678,Head of Sales,Retail,Wien,mql,owners/o1
m2,Ben,Osei,ben@osei.example,+44 20 7946 0001,Director,Energy,London,sql,owners/o1
m3,Chloé,Martin,chloe@martin.example,,Buyer,,Lyon,mql,owners/o1
m4,Dmitri,Orlov,dmitri@orlov.example,+44 20 7946 0002,CTO,Energy,Riga,sql,owners/o1
m5,Elif,Kaya,elif@kaya.example,,,,Izmir,mql,owners/o1
"""


class CsvWorkspace:
    """A folder in which `trueup` can be run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policy = folder / "trueup.yaml"
        for system, people in (("sales", SALES), ("mail", MAIL)):
            (folder / system).mkdir(parents=True)
            (folder / system / "owners.csv").write_text(OWNERS, encoding="utf-8")
            (folder / system / "people.csv").write_text(people, encoding="utf-8")
        self.policy.write_text(POLICY.replace("FOLDER", str(folder)))

    def run(self, *arguments: str, exit_code: int | None = 0) -> Result:
        """Run a command line; fails when it ends otherwise than with `exit_code` (None: however it ends)."""
        result = CliRunner().invoke(main, ["--policy", str(self.policy), *arguments])
        assert exit_code is None or result.exit_code == exit_code, (result.output, result.exception)
        return result

    def json(self, *arguments: str, exit_code: int = 0) -> Any:
        """The JSON document that a command prints, which must be all of its standard output."""
        return json.loads(self.run(*arguments, "--json", exit_code=exit_code).stdout)
