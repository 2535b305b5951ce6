"""Which benchmark a harness's task is, and which of its numbers is the benchmark's headline. Tasks that are not here keep their own names.

Sources: lmms-eval 75571cf, lmms_eval/tasks/*/utils.py (what each aggregation returns); VLMEvalKit e8e78f0, vlmeval/dataset/image_*.py and utils/*.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LMMS = "lmms-eval"
VLM = "VLMEvalKit"


@dataclass(frozen=True)
class Known:
    """A task that is one of this package's benchmarks."""

    harness: str
    task: str
    """A pattern for the whole of the task's name."""
    benchmark: str
    number: str
    """What the harness calls the headline."""
    scale: float = 100.0
    """What its number is multiplied by to be the headline's."""


TASKS = (
    Known(LMMS, "pope", "pope", "pope_f1_score"),
    Known(LMMS, "mme", "mme", "mme_perception_score", 1.0),
    Known(LMMS, "mmmu_val", "mmmu", "mmmu_acc"),
    Known(LMMS, "mmstar", "mmstar", "average"),
    Known(LMMS, "blink", "blink", "blink_acc"),
    Known(LMMS, "ocrbench", "ocrbench", "ocrbench_accuracy", 1000.0),
    Known(LMMS, "chartqa", "chartqa", "relaxed_overall"),
    Known(LMMS, "hallusion_bench_image", "hallusionbench", "aAcc", 1.0),
    Known(LMMS, "seedbench", "seed_bench", "seed_all"),
    Known(LMMS, "scienceqa_img", "science_qa", "exact_match"),
    Known(LMMS, "videomme", "video_mme", "videomme_perception_score", 1.0),
    Known(LMMS, "mmbench_en_dev", "mmbench_en", "gpt_eval_score", 1.0),
    Known(LMMS, "mmbench_cn_dev", "mmbench_cn", "gpt_eval_score", 1.0),
    Known(LMMS, "mvbench", "mvbench", "mvbench_accuracy", 1.0),
    Known(LMMS, "mmerealworld", "mme_realworld", "mme_realworld_score"),
    Known(LMMS, "activitynetqa", "activitynet_qa", "gpt_eval_accuracy", 1.0),
    Known(VLM, "POPE", "pope", "Overall", 1.0),
    Known(VLM, "MME", "mme", "perception", 1.0),
    Known(VLM, "MMMU_DEV_VAL", "mmmu", "validation.Overall"),
    Known(VLM, "MMStar", "mmstar", "Overall"),
    Known(VLM, "BLINK", "blink", "Overall"),
    Known(VLM, "OCRBench", "ocrbench", "Final Score", 1.0),
    Known(VLM, "ChartQA_TEST", "chartqa", "Overall", 1.0),
    Known(VLM, "HallusionBench", "hallusionbench", "aAcc", 1.0),
    Known(VLM, "SEEDBench_IMG", "seed_bench", "Overall"),
    Known(VLM, "ScienceQA_(VAL|TEST)", "science_qa", "Overall"),
    Known(VLM, "MMBench_DEV_EN(_V11)?", "mmbench_en", "dev.Overall"),
    Known(VLM, "MMBench_DEV_CN(_V11)?", "mmbench_cn", "dev.Overall"),
    Known(VLM, "MathVista_MINI", "math_vista", "acc", 1.0),
    Known(VLM, "MathVision(_MINI)?", "math_vision", "acc", 1.0),
)


def known(harness: str, task: str) -> Known | None:
    """The benchmark that a task is; None where that is not known."""
    return next((one for one in TASKS if one.harness == harness and re.fullmatch(one.task, task)), None)
