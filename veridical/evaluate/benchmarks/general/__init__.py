"""Benchmarks of general knowledge: perception, reasoning, mathematics, documents, several pictures, videos, grounding."""
