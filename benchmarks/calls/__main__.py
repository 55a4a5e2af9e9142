"""API calls of a full pull, of a pull after 1 % changed, and of a night; the least possible, and a stranger's.

    .venv/bin/python -m benchmarks.calls [--share 0.1 | --full] [--no-strangers] [--night 1000]

The amounts: 100,000 contacts, 50,000 leads, 30,000 accounts, 20,000 opportunities, 300,000 activities in Salesforce and
the same people, companies, deals and activities in HubSpot; `--share 0.1` (the default) takes a tenth. Calls are
counted by the twin's own list of requests.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.calls import amounts, changes, least, sorts, table
from benchmarks.calls.sorts import Sorted
from benchmarks.check.measured import measured
from benchmarks.served import Served
from trueup.twin.testing import Control

ALLOWED_A_NIGHT = 150
CHANGED = 0.01
DAY_S = 86_400
INDEXED_S = 60
"""HubSpot's search shows a change after half a minute: who reads at once reads nothing, which would be few calls."""
_TIED_TO = {"contacts": 0, "companies": 0, "deals": 2}
"""How many ties of a changed record of HubSpot must be asked for: a deal's people and companies, an activity's people,
companies and deals. A person's primary company is a property."""
_STAGED = ("contacts", "deals")
"""What has stages, whose history is read with it."""

SORTS: Mapping[str, Callable[[Any], list[Sorted]]] = {"salesforce": sorts.salesforce, "hubspot": sorts.hubspot}


