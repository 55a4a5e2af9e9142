"""`python -m trueup`, the same as `trueup`."""

from trueup.cli import main

main()
