"""The world is clean before faults are planted, the same every time, and its ledger says exactly what was planted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import phonenumbers
import pytest

from trueup.errors import ConfigError
from trueup.twin.salesforce.ids import make_id
from trueup.twin.world.dates import hubspot_time, iso_date, salesforce_time, workday_of
from trueup.twin.world.ids import Ids
from trueup.twin.world.load import load_world
from trueup.twin.world.make import Maker
from trueup.twin.world.parts import HS, RANK, SF, Person
from trueup.twin.world.settings import FAULT_CODES, load_settings

DAY = date(2026, 11, 20)


class Sink:
    """A side that only remembers what it was given."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.ties: dict[tuple[str, str, int], list[tuple[str, str]]] = {}

    def load(self, object: str, rows: Iterable[Mapping[str, Any]]) -> None:  # noqa: A002
        self.rows.setdefault(object, []).extend(dict(r) for r in rows)

    def load_history(self, type: str, rows: Iterable[Mapping[str, Any]]) -> None:  # noqa: A002
        self.history.setdefault(type, []).extend(dict(r) for r in rows)

    def associate_many(self, a: str, b: str, type_id: int, pairs: Iterable[tuple[Any, Any]]) -> None:
        self.ties.setdefault((a, b, type_id), []).extend(pairs)

    def finish_loading(self) -> None:
        pass

    def digest(self) -> str:
        ties = sorted((list(k), v) for k, v in self.ties.items())
        return hashlib.sha256(orjson.dumps([self.rows, self.history, ties])).hexdigest()


def make(folder: Path, people: int, seed: int = 1, world: Mapping[str, Any] | None = None) -> tuple[Sink, Sink, Any]:
    salesforce, hubspot = Sink(), Sink()
    file = folder / f"ledger-{people}-{seed}.json"
    load_world(load_settings(world), people, seed, DAY, salesforce, hubspot, file)
    return salesforce, hubspot, json.loads(file.read_text("utf-8"))


def everybody(people: int, seed: int, world: Mapping[str, Any] | None = None) -> list[Person]:
    return [p for unit, _ in Maker(load_settings(world), people, seed, DAY).units() for p in unit.people]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_world_without_faults_has_an_empty_ledger(tmp_path: Path, seed: int) -> None:
    _, _, ledger = make(tmp_path, 800, seed, {"faults": "none"})
    assert ledger["findings"] == []
    assert ledger["counts"] == {}
    assert len(ledger["people"]) == ledger["made"]["people"] == 800


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    (a, b, first), (c, d, second) = make(tmp_path, 400, 7), make(tmp_path, 400, 7)
    assert (a.digest(), b.digest(), first) == (c.digest(), d.digest(), second)
    e, _, _ = make(tmp_path, 400, 8)
    assert a.digest() != e.digest()


@pytest.mark.parametrize(("people", "seed"), [(200, 1), (200, 2), (200, 3), (1000, 1), (1000, 5)])
def test_every_code_is_planted_at_least_three_times_and_in_its_share(tmp_path: Path, people: int, seed: int) -> None:
    _, _, ledger = make(tmp_path, people, seed)
    settings = load_settings()
    planted = Counter(f["code"] for f in ledger["findings"] if f["planted"])
    assert set(planted) == set(FAULT_CODES)
    for code, share in settings.faults.items():
        assert planted[code] >= max(3, 0.85 * share * people), code
        assert planted[code] <= max(8, 2.6 * share * people), code
    assert ledger["counts"] == {
        code: {"planted": planted[code], "consequences": n - planted[code]}
        for code, n in sorted(Counter(f["code"] for f in ledger["findings"]).items())
    }


def test_every_subject_is_a_record_that_was_loaded_and_belongs_to_the_entity(tmp_path: Path) -> None:
    salesforce, hubspot, ledger = make(tmp_path, 1000)
    refs = {f"salesforce:{o}/{r['Id']}" for o, rows in salesforce.rows.items() for r in rows if not r.get("IsDeleted")}
    refs |= {f"hubspot:{o}/{r['id']}" for o, rows in hubspot.rows.items() for r in rows}
    truth = {**ledger["people"], **ledger["companies"], **ledger["deals"]}
    assert {ref for refs_ in truth.values() for ref in refs_} <= refs
    assert sum(map(len, truth.values())) == len({ref for refs_ in truth.values() for ref in refs_})
    for finding in ledger["findings"]:
        assert set(finding["subjects"]) <= refs, finding
        assert finding["subjects"] == sorted(finding["subjects"])
        if finding["code"] not in ("LNK002", "LNK004", "ACT001", "ACT002"):
            assert set(finding["subjects"]) <= set(truth[finding["entity"]]), finding
    for pair in ledger["not_same"]:
        assert pair["left"]
        assert pair["right"]
        assert not set(pair["left"]) & set(pair["right"])


