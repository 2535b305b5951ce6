"""Reward models and judges: which of several responses is better."""
