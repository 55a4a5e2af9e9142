"""Random SOQL from a grammar over random worlds: the twin and a naive evaluator, written separately, must agree."""

from __future__ import annotations

import random
from functools import cache
from typing import Any
from urllib.parse import urlencode

import campaigns
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from salesforce_bench import NOW, make_side
from soql_naive import Naive, plain, text_of

from trueup.twin.salesforce.ids import make_id
from trueup.twin.salesforce.side import SalesforceSide
from trueup.twin.salesforce.wire import Incoming

WORDS = [
    "Ito",
    "ITO",
    "ito",
    "O'Brien",
    "100%",
    "a_b",
    "back\\slash",
    "Zed",
    "mañana",
    "x" * 30,
    "Two words",
    "MAÑANA",
    "Müller",
    "müller",
    "MÜLLER",
    "Straße",
    "STRASSE",
    "Ёлка",
    "ёлка",
    "ΑΘΗΝΑ",
    "αθηνα",
    "東京",
    "Zoë",
    "_x",
]
TEXT = {
    "Task": ["Subject", "Status", "Who.Name", "Who.Type"],
    "Contact": ["LastName", "FirstName", "Title", "Account.Name", "Account.Industry", "Account.Parent.Name"],
    "Account": ["Name", "Industry", "Parent.Name"],
    "Lead": ["LastName", "Company", "Status", "Title"],
}
NUMBERS = {
    "Task": ["CallDurationInSeconds"],
    "Contact": ["Account.NumberOfEmployees", "Account.AnnualRevenue"],
    "Account": ["NumberOfEmployees", "AnnualRevenue", "Parent.NumberOfEmployees"],
    "Lead": ["NumberOfEmployees", "AnnualRevenue"],
}
BOOLEANS = {
    "Task": ["IsClosed"],
    "Contact": ["DoNotCall"],
    "Account": [],
    "Lead": ["IsConverted", "HasOptedOutOfEmail"],
}
DATES = {"Task": ["ActivityDate"], "Contact": ["Birthdate"], "Account": [], "Lead": []}
STAMPS = {
    "Task": ["CreatedDate"],
    "Contact": ["CreatedDate", "Account.CreatedDate"],
    "Account": ["CreatedDate"],
    "Lead": ["CreatedDate"],
}
IDS = {"Task": ["Id", "WhoId"], "Contact": ["Id", "AccountId"], "Account": ["Id", "ParentId"], "Lead": ["Id"]}
DAYS = {
    "CALENDAR_YEAR": [2025, 2026], "CALENDAR_MONTH": [1, 4, 5], "CALENDAR_QUARTER": [1, 2], "DAY_IN_MONTH": [1, 6],
    "DAY_IN_WEEK": [1, 4, 7], "DAY_IN_YEAR": [100, 126], "HOUR_IN_DAY": [0, 12, 23], "DAY_ONLY": ["2026-05-06", "2026-05-01"],
}  # fmt: skip
LITERALS = ["TODAY", "YESTERDAY", "TOMORROW", "LAST_WEEK", "THIS_WEEK", "NEXT_WEEK", "LAST_MONTH", "THIS_MONTH",
            "NEXT_MONTH", "THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER", "THIS_YEAR", "LAST_YEAR", "NEXT_YEAR",
            "LAST_N_DAYS:3", "NEXT_N_DAYS:40", "N_DAYS_AGO:5", "LAST_N_WEEKS:2", "NEXT_N_WEEKS:3", "LAST_N_MONTHS:2",
            "NEXT_N_MONTHS:1", "LAST_N_QUARTERS:2", "LAST_N_YEARS:1", "NEXT_N_YEARS:1"]  # fmt: skip
WORLDS = campaigns.part(20, 2)


