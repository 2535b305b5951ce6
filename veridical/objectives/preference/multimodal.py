"""Methods that read a response against more than one picture, or weigh what an annotator changed."""

from __future__ import annotations

from veridical.objectives.method import Method
from veridical.objectives.reading import Reading
from veridical.objectives.term import Prefer
from veridical.objectives.view import View

chosen, rejected, damaged = View("chosen"), View("rejected"), View("chosen", "corrupted")

ddpo = Method(
    "ddpo",
    "arXiv:2312.00849",
    (Prefer(chosen, rejected, Reading(changed=1.1)),),
    note="changed segments weigh gamma; the final release: gamma 1.1, beta 0.1, weighted sums",
)

ddpo_paper = Method(
    "ddpo_paper",
    "arXiv:2312.00849",
    (Prefer(chosen, rejected, Reading(changed=5.0, mean=True), beta=0.5),),
    note="the paper's setting: gamma 5, beta 0.5, weighted means",
)

mdpo = Method(
    "mdpo",
    "arXiv:2406.11839",
    (Prefer(chosen, rejected), Prefer(chosen, damaged), Prefer(chosen)),
    note="the better words; the same words, better with the real picture; and the chosen response must not sink",
    corruption={"op": "crop", "area": (0.01, 0.2)},
)

image_dpo = Method(
    "image_dpo",
    "arXiv:2501.00569",
    (Prefer(chosen, damaged),),
    note="one text, two pictures: nothing but the picture decides",
    corruption={"op": "gaussian_blur"},
)
