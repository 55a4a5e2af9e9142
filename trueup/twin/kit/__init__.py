"""What both sides of the twin stand on: clock, recorder, faults, the request pipeline, certificates and serving."""

from trueup.twin.kit.clock import Clock
from trueup.twin.kit.faults import Fault, Faults
from trueup.twin.kit.recorder import Recorder, current_request

__all__ = ["Clock", "Fault", "Faults", "Recorder", "current_request"]