@cache
def world(seed: int) -> tuple[SalesforceSide, Naive]:
    """A small org full of ties, blanks and near-equal values, and the naive view of the same rows."""
    dice = random.Random(seed)

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.25 else value

    def stamp() -> str:
        days = dice.choice([0, 0, 1, 3, 5, 8, 30, 40, 95, 200, 370, 400])
        return f"{(NOW.date().toordinal() - days)}|{dice.choice(['00:00:00', '11:59:59', '12:00:00', '23:59:59'])}"

    def real(text: str) -> str:
        from datetime import date

        day, _, time = text.partition("|")
        return f"{date.fromordinal(int(day)).isoformat()}T{time}.000+0000"

    accounts: list[dict[str, Any]] = []
    for n in range(12):
        accounts.append({
            "Id": make_id("001", n), "Name": dice.choice(WORDS), "Industry": maybe(dice.choice(["Energy", "ENERGY", "Media"])),
            "NumberOfEmployees": maybe(dice.choice([0, 1, 10, 10, 250])), "AnnualRevenue": maybe(dice.choice([0.0, 1000.0, 1e6])),
            "ParentId": maybe(make_id("001", dice.randrange(12))), "CreatedDate": real(stamp()),
        })  # fmt: skip
    contacts = [{
        "Id": make_id("003", n), "LastName": dice.choice(WORDS), "FirstName": maybe(dice.choice(WORDS)),
        "Title": maybe(dice.choice(["CTO", "cto", "CEO"])), "AccountId": maybe(make_id("001", dice.randrange(12))),
        "DoNotCall": dice.random() < 0.5, "CreatedDate": real(stamp()), "Birthdate": maybe(real(stamp())[:10]),
    } for n in range(40)]  # fmt: skip
    leads = [{
        "Id": make_id("00Q", n), "LastName": dice.choice(WORDS), "Company": dice.choice(WORDS), "Title": maybe("x"),
        "Status": dice.choice(["Open - Not Contacted", "Working - Contacted"]), "NumberOfEmployees": maybe(dice.randrange(4)),
        "AnnualRevenue": maybe(dice.choice([0.0, 5.0, 7.0])), "IsConverted": dice.random() < 0.2,
        "HasOptedOutOfEmail": dice.random() < 0.5, "Tags__c": maybe(dice.choice(["A", "B", "A;B", "A;C", "A;B;C"])),
        "CreatedDate": real(stamp()),
    } for n in range(30)]  # fmt: skip
    people = [*contacts, *leads]
    tasks: list[dict[str, Any]] = [{
        "Id": make_id("00T", n), "Subject": maybe(dice.choice(WORDS)), "Status": dice.choice(["Not Started", "Completed"]),
        "IsClosed": False, "WhoId": maybe(dice.choice(people)["Id"]), "CallDurationInSeconds": maybe(dice.choice([0, 60, 600])),
        "ActivityDate": maybe(real(stamp())[:10]), "CreatedDate": real(stamp()), "Priority": "Normal",
    } for n in range(40)]  # fmt: skip
    for row in tasks:
        row["IsClosed"] = row["Status"] == "Completed"
    side = make_side()
    side.set_switch("archive_days", 0)
    for name, rows in (("Account", accounts), ("Contact", contacts), ("Lead", leads), ("Task", tasks)):
        side.load(name, [dict(r) for r in rows])
    side.finish_loading()
    by_id = {r["Id"]: r for r in accounts}
    for row in accounts:
        row["Parent"] = by_id.get(row["ParentId"])
    for row in contacts:
        row["Account"] = by_id.get(row["AccountId"])
    for kind, rows in (("Contact", contacts), ("Lead", leads)):
        for row in rows:
            row["Name"] = " ".join(p for p in (row.get("FirstName"), row["LastName"]) if p)
            row["Type"] = kind
    who = {r["Id"]: r for r in people}
    for row in tasks:
        row["Who"] = who.get(row["WhoId"])
    return side, Naive({"Account": accounts, "Contact": contacts, "Lead": leads, "Task": tasks}, NOW)


# -- the grammar


def comparisons(table: str, nested: bool) -> st.SearchStrategy[tuple[Any, ...]]:
    """One condition on a field of any kind."""
    every = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    equal = st.sampled_from(["=", "!="])
    words = st.one_of(st.none(), st.sampled_from([*WORDS, "CTO", "Energy", "Open - Not Contacted"]))
    text = st.sampled_from(TEXT[table])
    numbers = st.one_of(st.none(), st.sampled_from([0, 1, 5, 10, 250, 1000.0, -1]))
    options: list[Any] = [
        st.tuples(st.just("cmp"), text, st.just("text"), equal, words),
        st.tuples(st.just("cmp"), text, st.just("text"), every, st.sampled_from(WORDS)),
        st.tuples(st.just("like"), text, st.sampled_from(["%", "i%", "%o", "_to", "%'%".replace("'", ""), "100\\\\%", "a\\\\_b", "%a%", "ITO", "%ü%", "MÜ%", "ё_к_", "%α%", "%ß%", "STRA%"]).map(lambda p: p.replace("\\\\", "\\"))),
        st.tuples(st.sampled_from(["in", "not in"]), text, st.just("text"), st.lists(words, min_size=1, max_size=4)),
        st.tuples(st.just("cmp"), st.sampled_from(NUMBERS[table]), st.just("number"), every, numbers),
        st.tuples(st.sampled_from(["in", "not in"]), st.sampled_from(NUMBERS[table]), st.just("number"), st.lists(numbers, min_size=1, max_size=3)),
        st.tuples(st.just("date"), st.sampled_from(STAMPS[table] + DATES[table]), every, st.sampled_from(LITERALS)),
        st.tuples(st.just("cmp"), st.sampled_from(STAMPS[table]), st.just("datetime"), every,
                  st.sampled_from(["2026-05-06T12:00:00Z", "2026-05-05T23:59:59.000Z", "2026-05-06T14:00:00+02:00", "2026-04-01T00:00:00-05:00"])),
    ]  # fmt: skip
    function = st.sampled_from([(f, v) for f, values in DAYS.items() for v in values])
    on = st.sampled_from(STAMPS[table])
    options.append(st.tuples(function, on, every).map(lambda d: ("day", d[0][0], d[1], d[2], d[0][1])))
    if BOOLEANS[table]:
        options.append(
            st.tuples(st.just("cmp"), st.sampled_from(BOOLEANS[table]), st.just("boolean"), equal, st.booleans())
        )
    if DATES[table]:
        options.append(st.tuples(st.just("cmp"), st.sampled_from(DATES[table]), st.just("date"), every, st.sampled_from(["2026-05-06", "2026-04-01", "2025-01-01"])))  # fmt: skip
    if table == "Lead":
        picks = st.lists(st.sampled_from(["A", "B", "C", "A;B", "B;C", "a"]), min_size=1, max_size=2)
        options.append(st.tuples(st.sampled_from(["includes", "excludes"]), st.just("Tags__c"), picks))
    del nested
    return st.one_of(*options)


