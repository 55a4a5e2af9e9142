"""What stored ids, conversions and decisions say about who is who."""

from identity_frames import ANA, H1, H2, K1, K2, L1, Rows, frame, grade, groups, links

from trueup.model.policy import Policy
from trueup.reconcile import identity


def test_a_stored_id_links_two_records_that_share_little() -> None:
    people: Rows = {
        K1: {"first_name": "Ana", "last_name": "Ruiz", "email": "ana@old.example"},
        H1: {"first_name": "Ana", "last_name": "Lindqvist", "email": "ana@new.example", "foreign_ids": K1},
    }
    with frame(people) as con:
        assert links(con) == {(H1, K1): "stored_id"}


def test_a_stored_id_against_all_evidence_is_not_believed() -> None:
    people: Rows = {
        K1: {**ANA, "phone": "+14155550132", "company_name": "Acme"},
        H1: {"first_name": "Ben", "last_name": "Okafor", "email": "ben@other.example", "phone": "+14155550199",
             "company_name": "Other", "foreign_ids": K1},
    }  # fmt: skip
    with frame(people) as con:
        assert links(con) == {}


def test_switched_pairs_are_put_right_by_the_evidence() -> None:
    ben: dict[str, str | None] = {"first_name": "Ben", "last_name": "Okafor", "email": "ben.okafor@acme.example"}
    people: Rows = {
        K1: {**ANA, "foreign_ids": H2},
        K2: {**ben, "foreign_ids": H1},
        H1: {**ANA, "foreign_ids": K2},
        H2: {**ben, "foreign_ids": K1},
    }
    with frame(people) as con:
        assert groups(con) == {frozenset({K1, H1}), frozenset({K2, H2})}
        assert set(links(con)) == {(H1, K1), (H2, K2)}
        assert grade(con, K1, H1)[0] != "no"


def test_of_two_that_claim_one_the_one_that_fits_is_linked() -> None:
    people: Rows = {
        K1: {**ANA, "foreign_ids": H1},
        K2: {"first_name": "Ben", "last_name": "Okafor", "email": "ben@acme.example", "foreign_ids": H1},
        H1: ANA,
    }
    with frame(people) as con:
        assert set(links(con)) == {(H1, K1)}


def test_a_stored_id_is_followed_through_a_merge() -> None:
    people: Rows = {
        K1: {"first_name": "Ana", "last_name": "Ruiz"},
        H1: {"first_name": "Ana", "last_name": "R.", "foreign_ids": K2},
    }
    with frame(people, gone=[(K2, "salesforce", "Contact", "002", "person", False, K1)]) as con:
        assert links(con) == {(H1, K1): "stored_id"}


def test_a_counterpart_that_we_made_is_remembered() -> None:
    people: Rows = {K1: {"first_name": "Ana", "last_name": "Ruiz"}, H1: {"first_name": "Ana", "last_name": "Ruiz"}}
    with frame(people) as con:
        assert links(con) == {}
        con.execute(
            f"INSERT INTO stored_link VALUES ('{H1}', '{K1}', 'person', 'created', 1.0, TIMESTAMP '2026-05-01')"
        )
        identity.resolve(con, Policy(systems={}))
        assert links(con) == {(H1, K1): "stored_id"}


def test_a_converted_lead_stands_for_its_contact() -> None:
    people: Rows = {
        K1: ANA,
        L1: {**ANA, "converted": "true", "converted_person_id": "Contact/001"},
        H1: {**ANA, "email": "ana@home.example", "foreign_ids": L1},
    }
    with frame(people) as con:
        assert groups(con) == {frozenset({K1, L1, H1})}
        assert set(links(con)) == {(H1, K1)}
        assert con.execute("SELECT count(*) FROM duplicate").fetchall() == [(0,)]


def test_a_contact_links_to_one_contact_and_a_lead_and_the_rest_are_duplicates() -> None:
    people: Rows = {K1: {**ANA, "foreign_ids": H1}, K2: ANA, L1: ANA, H1: {**ANA, "foreign_ids": K1}}
    with frame(people) as con:
        assert groups(con) == {frozenset({K1, K2, L1, H1})}
        assert set(links(con)) == {(H1, K1), (H1, L1)}
        pairs = con.execute("SELECT left_ref, right_ref FROM duplicate ORDER BY ALL").fetchall()
        assert pairs == [(K1, K2), (K1, L1), (K2, L1)]


def test_a_decision_not_the_same_stands_over_everything() -> None:
    with frame(
        {K1: {**ANA, "foreign_ids": H1}, H1: {**ANA, "foreign_ids": K1}}, decisions=[(H1, K1, "not_same", None)]
    ) as con:
        assert groups(con) == set()
        assert links(con) == {}
        assert grade(con, K1, H1) == ("no", "")


def test_a_decision_not_the_same_is_kept_in_a_larger_group() -> None:
    with frame({K1: ANA, K2: ANA, H1: ANA}, decisions=[(K1, K2, "not_same", None)]) as con:
        assert not any({K1, K2} <= group for group in groups(con))
        assert len(links(con)) == 1


def test_a_decision_the_same_joins_what_nothing_else_would() -> None:
    people: Rows = {K1: ANA, H1: {"first_name": "Wei", "last_name": "Zhang", "email": "wei@other.example"}}
    with frame(people, decisions=[(K1, H1, "same", None)]) as con:
        assert links(con) == {(H1, K1): "decision"}
        assert grade(con, K1, H1) == ("certain", "")


def test_an_expired_decision_is_no_decision() -> None:
    with frame({K1: ANA, H1: ANA}, decisions=[(H1, K1, "not_same", "2026-05-01")]) as con:
        assert set(links(con)) == {(H1, K1)}
