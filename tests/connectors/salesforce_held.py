"""What somebody holds of an org, and pulls of several objects as the engine makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salesforce_org import Org, pulled

from trueup.connectors.kit.base import Coming
from trueup.connectors.salesforce.connector import SalesforceConnector
from trueup.model.records import HighWater, Page, PullSummary, Record
from trueup.model.refs import Ref


class Held:
    """What somebody holds of the org, kept up with pulls."""

    def __init__(self) -> None:
        self.found: dict[Ref, Record] = {}

    def take(self, pages: Sequence[Page]) -> None:
        for page in pages:
            self.found |= {record.ref: record for record in page.records}

    def live_ids(self, object: str, /) -> Sequence[str]:  # noqa: A002
        return [r.id for r, rec in self.found.items() if r.object == object and not rec.deleted and not rec.merged_into]

    def records(self, refs: Sequence[Ref], /) -> Mapping[Ref, Record]:
        return {r: self.found[r] for r in refs if r in self.found}


def pull_all(
    connector: SalesforceConnector, marks: Mapping[str, HighWater | None], held: Held | None = None
) -> dict[str, PullSummary]:
    """Pull all of them as the engine does."""
    connector.prepare(Coming(marks, held))
    summaries = {}
    for name, since in marks.items():
        pages, summaries[name] = pulled(connector, name, since)
        if held is not None:
            held.take(pages)
    return summaries


def everything(connector: SalesforceConnector) -> dict[str, HighWater | None]:
    """All that is declared, read from the beginning."""
    declared = connector.capabilities
    return dict.fromkeys((*declared.objects, *declared.ties))


def calls(org: Org, path: str = "/services/data/") -> int:
    """How many requests went to a path so far."""
    return len(org.requests(path))


def started(org: Org, *names: str) -> tuple[Held, dict[str, HighWater | None]]:
    """What a first pull found and where the next begins; a day later."""
    held = Held()
    found = pull_all(org.connector(), dict.fromkeys(names), held)
    org.clock.advance(86_400)
    return held, {name: s.high_water for name, s in found.items()}
