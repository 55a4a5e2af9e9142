"""A bad day: whatever the wire does, a pull misses nothing and doubles nothing, or says that it is not complete."""

from __future__ import annotations

import random

import campaigns
import pytest
from salesforce_org import Org, id_, pulled, records, ref, running

from trueup.errors import CredentialsError, RemoteError, UnavailableError
from trueup.model.changes import NEW, Action, Change
from trueup.model.kinds import Kind
from trueup.model.receipts import Outcome
from trueup.model.refs import Ref

BUSY = '[{"message":"busy","errorCode":"SERVER_UNAVAILABLE"}]'
CONCURRENT = (
    '[{"message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
)


@pytest.fixture(scope="module")
def org(tmp_path_factory):
    with running(tmp_path_factory.mktemp("org"), people=900) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_faults(org: Org):
    yield
    org.faults.clear()


def storm(org: Org, seed: int, share: float) -> None:
    """Every kind of fault on some requests: each kind drawn from a seed of its own."""
    each = share / 7
    for k, fault in enumerate(
        (
            {"action": "answer", "status": 503, "body": BUSY},
            {"action": "answer", "status": 403, "body": CONCURRENT},
            {"action": "answer", "status": 502, "body": "<html>bad gateway</html>"},
            {"action": "reset_before"},
            {"action": "reset_after"},
            {"action": "truncate"},
            {"action": "expire_session"},
        )
    ):
        org.fault(path="/services/", probability=each, seed=seed * 10 + k, **fault)


def test_a_pull_in_a_storm_is_whole_or_says_that_it_is_not(org: Org):
    everything = {row["Id"] for row in org.side.dump("Contact") if not row["IsDeleted"]}
    whole = 0
    for seed in range(12):
        org.faults.clear()
        storm(org, seed, 0.3)
        try:
            pages, summary = pulled(org.connector(page_size=200), "Contact")
        except (UnavailableError, CredentialsError):
            # It gave up, and said so: too many failures in a row, or two sessions in a row ended at once.
            continue
        seen = [r.ref.id for p in pages for r in p.records if not r.deleted]
        assert summary.complete is (set(seen) == everything)
        assert len(seen) == len(set(seen))
        whole += summary.complete
    assert whole >= 8


@pytest.mark.campaign
def test_pulls_over_many_storms(org: Org):
    everything = {row["Id"] for row in org.side.dump("Lead") if not row["IsDeleted"]}
    for seed in range(1000, 1000 + campaigns.part(200, least=4)):
        campaigns.count("seeds")
        org.faults.clear()
        storm(org, seed, 0.3)
        draw = random.Random(seed)
        if draw.random() < 0.3:
            org.side.expire_cursors()
        try:
            pages, summary = pulled(org.connector(page_size=200), "Lead")
        except (UnavailableError, CredentialsError):
            # It gave up, and said so: too many failures in a row, or two sessions in a row ended at once.
            campaigns.count("gave up")
            continue
        campaigns.count("complete" if summary.complete else "said incomplete")
        seen = {r.ref.id for p in pages for r in p.records if not r.deleted}
        assert not summary.complete or seen == everything, seed


def test_writes_in_a_storm_end_in_what_the_receipts_say(org: Org):
    counts = dict.fromkeys(Outcome, 0)
    for seed in range(8):
        org.faults.clear()
        connector = org.connector()
        _ = connector.capabilities
        storm(org, 100 + seed, 0.5)
        changes = [
            Change(Action.UPDATE, ref("Lead", n), Kind.PERSON, field="title", after=f"s{seed}") for n in range(1, 6)
        ]
        new = [
            Change(
                Action.CREATE,
                Ref("salesforce", "Contact", f"{NEW}-{seed}-{k}"),
                Kind.PERSON,
                values={"last_name": "Storm", "email": f"storm{seed}-{k}@s.example"},
            )
            for k in range(3)
        ]
        try:
            receipts = {r.change_id: r for r in [*connector.write(changes), *connector.write(new)]}
        except RemoteError:
            continue
        org.faults.clear()
        assert set(receipts) == {c.id for c in (*changes, *new)}
        for change in changes:
            counts[receipts[change.id].outcome] += 1
            if receipts[change.id].outcome is Outcome.APPLIED:
                assert org.row("Lead", change.target.id)["Title"] == f"s{seed}"
        made = [row["Email"] for row in org.side.dump("Contact") if str(row["Email"]).startswith(f"storm{seed}-")]
        assert len(made) == len(set(made)), "nothing is made twice"
        for change in new:
            counts[receipts[change.id].outcome] += 1
            if receipts[change.id].outcome is Outcome.APPLIED:
                assert change.values["email"] in made
            else:
                assert receipts[change.id].outcome in (Outcome.UNKNOWN, Outcome.FAILED)
    assert counts[Outcome.APPLIED] > 0


def test_a_time_out_is_a_lost_answer(org: Org):
    connector = org.connector(timeout_s=2)
    _ = connector.capabilities
    org.fault("latency", path="/services/Soap/", latency_s=5.0, count=1)
    merge = Change(Action.MERGE, ref("Contact", 1), Kind.PERSON, others=(ref("Contact", 2),))
    (receipt,) = connector.write([merge])
    assert receipt.outcome is Outcome.UNKNOWN
    assert "in time" in receipt.message


def test_a_deleted_record_is_never_concluded_from_a_pull_that_broke_off(org: Org):
    org.fault(
        "answer", path=r"/query/\w+-\d+", status=500, body='[{"message":"x","errorCode":"UNKNOWN_EXCEPTION"}]', skip=1
    )
    with pytest.raises(UnavailableError):
        pulled(org.connector(page_size=200, read_by="query"), "Contact")


def test_a_page_swallowed_by_the_server_is_noticed(org: Org):
    import json

    page = json.dumps({"totalSize": 900, "done": True, "records": []})
    org.fault("answer", path=r"/query/\w+-\d+", status=200, body=page, headers={"content-type": "application/json"})
    pages, summary = pulled(org.connector(page_size=200, read_by="query"), "Task")
    assert not summary.complete
    assert len(records(pages)) < 900
    assert any("Salesforce counts" in note for note in summary.notes)
    assert id_("Task", 1) in {r.id for r in records(pages)}
