"""Writing to HubSpot: nothing twice, nothing lost, nothing by position; stages move back in two steps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from contract_rigs import SYSTEM, HubSpotRig
from test_contract import live, pull, update

from trueup.connectors.hubspot import HubSpotConnector
from trueup.errors import UnknownOutcomeError
from trueup.model.changes import Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome, Receipt
from trueup.model.refs import Ref
from trueup.twin.kit.faults import Fault


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[HubSpotRig]:
    made = HubSpotRig(tmp_path)
    yield made
    made.close()


@pytest.fixture
def connector(rig: HubSpotRig) -> HubSpotConnector:
    return connect(rig)


def connect(rig: HubSpotRig, **options: object) -> HubSpotConnector:
    found = rig.open(**options)
    assert isinstance(found, HubSpotConnector)
    # What is asked once is asked now, so that a test counts what a write costs.
    assert found.capabilities
    return found


def ref(object_: str, id_: str) -> Ref:
    return Ref(SYSTEM, object_, id_)


def native(rig: HubSpotRig, object_: str, id_: str) -> dict[str, str]:
    found: dict[str, str] = next(r for r in rig.side.dump(object_) if r["id"] == id_)["properties"]
    return found


def sent(rig: HubSpotRig, since: int) -> list[tuple[str, Any]]:
    """Writes that arrived: (path's end, body)."""
    return [
        (r["path"].split("/", 5)[-1], json.loads(r["body"] or "null"))
        for r in rig.recorder.requests(since=since)
        if r["method"] != "GET" and not r["path"].endswith(("/read", "/search"))
    ]


def outcomes(receipts: Any) -> list[Outcome]:
    return [r.outcome for r in receipts]


def create(n: int, object_: str = "contacts", **values: str | None) -> Change:
    kind = {"contacts": Kind.PERSON, "companies": Kind.COMPANY, "deals": Kind.DEAL}[object_]
    return Change(Action.CREATE, ref(object_, f"new-{n}"), kind, values=values)


# --- stages ----------------------------------------------------------------------------------------------------------


def test_a_stage_moves_forward_in_one_request(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example", "lifecycle_stage": "lead"})
    before = rig.arrived()

    receipts = connector.write([update(ref("contacts", id_), "lifecycle_stage", "lead", "opportunity")])

    assert outcomes(receipts) == [Outcome.APPLIED]
    assert len(sent(rig, before)) == 1
    assert native(rig, "contacts", id_)["lifecyclestage"] == "opportunity"


def test_a_stage_moves_back_by_clearing_it_in_a_request_of_its_own(
    rig: HubSpotRig, connector: HubSpotConnector
) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example", "lifecycle_stage": "customer"})
    other = rig.add("contacts", {"email": "bob@acme.example", "lifecycle_stage": "lead"})
    target = ref("contacts", id_)
    before = rig.arrived()

    receipts = connector.write(
        [
            update(target, "lifecycle_stage", "customer", "lead"),
            update(target, "phone", None, "+1 555 0100"),
            update(ref("contacts", other), "lifecycle_stage", "lead", "customer"),
        ]
    )

    assert outcomes(receipts) == [Outcome.APPLIED] * 3
    writes = [[(i["id"], i["properties"]) for i in body["inputs"]] for _, body in sent(rig, before)]
    assert writes[0] == [(id_, {"lifecyclestage": ""})]
    assert (id_, {"lifecyclestage": "lead", "phone": "+1 555 0100"}) in writes[1]
    assert len(writes) == 2
    assert native(rig, "contacts", id_)["lifecyclestage"] == "lead"
    assert native(rig, "contacts", other)["lifecyclestage"] == "customer"
    assert ("contacts", "lifecycle_stage") in connector.capabilities.transitional


def test_a_refused_new_stage_puts_the_old_one_back(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example", "lifecycle_stage": "customer"})
    target = ref("contacts", id_)

    receipts = connector.write(
        [update(target, "lifecycle_stage", "customer", "lead"), update(target, "lead_status", None, "NO_SUCH_STATUS")]
    )

    assert outcomes(receipts) == [Outcome.REFUSED] * 2
    assert native(rig, "contacts", id_)["lifecyclestage"] == "customer"


def test_a_death_between_clearing_and_setting_is_ended_by_writing_again(
    rig: HubSpotRig, connector: HubSpotConnector
) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example", "lifecycle_stage": "customer"})
    change = update(ref("contacts", id_), "lifecycle_stage", "customer", "lead")
    rig.faults.add(Fault("reset_before", path="batch/update", skip=1))

    (lost,) = connector.write([change])
    assert lost.outcome is Outcome.UNKNOWN
    assert "lifecyclestage" not in native(rig, "contacts", id_)

    rig.faults.clear()
    (settled,) = connector.write([change])
    assert settled.outcome is Outcome.APPLIED
    assert native(rig, "contacts", id_)["lifecyclestage"] == "lead"


def test_a_stage_that_hubspot_keeps_is_not_called_applied(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    """The plan saw `lead`; since then somebody made it a customer, and a forward move would now be a backward one."""
    id_ = rig.add("contacts", {"email": "ann@acme.example", "lifecycle_stage": "customer"})

    (receipt,) = connector.write([update(ref("contacts", id_), "lifecycle_stage", "lead", "opportunity")])

    assert receipt.outcome is Outcome.STALE
    assert receipt.observed["lifecycle_stage"] == "customer"
    assert native(rig, "contacts", id_)["lifecyclestage"] == "customer"


# --- updates ---------------------------------------------------------------------------------------------------------


def test_a_bad_value_refuses_its_own_record_only(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(9)]
    changes = [update(ref("contacts", i), "phone", None, "+1 555 0100") for i in ids]
    changes[4] = update(ref("contacts", ids[4]), "lead_status", None, "NO_SUCH_STATUS")

    receipts = {r.change_id: r for r in connector.write(changes)}

    refused = [n for n, c in enumerate(changes) if receipts[c.id].outcome is Outcome.REFUSED]
    assert refused == [4]
    assert receipts[changes[4].id].code == "INVALID_OPTION"
    assert sum(native(rig, "contacts", i).get("phone") == "+1 555 0100" for i in ids) == 8


def test_a_record_that_was_merged_away_is_stale_and_names_the_survivor(
    rig: HubSpotRig, connector: HubSpotConnector
) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(3)]
    survivor = rig.merge("contacts", ids[0], ids[1])
    changes = [update(ref("contacts", i), "phone", None, "+1 555 0100") for i in (ids[1], ids[2])]

    receipts = {r.change_id: r for r in connector.write(changes)}

    assert receipts[changes[0].id].outcome is Outcome.STALE
    assert receipts[changes[0].id].ref == ref("contacts", survivor)
    assert receipts[changes[1].id].outcome is Outcome.APPLIED
    assert "phone" not in native(rig, "contacts", survivor)


def test_more_than_a_batch_is_split(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    rig.side.load(
        "contacts",
        [{"id": str(100 + i), "properties": {}, "createdAt": "2026-01-01T00:00:00Z"} for i in range(130)],
    )
    before = rig.arrived()

    receipts = connector.write([update(ref("contacts", str(100 + i)), "phone", None, str(i)) for i in range(130)])

    assert set(outcomes(receipts)) == {Outcome.APPLIED}
    assert [len(body["inputs"]) for _, body in sent(rig, before)] == [100, 30]
    assert all(native(rig, "contacts", str(100 + i))["phone"] == str(i) for i in (0, 64, 129))


@pytest.mark.parametrize("action", ["reset_after", "reset_before", "truncate"])
def test_a_lost_answer_of_an_update_is_asked_for_again(
    rig: HubSpotRig, connector: HubSpotConnector, action: str
) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example"})
    rig.faults.add(Fault(action, path="batch/update", count=2))

    (receipt,) = connector.write([update(ref("contacts", id_), "phone", None, "+1 555 0100")])

    assert receipt.outcome is Outcome.APPLIED
    assert native(rig, "contacts", id_)["phone"] == "+1 555 0100"


def test_an_update_that_never_gets_an_answer_is_unknown(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    id_ = rig.add("contacts", {"email": "ann@acme.example"})
    rig.faults.add(Fault("reset_after", path="batch/update"))

    (receipt,) = connector.write([update(ref("contacts", id_), "phone", None, "+1 555 0100")])

    assert receipt.outcome is Outcome.UNKNOWN


def test_what_cannot_be_written_is_refused_before_the_wire(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    target = ref("contacts", rig.add("contacts", {"email": "ann@acme.example"}))
    before = rig.arrived()

    receipts = connector.write(
        [
            update(target, "created_at", None, "2026-01-01T00:00:00Z"),  # HubSpot's own
            update(target, "probability", None, "1"),  # not a field of contacts
            update(target, "owner_id", None, "companies/1"),  # not an owner
        ]
    )

    assert outcomes(receipts) == [Outcome.REFUSED] * 3
    assert all(r.message for r in receipts)
    assert rig.arrived() == before


# --- creates ---------------------------------------------------------------------------------------------------------


def test_a_create_whose_answer_was_lost_is_not_doubled(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    rig.faults.add(Fault("reset_after", path="batch/upsert", count=1))
    change = create(1, "companies", name="Acme", domain="acme.example")

    (receipt,) = connector.write([change])

    assert receipt.outcome in (Outcome.APPLIED, Outcome.ALREADY)
    assert [r["id"] for r in rig.side.dump("companies")] == [receipt.ref.id]  # type: ignore[union-attr]
    assert connector.find(change) == receipt.ref


def test_without_a_key_a_lost_create_is_unknown_until_somebody_has_looked(rig: HubSpotRig) -> None:
    connector = connect(rig, create_key="no_such_property")
    change = create(1, "deals", name="Only once", stage="qualifiedtobuy", pipeline="default")
    rig.faults.add(Fault("reset_after", path="batch/create", count=1))

    (receipt,) = connector.write([change])

    assert receipt.outcome is Outcome.UNKNOWN
    assert len(list(rig.side.dump("deals"))) == 1
    with pytest.raises(UnknownOutcomeError):
        connector.find(change)  # the index lags
    rig.pass_time()
    assert connector.find(change) == ref("deals", next(rig.side.dump("deals"))["id"])


def test_without_a_key_a_deal_is_made_with_its_company_or_not_at_all(rig: HubSpotRig) -> None:
    connector = connect(rig, create_key="no_such_property")
    company = rig.add("companies", {"name": "Acme"})
    told = {"stage": "qualifiedtobuy", "pipeline": "default"}
    changes = [
        create(1, "deals", name="Whole", company_id=f"companies/{company}", **told),
        create(2, "deals", name="Astray", company_id="companies/404404404", **told),
        create(3, "deals", name="Alone", **told),
    ]

    whole, astray, alone = connector.write(changes)

    assert [r.outcome for r in (whole, astray, alone)] == [Outcome.APPLIED, Outcome.REFUSED, Outcome.APPLIED]
    assert sorted(d["properties"]["dealname"] for d in rig.side.dump("deals")) == ["Alone", "Whole"]
    assert whole.ref is not None
    got = connector.get([whole.ref])[whole.ref]
    assert got is not None
    assert got.fields["company_id"] == f"companies/{company}"


def test_without_a_key_an_email_protects_a_contact(rig: HubSpotRig) -> None:
    connector = connect(rig, create_key="no_such_property")
    change = create(1, first_name="Ann", email="Ann@acme.example")
    rig.faults.add(Fault("reset_after", path="batch/create", count=1))

    (receipt,) = connector.write([change])

    assert receipt.outcome is Outcome.ALREADY
    assert len(list(rig.side.dump("contacts"))) == 1
    assert connector.find(change) == receipt.ref


@pytest.mark.parametrize("key", ["trueup_key", "no_such_property"])
def test_an_email_of_somebody_else_refuses_the_create_and_names_the_record(rig: HubSpotRig, key: str) -> None:
    there = rig.add("contacts", {"email": "ann@acme.example", "first_name": "Somebody else"})
    connector = connect(rig, create_key=key)

    receipts = connector.write(
        [create(1, first_name="Ann", email="ann@acme.example"), create(2, first_name="Bob", email="bob@acme.example")]
    )

    assert sorted(outcomes(receipts)) == [Outcome.APPLIED, Outcome.REFUSED]
    refused = next(r for r in receipts if r.outcome is Outcome.REFUSED)
    assert refused.ref == ref("contacts", there)
    assert native(rig, "contacts", there)["firstname"] == "Somebody else"


def test_receipts_of_a_shuffled_batch_belong_to_their_changes(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    changes = [create(n, first_name=f"Ann {n}", email=f"ann{n}@acme.example") for n in range(30)]

    receipts: dict[str, Receipt] = {r.change_id: r for r in connector.write(changes)}

    for n, change in enumerate(changes):
        made = receipts[change.id].ref
        assert made is not None
        assert native(rig, "contacts", made.id)["firstname"] == f"Ann {n}"


def test_a_new_deal_gets_its_company_as_the_primary_one(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    company = rig.add("companies", {"name": "Acme"})
    change = create(
        1, "deals", name="Big", stage="qualifiedtobuy", pipeline="default", company_id=f"companies/{company}"
    )

    (receipt,) = connector.write([change])

    assert receipt.outcome is Outcome.APPLIED
    got = connector.get([receipt.ref])[receipt.ref]  # type: ignore[list-item,index]
    assert got.fields["company_id"] == f"companies/{company}"  # type: ignore[union-attr]
    types = {t["type_id"] for t in rig.side.dump("associations") if t["from_type"] == "deals"}
    assert 5 in types


def test_activities_are_written_in_hubspots_words(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    values: dict[str, str | None] = {
        "activity_type": "call",
        "subject": "Intro",
        "occurred_at": "2026-05-06T12:00:00Z",
        "direction": "outbound",
        "duration_s": "90",
        "done": "true",
    }
    change = Change(Action.CREATE, ref("calls", "new-1"), Kind.ACTIVITY, values=values)

    (receipt,) = connector.write([change])

    made = connector.get([receipt.ref])[receipt.ref]  # type: ignore[list-item,index]
    assert {n: made.fields[n] for n in values} == values  # type: ignore[union-attr]
    assert native(rig, "calls", receipt.ref.id)["hs_call_duration"] == "90000"  # type: ignore[union-attr]


# --- merges, ties ----------------------------------------------------------------------------------------------------


def test_a_merge_whose_answer_was_lost_is_settled_by_asking_again(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(2)]
    change = Change(
        Action.MERGE, ref("contacts", ids[0]), Kind.PERSON, others=(ref("contacts", ids[1]),), values={"title": "CEO"}
    )
    rig.faults.add(Fault("reset_after", path="/merge", count=1))

    (lost,) = connector.write([change])
    (settled,) = connector.write([change])

    assert lost.outcome is Outcome.UNKNOWN
    assert settled.outcome in (Outcome.ALREADY, Outcome.APPLIED)
    (record,) = live(pull(connector, "contacts")[0])
    assert record.ref == settled.ref
    assert record.ref.id not in ids
    assert record.fields["title"] == "CEO"
    assert sum(1 for w in rig.recorder.writes() if w["action"] == "merge" and w["id"] == record.ref.id) <= 1


def test_a_merge_with_a_record_that_is_gone_merges_nothing(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    ids = [rig.add("contacts", {"email": f"p{i}@acme.example"}) for i in range(3)]
    rig.delete("contacts", ids[2])
    others = (ref("contacts", ids[1]), ref("contacts", ids[2]))
    before = rig.arrived()

    (receipt,) = connector.write([Change(Action.MERGE, ref("contacts", ids[0]), Kind.PERSON, others=others)])

    assert receipt.outcome is Outcome.REFUSED
    assert sent(rig, before) == []


def test_a_label_of_the_account_is_written_and_read(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    headers = {"Authorization": f"Bearer {rig.side.credentials(rig.url)['access_token']}"}
    answer = requests.post(
        f"{rig.url}/crm/v4/associations/deals/contacts/labels",
        json={"label": "Decision maker", "name": "decision_maker"},
        headers=headers,
        timeout=10,
    )
    assert answer.status_code == 200
    person, deal = rig.add("contacts", {"email": "ann@acme.example"}), rig.add("deals", rig.deal_values)
    tie = Change(
        Action.ASSOCIATE,
        ref("deals", deal),
        Kind.DEAL,
        others=(ref("contacts", person),),
        field="deal_person",
        after="Decision maker",
    )
    untie = Change(
        Action.DISSOCIATE, ref("deals", deal), Kind.DEAL, others=(ref("contacts", person),), field="deal_person"
    )

    assert outcomes(connector.write([tie])) == [Outcome.APPLIED]
    ties = [a for p in pull(connector, "deals")[0] for a in p.associations]
    assert [(a.target.id, a.label) for a in ties] == [(person, "Decision maker")]
    assert outcomes(connector.write([untie])) == [Outcome.APPLIED]
    assert [a for p in pull(connector, "deals")[0] for a in p.associations] == []


def test_a_second_label_leaves_the_first(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    """Writing labels replaces those of the pair (reference 10.1)."""
    headers = {"Authorization": f"Bearer {rig.side.credentials(rig.url)['access_token']}"}
    for label in ("Decision maker", "Champion"):
        requests.post(
            f"{rig.url}/crm/v4/associations/deals/contacts/labels",
            json={"label": label, "name": label.lower().replace(" ", "_")},
            headers=headers,
            timeout=10,
        )
    person, deal = rig.add("contacts", {"email": "ann@acme.example"}), rig.add("deals", rig.deal_values)
    company = rig.add("companies", {"name": "Acme"})
    to_person, to_company = (ref("contacts", person),), (ref("companies", company),)

    for others, field, label in (
        (to_person, "deal_person", "Decision maker"),
        (to_person, "deal_person", "Champion"),
        (to_person, "deal_person", "Decision maker"),
        (to_company, "deal_company", "Primary"),
    ):
        tie = Change(Action.ASSOCIATE, ref("deals", deal), Kind.DEAL, others=others, field=field, after=label)
        assert set(outcomes(connector.write([tie]))) <= {Outcome.APPLIED, Outcome.ALREADY}

    answer = requests.get(
        f"{rig.url}/crm/v4/objects/deals/{deal}/associations/contacts", headers=headers, timeout=10
    ).json()
    labels = {t["label"] for t in answer["results"][0]["associationTypes"] if t["label"]}
    assert labels == {"Decision maker", "Champion"}


@pytest.mark.parametrize("status", [202, 206, 207])
def test_a_2xx_that_no_specification_names_is_an_answer(
    rig: HubSpotRig, connector: HubSpotConnector, status: int
) -> None:
    """The library would make None of it (reference 2)."""
    id_ = rig.add("contacts", {"email": "ann@acme.example"})
    row = {"id": id_, "properties": {"phone": "+1 555 0100"}, "objectWriteTraceId": id_}
    body = json.dumps({"status": "COMPLETE", "results": [row]})
    rig.faults.add(Fault("answer", path="/contacts/batch/update", status=status, body=body))

    (receipt,) = connector.write([update(ref("contacts", id_), "phone", None, "+1 555 0100")])

    assert receipt.outcome is Outcome.APPLIED
    assert receipt.observed == {"phone": "+1 555 0100"}


def test_one_bad_tie_spoils_no_other(rig: HubSpotRig, connector: HubSpotConnector) -> None:
    deal = rig.add("deals", rig.deal_values)
    person = rig.add("contacts", {"email": "ann@acme.example"})
    ties = [
        Change(Action.ASSOCIATE, ref("deals", deal), Kind.DEAL, others=(ref("contacts", i),), field="deal_person")
        for i in (person, "404404")
    ]

    receipts = {r.change_id: r.outcome for r in connector.write(ties)}

    assert [receipts[t.id] for t in ties] == [Outcome.APPLIED, Outcome.REFUSED]
