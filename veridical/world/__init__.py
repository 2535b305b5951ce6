"""A small world whose truth is known: scenes, their pictures, what is said of them, and a small model that has seen them."""

from __future__ import annotations

from pathlib import Path

CHECKPOINT = Path(__file__).parent / "checkpoint"
"""The model directory that ships with the package."""