def conditions(table: str) -> st.SearchStrategy[tuple[Any, ...]]:
    """A tree of conditions."""
    return st.recursive(
        comparisons(table, True),
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
            st.tuples(st.just("not"), inner),
        ),
        max_leaves=6,
    )


@st.composite
def children(draw: st.DrawFn, table: str, levels: int) -> list[dict[str, Any]]:
    """Child subqueries, and theirs, as deep as the API goes."""
    kinds = {
        "Account": [("Contacts", "Contact", "AccountId", "LastName"), ("ChildAccounts", "Account", "ParentId", "Name")],
        "Contact": [("Tasks", "Task", "WhoId", "Subject")],
        "Task": [],
    }[table]
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=2, unique=True)) if kinds and levels else []
    out = []
    for name, inner, link, title in chosen:
        child = {"from": name, "table": inner, "link": link, "select": ["Id", title],
                 "where": draw(st.one_of(st.none(), comparisons(inner, False))),
                 "order": [(draw(st.sampled_from(["CreatedDate", title])), draw(st.sampled_from(["ASC", "DESC"])), "")],
                 "limit": draw(st.one_of(st.none(), st.integers(1, 3))),
                 "children": draw(children(inner, levels - 1))}  # fmt: skip
        out.append(child)
    return out


@st.composite
def queries(draw: st.DrawFn, table: str | None = None) -> dict[str, Any]:
    """A query that reads records."""
    table = table or draw(st.sampled_from(["Contact", "Account", "Lead", "Task"]))
    fields = TEXT[table] + NUMBERS[table] + BOOLEANS[table] + DATES[table] + STAMPS[table] + IDS[table]
    query: dict[str, Any] = {
        "from": table,
        "select": draw(st.lists(st.sampled_from(fields), min_size=1, max_size=5, unique=True)),
    }
    where = draw(st.one_of(st.none(), conditions(table)))
    if table == "Contact" and draw(st.booleans()):
        inner = {
            "from": "Account",
            "select": ["Id"],
            "where": draw(st.one_of(st.none(), comparisons("Account", False))),
        }
        join = (draw(st.sampled_from(["semi", "anti"])), "AccountId", inner)
        where = join if where is None else ("and", [where, join])
    query["where"] = where
    orders = st.tuples(
        st.sampled_from([f for f in fields if f not in TEXT[table] or "." not in f]),
        st.sampled_from(["", "ASC", "DESC"]),
        st.sampled_from(["", "NULLS FIRST", "NULLS LAST"]),
    )
    query["order"] = draw(st.lists(orders, max_size=3, unique_by=lambda o: o[0]))
    query["limit"] = draw(st.one_of(st.none(), st.integers(0, 30)))
    query["offset"] = draw(st.one_of(st.just(0), st.integers(0, 10)))
    if table == "Account" and draw(st.booleans()):
        query["children"] = draw(children("Account", 4))
    if table == "Task" and draw(st.booleans()):
        cases = {"Contact": ["LastName", "Birthdate"], "Lead": ["Company", "Status"]}
        kept = draw(st.lists(st.sampled_from(list(cases)), min_size=1, max_size=2, unique=True))
        query["select"] = [f for f in query["select"] if not f.startswith("Who.")] or ["Id"]
        query["typeof"] = ("Who", {k: cases[k] for k in kept}, draw(st.sampled_from([[], ["Id", "LastName"]])))
    return query