def test_a_duplicate_is_two_records_of_one_entity_and_never_a_listed_not_same(tmp_path: Path) -> None:
    _, _, ledger = make(tmp_path, 1000)
    apart = {frozenset((a, b)) for pair in ledger["not_same"] for a in pair["left"] for b in pair["right"]}
    doubles = [f for f in ledger["findings"] if f["code"] in ("DUP001", "DUP002", "DUP004")]
    assert len(doubles) >= 60
    assert not [f for f in doubles if frozenset(f["subjects"]) in apart]
    reasons = " ".join(pair["why"] for pair in ledger["not_same"])
    for why in ("namesakes", "father and son", "family", "shared mailbox", "subsidiary"):
        assert why in reasons


def test_lives_are_in_order_and_sellers_work_in_working_hours() -> None:
    for person in everybody(1200, 3, {"faults": "none"}):
        moments = [at for at, _ in person.path]
        assert moments == sorted(set(moments))
        # On the track every step is up; going back leads through recycling.
        for (_, before), (_, after) in pairwise(person.path):
            if before in RANK and after in RANK:
                assert RANK[after] > RANK[before], person.path
        for activity in person.activities:
            local = datetime.fromtimestamp(activity.at + person.company.tz * 3600, UTC)
            assert local.weekday() < 5, activity
            assert 9 <= local.hour < 18, (activity, local)
            assert activity.at >= person.path[0][0]
        for deal in person.deals:
            for rec in deal.recs:
                assert [at for at, _ in rec.events] == sorted(at for at, _ in rec.events)


def test_the_population_is_mixed_as_real_ones_are(tmp_path: Path) -> None:
    people = everybody(3000, 2)
    emails = [str(p.facts["email"]) for p in people]
    assert all(e.endswith((".example", ".test")) for e in emails)
    assert sum("info@" in e or "office@" in e for e in emails) >= 5
    assert (
        sum(any(free in e for free in ("freemail", "inboxly", "postkasten", "mailpost", "correo")) for e in emails)
        > 200
    )
    lasts = Counter(p.facts["last_name"] for p in people)
    assert lasts.most_common(1)[0][1] > 20
    assert any("\u3040" < c < "\u9fff" for p in people for c in str(p.facts["last_name"]))
    assert any("\u0400" < c < "\u04ff" for p in people for c in str(p.facts["last_name"]))
    kinds = Counter(p.life for p in people)
    assert all(
        kinds[life] > 10 for life in ("lead:mql", "contact:customer", "contact:lost", "hs:subscriber", "lead:recycled")
    )


def test_every_phone_number_of_a_clean_world_could_be_one(tmp_path: Path) -> None:
    salesforce, hubspot, _ = make(tmp_path, 600, 4, {"faults": "none"})
    regions = {"United States": "US", "Canada": "CA"}
    numbers = [
        (r[k], regions.get(str(r.get("Country") or r.get("MailingCountry") or r.get("BillingCountry"))))
        for o in ("Lead", "Contact", "Account")
        for r in salesforce.rows[o]
        for k in ("Phone", "MobilePhone")
        if r.get(k)
    ]
    numbers += [(r["properties"]["phone"], None) for r in hubspot.rows["contacts"] if "phone" in r["properties"]]
    assert len(numbers) > 1000
    bad = [n for n in numbers if not phonenumbers.is_valid_number(phonenumbers.parse(*n))]
    assert bad == []


def test_hubspot_never_holds_one_email_twice(tmp_path: Path) -> None:
    for seed in (1, 2):
        _, hubspot, _ = make(tmp_path, 1500, seed)
        emails = [r["properties"]["email"].casefold() for r in hubspot.rows["contacts"] if "email" in r["properties"]]
        emails += [
            r["properties"]["hs_additional_emails"]
            for r in hubspot.rows["contacts"]
            if "hs_additional_emails" in r["properties"]
        ]
        assert [e for e, n in Counter(emails).items() if n > 1] == []


