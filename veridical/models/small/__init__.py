"""Small random models of every image-text-to-text architecture, built from the architecture's own configuration."""

from __future__ import annotations


class NotBuilt(Exception):
    """This architecture cannot be built small here; the message says why."""
