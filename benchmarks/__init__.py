"""Benchmarks: each package prints its figures beside a floor measured in the same run."""
