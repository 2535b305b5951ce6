"""One number for a response, learnt from pairs."""

from __future__ import annotations

from veridical.objectives.reward import Centre, CentreEach, CentreMean, Compare, Levels, Stated, Tie
from veridical.objectives.reward_method import RewardMethod
from veridical.objectives.reward_read import Sign, Squeeze

BRADLEY_TERRY = RewardMethod("bradley_terry", "Bradley and Terry 1952; TRL's RewardTrainer", (Compare(), Tie(), Centre()), note="centred as TRL recommends")
MARGIN = RewardMethod(
    "margin", "RLHFlow; TRL's margin column", (Compare(Stated()), Tie(), Centre()), note="the margin is the pair's own, else the difference of the responses' scores"
)  # fmt: skip
LLAMA_2 = RewardMethod(
    "llama_2", "arXiv:2307.09288", (Compare(Levels()),),
    note="a stated margin in four strengths; its other schedule is 3, 2, 1, 0 (significant, better, slight, negligible)",
)  # fmt: skip
LLAVA_RLHF = RewardMethod(
    "llava_rlhf", "arXiv:2309.14525", (Compare(), CentreMean()),
    {"facts": True, "turn": "How good is your last answer? It should be true to the picture, helpful, well put and short.{facts}", "opening": "The quality of the answer is"},
    "factually augmented: the judge is told the picture's captions",
)  # fmt: skip
ALIGN_ANYTHING = RewardMethod("align_anything", "arXiv:2412.15838", (Compare(), CentreEach()))
SAFE_COST = RewardMethod(
    "safe_cost", "arXiv:2310.12773; Safe RLHF-V of align-anything", (Compare(harm=True), Sign(), CentreEach()),
    note="a cost: the worse response scores higher, and its sign says whether a response is harmful (label 0) or safe (label 1)",
)  # fmt: skip
INFORM = RewardMethod("inform", "arXiv:2402.09345", (Compare(), Squeeze(weight=0.1)), {"latent": 32}, "KL summed over the latent's dimensions, as the paper writes it")
INFORM_CODE = RewardMethod(
    "inform_code", "miaoyuchun/InfoRM", (Compare(), Squeeze(of_means=True)), {"latent": 128}, "KL of the means over the latent's dimensions, as the code computes it"
)  # fmt: skip