class Counted:
    """Runs something and gives the calls that each side received meanwhile."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def __call__(self, name: str, work: Callable[[], object]) -> dict[str, list[Sorted]]:
        """Do the work; what it cost in time is said on stderr."""
        since = int(self._control.state()["counts"]["requests"])
        begun = time.perf_counter()
        work()
        sys.stderr.write(f"  {name}: {time.perf_counter() - begun:.0f} s\n")
        return {side: sorted_(self._control.requests(side, since=since)) for side, sorted_ in SORTS.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.calls", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=0.1, help="share of the amounts")
    parser.add_argument("--full", action="store_true", help="all of the amounts")
    parser.add_argument("--no-strangers", action="store_true", help="leave the connectors of others out")
    parser.add_argument("--night", type=int, metavar="PEOPLE", help="people changed before the night, not 1 %% of all")
    options = parser.parse_args()
    share = 1.0 if options.full else options.share
    with tempfile.TemporaryDirectory(prefix="trueup-bench-calls-") as name:
        changed = options.night or max(1, round(100_000 * share * CHANGED))
        _measure(Path(name), share, changed, strangers=not options.no_strangers)


def _measure(folder: Path, share: float, changed: int, *, strangers: bool) -> None:
    from benchmarks.calls.strangers import HOSTS
    from trueup.twin.kit.tls import certificate

    state, work = folder / "twin", folder / "work"
    state.mkdir()
    work.mkdir()
    certificate(state, HOSTS)
    people = round(amounts.PEOPLE * share)
    with Served(state, people, 1, amounts.write(folder / "world.yaml")) as twin:
        sys.stderr.write(f"  the twin of {people:,} people: {twin.started_s:.0f} s\n")
        twin.write_policy(work / "trueup.yaml")
        control = Control(twin.ready["control"]["url"])
        counted = Counted(control)
        rivals = _rivals(twin, folder) if strangers else {}
        try:
            _pulls(control, counted, state, work, rivals)
            _night(control, counted, state, work, changed)
        finally:
            for rival in rivals.values():
                rival.close()
            control.close()


def _trueup(work: Path, *command: str) -> Callable[[], object]:
    return lambda: _run(work, *command)


def _run(work: Path, *command: str) -> str:
    """What it printed. A guard that refuses to write so many changes (code 5) ends a night too."""
    return str(measured([sys.executable, "-m", "trueup", *command], work, codes=(0, 3, 5))["output"])


def _pulls(control: Control, counted: Counted, state: Path, work: Path, rivals: Mapping[str, Any]) -> None:
    ours = counted("Trueup, full pull", _trueup(work, "pull"))
    theirs, kept = _read(counted, rivals, {})
    for side in SORTS:
        objects = sorted({*_named(side), *table.read(ours[side])} - {"owners"})
        rows = {name: changes.rows(state, side, name) for name in objects}
        _print(f"{side}: everything", side, rows, _full_least(side, rows), ours, theirs, rivals)
    nothing = counted("Trueup, nothing changed", _trueup(work, "pull"))
    said = ", ".join(f"{side} {table.reading(found)}" for side, found in nothing.items())
    print(f"\nA pull when nothing changed: {said} calls that read")
    since = int(control.state()["counts"]["writes"])
    counted("changes made", lambda: changes.change_share(control, state, CHANGED))
    control.clock(advance=INDEXED_S)
    ours = counted("Trueup, after the changes", _trueup(work, "pull"))
    theirs, _ = _read(counted, rivals, kept)
    for side in SORTS:
        objects = sorted({*_named(side), *table.read(ours[side])} - {"owners"})
        touched = {(w["object"], w["id"]) for w in control.writes(side, since=since)}
        rows = {name: sum(of == name for of, _ in touched) for name in objects}
        _print(f"{side}: after {CHANGED:.0%} changed", side, rows, _changed_least(side, rows), ours, theirs, rivals)


def _named(side: str) -> tuple[str, ...]:
    return amounts.SALESFORCE if side == "salesforce" else amounts.HUBSPOT


def _full_least(side: str, rows: Mapping[str, int]) -> dict[str, least.Least]:
    if side == "salesforce":
        return {name: least.salesforce(n) for name, n in rows.items()}
    return {name: (least.hubspot_history if name in _STAGED else least.hubspot)(n) for name, n in rows.items()}


def _changed_least(side: str, rows: Mapping[str, int]) -> dict[str, least.Least]:
    if side == "salesforce":
        return {name: least.salesforce(n) for name, n in rows.items()}
    # An activity is nobody's without its ties: people, companies and deals.
    return {name: least.hubspot_changed(n, _TIED_TO.get(name, 3)) for name, n in rows.items()}


def _print(
    title: str,
    side: str,
    rows: Mapping[str, int],
    of_least: Mapping[str, least.Least],
    ours: Mapping[str, Sequence[Sorted]],
    theirs: Mapping[str, Sequence[Sorted]],
    rivals: Mapping[str, Any],
) -> None:
    together = least.salesforce_together(rows) if side == "salesforce" else sum(x.calls for x in of_least.values())
    name = rivals[side].name if side in rivals else ""
    print(table.table(title, _named(side), rows, of_least, together, ours[side], theirs.get(side), name), flush=True)


def _rivals(twin: Served, folder: Path) -> dict[str, Any]:
    from benchmarks.calls.strangers import Airbyte, Meltano, NotHereError

    out: dict[str, Any] = {}
    for made in (Airbyte, Meltano):
        try:
            rival = made(twin, folder / made.side)
            rival.prepare()
            out[made.side] = rival
        except NotHereError as reason:
            print(f"{made.name} is left out: {reason}")
    return out


def _read(
    counted: Counted, rivals: Mapping[str, Any], states: Mapping[str, Any]
) -> tuple[dict[str, list[Sorted]], dict[str, Any]]:
    calls: dict[str, list[Sorted]] = {}
    kept: dict[str, Any] = {}
    for side, rival in rivals.items():
        got: list[Any] = []
        found = counted(rival.name, lambda r=rival, s=states.get(side), g=got: g.append(r.read(s)))  # type: ignore[misc]
        calls[side], kept[side] = found[side], got[0].state
        said = ", ".join(f"{name} {n:,}" for name, n in sorted(got[0].rows.items()))
        sys.stderr.write(f"    {rival.name} read {said or 'nothing'}\n")
    return calls, kept


def _night(control: Control, counted: Counted, state: Path, work: Path, people: int) -> None:
    # Only now: strangers have a clock of their own, and would take a moved one's changes for later than today.
    control.clock(advance=DAY_S)
    counted("Trueup, the night before", _trueup(work, "run"))
    control.clock(advance=DAY_S)
    changed = changes.change_people(control, state, people)
    control.clock(advance=INDEXED_S)
    said: list[str] = []
    calls = counted("Trueup, the night", lambda: said.append(_run(work, "run")))
    print(table.night(calls, changed, ALLOWED_A_NIGHT))
    print("\n".join(line for line in said[0].splitlines() if line.startswith(("pulled", "planned", "applied"))))


if __name__ == "__main__":
    main()
