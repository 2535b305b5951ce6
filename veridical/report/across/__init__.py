"""Several models side by side: their standing on the dimensions, every benchmark's numbers, and where a model is worse than the first."""
