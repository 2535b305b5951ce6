"""MMMU's rule for multiple choice, and its copies in MMMU-Pro and lmms-eval."""

from __future__ import annotations

from collections.abc import Sequence

from veridical.grade.letters.grading import Options

MARKS = ",.!?;:'"
BRACKETED, SPACED, FOLLOWED, POINTED = "({})", " {} ", "{} ", "{}."
ANSWER = "Answer:"


def mcq_mmmu(text: str, options: Options) -> str | None:
    """Letters in brackets; else letters between spaces; else, in more than five words, options whose text is held. Of several the last one said.

    Marks at the ends are stripped, one kind after the other, and spaces are not: "B.\\n" keeps its full stop and is unparsed.

    Source: MMMU, arXiv 2311.16502. Follows: MMMU-Benchmark/MMMU, eval_utils.py. Differs: its random letter is a convention's `drawn`.
    """
    return last_said(text, options, (BRACKETED, SPACED), SPACED)


def mcq_mmmu_lmms(text: str, options: Options) -> str | None:
    """lmms-eval's copy: the space before a letter is not needed, and "X." counts.

    Where several letters stand unbracketed, they are still compared by their places between spaces, and the first option wins where none has one.
    """
    return last_said(text, options, (BRACKETED, FOLLOWED, POINTED), SPACED)


def mcq_mmmu_pro(text: str, options: Options) -> str | None:
    """The only letter behind the last "Answer:", else lmms-eval's copy of MMMU's rule.

    Source: MMMU-Pro, arXiv 2409.02813. Follows: MMMU-Benchmark/MMMU, mmmu-pro/evaluate.py.
    """
    _, mark, behind = text.rpartition(ANSWER)
    held = [letter for letter in options if letter in behind] if mark else []
    return held[0] if len(held) == 1 else mcq_mmmu_lmms(text, options)


def last_said(text: str, options: Options, forms: Sequence[str], compared: str) -> str | None:
    """The last of the options said in the first of the forms in which any is."""
    for mark in MARKS:
        text = text.strip(mark)
    text = f" {text} "
    for form in forms:
        said = [letter for letter in options if form.format(letter) in text]
        if said:
            place = form if form == BRACKETED else compared
            return max(said, key=lambda letter: text.rfind(place.format(letter)))
    lower = text.lower()
    held = [letter for letter, option in options.items() if option.lower() in lower] if len(text.split()) > 5 else []
    return max(held, key=lambda letter: lower.rfind(options[letter].lower()), default=None)
