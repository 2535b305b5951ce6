"""The six dimensions of alignment, and what it may cost on text alone."""

from __future__ import annotations

from veridical.evaluate.suites.suite import Suite

SUITE = Suite(
    name="six",
    about="The benchmarks of each dimension that are asked most often and need no judge, then some that need one; sizes keep a headline's interval at about 5 points.",
    sizes={
        "general": {"mme": 400, "mmbench_en": 400, "mmstar": 400, "mmmu": 400, "blink": 400, "math_vista": 300, "science_qa": 400, "chartqa": 300, "ocrbench": 300, "refcoco": 300},
        "hallucination": {"pope": 900, "chair": 300, "amber": 600, "hallusionbench": 400, "phd": 400, "object_halbench": 200, "mmhal_bench": 96},
        "safety": {"vlguard": 400, "oodcv_vqa": 400, "mm_rlhf_safetybench": 400},
        "conversation": {"q_bench": 400, "llava_bench": 60, "live_bench": 200},
        "reward": {"vl_reward_bench": 400, "mm_rlhf_reward_bench": 200},
        "alignment": {"mm_alignbench": 252, "alpaca_eval": 300},
        "text": {"mmlu": 400, "ifeval": 300},
    },
)
