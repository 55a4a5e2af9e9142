"""Trueup keeps two CRMs telling one truth."""

__version__ = "0.1.0.dev0"
