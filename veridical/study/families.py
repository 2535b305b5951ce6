"""Which executor computes which architecture, by proof: every image-text-to-text type of transformers, built small.

    python -m veridical.study.families docs/families.md

A type is *shared* when an executor that computes a prompt once for all its branches agrees with the type's own forward
pass (log-probabilities and gradients), *plain* when only one row per branch does, and *refused* when none does, when it
does not generate from left to right, or when its prompts would not be read as its own processor reads them.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from veridical.models.assemble import trial, trial_picture, trial_question
from veridical.models.backbone import Unsupported, take_apart
from veridical.models.encoder import EncodeError, Encoder
from veridical.models.executors import EXECUTORS
from veridical.models.families.compare import settle
from veridical.models.load import first_line, quiet
from veridical.models.proof import GRADIENT_TOLERANCE, LOGP_TOLERANCE, ForwardFails, Proof, leeway, prove
from veridical.models.small import NotBuilt
from veridical.models.small.build import build

VERDICTS = {
    "shared": "An executor computes the prompt once for all its branches. The first that agrees, from left to right, is the one that is used.",
    "plain": "Only one row per branch agrees: correct, without the gain.",
    "refused": "`veridical` stops with this reason before the first step.",
    "not built": "Cannot be built small on the machine that made this page, so nothing is known of it; a real model of the type is proved, or refused, when it is opened.",
}
"""What a verdict means."""


@dataclass(frozen=True)
class Row:
    """What was found of one type."""

    model_type: str
    verdict: str
    proofs: tuple[Proof, ...] = ()
    pictures: str = ""
    """How several pictures of one prompt are read."""
    why: str = ""

    @property
    def line(self) -> str:
        """The row of its table."""
        cells = [cell(proof) for proof in self.proofs] + [self.pictures] if self.proofs and self.verdict in ("shared", "plain") else [self.why]
        return f"| {' | '.join([self.model_type, *cells])} |"


def cell(proof: Proof) -> str:
    """What a proof found, without the digits that a machine's rounding decides."""
    if proof.passed:
        return "agrees"
    return proof.reason.replace("|", "/") or f"off by {max(proof.logp, proof.gradient):.0e}"


def model_types() -> list[str]:
    """Every image-text-to-text type."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    return sorted(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)


def classify(model_type: str) -> Row:
    """The row of one type: built small, its prompts compared with its processor's, every executor proved on a trial."""
    try:
        small = build(model_type)
        encoder = small.encoder()
        with quiet():
            reading = settle(encoder, trial_question, [trial_picture(88, 56), trial_picture(48, 72)])
            if not reading.agrees:
                return Row(model_type, "refused", why=reading.line)
            proofs = prove(small.model, trial(encoder), EXECUTORS, every=True)
    except (NotBuilt, ForwardFails) as error:
        return Row(model_type, "not built", why=in_cell(error))
    except (Unsupported, EncodeError) as error:
        return Row(model_type, "refused", why=in_cell(error))
    proofs = strict(proofs, leeway(take_apart(small.model)))
    passed = {proof.executor for proof in proofs if proof.passed}
    if passed:
        return Row(model_type, "shared" if passed - {"plain"} else "plain", tuple(proofs), together(encoder))
    return Row(model_type, "refused", tuple(proofs), why="; ".join(f"`{proof.executor}`: {cell(proof)}" for proof in proofs))


def strict(proofs: Sequence[Proof], factor: float) -> list[Proof]:
    """Proofs without the leave that a user's model has, whose large scores round more: a small model's do not."""
    return [replace(proof, passed=proof.passed and proof.logp <= LOGP_TOLERANCE * factor and proof.gradient <= GRADIENT_TOLERANCE * factor) for proof in proofs]


def together(encoder: Encoder) -> str:
    """How the pictures of one prompt go through the processor."""
    return "one only" if encoder.flags.get("alone") else "together" if encoder.counts_pictures() else "one by one"


def in_cell(error: Exception) -> str:
    """A message as one line of a table."""
    return " ".join(str(error).replace("|", "/").split())


def page(rows: Sequence[Row]) -> str:
    """The Markdown page."""
    import transformers

    return "\n".join([*head(rows, transformers.__version__), *(line for verdict in VERDICTS for line in section(verdict, rows))]) + "\n"


def head(rows: Sequence[Row], version: str) -> Iterator[str]:
    """Title, how the page came about, and the counts."""
    yield "# Model families\n"
    yield (
        f"Every image-text-to-text type of transformers {version}, built small from its own configuration class with random weights "
        "(`veridical/models/small`) and proved: no list of names decides. Made by `python -m veridical.study.families docs/families.md`.\n"
    )
    yield (
        "The proof (`veridical/models/proof.py`): a batch with two unlike pictures under three branches of uneven length, one picture, and none, is computed by the "
        "model's own forward pass, one row at a time from pixels to full logits, and by each executor. Log-probabilities agree to 1e-5, the gradient of every tensor to "
        "1e-4 of its largest entry (ten times that for recurrent layers). Before that, a prompt with two pictures is read by us and by the model's own processor: token ids, "
        "pixels and token types are equal. The same is done with a user's model each time it is opened (rounding is measured there: large scores round more).\n"
    )
    yield "| verdict | types |\n|---|---|"
    for verdict in VERDICTS:
        yield f"| {verdict} | {sum(row.verdict == verdict for row in rows)} |"


def section(verdict: str, rows: Sequence[Row]) -> Iterator[str]:
    """The table of one verdict."""
    own = [row for row in rows if row.verdict == verdict]
    columns = ["type", *EXECUTORS, "several pictures of one prompt"] if verdict in ("shared", "plain") else ["type", "reason"]
    yield f"\n## {verdict.capitalize()}\n\n{VERDICTS[verdict]}\n"
    if own:
        yield f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    yield from (row.line for row in own) if own else ["None."]


def main(arguments: Sequence[str]) -> None:
    """Classify all types and write the page."""
    rows = []
    for model_type in model_types():
        try:
            rows.append(classify(model_type))
        except Exception as error:  # noqa: BLE001 - one type's unforeseen failure must not lose the page; it is written down
            rows.append(Row(model_type, "refused", why=in_cell(Exception(first_line(error)))))
        print(f"{rows[-1].verdict}: {rows[-1].line}", file=sys.stderr, flush=True)
        gc.collect()
    Path(arguments[0]).write_text(page(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
