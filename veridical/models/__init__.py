"""The only place that knows Hugging Face: media and text become a forest, a forest becomes log-probabilities."""
