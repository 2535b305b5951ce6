"""Reward methods as values, one module per family."""
