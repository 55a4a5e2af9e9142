"""The command line: options, help, exit codes. Every command calls one function of `trueup.commands` and prints.

Results go to standard output, everything else to standard error. Nothing of weight is imported before a command runs.
A verb is a function in the file of its group (`begin`, `every_day`, `look`, `keep`, `match`) and an entry in
`root.VERBS`, which gives it its heading and its place in the overview.
"""

from trueup.cli.root import EXIT_CODES, VERBS, main

__all__ = ["EXIT_CODES", "VERBS", "main"]
