"""The tables: calls by object and sort, beside the least and the stranger's. Pure text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.calls.least import Least
from benchmarks.calls.sorts import COUNT, OTHER, OVERHEAD, SEVERAL, WRITE, Sorted

_WIDE = 20


def read(found: Sequence[Sorted]) -> set[str]:
    """The objects of which rows were read."""
    objects = {one.object for one in found if one.sort not in OVERHEAD | {WRITE, COUNT, OTHER} and one.object}
    return (objects | {name for one in found for name in one.inside}) - {SEVERAL}


def table(
    title: str,
    named: Sequence[str],
    rows: Mapping[str, int],
    least: Mapping[str, Least],
    together: int,
    ours: Sequence[Sorted],
    theirs: Sequence[Sorted] | None,
    stranger: str,
) -> str:
    """One table: the benchmark's objects each, what else was read, all together, then log-in and descriptions.

    `together` is the least for everything that was read, where calls can be shared; a stranger is held against what it
    read itself.
    """
    rival = theirs or ()
    head = f"{'object':<{_WIDE}}{'rows':>9}{'least':>7}  {'(how)':<38}{'Trueup':>8}{'× least':>9}"
    lines = [f"\n{title}", head + (f"{stranger:>28}{'× least':>9}" if rival else "")]
    ours_of, theirs_of = _by_object(ours), _by_object(rival)
    inside = {name for one in ours for name in one.inside}
    for name in [*named, *sorted((read(ours) | set(ours_of)) - set(named) - {SEVERAL})]:
        mine = ours_of.get(name, Counter())
        line = _line(name, rows.get(name, 0), least.get(name, Least(0, "")), mine, shared=name in inside)
        lines.append(line + (_against(theirs_of[name], least[name].calls) if rival and name in named else ""))
    if shared := ours_of.get(SEVERAL):
        lines.append(f"{'several in one call':<{_WIDE}}{'':>16}  {'':<38}{sum(shared.values()):>8}")
    calls = sum(sum(counts.values()) for counts in ours_of.values())
    total = sum(rows.get(name, 0) for name in {*named, *read(ours)})
    end = f"{'together':<{_WIDE}}{total:>9,}{together:>7}  {'':<38}{calls:>8}{calls / together:>9.2f}"
    his = Counter({"": sum(sum(theirs_of[name].values()) for name in named)})
    lines.append(end + (_against(his, sum(least[name].calls for name in named)) if rival else ""))
    lines.append(f"log-in and descriptions, not in the above: Trueup {_overhead(ours)}")
    lines.append(f"Trueup by sort: {_by_sort(ours)}")
    if rival:
        lines[-2] += f"; {stranger} {_overhead(rival)}"
        lines.append(f"{stranger} by sort: {_by_sort(rival)}")
    return "\n".join(lines)


def _by_sort(found: Sequence[Sorted]) -> str:
    return ", ".join(f"{sort} {n}" for sort, n in Counter(one.sort for one in found).most_common())


def night(calls: Mapping[str, Sequence[Sorted]], people: int, allowed: int) -> str:
    """The line about a night: all calls of both systems, log-in and descriptions too."""
    total = sum(len(found) for found in calls.values())
    parts = []
    for side, found in calls.items():
        sorts = Counter(one.sort for one in found)
        parts.append(f"{side} {len(found)} ({', '.join(f'{sort} {n}' for sort, n in sorts.most_common())})")
    verdict = "within" if total <= allowed else "OVER"
    return (
        f"\nA night (`trueup run`) after {people:,} people changed in both systems: {total} calls together, "
        f"{verdict} {allowed}; " + "; ".join(parts)
    )


def reading(found: Sequence[Sorted]) -> int:
    """The calls that bring rows or prove that none is missing."""
    return sum(one.sort not in OVERHEAD and one.sort != WRITE for one in found)


def _by_object(found: Sequence[Sorted]) -> dict[str, Counter[str]]:
    out: dict[str, Counter[str]] = _Counters()
    for one in found:
        if one.sort in OVERHEAD or one.sort == WRITE:
            continue
        name = one.object or (SEVERAL if one.sort == COUNT else one.sort)
        out[name][one.sort] += 1
    return out


class _Counters(dict[str, Counter[str]]):
    def __missing__(self, key: str) -> Counter[str]:
        made: Counter[str] = Counter()
        self[key] = made
        return made


def _line(name: str, rows: int, least: Least, mine: Counter[str], *, shared: bool) -> str:
    calls = sum(mine.values())
    told = f"{calls:>8}{calls / least.calls:>9.2f}" if least.calls and not shared else f"{calls or '·':>8}{'':>9}"
    return f"{name:<{_WIDE}}{rows:>9,}{least.calls:>7}  {least.way:<38}{told}"


def _against(his: Counter[str], least: int) -> str:
    calls = sum(his.values())
    return f"{calls:>28}{calls / least:>9.2f}" if calls else f"{'—':>28}{'':>9}"


def _overhead(found: Sequence[Sorted]) -> str:
    sorts = Counter(one.sort for one in found if one.sort in OVERHEAD)
    return ", ".join(f"{sort} {n}" for sort, n in sorts.most_common()) or "none"
