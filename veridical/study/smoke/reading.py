"""Probes of what the model reads: the chat template's own tokens, and the loss exactly on what the assistant says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from veridical.models.backbone import take_apart
from veridical.models.encoder import Encoder, answer, picture_key
from veridical.models.policy import plain_model
from veridical.models.planting import messages
from veridical.models.read import Reading
from veridical.models.shown import media_ids
from veridical.models.sample import end_tokens
from veridical.records.record import Record
from veridical.study.smoke.bench import Bench, Finding, Probe

SHOWN = 160
"""Characters of prompt and of answer that are shown."""
OPEN, CLOSE = "⟦", "⟧"


def template(bench: Bench) -> Finding:
    """Our ids of prompt and answer against those of the chat template, tokenised in one piece."""
    found, encoder = bench.material, bench.encoder
    wrong, ways = [], set()
    for record in found.records:
        ours = encoded(encoder, found.reading, record)
        theirs, way = templated(encoder, found.reading, record)
        ways.add(way)
        if apart := disagreement(ours, theirs, encoder):
            wrong.append(f"record {record.record_id}, {apart}")
    plain = words_only(encoder, found.records[0])
    equal, of = len(found.records) - len(wrong), len(found.records)
    evidence = (
        f"{equal} of {of} conversations have the ids of the chat template, pictures put in by {' and '.join(sorted(ways))}; "
        f"without pictures the ids are {'not equal' if plain else 'equal too'}"
    )
    return Finding(not wrong and not plain, evidence, (*wrong[:3], *([f"without pictures, {plain}"] if plain else [])), {"equal": equal, "of": of, "words": not plain})


def words_only(encoder: Encoder, record: Record) -> str:
    """Where our ids of the conversation without its pictures part from `apply_chat_template(tokenize=True)`, or ""."""
    asked = [{**turn, "content": [part for part in turn["content"] if part["type"] == "text"]} for turn in messages(record.prompt)]
    theirs = encoder.tokenizer.apply_chat_template([*asked, answer(chosen_text(record))], tokenize=True, return_dict=False)
    ours = torch.cat([encoder.prompt(asked, [], [], record.record_id).ids, encoder.response(asked, chosen_text(record), record.record_id)])
    return disagreement(ours, torch.as_tensor(theirs, dtype=torch.long), encoder)


def chosen_text(record: Record) -> str:
    """The answer that is tried: the chosen one of the record's first pair."""
    pair = next(pair for pair in record.pairs if pair.relation == ">")
    return record.response(pair.chosen).text


def encoded(encoder: Encoder, reading: Reading, record: Record) -> Tensor:
    """Prompt and answer as a run encodes them."""
    pictures = [reading.shown.open(record, media_id) for media_id in media_ids(record)]
    piece = encoder.prompt(messages(record.prompt), pictures, [picture_key(picture) for picture in pictures], record.record_id)
    return torch.cat([piece.ids, encoder.response(messages(record.prompt), chosen_text(record), record.record_id)])


def templated(encoder: Encoder, reading: Reading, record: Record) -> tuple[Tensor, str]:
    """The whole conversation as the tokenizer's chat template writes it, in one piece, and who put the placeholders in.

    The family's own processor does where it can be called; else each mark is replaced by the processor's text for the
    picture.
    """
    pictures = [reading.shown.open(record, media_id) for media_id in media_ids(record)]
    text = encoder.tokenizer.apply_chat_template([*messages(record.prompt), answer(chosen_text(record))], tokenize=False)
    if pictures and encoder.picture_tokens is None and (ids := processed(encoder.family.processor, text, pictures)) is not None:
        return ids, "the family's processor"
    stand_ins = iter(encoder.pictures(pictures, [picture_key(picture) for picture in pictures])[1])
    first, *rest = text.split(encoder.family.mark)
    return encoder.tokens(first + "".join(next(stand_ins, "") + part for part in rest)), "their stand-in text"


def processed(processor: Any, text: str, pictures: Sequence[Any]) -> Tensor | None:
    """Ids by the family's processor; None where it cannot be called."""
    try:
        return torch.as_tensor(processor(text=[text], images=list(pictures), add_special_tokens=False)["input_ids"][0], dtype=torch.long)
    except Exception:  # noqa: BLE001 - processors put together without their video part fail in ways of their own
        return None


