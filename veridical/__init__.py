"""Post-training for multimodal language models: build preference data, align, evaluate, report."""

__version__ = "0.1.0"
