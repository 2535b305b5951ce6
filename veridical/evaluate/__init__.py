"""Benchmarks as values, the runner that asks or re-scores, and the statistics of what changed."""
