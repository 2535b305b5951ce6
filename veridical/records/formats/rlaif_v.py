"""RLAIF-V-Dataset: Parquet with question, chosen and rejected in columns of their own; and the JSON lines of its construction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from veridical.records.formats.format import Format, Place, Row, RowError, as_text, first_of, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import parts_of
from veridical.records.formats.pairs import number_of, preferred, response_text, responses_pair
from veridical.records.formats.pictures import cell, only_picture
from veridical.records.formats.rlhf_v import picture_of, split_of, split_text
from veridical.records.record import Claim, Pair, Record, Response, Turn, text_parts

if TYPE_CHECKING:
    from datasets import Features

TAKEN = (
    "ds_name",
    "image",
    "question",
    "raw_question",
    "chosen",
    "rejected",
    "answer",
    "origin_dataset",
    "origin_split",
    "idx",
    "image_path",
    "ds_question_id",
    "question_id",
    "org_infos",
    "metainfos",
    "facts",
    "changed_facts",
    "scores",
)


JUDGED = ("facts", "changed_facts", "scores")


def recognise(row: Row, name: str) -> str | None:
    """By its columns: the data set's, or those of the files it is made from."""
    if {"question", "chosen", "rejected"} <= set(row) and {"image", "image_path"} & set(row) and {"ds_name", "origin_dataset", "ds_question_id"} & set(row):
        return "columns question, chosen, rejected and image beside ds_name or ds_question_id"
    return "columns ds_question_id and question (prompts or answers of its construction)" if "ds_question_id" in row and {"question", "raw_question"} & set(row) else None


def read(row: Row, place: Place) -> list[Record]:
    """One record: two model answers, one, or only the prompt. Scores of the construction are kept."""
    inner = row.get("metainfos") if isinstance(row.get("metainfos"), Mapping) else {}
    media = picture_of(row if row.get("image_path") or not inner.get("image_path") else {**row, "image_path": inner["image_path"]}, place)
    name, _ = first_of(row, "raw_question", "question")
    _, given = first_of(row, "idx", "question_id", "ds_question_id")
    origin = {"origin_dataset": str(row.get("origin_dataset") or ""), "origin_split": as_text(row.get("origin_split"))}
    source = place.provenance(str(row.get("ds_name") or "RLAIF-V"), named=bool(row.get("ds_name")), source_id=str(given or ""), **origin)
    known = {
        "record_id": place.name(given), "media": media, "provenance": source,
        "extra": take(row, *(key for key in TAKEN if key not in ("metainfos", "org_infos") and not (key in ("answer", *JUDGED) and "chosen" in row))),
        "prompt": (Turn(role="user", parts=parts_of(text_of(row, name), media, name)),),
    }  # fmt: skip
    if "chosen" in row or "rejected" in row:
        responses, pairs = scored(row, *responses_pair(row.get("chosen"), row.get("rejected")))
        return [Record(responses=responses, pairs=pairs, **known)]
    if row.get("answer") is None:
        return [Record(kind="prompt_only", **known)]
    said = Response(response_id="r0", parts=text_parts(response_text(row["answer"], "answer")), origin="model", claims=claims(row))
    return [Record(kind="unpaired", responses=(said,), **known)]


def claims(row: Row) -> tuple[Claim, ...]:
    """The answer's facts with the questions that they were turned into; or, of a judge's answer, its probabilities of yes and no, however it writes them."""
    facts, asked = (optional(row, name, (list, tuple)) or () for name in ("facts", "changed_facts"))
    if asked and len(asked) != len(facts):
        raise RowError("changed_facts", f"holds {len(asked)} questions for {len(facts)} facts; there must be one for each")
    found = tuple(Claim(text=str(fact), question=str(question)) for fact, question in zip(facts, asked or [""] * len(facts), strict=True))
    if (scores := optional(row, "scores", dict)) is None:
        return found
    yes, no = (sum(number_of(scores.get(key), f"scores.{key}") or 0 for key in keys) for keys in (("yes", "Yes"), ("no", "No")))
    text = text_of(row, "raw_question" if "raw_question" in row else "question")
    return (*found, Claim(text=text, question=text, p_yes=yes, p_no=no, label="yes" if yes > no else "no"))


def scored(row: Row, responses: tuple[Response, ...], pairs: tuple[Pair, ...]) -> tuple[tuple[Response, ...], tuple[Pair, ...]]:
    """Both answers with model and, where the construction wrote them, scores."""
    model = str(split_of(row.get("origin_split")).get("model") or "")
    judged = (optional(row, "org_infos", dict) or {}).get("scores") or {}
    if not isinstance(judged, Mapping):
        raise RowError("org_infos.scores", f"expected scores of chosen and rejected, found {str(judged)[:60]!r}")
    scores = [number(judged.get(response.response_id)) for response in responses]
    found = tuple(response.replace(origin="model", model=model, score=score) for response, score in zip(responses, scores, strict=True))
    if None in scores:
        return found, pairs
    return found, tuple(pair.replace(margin=scores[0] - scores[1], rule="divide_conquer") for pair in pairs)


def number(judged: Any) -> float | None:
    """A score, which the construction writes as text."""
    value = judged.get("score") if isinstance(judged, Mapping) else None
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise RowError("org_infos.scores", f"expected a number, found {str(value)[:60]!r}") from error


def write(record: Record) -> Iterable[dict[str, Any]]:
    """A row for every pair; `idx` is text here."""
    picture, source = only_picture(record), record.provenance
    for name, chosen, rejected, _ in preferred(record):
        yield {
            "ds_name": source.dataset or "veridical", "image": cell(picture), "question": record.prompt_text, "chosen": chosen.text, "rejected": rejected.text,
            "origin_dataset": source.origin_dataset, "origin_split": split_text(record.replace(task=""), chosen.model), "idx": name, "image_path": picture.path,
        }  # fmt: skip


def features() -> Features:
    """The published columns."""
    from datasets import Features, Image, Value

    texts = ("question", "chosen", "rejected", "origin_dataset", "origin_split", "idx", "image_path")
    return Features({"ds_name": Value("string"), "image": Image()} | {name: Value("string") for name in texts})


FORMAT = Format(
    "rlaif_v", "RLAIF-V-Dataset (ds_name, image, question, chosen, rejected)", recognise, read, write, reading_back(read, write),
    columns=("ds_name", "image", "question", "chosen", "rejected", "idx", "image_path"), features=features, rank=6, container="parquet",
)  # fmt: skip
