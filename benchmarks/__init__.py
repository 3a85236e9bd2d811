"""The hub's benchmarks: each figure is printed beside its baseline from the same run (docs/performance.md)."""
