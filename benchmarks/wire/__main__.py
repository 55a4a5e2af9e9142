"""Measure one page of HubSpot contacts on its way in: through the library's models, as JSON, and as our records.

    python -m benchmarks.wire

Prints microseconds a record, the best of several rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

PAGE, ROUNDS = 100, 15


def page() -> bytes:
    """A list answer as HubSpot gives it: a hundred contacts with the properties that a pull asks for."""
    from trueup.connectors.kit.fieldmap import load

    names = [f.native for f in load("trueup.connectors.hubspot")["contacts"].fields]
    made = {name: "2026-10-23T22:42:36.650Z" if "date" in name else f"value of {name}" for name in names}
    rows = [
        {
            "id": str(73_000_000_000 + n * 7),
            "properties": {**made, "email": f"person{n}@acme.example", "hs_object_id": str(73_000_000_000 + n * 7)},
            "createdAt": "2026-10-23T22:42:36.650Z",
            "updatedAt": "2026-11-20T10:00:00.123Z",
            "archived": False,
            "url": f"https://app.hubspot.com/contacts/1/record/0-1/{n}",
        }
        for n in range(PAGE)
    ]
    return orjson.dumps({"results": rows, "paging": {"next": {"after": "1", "link": "https://api.hubapi.com/x"}}})


def best(work: Callable[[], object]) -> float:
    """Microseconds a record."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times) / PAGE * 1e6


def main() -> None:
    """Print the table."""
    from hubspot.crm.objects import ApiClient

    from trueup.connectors.hubspot import records
    from trueup.connectors.hubspot.schema import Properties
    from trueup.connectors.kit.fieldmap import load

    raw = page()
    client = ApiClient()
    object_map = load("trueup.connectors.hubspot")["contacts"]
    properties = Properties("contacts", {f.native: {} for f in object_map.fields}, object_map, (), ())
    now = datetime.now(UTC)
    rows = orjson.loads(raw)["results"]
    model = "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging"

    def models() -> object:
        class Answer:
            data = raw.decode()

        return client.deserialize(Answer(), model)

    print("| one contact of a list's page | µs |")
    print("|---|---:|")
    print(f"| the library's models | {best(models):.1f} |")
    print(f"| orjson | {best(lambda: orjson.loads(raw)):.1f} |")
    print(f"| from JSON to a record | {best(lambda: [records.record('hs', properties, r, now) for r in rows]):.1f} |")


if __name__ == "__main__":
    main()
