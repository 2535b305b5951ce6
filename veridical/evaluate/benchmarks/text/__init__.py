"""Benchmarks without pictures: what alignment may cost."""
