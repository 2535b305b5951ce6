"""Benchmarks of safety: attacks and their success, and what is refused for nothing."""
