"""Matching with ladders that any SQL engine can climb, so that a trained model can leave this machine.

The ladders of `prepare` use nicknames, words by rarity and several measures of likeness; no SQL engine has them all
alike. These use three tests only: equality (by rarity of the value), edits (Levenshtein) and equal beginnings. Each
is written twice, for codes in memory and as SQL, side by side; a test holds the two together through Splink. Values are
normalised before, by the same normalisers. Blocking is a list of keys; blocks beyond a bound are left out of the key
itself, so another engine leaves out the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from trueup.reconcile import normalize
from trueup.reconcile.identity import em
from trueup.reconcile.identity.arrays import MISSING, Bools, Codes, Floats, Ints
from trueup.reconcile.identity.blocking import LeftOut, combine, unordered
from trueup.reconcile.identity.encode import Column, column, recode
from trueup.reconcile.identity.ordering import distinct, runs, spread
from trueup.reconcile.identity.scoring import Levels, log_odds, patterns
from trueup.reconcile.linkage import training
from trueup.reconcile.linkage.engine import asking, weigh
from trueup.reconcile.linkage.features import Feature, Step, rarity
from trueup.reconcile.linkage.grouping import LEAST, group
from trueup.reconcile.linkage.matched import Matched, alone, belongs, cluster_numbers
from trueup.reconcile.linkage.pairs import Pairs
from trueup.reconcile.linkage.plain import LADDERS, NAME, OF_COMPANIES, OTHER, TEXT, Plain, Rung, judge
from trueup.reconcile.linkage.prepare import Prepared
from trueup.reconcile.linkage.staging import Table, slots_of, stage
from trueup.reconcile.linkage.training import Trained
from trueup.reconcile.linkage.weights import among_strangers, bits, expected, odds
from trueup.reconcile.normalize import companies, countries, emails, names, phones, text, web

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Predict = Callable[["DuckDBPyConnection", "Portable", Trained], tuple[Ints, Floats]]
"""What weighs the candidates: sorted keys `left * rows + right`, and each pair's total weight."""
LARGEST_BLOCK = 100
"""A key that more records share brings nobody together."""
LEARNED = 10_000_000
"""So many pairs are learned from, a pair counting for each key that gives it; of more a part stands for all."""
_SPARSE = 4
"""Keys whose largest is beyond so many times the records are numbered anew."""


