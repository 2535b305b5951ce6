"""Algorithms that compare the responses of a group."""

from __future__ import annotations

from veridical.objectives.online.after import Balanced
from veridical.objectives.online.algorithm import Algorithm, Alias, Draws
from veridical.objectives.online.credit import GroupDeviation, Supervised, Whole, mean_of_group
from veridical.objectives.online.divergence import Bounded, k3
from veridical.objectives.online.gather import Fixed, Sequences, Tokens
from veridical.objectives.online.keep import Spread, Within
from veridical.objectives.online.loss import Improve, Perceive, Sober, Stay
from veridical.objectives.online.shape import Band, Contrast, Overlong
from veridical.objectives.online.surrogate import Clip, OnPolicy, Soft, Weighted, sequence_mean

GROUP = Whole(mean_of_group, GroupDeviation(1e-4))

grpo = Algorithm(
    "grpo", "arXiv:2402.03300", GROUP, (Improve(Clip(0.2, 0.2), Sequences()), Stay(0.04, k3)), note="as in the paper; TRL 1.16's default is grpo_trl",
    aliases=(
        Alias("deepseek_r1", "arXiv:2501.12948", "coefficient 0.001, upper bound 10; the paper renews the reference every 400 steps (reference=moving, moving.rate=1, moving.every=400)", {"losses.1.weight": 0.001, "losses.0.term.high": 10.0}),
    ),
)  # fmt: skip

grpo_process = Algorithm(
    "grpo_process", "arXiv:2402.03300", Supervised(), (Improve(Clip(0.2, 0.2), Sequences()), Stay(0.04, k3)),
    note="process supervision (section 4.1.3): a reward with steps=true says what each step is worth; a token earns the steps that end at it or later",
)  # fmt: skip

grpo_trl = Algorithm(
    "grpo_trl", "arXiv:2402.03300", GROUP, (Improve(Clip(0.2, 0.2), Tokens()), Stay(0.0, k3, corrected=True, how=Tokens())),
    note="TRL 1.16's defaults: mean over tokens, no divergence (losses.1.weight turns it on, with the ratio's correction)",
)  # fmt: skip

r1_v = Algorithm(
    "r1_v", "Deep-Agent/R1-V", GROUP, (Improve(OnPolicy(), Sequences()), Stay(0.04, k3)), note="one update per rollout; rewards are summed with weight 1",
    aliases=(
        Alias("vlm_r1", "arXiv:2504.07615", "boxes by IoU and format; clip when rollouts are used more than once"),
        Alias("visual_rft", "arXiv:2503.01785", "detection: IoU, confidence and format; classification and grounding: accuracy and format"),
        Alias("open_r1_video", "Wang-Xiaodong1899/Open-R1-Video", "videos with options, accuracy alone, coefficient 0.1", {"losses.1.weight": 0.1}),
        Alias("r1_omni", "arXiv:2503.05379", "emotions from video and sound, accuracy and format"),
        Alias("r1_aqa", "arXiv:2503.11197", "questions on sound, exact answers and format"),
    ),
)  # fmt: skip

t_grpo = Algorithm(
    "t_grpo", "arXiv:2503.21776", GROUP, (Improve(OnPolicy(), Sequences()), Stay(0.04, Bounded(k3, 10.0))), draws=Draws(group=8, top_p=0.95, contrast=0.5), shapes=(Contrast(0.3, 0.8), Band(0.2, 320, 512)),
    note="Video-R1: a bonus for groups that do better with the frames in order, and one for right answers of middling length",
)  # fmt: skip

dr_grpo = Algorithm("dr_grpo", "arXiv:2503.20783", Whole(mean_of_group), (Improve(Clip(0.2, 0.2), Fixed()),), note="neither the deviation nor the response's own length divides")

dapo = Algorithm(
    "dapo", "arXiv:2503.14476", Whole(mean_of_group, GroupDeviation(1e-6)), (Improve(Clip(0.2, 0.28, dual=10.0), Tokens()),), draws=Draws(group=16, tries=10),
    shapes=(Overlong(),), keep=(Spread("accuracy"),), batches=16,
    note="prompts are drawn until a step's worth of groups has both right and wrong answers",
)  # fmt: skip

gspo = Algorithm("gspo", "arXiv:2507.18071", GROUP, (Improve(Clip(3e-4, 4e-4, level=sequence_mean), Sequences()),), batches=4, note="the ratio is the response's, with bounds a thousand times tighter")

cispo = Algorithm("cispo", "arXiv:2506.13585", GROUP, (Improve(Weighted(0.0, 5.0), Tokens()),), batches=4, note="MiniMax-M1: weights are clipped, tokens never; bounds are absolute")

sapo = Algorithm("sapo", "arXiv:2511.20347", GROUP, (Improve(Soft(), Tokens()),), batches=4, note="a soft gate in place of the clip")

mm_eureka = Algorithm(
    "mm_eureka", "arXiv:2503.07365", Whole(mean_of_group, GroupDeviation(1e-9)), (Improve(Clip(0.2, 0.2), Tokens()),), keep=(Within(0.1, 0.9),), note="groups of middling accuracy alone; the tower is frozen"
)

minimax = Algorithm(
    "minimax", "arXiv:2501.08313", GROUP, (Improve(Clip(0.2, 0.2, most=2.0), Tokens()), Stay(0.01, k3, how=Tokens())), after=(Balanced(),),
    note="MiniMax-01's changes as far as they are published: advantages of both signs weigh the same, large ratios are bounded; numbers are not published",
)  # fmt: skip

HIDDEN = {"op": "mask_pixels", "share": 0.6, "block": 14}

papo = Algorithm(
    "papo", "arXiv:2507.06448", GROUP, (Improve(Clip(0.2, 0.2), Sequences()), Stay(0.01, k3), Perceive(0.01)), corruption=HIDDEN, note="GRPO, and answers should depend on the picture (about 60% of its patches are hidden)"
)

papo_dapo = Algorithm(
    "papo_dapo", "arXiv:2507.06448", Whole(mean_of_group, GroupDeviation(1e-6)), (Improve(Clip(0.2, 0.28), Tokens()), Perceive(0.01), Sober(1.0)),
    draws=Draws(group=8, tries=10), keep=(Spread("accuracy"),), corruption=HIDDEN, note="DAPO without a reference, held in check by the double entropy",
)  # fmt: skip
