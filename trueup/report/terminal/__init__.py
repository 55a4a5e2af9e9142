"""The terminal's view: one function per thing that a command gives back, each able to print its JSON document instead.

Results go to standard output, the first line is the verdict, colour is for terminals only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trueup.report.terminal.changes import print_change, print_decided, print_plan
    from trueup.report.terminal.findings import print_check, print_explain
    from trueup.report.terminal.house import (
        print_connectors,
        print_doctor,
        print_init,
        print_links,
        print_pruned,
        print_pull,
        print_runs,
        print_status,
    )
    from trueup.report.terminal.live import LiveProgress
    from trueup.report.terminal.outcomes import print_apply, print_run, print_undo, print_verify
    from trueup.report.terminal.report import print_report, report_text

__all__ = [
    "LiveProgress",
    "print_apply",
    "print_change",
    "print_check",
    "print_connectors",
    "print_decided",
    "print_doctor",
    "print_explain",
    "print_init",
    "print_links",
    "print_plan",
    "print_pruned",
    "print_pull",
    "print_report",
    "print_run",
    "print_runs",
    "print_status",
    "print_undo",
    "print_verify",
    "report_text",
]

_OF = {
    "changes": (
        "print_change",
        "print_decided",
        "print_plan",
    ),
    "findings": (
        "print_check",
        "print_explain",
    ),
    "house": (
        "print_connectors",
        "print_doctor",
        "print_init",
        "print_links",
        "print_pruned",
        "print_pull",
        "print_runs",
        "print_status",
    ),
    "live": ("LiveProgress",),
    "outcomes": (
        "print_apply",
        "print_run",
        "print_undo",
        "print_verify",
    ),
    "report": (
        "print_report",
        "report_text",
    ),
}
_WHERE = {name: module for module, names in _OF.items() for name in names}


def __getattr__(name: str) -> Any:
    """What stands in a module is loaded with it when it is first asked for: a command starts without the others'."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