def test_salesforce_unique_fields_are_unique(tmp_path: Path) -> None:
    salesforce, _, _ = make(tmp_path, 1200)
    for name in ("Lead", "Contact", "Account", "Opportunity"):
        stored = [r["HubSpot_Id__c"] for r in salesforce.rows[name] if r.get("HubSpot_Id__c")]
        assert len(stored) == len(set(stored)) > 0
    for rows in salesforce.rows.values():
        assert len({r["Id"] for r in rows}) == len(rows)


def test_a_linked_pair_stores_an_id_in_about_the_set_share() -> None:
    pairs = [p for p in everybody(1500, 1, {"faults": "none"}) if p.rec(SF) and p.rec(HS)]
    stored = sum(
        bool(p.rec(SF).stored or {k for k in p.rec(HS).stored if k != "salesforceleadid" or p.rec(SF).object == "Lead"})
        for p in pairs
    )  # type: ignore[union-attr]
    assert 0.80 < stored / len(pairs) < 0.90


def test_echoes_flip_back_and_forth_and_end_where_they_began(tmp_path: Path) -> None:
    _, hubspot, ledger = make(tmp_path, 600, 1, {"faults": "none", "echoes": 0.2})
    assert len(ledger["echoes"]) > 20
    ref = ledger["echoes"][0]["ref"].split("/")[1]
    versions = [v for v in hubspot.history["contacts"] if v["id"] == ref and v["property"] == "jobtitle"]
    title = next(r["properties"]["jobtitle"] for r in hubspot.rows["contacts"] if r["id"] == ref)
    assert len({v["value"] for v in versions}) == 2
    assert versions[-1]["value"] == title
    assert all(a["value"] != b["value"] for a, b in pairwise(versions))


def test_nobody_was_a_lead_and_sellers_work_twice_as_much_where_the_world_says_so() -> None:
    def made(**knobs: float) -> tuple[int, int]:
        settings = load_settings({"faults": "none", **knobs})
        units = [unit for unit, _ in Maker(settings, 300, 5, date(2026, 11, 20)).units()]
        people = [person for unit in units for person in unit.people]
        leads = sum(rec.converted is not None for person in people for rec in person.recs)
        return leads, sum(len(person.activities) for person in people)

    (usual_leads, usual_work), (no_leads, more_work) = made(), made(from_leads=0.0, activities=2.0)

    assert usual_leads > 0
    assert no_leads == 0
    assert more_work > 1.4 * usual_work


def test_a_world_file_is_read_strictly_with_every_problem_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("faults:\n  STG001: 2\n  STG999: 0.1\nfalts: {}\nas_of: soon\nat_least: -1\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    said = [str(p) for p in caught.value.problems]
    assert len(said) == 5
    assert any(":2:3: faults.STG001: must be a share" in s for s in said)
    assert any(":3:3: faults.STG999: unknown key" in s for s in said)
    assert any(":4:1: falts: unknown key" in s for s in said)
    assert any(":5:1: as_of" in s for s in said)
    file.write_text("faults: [", "utf-8")
    with pytest.raises(ConfigError, match="1 problem"):
        load_settings(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "missing.yaml")


def test_a_world_file_lays_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("as_of: 2026-03-02\nfaults: {STG001: 0.5}\nhubspot: {switches: {search_lag_seconds: 0}}\n", "utf-8")
    settings = load_settings(file)
    assert settings.as_of == date(2026, 3, 2)
    assert settings.faults["STG001"] == 0.5
    assert settings.faults["DUP001"] == load_settings().faults["DUP001"]
    assert settings.hubspot["switches"] == {"search_lag_seconds": 0}
    assert settings.hubspot["lifecycle_stages"]


def test_ids_given_out_in_a_row_are_salesforces_own() -> None:
    ids = Ids()
    assert [ids.salesforce("Lead") for _ in range(5000)] == [make_id("00Q", n) for n in range(1, 5001)]


def test_instants_are_spelled_as_the_standard_library_would() -> None:
    for at in (0, 1_700_000_000, 1_793_145_599, 1_793_145_600, 951_782_400):
        plain = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        assert (salesforce_time(at), hubspot_time(at)) == (f"{plain}.000+0000", f"{plain}.000Z")
        assert iso_date(at) == plain[:10]
    assert [workday_of(date(2026, 11, d)) for d in (20, 21, 22, 23)] == [14839, 14839, 14839, 14840]
