"""Methods in which the picture takes part: a response is read against more than one, or asked what it owes to it."""

from __future__ import annotations

from veridical.objectives.fused import Fused, Side
from veridical.objectives.method import Alias, Method
from veridical.objectives.sight import Guided, OwnWords, RunnerUp, Visual
from veridical.objectives.term import Imitate, Prefer
from veridical.objectives.view import CHOSEN, DAMAGED, REJECTED, SIMILAR, View

mdpo = Method(
    "mdpo",
    "arXiv:2406.11839",
    (Prefer(CHOSEN, REJECTED), Prefer(CHOSEN, DAMAGED), Prefer(CHOSEN)),
    note="the better words; the same words, better with the real picture; and the chosen response must not sink",
    aliases=(Alias("mfpo", "arXiv:2410.15334", "noise only where the key objects are (records bring the picture); from easy to hard", {"op": "diffusion_noise", "t": 500}),),
    corruption={"op": "crop", "area": (0.01, 0.2)},
)

anchored_dpo = Method(
    "anchored_dpo",
    "arXiv:2406.11839",
    (Prefer(CHOSEN, REJECTED), Prefer(CHOSEN)),
    note="mDPO without its picture term: DPO, and the chosen response must not become less likely than under the reference",
)

image_dpo = Method(
    "image_dpo", "arXiv:2501.00569", (Prefer(CHOSEN, DAMAGED),), note="one text, two pictures: nothing but the picture decides", corruption={"op": "gaussian_blur"}
)

rdpo = Method(
    "rdpo", "arXiv:2502.13146", (Prefer(CHOSEN, REJECTED), Prefer(CHOSEN, SIMILAR)),
    note="Re-Align as in the paper: the chosen response is likelier with its picture than with a retrieved similar one",
)  # fmt: skip

rdpo_code = Method(
    "rdpo_code", "arXiv:2502.13146", (Prefer(CHOSEN, REJECTED, lose_reading=RunnerUp()), Prefer(CHOSEN, SIMILAR, lose_reading=RunnerUp())),
    note="what the released code does: the losing sides score the likeliest words other than the written ones, each model its own",
)  # fmt: skip

adpo = Method(
    "adpo", "arXiv:2504.01735", (Prefer(CHOSEN, View("rejected", "corrupted")), Imitate(DAMAGED)),
    note="reconstruction from the abstract: attacked pictures come as the records' negatives, else noise of the attack's size; meant for parts.tower=full alone",
    corruption={"op": "gaussian_noise", "std": 4 / 255},
)  # fmt: skip

v_dpo = Method(
    "v_dpo", "arXiv:2411.02712", (Prefer(CHOSEN, REJECTED, Guided(1.5)),),
    note="gamma is 1 + the paper's; the released script's 0 would leave nothing to learn; the picture-less branch has no gradient",
)  # fmt: skip

v_dpo_contrast = Method(
    "v_dpo_contrast", "arXiv:2411.02712", (Prefer(CHOSEN, REJECTED, Guided(1.5, own=True)), Prefer(CHOSEN, View("chosen", "corrupted"), Guided(1.5, own=True))),
    note="with pairs of pictures for one text, the picture-less branch read by the policy itself",
    corruption={"op": "crop", "area": (0.01, 0.2)},
)  # fmt: skip

token_tpo = Method(
    "token_tpo", "arXiv:2412.14487", (Prefer(CHOSEN, REJECTED, Visual(), lose_reading=Visual(against=True)),),
    note="each token weighs what its logit owes to the picture; gradient through both passes",
    corruption={"op": "diffusion_noise", "t": 500},
)  # fmt: skip

povid2 = Method(
    "povid2", "arXiv:2402.11411",
    (Prefer(CHOSEN, REJECTED, weight=0.5), Prefer(CHOSEN, CHOSEN, lose_reading=OwnWords(), weight=0.5, label="chosen > own words for noise")),
    note="stage 2 as the code is built: the words that the noisy picture suggests are lowered; both models score the same words (the code's score different ones)",
    corruption={"op": "diffusion_noise", "t": 500},
)  # fmt: skip

povid2_paper = Method(
    "povid2_paper", "arXiv:2402.11411", (Fused((Side(1.0, CHOSEN), Side(-0.5, REJECTED), Side(-0.5, DAMAGED)), beta=0.1),),
    note="stage 2 as one decision; its three coefficients are settings (sides.0.coefficient ...), the paper's values were not verified",
    corruption={"op": "diffusion_noise", "t": 500},
)  # fmt: skip
