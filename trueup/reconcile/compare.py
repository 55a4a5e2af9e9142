"""Type-aware comparing of fields: what counts as blank, junk, malformed, unmapped or known, and what is the same.

A value has one *state*. Only `known` values conflict, and only they fill a blank:

| state | meaning |
|---|---|
| `blank` | empty in the CRM |
| `junk` | says nothing ("n/a"); counts as missing |
| `malformed` | cannot be what its field wants |
| `unmapped` | not in the value map of its field |
| `known` | has a norm, one spelling for all values that mean the same |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trueup.model.kinds import FIELDS, FieldType, Kind
from trueup.model.policy import Policy
from trueup.reconcile import normalize
from trueup.reconcile.frame import SUBJECT_KINDS, Frame

UNCOMPARED = frozenset(
    [
        "created_at",
        "record_source",
        "last_activity_at",
        "lifecycle_stage",
        "stage",
        "pipeline",
        "probability",
        "is_closed",
        "is_won",
        "converted",
        "converted_at",
        "other_emails",
        "foreign_ids",
    ]
)
"""Fields that other checks look at (stages, owners, ids) or that each system keeps for itself."""

THROUGH_COMPANY: Mapping[str, str] = {
    "company_name": "name",
    "industry": "industry",
    "employee_count": "employee_count",
    "annual_revenue": "annual_revenue",
    "website": "website",
}
"""Person fields that a record without the field of its own has through its company (a Salesforce contact)."""


@dataclass(frozen=True, slots=True)
class Known:
    """One value judged: its state, its norm when known, and why it is malformed."""

    state: str
    norm: str | None = None
    reason: str | None = None

    @property
    def missing(self) -> bool:
        """Whether it says nothing."""
        return self.state in ("blank", "junk")


def compared_fields(policy: Policy, kind: Kind) -> list[str]:
    """The fields of a kind that are held against each other across systems, in the order of the vocabulary."""
    return [
        name
        for name, field in FIELDS[kind].items()
        if field.type not in (FieldType.REF, FieldType.REFS)
        and name not in UNCOMPARED
        and policy.truth_for(kind, name).compare
    ]


def value_map(policy: Policy, kind: Kind, name: str, system: str) -> Mapping[str, str]:
    """The system's native values of a picklist in our words; empty when the field has no map."""
    return policy.values.get(f"{kind}.{name}", {}).get(system, {})


def judge(policy: Policy, kind: Kind, name: str, system: str, raw: str | None, country: str | None = None) -> Known:
    """Judge one value, exactly as `norms` judges a column."""
    junk = policy.junk or normalize.JUNK
    if raw is None:
        return Known("blank")
    if normalize.is_junk(raw, junk):
        return Known("junk")
    mapped = value_map(policy, kind, name, system)
    if mapped:
        return Known("known", mapped[raw]) if raw in mapped else Known("unmapped")
    form = normalize.form(kind, name)
    reason = normalize.malformed(form, raw, country or policy.country, junk=junk)
    if reason is not None:
        return Known("malformed", None, reason)
    return Known("known", normalize.value(form, raw, country or policy.country, junk=junk) or raw.strip().lower())


def norms(frame: Frame, kind: Kind, name: str) -> str:
    """Make the table of the field's distinct values with state, norm and reason, once; return its name."""
    table = f"c_norm_{kind}_{name}"
    if not frame.once(table):
        return table
    install(frame)
    form = normalize.form(kind, name)
    mapped = [
        (system, native, canonical)
        for system, pairs in frame.policy.values.get(f"{kind}.{name}", {}).items()
        for native, canonical in pairs.items()
    ]
    frame.table("c_value_map", ("system", "native", "canonical"), mapped)
    frame.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS WITH v AS"
        f" (SELECT DISTINCT r.system, r.{name} AS raw, {_country(form)} AS country FROM record_{kind} r"
        f"  {_country_join(form, kind)} WHERE r.{name} IS NOT NULL),"
        " normed AS MATERIALIZED (SELECT v.system, v.raw, v.country, norm_junk(v.raw) AS junk,"
        f"  v.system IN (SELECT system FROM c_value_map) AS has_map, vm.canonical,"
        f"  {normalize.sql(form, 'v.raw', _given_country('v'))} AS norm"
        "  FROM v LEFT JOIN c_value_map vm ON vm.system = v.system AND vm.native = v.raw),"
        # What has a norm needs no reason, and reasons are the dear part.
        " n AS (SELECT *, CASE WHEN norm IS NULL AND NOT junk AND NOT has_map THEN"
        f" {normalize.malformed_sql(form, 'normed.raw', _given_country('normed'))} END AS reason FROM normed)"
        " SELECT system, raw, country,"
        " CASE WHEN junk THEN 'junk' WHEN has_map THEN CASE WHEN canonical IS NULL THEN 'unmapped' ELSE 'known' END"
        "  WHEN reason IS NOT NULL THEN 'malformed' ELSE 'known' END AS state,"
        " CASE WHEN junk THEN NULL WHEN has_map THEN canonical WHEN reason IS NULL THEN coalesce(norm,"
        " lower(trim(raw))) END AS norm,"
        " reason FROM n"
    )
    return table


