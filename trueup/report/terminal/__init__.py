"""The terminal's view: one function per thing that a command gives back, each able to print its JSON document instead.

Results go to standard output, the first line is the verdict, colour is for terminals only.
"""

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
