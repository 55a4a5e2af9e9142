"""Trueup keeps two CRMs telling one truth."""

from trueup.processor import sort_fast

__version__ = "0.1.0.dev0"

sort_fast()