@st.composite
def aggregates(draw: st.DrawFn) -> dict[str, Any]:
    """A query that counts and sums."""
    table = draw(st.sampled_from(["Contact", "Account", "Lead", "Task"]))
    plain_fields = {
        "Task": ["Subject", "WhoId"],
        "Contact": ["Title", "Account.Industry", "AccountId"],
        "Account": ["Industry", "ParentId"],
        "Lead": ["Status", "Company"],
    }[table]
    days = [f"{name}(CreatedDate)" for name in DAYS]
    group = draw(st.lists(st.sampled_from([*plain_fields, *plain_fields, *days]), max_size=2, unique=True))
    words = TEXT[table][0]
    numeric = st.sampled_from(NUMBERS[table])
    calls = st.one_of(
        st.just("COUNT(Id)"),
        st.sampled_from([f"COUNT({f})" for f in plain_fields]),
        st.sampled_from([f"COUNT_DISTINCT({f})" for f in plain_fields]),
        st.builds("{}({})".format, st.sampled_from(["SUM", "AVG", "MIN", "MAX"]), numeric),
        st.builds("{}({})".format, st.sampled_from(["MIN", "MAX"]), st.sampled_from(["CreatedDate", words])),
    )
    chosen = draw(st.lists(calls, min_size=1, max_size=4, unique=True))
    query: dict[str, Any] = {
        "from": table,
        "select": [*group, *chosen],
        "group": group,
        "where": draw(st.one_of(st.none(), conditions(table))),
    }
    if group and draw(st.booleans()):
        operator = st.sampled_from([">", ">=", "<", "=", "!="])
        query["having"] = draw(
            st.one_of(
                st.tuples(st.just("COUNT(Id)"), operator, st.integers(1, 4)),
                st.tuples(st.just(f"COUNT_DISTINCT({words})"), operator, st.integers(1, 3)),
                st.tuples(st.just(f"MAX({NUMBERS[table][0]})"), operator, st.sampled_from([0, 10, 60])),
                st.tuples(st.just(f"MIN({words})"), operator, st.sampled_from(["'müller'", "'Ito'", "'Ёлка'"])),
            )
        )
    return query


# -- asking


def ask(side: SalesforceSide, path: str, **query: str) -> Any:
    token = side.preset_token
    headers = {"authorization": f"Bearer {token}", "sforce-query-options": "batchSize=200"}
    incoming = Incoming("GET", path, "", urlencode(query), headers, b"", "http://127.0.0.1")
    answer = side.service.answer(incoming)
    assert answer.status == 200, (query, answer.body)
    return answer.body


def stripped(record: Any) -> Any:
    """A record without attributes; child results as lists."""
    if isinstance(record, dict) and "records" in record:
        assert record["totalSize"] == len(record["records"])
        return [stripped(r) for r in record["records"]]
    if isinstance(record, dict):
        return {k: stripped(v) for k, v in record.items() if k != "attributes"}
    return record


_RUNS = {"suppress_health_check": list(HealthCheck), "max_examples": campaigns.part(4_000, 60)}


@pytest.mark.campaign
@given(seed=st.integers(0, WORLDS - 1), query=queries())
@settings(**_RUNS)
def test_random_queries_find_what_the_naive_evaluator_finds(seed: int, query: dict[str, Any]) -> None:
    side, naive = world(seed)
    text = text_of(query)
    side.set_switch("page_size", 7)  # small pages: every query of some size goes through a cursor
    page = ask(side, "/services/data/v59.0/query", q=text)
    records = list(page["records"])
    while not page["done"]:
        page = ask(side, page["nextRecordsUrl"])
        records += page["records"]
    wanted = naive.answer(query)
    campaigns.count("queries")
    campaigns.count("records", len(wanted))
    assert [stripped(r) for r in records] == wanted, text
    assert page["totalSize"] == len(wanted), text


@pytest.mark.campaign
@given(seed=st.integers(0, WORLDS - 1), query=aggregates())
@settings(**_RUNS)
def test_random_aggregates_count_what_the_naive_evaluator_counts(seed: int, query: dict[str, Any]) -> None:
    side, naive = world(seed)
    text = text_of(query)
    page = ask(side, "/services/data/v59.0/query", q=text)
    got = []
    for record in page["records"]:
        values = [v for k, v in record.items() if k != "attributes"]
        got.append(tuple(plain(v) for v in values))

    def order(row: tuple[Any, ...]) -> list[str]:
        return [repr(v) for v in row]

    wanted = sorted(naive.groups(query), key=order)
    campaigns.count("queries")
    campaigns.count("groups", len(wanted))
    assert sorted(got, key=order) == wanted, text
    count = ask(
        side,
        "/services/data/v59.0/query",
        q=text_of({"select": ["COUNT()"], "from": query["from"], "where": query["where"]}),
    )
    assert count["totalSize"] == len(naive.rows(query)), text
