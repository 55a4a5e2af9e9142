"""CSV folders: what cannot be read without guessing is an error that names the place; what is written keeps its shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from trueup.connectors.csvfile import CsvConnector, client
from trueup.connectors.kit.base import Settings
from trueup.errors import ConfigError, UsageError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.policy import StoredId
from trueup.model.receipts import Outcome
from trueup.model.records import Page, PullSummary
from trueup.model.refs import Ref

OBJECTS = {"people": "person", "companies": "company", "deals": "deal"}


def connect(folder: Path, objects: dict[str, str] | None = None, **more: object) -> CsvConnector:
    fields = more.pop("fields", {})
    stored = more.pop("stored_ids", ())
    options = {"folder": str(folder), "objects": objects or OBJECTS, **more}
    return CsvConnector(Settings("csv", options, secret=str, fields=fields, stored_ids=stored))  # type: ignore[arg-type]


def pull(connector: CsvConnector, object_: str = "people") -> tuple[list[Page], PullSummary]:
    pages, steps = [], connector.pull(object_, None)
    while True:
        try:
            pages.append(next(steps))
        except StopIteration as stop:
            return pages, stop.value


def records(connector: CsvConnector, object_: str = "people") -> dict[str, dict[str, str | None]]:
    return {r.ref.id: dict(r.fields) for p in pull(connector, object_)[0] for r in p.records}


def update(id_: str, field: str, before: str | None, after: str | None) -> Change:
    return Change(Action.UPDATE, Ref("csv", "people", id_), Kind.PERSON, field=field, before=before, after=after)


@pytest.mark.parametrize(
    ("raw", "where", "what"),
    [
        (b"", ":1:", "empty"),  # nothing at all
        (b"name\nAnn\n", ":1:", "'id'"),  # no id column
        (b"id,email,email\n1,a,b\n", ":1:", "'email'"),  # a column twice
        (b"id,email\n1,a\n2\n", ":3:", "'2'"),  # a short row
        (b"id,email\n1,a\n2,b,c\n", ":3:", "'2, b, c'"),  # a long row
        (b"id,email\n1,a\n ,b\n", ":3:", "' , b'"),  # no id
        (b"id,email\n1,a\n2,b\n1,c\n", ":4:", "'1' stands on line 2"),  # an id twice
        (b"id,email\n1,caf\xe9\n", ":2:", "0xe9"),  # not UTF-8
        (b'id,email\n1,a\n2,"b\n3,c\n', ":3:", "cannot be read"),  # a quote that never ends
        (b'id,street\n1,"a\nb"\n1,x\n', ":4:", "line 2"),  # a value over two lines still counts lines right
    ],
)
def test_a_file_that_needs_guessing_is_one_error_with_its_place(
    tmp_path: Path, raw: bytes, where: str, what: str
) -> None:
    (tmp_path / "people.csv").write_bytes(raw)

    with pytest.raises(UsageError) as caught:
        pull(connect(tmp_path))

    assert f"people.csv{where}" in caught.value.message
    assert what in caught.value.message


def test_a_missing_file_is_not_an_empty_one(tmp_path: Path) -> None:
    """Otherwise a wrong folder would mean that everybody was deleted."""
    (tmp_path / "persons.csv").write_text("id\n")

    with pytest.raises(UsageError) as caught:
        pull(connect(tmp_path))

    assert "persons.csv" in caught.value.hint


@pytest.mark.parametrize(
    ("encoding", "delimiter", "line_end"),
    [
        ("utf-8", ",", "\n"),
        ("utf-8-sig", ";", "\r\n"),  # what a European spreadsheet saves
        ("utf-16", "\t", "\r\n"),  # "Unicode text" of a spreadsheet
    ],
)
def test_a_file_keeps_its_spelling_when_one_cell_is_written(
    tmp_path: Path, encoding: str, delimiter: str, line_end: str
) -> None:
    path = tmp_path / "people.csv"
    lines = ["Notes|id|email|phone", "a, b; c\td|1|ann@acme.example|é", "|2|bob@acme.example|2"]
    quoted = [
        delimiter.join(f'"{c}"' if any(x in c for x in ",;\t") and delimiter in c else c for c in line.split("|"))
        for line in lines
    ]
    path.write_bytes((line_end.join(quoted) + line_end).encode(encoding))
    before = path.read_bytes().decode(encoding)

    (receipt,) = connect(tmp_path).write([update("2", "phone", "2", "3")])

    assert receipt.outcome is Outcome.APPLIED
    after = path.read_bytes().decode(encoding)
    assert after == before.replace(f"bob@acme.example{delimiter}2", f"bob@acme.example{delimiter}3")
    assert path.read_bytes().startswith(before[:0].encode(encoding))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["people.csv"]


def test_headers_are_canonical_or_mapped(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Id,FirstName,last_name,Fax\n7, Ann ,Bee,1\n")

    connector = connect(tmp_path, id_column="Id", fields={"people": {"first_name": "FirstName", "phone": "Telephone"}})

    assert records(connector) == {"7": {"first_name": "Ann", "last_name": "Bee"}}
    schema = connector.describe("people")
    assert {f.name: f.canonical for f in schema.fields} == {
        "Id": "",
        "FirstName": "first_name",
        "last_name": "last_name",
        "Fax": "",
    }
    assert schema.missing == ("Telephone",)


def test_ids_of_other_files_may_stand_alone(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,company_id\n1,12\n2,companies/13\n3,\n")

    got = records(connect(tmp_path))

    assert [f["company_id"] for f in got.values()] == ["companies/12", "companies/13", None]


def test_ties_are_columns_of_ids(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,name,person_ids\n1,Big,4;5\n2,Small,\n")
    connector = connect(tmp_path)
    deal = Ref("csv", "deals", "1")
    tie = Change(Action.ASSOCIATE, deal, Kind.DEAL, others=(Ref("csv", "people", "6"),), field="deal_person")
    untie = Change(Action.DISSOCIATE, deal, Kind.DEAL, others=(Ref("csv", "people", "4"),), field="deal_person")

    pages, _ = pull(connector, "deals")
    assert [a.target.id for a in pages[0].associations] == ["4", "5"]
    assert ("deal_person", Ref("csv", "deals", "2")) in pages[0].replaces

    assert [r.outcome for r in connector.write([tie])] == [Outcome.APPLIED]
    assert [r.outcome for r in connector.write([tie])] == [Outcome.ALREADY]
    assert [r.outcome for r in connector.write([untie])] == [Outcome.APPLIED]
    assert (tmp_path / "deals.csv").read_text() == "id,name,person_ids\n1,Big,5;6\n2,Small,\n"


def test_a_create_takes_the_next_free_id_and_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,email\n9,a@acme.example\nx1,b@acme.example\n")
    connector = connect(tmp_path)
    target = Ref("csv", "people", "new-1")
    change = Change(Action.CREATE, target, Kind.PERSON, values={"email": "c@acme.example"})

    assert connector.find(change) is None
    (receipt,) = connector.write([change])

    assert receipt.ref == Ref("csv", "people", "10")
    assert connect(tmp_path).find(change) == receipt.ref


def test_a_key_column_makes_creates_repeatable(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,email,trueup_key\n1,a@acme.example,\n")
    connector = connect(tmp_path, objects={"people": "person"})
    change = Change(Action.CREATE, Ref("csv", "people", "new-1"), Kind.PERSON, values={"email": "c@acme.example"})

    outcomes = [connector.write([change])[0].outcome for _ in range(2)]

    assert connector.capabilities.upsert_key == {"people": "trueup_key"}
    assert outcomes == [Outcome.APPLIED, Outcome.ALREADY]
    assert set(records(connector)) == {"1", "2"}


def test_one_stale_field_keeps_the_record_as_it_is_and_the_others_are_written(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,email,phone\n1,a@acme.example,1\n2,b@acme.example,2\n")
    changes = [
        update("1", "phone", "1", "10"),
        update("1", "email", "old@acme.example", "new@acme.example"),
        update("2", "phone", "2", "20"),
    ]

    receipts = connect(tmp_path).write(changes)

    assert [r.outcome for r in receipts] == [Outcome.STALE, Outcome.STALE, Outcome.APPLIED]
    assert path.read_text() == "id,email,phone\n1,a@acme.example,1\n2,b@acme.example,20\n"


def test_a_file_that_somebody_saves_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,phone\n1,1\n")
    theirs = "id,phone\n1,1\n2,their new row\n"
    write = client.write
    monkeypatch.setattr(client, "write", lambda table: (path.write_text(theirs), write(table)))

    (receipt,) = connect(tmp_path).write([update("1", "phone", "1", "10")])

    assert receipt.outcome is Outcome.FAILED
    assert path.read_text() == theirs
    assert [p.name for p in tmp_path.iterdir()] == ["people.csv"]


def test_a_character_that_the_encoding_lacks_fails_and_keeps_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("id,city\n1,Köln\n".encode("cp1252"))

    (receipt,) = connect(tmp_path, encoding="cp1252").write([update("1", "city", "Köln", "東京")])

    assert receipt.outcome is Outcome.FAILED
    assert "cp1252" in receipt.message
    assert path.read_bytes() == "id,city\n1,Köln\n".encode("cp1252")


def test_stored_ids_are_read_and_written(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,sf\n1,003A\n2,\n")
    connector = connect(tmp_path, stored_ids=(StoredId("people", "sf", "salesforce", "Contact"),))

    (receipt,) = connector.write([update("2", "foreign_ids", None, "salesforce:Contact/003B")])

    assert receipt.outcome is Outcome.APPLIED
    assert [f["foreign_ids"] for f in records(connector).values()] == [
        "salesforce:Contact/003A",
        "salesforce:Contact/003B",
    ]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"objects": {"people": "persons"}}, "'persons'"),  # no such kind
        ({"fields": {"people": {"surname": "Name"}}}, "'surname'"),  # no such canonical field
        ({"fields": {"persons": {}}}, "'persons'"),  # no such object
    ],
)
def test_a_wrong_declaration_is_refused_when_opening(tmp_path: Path, more: dict[str, object], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        connect(tmp_path, **more)  # type: ignore[arg-type]
