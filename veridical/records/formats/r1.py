"""Questions for verifiable rewards with the solution between answer tags: R1-V, Visual-RFT, VLM-R1 REC, R1-AQA, OREAL; read and written.

Open-R1-Video, Video-R1 and multimodal-open-r1 have modules of their own that read through this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from veridical.records.formats.answers import answer_of, before, chosen, given, other_media, untagged
from veridical.records.formats.chat_answers import answer_text
from veridical.records.formats.format import Format, Place, Row, RowError, first_of, need, optional, take, text_of
from veridical.records.formats.kept import reading_back
from veridical.records.formats.marks import flat, parts_of, without_marks
from veridical.records.formats.pictures import columns_of, media_of
from veridical.records.record import Answer, Media, Record, Response, Turn, text_parts

ASKED, SOLVED = ("problem", "question", "question_text"), ("solution", "gold_answer")
PICTURED, FILMED, HEARD = ("image", "images", "image_path"), ("video",), ("audio_path",)
TAKEN = (*ASKED, *SOLVED, *PICTURED, *FILMED, *HEARD, "path", "data_type", "options", "multi_choice", "problem_id", "id", "problem_type")
NUMBERED = re.compile(r"<image\d+>")
TASKS = {"multiple choice": "choice", "numerical": "number", "regression": "number", "ocr": "exact", "free-form": "judge"}
"""Video-R1's kinds of problems, and the type of their answers."""


def recognise(row: Row, name: str) -> str | None:
    """A question with a solution, or with the place of the right one among several options."""
    if isinstance(row.get("problem"), str) and row.get("solution") is not None and "chosen" not in row:
        return "columns problem and solution"
    if isinstance(row.get("question"), str) and isinstance(row.get("gold_answer"), (str, int, float)):
        return "columns question and gold_answer"
    if isinstance(row.get("question_text"), str) and isinstance(row.get("multi_choice"), (list, tuple)) and isinstance(row.get("answer"), int):
        return "columns question_text, multi_choice and answer"
    return None


def read(row: Row, place: Place) -> list[Record]:
    """One prompt with its answer. A solution that shows its reasoning is also a gold response."""
    if "question_text" in row:
        return [heard(row, place)]
    asked, _ = first_of(row, *ASKED)
    text, options = text_of(row, asked), [str(one) for one in optional(row, "options", (list, tuple)) or ()]
    media = media_in(row, place)
    solved, value = first_of(row, *SOLVED)
    solution = given(need(row, solved, (str, int, float, list, tuple)) if value is None else value)
    name = row.get("problem_id", row.get("id"))
    known = {"task": str(row.get("problem_type") or ""), "provenance": place.provenance("", source_id=str(name or "")), "extra": take(row, *used(row, asked))}
    shown = "\n".join([text, "Options:", *options]) if options and row.get("data_type") else text
    if "original_question" in row and row.get("video"):
        shown, answer = text_of(row, "original_question"), chosen(text_of(row, "original_answer"))
    else:
        answer = answer_in(solution, options, str(row.get("problem_type") or ""))
    gold = (Response(response_id="gold", parts=text_parts(without_marks(solution, solved)), origin="gold"),) if "<think>" in solution else ()
    return [Record(record_id=place.name(name), kind="prompt_only", media=media, prompt=asked_turns(shown, media, asked), responses=gold, answer=answer, **known)]


def used(row: Row, asked: str) -> list[str]:
    """The columns that a row is read from; others of these names are kept as they are."""
    idle = {"id" if "problem_id" in row else "", "" if row.get("path") else "data_type", "options" if "original_question" in row and row.get("video") else ""}
    return [name for name in TAKEN if name not in idle and (name not in ASKED or name == asked)]


def heard(row: Row, place: Place) -> Record:
    """R1-AQA's row: the options are part of the question, and the answer is the place of one of them."""
    options = [str(one) for one in need(row, "multi_choice", (list, tuple))]
    if not 0 <= need(row, "answer", int) < len(options):
        raise RowError("answer", f"is {row['answer']}, expected the place of one of {len(options)} options, from 0")
    sound = other_media("audio", text_of(row, "audio_path"), place.root)
    text = f"{text_of(row, 'question_text').replace('video', 'audio')}\nPlease choose the answer from the following options: {options}."
    known = {"task": str(row.get("question_type") or ""), "provenance": place.provenance("", source_id=str(row.get("id", "")))}
    known["extra"] = take(row, "id", "question_text", "multi_choice", "answer", *HEARD)
    return Record(
        record_id=place.name(row.get("id")),
        kind="prompt_only",
        media=(sound,),
        prompt=before(text, sound),
        answer=Answer(type="exact", value=options[row["answer"]], choices=tuple(options)),
        **known,
    )


def media_in(row: Row, place: Place) -> tuple[Media, ...]:
    """Pictures or one clip. Video-R1 says which under `data_type`, and names the file under `path`."""
    path = optional(row, "path")
    if path:
        path = path.removeprefix("./")
        return (other_media("video", path, place.root),) if row.get("data_type") == "video" else media_of(path, place.root, "path")
    name, value = first_of(row, *PICTURED)
    if value is None and row.get("video"):
        return (other_media("video", need(row, "video"), place.root),)
    return media_of(value, place.root, name)


def asked_turns(text: str, media: tuple[Media, ...], name: str) -> tuple[Turn, ...]:
    """The question with its media."""
    if media and media[0].kind != "image":
        return before(text, media[0])
    text = NUMBERED.sub("<image>", text) if len(NUMBERED.findall(text)) == len(media) else text
    return (Turn(role="user", parts=parts_of(text, media, name)),)


def answer_in(solution: str, options: list[str], kind: str) -> Answer:
    """The answer of a solution, of the type that the row or its text says."""
    text = untagged(solution.strip())
    if not text:
        raise RowError("solution", "is empty; a verifiable answer was expected")
    wanted = TASKS.get(kind.lower())
    if wanted == "choice":
        return chosen(text, options)
    if wanted:
        return Answer(type=wanted, value=text)
    return answer_of(text, options)


def question_of(record: Record) -> str:
    """The one question, with marks. RowError for a conversation."""
    if [turn.role for turn in record.prompt] != ["user"]:
        raise RowError("prompt", "is a conversation; a row of this format asks one question")
    return flat(record.prompt[0])


def solution_of(record: Record) -> str:
    """The gold response that shows its reasoning, else the answer between tags. RowError without an answer."""
    gold = next((one.text for one in record.responses if one.origin == "gold" and "<think>" in one.text and untagged(one.text) == answer_text(record)), "")
    return gold or f"<answer> {answer_text(record)} </answer>"


def write(record: Record) -> Iterable[dict[str, Any]]:
    """One row, with a picture, several, or a video."""
    media, solution = columns_of(record, image="images", video="video"), solution_of(record)
    if len(media.get("video", ())) > 1 or (media["images"] and "video" in media):
        raise RowError("media", "shows several videos, or pictures beside one; a row of this format has pictures or one video")
    column, cells = ("video", media["video"]) if "video" in media else ("image", media["images"])
    shown = {column: cells[0] if len(cells) == 1 else cells} if cells else {}
    yield {"id": record.record_id, **shown, "problem": question_of(record), "solution": solution} | ({"problem_type": record.task} if record.task else {})


FORMAT = Format(
    "r1", "questions with a solution for verifiable rewards (R1-V, Visual-RFT, VLM-R1 REC, R1-AQA, OREAL)", recognise, read, write, reading_back(read, write),
    columns=("problem", "solution", "image", "video", "problem_type", "data_type", "path"), rank=4,
)  # fmt: skip
