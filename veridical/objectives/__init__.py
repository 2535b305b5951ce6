"""Formulas over log-probabilities and rewards. Torch in, torch out: no models, no files."""
