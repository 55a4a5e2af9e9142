"""The control port: set faults, move the clock, edit as somebody else would, and read what happened."""

from trueup.twin.control.app import Controlled, control_app

__all__ = ["Controlled", "control_app"]
