"""`veridical smoke`: what works with a user's own model and data, as a certificate to paste into an issue."""

from __future__ import annotations

from veridical.study.smoke.certificate import Certificate, Check, text
from veridical.study.smoke.run import smoke

__all__ = ["Certificate", "Check", "smoke", "text"]
