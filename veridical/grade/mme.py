"""MME's rules for yes and no: what the first four characters hold."""

from __future__ import annotations

START = 4
"""Characters that are looked at where the response is not the word alone."""


def yn_mme(text: str) -> str | None:
    """yes where "yes" is in the first four characters, else no where "no" is; spaces count, so "  no" is no and "the answer is yes" is unparsed.

    Source: MME, arXiv 2306.13394. Follows: its calculation.py, as in OpenGVLab/InternVL.
    """
    start = text.lower()[:START]
    return next((word for word in ("yes", "no") if word in start), None)


def yn_mme_lmms(text: str) -> str | None:
    """lmms-eval's rule: spaces at the ends and full stops are left out first; "y" and "n" alone count."""
    said = text.lower().strip().replace(".", "")
    return {"y": "yes", "n": "no"}.get(said) or yn_mme(said)
