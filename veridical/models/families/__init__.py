"""What text stands for a picture in each family: the family's own processor answers, loaded or assembled."""

from __future__ import annotations

from veridical.models.families.processor import Family, processor_for, written_settings

__all__ = ["Family", "processor_for", "written_settings"]