@dataclass(slots=True)
class Portable:
    """What is compared, and the keys that bring records together, each -1 where there is none."""

    prepared: Prepared
    plain: list[Plain] = field(default_factory=list)
    keys: list[tuple[str, Codes]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    exact: dict[str, float] = field(default_factory=dict)

    def candidates(self, first: Bools | None = None) -> Ints:
        """Every pair that some key brings together, as `left * rows + right`; of two tables, one record of each.

        With `first` those alone whose first record it says.
        """
        rows, side = self.prepared.rows, self.prepared.side
        found = [_pairs(codes, rows, first) for _, codes in self.keys]
        pairs = distinct(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        if side.any():
            pairs = pairs[side[pairs // rows] != side[pairs % rows]]
        return pairs

    def sample(self) -> tuple[Ints, float]:
        """Pairs to learn from and how many each stands for: all of a small table, else those of some records."""
        share = LEARNED / max(LEARNED, sum(rule.pairs for rule in self.left_out))
        if share == 1.0:
            return self.candidates(), 1.0
        first = np.random.default_rng(20_261_123).random(self.prepared.rows) < share
        return self.candidates(first), 1.0 / share

    def meet(self, left: Ints, right: Ints) -> Bools:
        """Which of these pairs some key brings together."""
        found = np.zeros(len(left), dtype=np.bool_)
        for _, codes in self.keys:
            a = codes[left]
            found |= (a >= 0) & (a == codes[right])
        return found


def build(
    con: DuckDBPyConnection, tables: Sequence[Table], country: str, exact: Mapping[str, float] | None = None
) -> Portable:
    """Stage the tables, normalise, make plain ladders and bounded keys.

    `exact` says by ladder how often true pairs are expected to have one value, where that is known better.
    """
    normalize.install_junk(con)
    rows, side = stage(con, tables)
    made = Portable(Prepared(rows, side), exact=dict(exact or {}))
    makers: dict[str, Callable[[str], str | None]] = {
        "organisation": companies.company,
        "e-mail": lambda x: emails.email(x) or text.plain(x),
        "phone": lambda x: phones.phone(x, country) or "".join(c for c in x if c.isdigit()) or None,
        "domain": lambda x: web.domain(x) or text.fold(x),
        "street": text.fold,
        "city": text.fold,
        "postcode": lambda x: text.fold(x).replace(" ", ""),
        "country": lambda x: countries.country(x) or text.fold(x),
        "birth date": lambda x: "".join(c for c in x if c.isdigit()) or None,
        "other code": lambda x: text.fold(x).replace(" ", ""),
        "other text": text.fold,
    }
    places: dict[str, list[int]] = {}
    for place, (role, _) in enumerate(slots_of(tables)):
        places.setdefault(role, []).append(place)
    _names(con, made, places)
    for role, (m, rungs) in LADDERS.items():
        for number, place in enumerate(places.get(role, [])):
            raw = _column(con, [place])
            of = raw.take([makers[role](value) for value in raw.values])
            name = role.replace("-", "").replace(" ", "_") + (f"_{number + 1}" if number else "")
            if len(of.values) > 1:
                _add(made, name, of, m, rungs)
                if role != "country":
                    _key(made, name, of.codes)
    made.plain = [
        replace(one, follows=tuple(p.name for p in made.plain if p.name in ("organisation", "domain")))
        if one.name.split("_")[0] in OF_COMPANIES
        else one
        for one in made.plain
    ]
    _together(made)
    made.prepared.features = [_feature(made, plain) for plain in made.plain]
    return made


def _column(con: DuckDBPyConnection, places: Sequence[int]) -> Column:
    parts = ", ".join(f"CASE WHEN norm_junk(f{p}) THEN NULL ELSE f{p} END" for p in places)
    return column(con, "link_rows", f"concat_ws(' ', {parts})")


def _names(con: DuckDBPyConnection, made: Portable, places: dict[str, list[int]]) -> None:
    """First and last name, from their columns or from the whole."""
    if "first name" in places and "last name" in places:
        first, last = _column(con, places["first name"]), _column(con, places["last name"])
        given = first.take([names.given_parts(value)[0] for value in first.values])
        family = last.take([names.family_parts(value)[0] for value in last.values])
    elif "full name" in places:
        whole = _column(con, places["full name"])
        split = [names.full(value) for value in whole.values]
        given, family = (recode(whole.codes, [getattr(x, part) for x in split]) for part in ("given", "family"))
    else:
        for role in ("first name", "last name"):
            if role in places:
                one = _column(con, places[role])
                _add(made, "name", one.take([text.fold(value) for value in one.values]), 0.75, TEXT)
                _key(made, "name", made.plain[-1].of.codes)
        return
    words = tuple(sorted({*given.values, *family.values}))
    place = {word: number for number, word in enumerate(words)}
    given, family = (
        Column(np.array([place[v] for v in of.values] + [MISSING], dtype=np.int32)[of.codes], words)
        for of in (given, family)
    )
    initial = Rung(Step("begins", "initial agrees", 0.04), begin=1, least=1)
    _add(made, "given_name", given, 0.75, (*NAME, initial, OTHER))
    swap = Step("swapped", "first and last name swapped", 0.02)
    made.plain[-1] = replace(made.plain[-1], beside="family_name", swap=swap)
    _add(made, "family_name", family, 0.80, (*NAME, OTHER))
    made.plain[-1] = replace(made.plain[-1], beside="given_name")
    _key(made, "given and family name", unordered(given.codes, family.codes))


def _add(made: Portable, name: str, of: Column, m: float, rungs: tuple[Rung, ...]) -> None:
    steps = rarity(of.codes, len(of.values))
    expected = made.exact.get(name.rstrip("_0123456789"), m)
    made.plain.append(Plain(name, of, steps.step, steps.steps(expected), rungs))


def _key(made: Portable, label: str, codes: Codes | Ints) -> None:
    """Keep a key without the blocks that are too large, which are counted."""
    if codes.max(initial=-1) > _SPARSE * len(codes):
        # A combined key may be any large number; counting by it would take a place for each up to the largest.
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64) - int((codes < 0).any())
    sizes = np.bincount(codes[codes >= 0])
    over = sizes > LARGEST_BLOCK
    kept = np.where((codes >= 0) & ~over[np.maximum(codes, 0)], codes, MISSING) if len(sizes) else codes
    kept = kept.astype(np.int32)
    fine, large = sizes[~over], sizes[over]
    pairs, lost = (int((n * (n - 1) // 2).sum()) for n in (fine, large))
    made.keys.append((label, kept))
    made.left_out.append(LeftOut(label, pairs, len(large), int(large.sum()), lost))


def _together(made: Portable) -> None:
    """Keys of two columns each, for values that are too common by themselves."""
    by_name = {plain.name: plain for plain in made.plain}
    halves = [by_name[name].of.codes for name in ("given_name", "family_name", "name") if name in by_name]
    begun = [p.of.take([value[:3] for value in p.of.values]).codes for p in made.plain if p.name in _BEGUN]
    others = [p for p in made.plain if p.name not in ("given_name", "family_name", "name", "country")]
    for half in [*halves, *begun]:
        for other in others:
            _key(made, f"name and {other.name}", combine(half, other.of.codes))
    for number, one in enumerate(others):
        for other in others[number + 1 :]:
            _key(made, f"{one.name} and {other.name}", combine(one.of.codes, other.of.codes))


_BEGUN = ("family_name", "name")


def _pairs(codes: Codes, rows: int, first: Bools | None) -> Ints:
    """The pairs of records that share a key; with `first` those alone whose first record it says."""
    record = np.flatnonzero(codes >= 0)
    order = record[np.argsort(codes[record], kind="stable")]
    key = codes[order]
    starts, sizes = runs(key)
    end, place = np.repeat(starts + sizes, sizes), np.arange(len(key))
    ahead = end - place - 1
    if first is not None:
        ahead[~first[order]] = 0
    left, right = spread(place + 1, ahead)
    return np.asarray(order[left].astype(np.int64) * rows + order[right], dtype=np.int64)


def _feature(made: Portable, plain: Plain) -> Feature:
    """The comparison in memory, for training and for the engine of this machine."""
    by_name = {one.name: one for one in made.plain}
    beside = by_name.get(plain.beside)
    codes = plain.of.codes
    base = len(plain.exact) + 1 + bool(plain.swap)
    judged = judge(plain)

    def compare(left: Ints, right: Ints) -> Levels:
        a, b = codes[left], codes[right]
        both, equal = (a >= 0) & (b >= 0), (a >= 0) & (a == b)
        level = np.zeros(len(left), dtype=np.int8)
        level[equal] = plain.step[a[equal]] + 1
        rest = np.flatnonzero(both & ~equal)
        level[rest] = judged(a[rest], b[rest]) + base
        if beside is not None:
            c, d = beside.of.codes[left], beside.of.codes[right]
            crossed = both & ~equal & (a == d) & (b == c)
            level[crossed] = len(plain.exact) + 1 if plain.swap else 0
        silent = [n for n, rung in enumerate(plain.rungs) if rung.part == "domain"]
        for name in plain.follows:
            other = by_name[name].of.codes
            agree = (other[left] >= 0) & (other[left] == other[right])
            level[agree & (np.isin(level, [n + base for n in silent]) if silent else True)] = 0
        return level

    return Feature(plain.name, plain.name.replace("_", " "), plain.name, plain.steps, compare)


def train(made: Portable) -> Trained:
    """m by EM from the candidates that the keys give, u from random pairs and frequencies, the prior from both.

    These ladders know little of how columns hang together, so EM by itself takes colleagues for one person. Two things
    keep it: the expected m counts as two true pairs a record, and no more pairs are true than there are half records.
    """
    keys, each = made.sample()
    if not made.plain or not len(keys):
        return Trained((), (), (), 0.0, 0.0, 0)
    prepared = made.prepared
    features, total = prepared.features, training.possible_pairs(prepared)
    seen = training.counted(prepared, keys)
    met = np.rint(seen.counts * each).astype(np.int64)
    sample, counts = patterns(training.apart(prepared, *training.strangers(prepared)), [f.size for f in features])
    m = [expected(feature) for feature in features]
    most = min(0.5, prepared.rows / 2 / total)
    share, rounds = most, 0
    weight, start = max(20.0, 2.0 * prepared.rows), [x.copy() for x in m]
    u = [among_strangers(f, sample[:, n], counts.astype(float), m[n], 0.0) for n, f in enumerate(features)]
    for _ in range(3):
        learned = em.learn(
            seen.table, met, m, u, share=share, elsewhere=max(0.0, total - float(met.sum())),
            prior=[x * weight for x in start], rounds=10, tolerance=1e-4,
        )  # fmt: skip
        m, share, rounds = list(learned.m), min(learned.share, most), rounds + learned.rounds
        matched = em.responsibility(sample, m, u, share)
        u = [among_strangers(f, sample[:, n], counts * (1 - matched), m[n], share) for n, f in enumerate(features)]
    return Trained(bits(m, u), tuple(m), tuple(u), odds(share), share * total, rounds)


def predict(con: DuckDBPyConnection, made: Portable, trained: Trained) -> tuple[Ints, Floats]:  # noqa: ARG001
    """Every candidate with its total weight, by the engine of this machine."""
    keys = made.candidates()
    return keys, weigh(made.prepared, trained, keys // made.prepared.rows, keys % made.prepared.rows)


def match(
    con: DuckDBPyConnection, tables: Sequence[Table], *, country: str = "US", one_to_one: bool | None = None,
    predict: Predict = predict,
) -> Matched:  # fmt: skip
    """Deduplicate one table, or link two, with plain ladders; `predict` says where the pairs are weighed.

    Training and grouping are here whatever the engine, so another engine gives the same clusters.
    """
    made = build(con, tables, country)
    rows = made.prepared.rows
    trained = train(made)
    if not trained.weights:
        return alone(made.prepared, tuple(made.left_out))
    keys, weight = predict(con, made, trained)
    known = Pairs(rows, keys, weight.astype(np.float32))
    kept = known.where(known.weight >= log_odds(LEAST))
    left, right = kept.ends()
    good, ask = kept.weight.astype(np.float64), asking(made.prepared, trained, known)
    grouped = group(rows, made.prepared.side, left, right, good, trained.matches, ask, one_to_one=one_to_one)
    return Matched(
        made.prepared, trained, grouped, cluster_numbers(grouped.label), belongs(ask, grouped, left, right, good),
        len(keys), tuple(made.left_out),
    )  # fmt: skip