def values_sql(frame: Frame, kind: Kind, name: str) -> str:
    """A subquery of (ref, entity, system, object, raw, state, norm, reason), a row per record with the field."""
    table = norms(frame, kind, name)
    form = normalize.form(kind, name)
    has = ", ".join(f"({_quoted(s)}, {_quoted(o)})" for s, o in frame.has_field(kind, name)) or "(NULL, NULL)"
    return (
        f"(SELECT m.ref, m.entity, m.system, m.object, r.{name} AS raw, coalesce(n.state, 'blank') AS state,"
        " n.norm, n.reason"
        f" FROM c_member m JOIN record_{kind} r ON r.ref = m.ref {_country_join(form, kind)}"
        f" LEFT JOIN {table} n ON n.system = m.system AND n.raw = r.{name} AND n.country = {_country(form)}"
        f" WHERE m.kind = '{kind}' AND (m.system, m.object) IN ({has}))"
    )


def comparable(frame: Frame) -> Iterator[tuple[Kind, str]]:
    """Fields that two systems hold and compare, and in which there is anything at all."""
    for kind in SUBJECT_KINDS:
        if not frame.paired(kind):
            continue
        for name in compared_fields(frame.policy, kind):
            if name in frame.filled(kind) and len({system for system, _ in frame.has_field(kind, name)}) > 1:
                yield kind, name


def differing(frame: Frame, kind: Kind, name: str) -> str:
    """Make the table of linked pairs that do not hold the same in the field, once; return its name.

    Pairs that do hold the same known value are noted in `c_agree(pair, field)`, by the pair's place in `c_pair` and the
    field's in the vocabulary: there are as many of them as there are values, so that numbers must do.
    """
    table = f"c_diff_{kind}_{name}"
    if not frame.once(table):
        return table
    values = values_sql(frame, kind, name)
    if frame.once("c_agree"):
        frame.con.execute("CREATE OR REPLACE TEMP TABLE c_agree(pair BIGINT, field INTEGER)")
    frame.con.execute(
        f"CREATE OR REPLACE TEMP TABLE c_sides AS WITH v AS MATERIALIZED {values}"
        " SELECT p.rowid AS pair, p.left_ref, p.right_ref, a.raw AS l, b.raw AS r, a.state AS ls, b.state AS rs,"
        " a.norm AS ln, b.norm AS rn"
        " FROM c_pair p JOIN v a ON a.ref = p.left_ref JOIN v b ON b.ref = p.right_ref"
        f" WHERE p.kind = '{kind}' AND NOT (ls = 'blank' AND rs = 'blank')"
    )
    frame.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * EXCLUDE (pair) FROM c_sides WHERE ls <> rs OR ln <> rn"
    )
    place = list(FIELDS[kind]).index(name)
    frame.con.execute(
        f"INSERT INTO c_agree SELECT pair, {place} FROM c_sides WHERE ls = 'known' AND rs = 'known' AND ln = rn"
    )
    frame.con.execute("DROP TABLE c_sides")
    return table


def install(frame: Frame) -> None:
    """Put the normalisers into the connection, and the country in which each record's phone numbers are read."""
    if not frame.once("normalize"):
        return
    normalize.install(frame.con, frame.policy.country, frame.policy.junk or None)
    for kind in SUBJECT_KINDS:
        if "country" not in FIELDS[kind]:
            continue
        frame.con.execute(
            f"CREATE OR REPLACE TEMP TABLE c_country_{kind} AS WITH spelled AS"
            f" (SELECT country, norm_country(country) AS code FROM (SELECT DISTINCT country FROM record_{kind}) d),"
            f" own AS (SELECT r.ref, s.entity, p.code FROM record_{kind} r JOIN same s ON s.kind = '{kind}' AND"
            " s.ref = r.ref"
            "  LEFT JOIN spelled p ON p.country = r.country)"
            # A number without a code is read in the record's country, else in that of the same person elsewhere.
            " SELECT ref, coalesce(code, min(code) OVER (PARTITION BY entity), '') AS country FROM own"
        )


def _given_country(table: str) -> str:
    return f"nullif({table}.country, '')"


def _country(form: str) -> str:
    return "coalesce(cc.country, '')" if form == "phone" else "''"


def _country_join(form: str, kind: Kind) -> str:
    return f"LEFT JOIN c_country_{kind} cc ON cc.ref = r.ref" if form == "phone" else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
