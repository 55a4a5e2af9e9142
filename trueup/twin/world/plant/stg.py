"""STG: stages that differ, went back, were skipped, have no date or nothing to rest on."""

from __future__ import annotations

from trueup.twin.world.dates import DAY
from trueup.twin.world.parts import HS, HS_STAGE, LEAD_STATUS, SF
from trueup.twin.world.people import set_path
from trueup.twin.world.plant.plan import LEADS, Scene, plan, sides


@plan("STG001", "lead:sal", age=(2, 12))
def _hubspot_behind(on: Scene) -> str:
    set_path(sides(on.person)[1], [p for p in on.person.path if p[1] != "sal"])
    return "accepted by sales; HubSpot was not told"


@plan("STG001", "contact:opportunity", age=(2, 30))
def _hubspot_at_sql(on: Scene) -> str:
    set_path(sides(on.person)[1], [p for p in on.person.path if p[1] != "opportunity"])
    return "a deal was opened; HubSpot was not told"


@plan("STG001", "lead:sql", age=(2, 12))
def _lead_behind(on: Scene) -> str:
    sf = sides(on.person)[0]
    keep = [e for e in sf.events if e[1] in (LEAD_STATUS["mql"],)]
    sf.events, sf.stage = keep, LEAD_STATUS["mql"]
    return "HubSpot ran ahead of the lead"


@plan("STG001", "contact:customer", age=(5, 200))
def _still_opportunity(on: Scene) -> str:
    set_path(sides(on.person)[1], [p for p in on.person.path if p[1] != "customer"])
    return "the deal was won; HubSpot was not told"


@plan("STG001", "lead:recycled", age=(2, 5), path=("lead", "mql", "recycled"))
def _recycled_there_only(on: Scene) -> str | None:
    hs = sides(on.person)[1]
    if not any(stage == "mql" for _, stage in on.person.path) or not any(a.outbound for a in on.person.activities):
        return None
    set_path(hs, [p for p in on.person.path if p[1] != "recycled"])
    return "recycled by sales; still qualified in HubSpot"


@plan("STG002", "lead:sal", "lead:sql", age=(2, 12))
def _back_in_hubspot(on: Scene) -> str:
    hs = sides(on.person)[1]
    (at_mql, _), (at_sal, _) = (p for p in on.person.path if p[1] in ("mql", "sal"))
    step = max((at_sal - at_mql) // 4, 60)
    path = [p for p in on.person.path if p[0] <= at_mql]
    path += [(at_mql + step, "sal"), (at_mql + 2 * step, "mql")]
    set_path(hs, path + [p for p in on.person.path if p[0] > at_mql])
    return "HubSpot's stage went back and forward again"


@plan("STG002", "lead:sal", "lead:sql", age=(2, 12))
def _back_in_salesforce(on: Scene) -> str:
    sf = sides(on.person)[0]
    at_mql = next(at for at, native in sf.events if native == LEAD_STATUS["mql"])
    at_sal = next(at for at, native in sf.events if native == LEAD_STATUS["sal"])
    step = max((at_sal - at_mql) // 4, 60)
    sf.events += [(at_mql + step, LEAD_STATUS["sal"]), (at_mql + 2 * step, LEAD_STATUS["mql"])]
    sf.events.sort()
    return "the lead's status went back and forward again"


@plan("STG003", "lead:sal", "lead:sql", age=(2, 14))
def _skipped_in_hubspot(on: Scene) -> str:
    drop = {"mql"} if on.person.life == "lead:sal" else {"mql", "sal"}
    set_path(sides(on.person)[1], [p for p in on.person.path if p[1] not in drop])
    return "HubSpot jumped over a stage"


@plan("STG003", "lead:sql", age=(2, 14))
def _skipped_in_salesforce(on: Scene) -> str:
    sf = sides(on.person)[0]
    sf.events = [e for e in sf.events if e[1] != LEAD_STATUS["sal"]]
    return "the lead jumped over a stage"


@plan("STG004", "lead:mql", age=(30, 70))
@plan("STG004", "lead:sal", age=(42, 90))
@plan("STG004", "lead:sql", age=(100, 200))
def _stuck(_: Scene) -> str:
    return "nobody moved it on"


@plan("STG005", *LEADS, age=(2, 3))
def _undated_in_hubspot(on: Scene) -> str:
    hs = sides(on.person)[1]
    hs.events = [e for e in hs.events if e[1] != hs.stage]
    hs.stamps.pop(str(hs.stage), None)
    return "set by an import that left no date"


@plan("STG005", *LEADS, age=(2, 3))
def _undated_in_salesforce(on: Scene) -> str:
    sf = sides(on.person)[0]
    sf.events = [e for e in sf.events if e[1] != sf.stage]
    return "history tracking was off"


@plan("STG006", "lead:sql", "contact:opportunity", "contact:customer")
def _dates_crossed(on: Scene) -> str:
    stamps = sides(on.person)[1].stamps
    a, b = HS_STAGE["lead"], HS_STAGE["mql"]
    stamps[a], stamps[b] = stamps[b], stamps[a]
    return "the dates of lead and qualification are crossed"


@plan("STG007", "contact:sql", age=(4, 40))
def _no_deal(on: Scene) -> str:
    set_path(sides(on.person)[1], [*on.person.path, (on.person.path[-1][0] + DAY, "opportunity")])
    return "opportunity in HubSpot, and no deal anywhere"


@plan("STG008", "contact:opportunity", age=(4, 80))
def _not_won(on: Scene) -> str | None:
    if any(rec.stage == "closedwon" for deal in on.person.deals for rec in deal.recs):
        return None
    set_path(sides(on.person)[1], [*on.person.path, (on.person.path[-1][0] + DAY, "customer")])
    return "customer in HubSpot while the deal is open"


@plan("STG009", "hs:lead")
def _unknown_stage(on: Scene) -> str:
    rec = on.person.rec(HS)
    assert rec is not None
    rec.stage = "other"
    rec.events.append((rec.events[-1][0] + DAY // 2, "other"))
    return "a lifecycle stage that no map knows"


@plan("STG009", "lead:lead")
def _unknown_status(on: Scene) -> str:
    rec = sides(on.person)[0]
    rec.stage = on.rng.choice(("Nurturing", "On Hold", "Attempted"))
    rec.events.append((min(rec.created + DAY, on.maker.end - 3600), rec.stage))
    return "a lead status that somebody made up"


@plan("STG009", "contact:opportunity")
def _unknown_deal_stage(on: Scene) -> str:
    rec = on.person.deals[0].rec(SF)
    assert rec is not None
    rec.stage = "Verbal Agreement"
    rec.events.append((rec.events[-1][0] + 3600, rec.stage))
    return "a deal stage that somebody made up"


@plan("STG010", "lead:sal", age=(2, 3), quiet=True)
@plan("STG010", "lead:sql", age=(2, 3), quiet=True)
def _nothing_done(_: Scene) -> str:
    return "accepted by sales, and nothing was done"


@plan("STG011", "contact:opportunity")
def _deal_stages_differ(on: Scene) -> str | None:
    rec = on.person.deals[0].rec(HS)
    if rec is None:
        return None
    other = next(n for n in ("qualifiedtobuy", "contractsent", "presentationscheduled") if n != rec.stage)
    if other == rec.stage or rec.events[-1][1] == other:
        return None
    rec.stage = other
    rec.events.append((min(rec.events[-1][0] + DAY // 2, on.maker.end - 600), other))
    return "moved in one system only"
