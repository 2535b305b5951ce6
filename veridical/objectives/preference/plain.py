"""DPO, and the published methods that are DPO on their own data."""

from __future__ import annotations

from veridical.objectives.method import Alias, Method
from veridical.objectives.term import Prefer
from veridical.objectives.view import CHOSEN, REJECTED

dpo = Method(
    "dpo",
    "arXiv:2305.18290",
    (Prefer(CHOSEN, REJECTED),),
    note="log-probabilities are sums over the answer and its end-of-turn token",
    aliases=(
        Alias("silkie", "arXiv:2312.10665", "answers of many models rated by a judge on three aspects; every two whose mean ratings differ"),
        Alias("clip_dpo", "arXiv:2408.10433", "answers ranked by CLIP similarity to the picture, high against low, after rules on length and gap"),
        Alias("sima", "arXiv:2405.15973", "the model's own greedy and sampled answers, judged by itself against the ground truth"),
        Alias("rlaif_v", "arXiv:2405.17220", "own answers scored by an open model claim by claim; at most two pairs a prompt, lengths balanced; four rounds"),
        Alias("povid1", "arXiv:2402.11411", "rejected answers written by a strong model that was asked to put hallucinations in"),
        Alias("mia_dpo", "arXiv:2410.17637", "unrelated pictures added (sequence, grid, picture in picture); rejected where attention leaves the right one"),
        Alias("bpo", "arXiv:2403.08730", "rejected answers given to a weakened picture (diffusion noise 900), or with errors put in by a text model"),
        Alias("seva", "arXiv:2404.10501", "chosen: the answer to the clean picture; rejected: to an augmented one (diffusion noise 500 or 800)"),
        Alias("csr", "arXiv:2405.14622", "sentence beams ranked by the model's own log-probability and CLIP; lowest against highest rank, several rounds"),
        Alias("llava_hound", "arXiv:2404.01258", "answers about videos scored by a text model that reads a detailed caption in the video's place"),
        Alias("llava_next_interleave", "arXiv:2407.07895", "video captions of LLaVA-Hound, everything trains, the tower too"),
        Alias("squba", "ICLR 2025 submission", "speech summaries: the reference summary against the model's own"),
        Alias("ct_gpt", "ICLR 2025 submission (3D-CT-GPT++)", "chest CT reports of the model, scored by a judge"),
        Alias("mavis", "arXiv:2407.08739", "mathematics: a right chain of thought against a wrong one of the model"),
        Alias("interactive_cot", "openreview:Y4iaDU4yMi", "steps of a chain of thought in a game, paired by the reward that followed"),
        Alias("tr_dpo", "arXiv:2404.09656", "the reference follows the policy: a policy + (1 − a) reference every N steps (moving.rate, moving.every)", reference="moving"),
        Alias("emmoe", "arXiv:2503.08604", "plans of a robot: the right one against one out of order, illogical or badly formed; text only"),
    ),
)
