"""How alike a response and the picture are to a model of both (CLIP, SigLIP and what has the same two methods)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from veridical.grade.extract import whole
from veridical.grade.grade import BatchGrader, Grade
from veridical.records.picture import open_picture
from veridical.records.record import Record

if TYPE_CHECKING:
    from torch import Tensor


def picture_similarity(model: str, scale: float = 2.5, batch: int = 16, device: str = "cpu") -> BatchGrader:
    """A grader of descriptions by a model directory with `get_text_features` and `get_image_features`.

        value = min(1, scale · max(0, cos(text, picture)))

    The record's first input picture is compared with what is said behind the thinking, cut to the text model's length. CLIP's cosines
    seldom exceed 0.4, which `scale` spreads; it can be fooled by lists of words, so gate it or keep its weight small. A record
    without a picture is not scored.

    Source: CLIPScore, arXiv 2104.08718 (scale 2.5). Errors: ValueError where the directory holds no such model.
    """
    return Similarity(opened(Path(model), device), scale, batch)


@dataclass(frozen=True)
class Towers:
    """A model of texts and pictures with what reads them. Features have length 1."""

    model: Any
    tokenizer: Any
    image_processor: Any
    longest: int
    device: str

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Features of texts, [B, D]."""
        # every text is padded to the model's own length: SigLIP was trained so, and CLIP reads its end mark wherever it stands
        read = self.tokenizer(list(texts), padding="max_length", truncation=True, max_length=self.longest, return_tensors="pt")
        return self.features(self.model.get_text_features, {name: value for name, value in read.items() if name in ("input_ids", "attention_mask")})

    def pictures(self, pictures: Sequence[Any]) -> Tensor:
        """Features of pictures, [B, D]."""
        return self.features(self.model.get_image_features, {"pixel_values": self.image_processor(images=list(pictures), return_tensors="pt")["pixel_values"]})

    def features(self, method: Callable[..., Any], inputs: dict[str, Tensor]) -> Tensor:
        """One of the model's two methods, normalised."""
        import torch

        with torch.inference_mode():
            found = method(**{name: value.to(self.device) for name, value in inputs.items()})
        return torch.nn.functional.normalize(getattr(found, "pooler_output", found).float(), dim=-1).cpu()


@dataclass(frozen=True)
class Similarity:
    """Grades by cosines."""

    towers: Towers
    scale: float
    batch: int

    def __call__(self, record: Record, response: str) -> Grade:
        """The grade of one response."""
        return self.many([record], [response])[0]

    def many(self, records: Sequence[Record], responses: Sequence[str]) -> list[Grade]:
        """Grades of many; a picture that several responses describe is read once for each batch."""
        grades = [given(record, response) for record, response in zip(records, responses, strict=True)]
        open_ones = [place for place, grade in enumerate(grades) if grade is None]
        for start in range(0, len(open_ones), self.batch):
            part = open_ones[start : start + self.batch]
            for place, cosine in zip(part, self.cosines([records[place] for place in part], [whole(responses[place]) or "" for place in part]), strict=True):
                grades[place] = Grade(min(1.0, self.scale * max(0.0, cosine)), None, f"cosine {cosine:.3f}")
        return [grade for grade in grades if grade is not None]

    def cosines(self, records: Sequence[Record], texts: Sequence[str]) -> list[float]:
        """Cosines of texts and the first pictures of records."""
        keys = [f"{record.record_id} {first_picture(record)}" for record in records]
        places = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        shown = {key: record for key, record in zip(keys, records, strict=True)}
        pictures = self.towers.pictures([open_picture(shown[key], first_picture(shown[key])) for key in places])
        return (self.towers.texts(texts) * pictures[[places[key] for key in keys]]).sum(-1).tolist()


def given(record: Record, response: str) -> Grade | None:
    """The grade that needs no model: of a record without a picture, and of silence."""
    if not first_picture(record):
        return Grade(None, None, f"record {record.record_id}: has no picture to compare with")
    return None if whole(response) else Grade(0.0, None, "nothing is said")


def first_picture(record: Record) -> str:
    """The id of the first picture that is shown; "" where there is none."""
    return next((part.media_id for turn in record.prompt for part in turn.parts if part.type == "image"), "")


def opened(directory: Path, device: str) -> Towers:
    """The model of a directory. Errors: ValueError naming the directory."""
    if not (directory / "config.json").is_file():
        raise ValueError(f"{directory}: no config.json; expected a model directory as CLIP or SigLIP has")
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(directory, local_files_only=True).eval().to(device)
    if not (hasattr(model, "get_text_features") and hasattr(model, "get_image_features")):
        raise ValueError(f"{directory}: {type(model).__name__} has no get_text_features and get_image_features; CLIP and SigLIP have them")
    tokenizer, reader = AutoTokenizer.from_pretrained(directory, local_files_only=True), AutoImageProcessor.from_pretrained(directory, local_files_only=True)
    return Towers(model, tokenizer, reader, model.config.text_config.max_position_embeddings, device)
