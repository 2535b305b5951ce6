"""Benchmarks of alignment: whose response a judge prefers to a fixed baseline's."""
