"""What NumPy is told about the processor, before it is loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "NPY_DISABLE_CPU_FEATURES"
_AVX512 = "X86_V4 AVX512_ICL AVX512_SPR"


def unhelpful(cpuinfo: str) -> str:
    """The features without which NumPy sorts faster on a processor that Linux describes so; "" where there are none.

    NumPy does not sort by AVX-512 on AMD's processors, but does not fall back on AVX2 there either: 2,000,000 numbers
    of 64 bits take it .13 s. Kept from AVX-512 altogether it uses AVX2, and .02 s (measured with 2.4.6 on an EPYC).
    Most of what matching does is sorting.
    """
    return _AVX512 if "AuthenticAMD" in cpuinfo and "avx512" in cpuinfo else ""


def sort_fast(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Have NumPy sort by what this processor is good at. Whoever has said something about it already is left alone."""
    if VARIABLE in os.environ or "numpy" in sys.modules or not sys.platform.startswith("linux"):
        return
    try:
        features = unhelpful(cpuinfo.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return
    if features:
        os.environ[VARIABLE] = features
