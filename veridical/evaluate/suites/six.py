"""The six dimensions of alignment, and text alone, where alignment may cost something."""

from __future__ import annotations

from veridical.evaluate.suites.suite import Suite

SUITE = Suite(
    name="six",
    about="Several benchmarks of each dimension, those that need no judge first. 400 questions put a share's 95% interval at 5 points to either side.",
    sizes={
        "general": {"mme": 400, "mmbench_en": 400, "mmstar": 400, "mmmu": 400, "blink": 400, "math_vista": 300, "science_qa": 400, "chartqa": 300, "ocrbench": 300, "refcoco": 300},
        "hallucination": {"pope": 900, "chair": 300, "amber": 600, "hallusionbench": 400, "phd": 400, "mmhal_bench": 96},
        "safety": {"vlguard": 400, "figstep": 200, "sketchy_vqa": 300, "oodcv_vqa": 300, "mossbench": 200, "mm_safetybench": 300},
        "conversation": {"q_bench": 400, "llava_bench": 60, "vibe_eval": 150, "wildvision_bench": 200},
        "reward": {"vl_reward_bench": 400, "mm_rlhf_reward_bench": 170, "multimodal_reward_bench": 400, "reward_bench": 400},
        "alignment": {"mm_alignbench": 150, "alpaca_eval": 200, "arena_hard_v2": 200},
        "text": {"ifeval": 541, "mmlu": 570},
    },
)