def disagreement(ours: Tensor, theirs: Tensor, encoder: Encoder) -> str:
    """Where two encodings of a conversation part, or "". What the template writes after the end of the answer is nobody's loss, and must be blank."""
    size = min(len(ours), len(theirs))
    apart = (ours[:size] != theirs[:size]).nonzero()
    same = int(apart[0, 0]) if len(apart) else size
    own_end = same == len(ours) - 1 and int(ours[-1]) == encoder.tokenizer.eos_token_id
    rest = encoder.tokenizer.decode(theirs[same:].tolist())
    if same == len(ours) or own_end:
        return f"after the answer's end the template goes on with {rest[:40]!r}" if rest.strip() else ""
    return f"token {same} of {len(ours)}: we write {encoder.tokenizer.decode(ours[same : same + 4].tolist())!r}, the template {rest[:20]!r}"


def mask(bench: Bench) -> Finding:
    """Which tokens carry loss: every token of the answers with their end of turn, and no other."""
    found, ends = bench.material, end_tokens(take_apart(plain_model(bench.opened.model)), bench.encoder)
    wrong, answers = [], 0
    for record, example in zip(found.records, found.examples, strict=True):
        for pair, places in zip((pair for pair in record.pairs if pair.relation == ">"), example.pairs, strict=True):
            for view, place in places.views.items():
                text = record.response(pair.chosen if view.response == "chosen" else pair.rejected).text
                fault = faults(bench.encoder, example.forest.trees[place.tree].segments, place.segment, text, ends, bool(example.cut))
                wrong += [f"record {record.record_id}, {view}: {', '.join(fault)}"] if fault else []
                answers += 1
    scored = sum(int(segment.scored.sum()) for example in found.examples for tree in example.forest.trees for segment in tree.segments)
    evidence = f"{answers - len(wrong)} of {answers} answers carry the loss on each of their tokens and their end of turn, and on nothing else ({scored} tokens)"
    first = bracketed(bench.encoder, found.examples[0].forest.trees[0].segments)
    return Finding(not wrong, evidence, (*wrong[:3], first), {"answers": answers, "wrong": len(wrong), "tokens": scored})


def faults(encoder: Encoder, segments: Sequence[Any], place: int, text: str, ends: set[int], cut: bool) -> list[str]:
    """What is wrong with the loss mask of one answer. Of one that was cut to the limit the end is not there to be checked."""
    answer_, root = segments[place], segments[0]
    said = encoder.tokenizer.decode(answer_.ids[:-1].tolist(), clean_up_tokenization_spaces=False) if not cut else ""
    claims = {
        "a token of the prompt carries loss": bool(root.scored.any()),
        "a picture's placeholder carries loss": bool((answer_.ids[answer_.scored] == encoder.family.token_id).any()),
        "a token of the answer carries no loss": not bool(answer_.scored.all()),
        "the answer does not end with an end of turn": not cut and int(answer_.ids[-1]) not in ends,
        f"the tokens say {said[:60]!r} instead of the answer": not cut and not said.strip().endswith(text.strip()),
    }
    return [claim for claim, holds in claims.items() if holds]


def bracketed(encoder: Encoder, segments: Sequence[Any]) -> str:
    """Prompt and first answer as text, the tokens with loss in brackets."""
    context, said = readable(encoder, segments[0].ids), readable(encoder, segments[1].ids)
    return f"{'…' if len(context) > SHOWN else ''}{context[-SHOWN:]}{OPEN}{said if len(said) <= SHOWN else said[: SHOWN // 2] + ' … ' + said[-SHOWN // 2 :]}{CLOSE}"


def readable(encoder: Encoder, ids: Tensor) -> str:
    """Tokens as one line of text; runs of placeholders are counted."""
    out, run = [], []
    for token in [*ids.tolist(), None]:
        if run and (token == encoder.family.token_id) != (run[0] == encoder.family.token_id) or token is None:
            out.append(f"[{len(run)} picture tokens]" if run and run[0] == encoder.family.token_id else encoder.tokenizer.decode(run))
            run = []
        run.append(token)
    return "".join(out).replace("\n", "↵")


PROBES = (
    Probe(
        "chat template",
        "prompt and answer have the chat template's own ids",
        template,
        "the template writes something between prompt and answer that training would not see: report this block with chat_template.jinja",
    ),
    Probe(
        "loss mask",
        "the loss lies on the answer and its end of turn, and nowhere else",
        mask,
        "the chat template ends the assistant's turn in an unknown way: give it an end-of-turn token that the tokenizer calls special",
    ),
)
