"""Run with `python -m benchmarks.twin [--people 1000000]`."""

from benchmarks.twin.measure import main

if __name__ == "__main__":
    main()
