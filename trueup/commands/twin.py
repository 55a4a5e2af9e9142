"""`trueup twin serve`: a local Salesforce and HubSpot over one seeded world."""

from __future__ import annotations

from pathlib import Path


def serve(
    people: int = 200,
    seed: int = 1,
    state: Path | None = None,
    world: Path | None = None,
    salesforce_port: int = 0,
    hubspot_port: int = 0,
    control_port: int = 0,
) -> None:
    """Serve until interrupted; the ready line is the only thing on standard output."""
    from trueup.twin.serve import serve as run

    run(
        people,
        seed,
        state,
        world,
        salesforce_port=salesforce_port,
        hubspot_port=hubspot_port,
        control_port=control_port,
    )
