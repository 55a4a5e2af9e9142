"""Plants faults: one way of going wrong after another, each on people (or their company or deal) of its own.

One file per family of the catalogue, named like the checks that must find it. A `Plan` says which life a fault needs,
how that life is bent beforehand, and what is changed afterwards. What was changed is a fault because the oracle says
so, not because it was meant to be one.
"""

from trueup.twin.world.plant import act, dup, fld, lnk, own, stg
from trueup.twin.world.plant.plan import Plan, Scene, plans

FAMILIES = (dup, lnk, stg, fld, act, own)
"""Where the plans are declared, in the order of the catalogue."""

__all__ = ["FAMILIES", "Plan", "Scene", "plans"]
