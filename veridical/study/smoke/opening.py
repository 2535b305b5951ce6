"""Probes of the directory and the data: does the model open, are there pairs to try, what does a picture cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

import torch
from PIL import Image
from torch import Tensor

from veridical.models.assemble import placeholder_cost
from veridical.models.backbone import Backbone, take_apart
from veridical.models.encoder import EncodeError, Encoder
from veridical.models.forest import Forest
from veridical.models.load import Opened, input_names
from veridical.models.parts import counts
from veridical.models.pictures import encode, leaves
from veridical.models.policy import plain_model
from veridical.models.read import Reading, reads
from veridical.models.shown import Open, Shown, media_ids
from veridical.objectives.find import find
from veridical.records.corrupt import corrupt
from veridical.records.load import Loaded, Source, load
from veridical.records.picture import PictureError, open_picture
from veridical.records.record import Record
from veridical.study.smoke.bench import Bench, Finding, Material, NotApplicable, Probe
from veridical.study.smoke.certificate import Part
from veridical.world.records import pairs

SIDES = (336, 672, 1344)
"""Sides of the square test pictures, in pixels."""
WORLD_SIDE = 224
"""Side of the world's pictures here: drawn small, shown at a size that real models expect."""
TRIED = 64
"""Records that are looked at for some that can be used."""


def opens(bench: Bench) -> Finding:
    """The model directory, put on the bench."""
    start = time.perf_counter()
    opened = bench.open()
    seconds = time.perf_counter() - start
    bench.put(opened, Encoder(opened.processor, input_names(opened.model), bench.recipe.max_tokens, bench.recipe.picture_tokens))
    total = sum(part.parameters for part in parts_of(opened))
    pixels, words = type(opened.image_processor).__name__, type(opened.tokenizer).__name__
    evidence = f"{total / 1e6:.2f} million parameters on {bench.accelerator.device} in {seconds:.1f} s; pictures by {pixels}, text by {words}"
    return Finding(True, evidence, figures={"parameters": total, "seconds": seconds})


def parts_of(opened: Opened) -> tuple[Part, ...]:
    """How many parameters tower, projector and language model have."""
    return tuple(Part(name=row.part, parameters=row.total) for row in counts(opened.model, {}))


def material(bench: Bench) -> Finding:
    """The records to try, put on the bench; where the data has none, the world's, so that the other probes can run."""
    recipe, built_in = bench.recipe, pairs(bench.recipe.records)
    if recipe.data is None:
        bench.put(material_of(built_in, reading(bench, enlarged), recipe.records, "pictures of the embedded world")[0])
        return Finding(True, described(bench.material, 0))
    try:
        loaded = load(Source(path=recipe.data, format=recipe.format, media_root=recipe.media_root))
        found, reasons = material_of(with_pictures_first(loaded.records), reading(bench, open_picture), recipe.records, source_line(recipe.data, loaded))
    except Exception:
        bench.put(material_of(built_in, reading(bench, enlarged), recipe.records, "pictures of the embedded world")[0])
        raise
    bench.put(found)
    left_out = [f"left out: {item}" for item in [*loaded.left_out, *reasons]]
    return Finding(True, described(found, len(loaded.records)), tuple(left_out[:3]), {"left_out": len(left_out)})


def reading(bench: Bench, open_: Open) -> Reading:
    """How a DPO run reads records."""
    return reads(find("dpo"), bench.encoder, Shown(open_, corrupt))


def enlarged(record: Record, media_id: str) -> Image.Image:
    """A picture of the world at an ordinary size."""
    return open_picture(record, media_id).resize((WORLD_SIDE, WORLD_SIDE), Image.Resampling.LANCZOS)


def with_pictures_first(records: Sequence[Record]) -> list[Record]:
    """The first records, those that show pictures before those that do not."""
    return sorted(records[:TRIED], key=lambda record: not media_ids(record))


def material_of(records: Sequence[Record], read: Reading, wanted: int, source: str) -> tuple[Material, list[str]]:
    """So many records that can be read, and why others could not. Errors: EncodeError where none can."""
    kept, examples, reasons = [], [], []
    for record in records:
        try:
            examples.append(read(record))
            kept.append(record)
        except (EncodeError, PictureError) as error:
            reasons.append(str(error))
        if len(kept) == wanted:
            break
    if not kept:
        raise EncodeError(f"none of {len(records)} records can be used: {'; '.join(dict.fromkeys(reasons[:2])) or 'there are none'}")
    return Material(tuple(kept), tuple(examples), read, source), reasons


def source_line(path: str, loaded: Loaded) -> str:
    """Where the records come from."""
    return f"{path} ({loaded.format}, {loaded.why})"


def described(found: Material, of: int) -> str:
    """What the records are like."""
    sizes = [example.forest.tokens for example in found.examples]
    pictures = [len(media_ids(record)) for record in found.records]
    cut = sum(example.cut for example in found.examples)
    shown = f"{len(found.records)} records{f' of {of}' if of else ''} of {found.source}"
    return f"{shown}: {sum(pictures)} pictures, {min(sizes)} to {max(sizes)} tokens a record, {cut} responses cut"


def picture_tokens(bench: Bench) -> Finding:
    """What pictures cost, and whether the tower gives as many features as there are placeholders."""
    encoder, found = bench.encoder, bench.material
    pictures = [found.reading.shown.open(record, media_id) for record in found.records for media_id in media_ids(record)]
    if not pictures:
        raise NotApplicable("no record shows a picture")
    costs = placeholder_cost(encoder, pictures)
    sides = {side: cost_of_square(encoder, side) for side in SIDES}
    apart = misfits(take_apart(plain_model(bench.opened.model)), found, encoder.family.token_id)
    squares = ", ".join(f"{side}²: {cost}" for side, cost in sides.items())
    evidence = f"{min(costs)} / {median(costs):g} / {max(costs)} (least / median / most of {len(costs)} pictures); {squares}; " + (
        f"features and placeholders differ: {'; '.join(apart)}" if apart else "the tower gives one feature for each placeholder"
    )
    return Finding(not apart, evidence, figures={"least": min(costs), "median": median(costs), "most": max(costs), "squares": sides})


def cost_of_square(encoder: Encoder, side: int) -> int:
    """Tokens of a square picture."""
    return placeholder_cost(encoder, [Image.new("RGB", (side, side), (120, 150, 90))])[0]


def misfits(backbone: Backbone, found: Material, token_id: int | None) -> list[str]:
    """Records whose pictures give another number of features than their prompt has placeholders, or features of another width than words have."""
    wrong, words = [], backbone.model.get_input_embeddings().weight.shape[-1]
    for record, example in zip(found.records, found.examples, strict=True):
        tree = example.forest.trees[0]
        places = sum(int((segment.ids == token_id).sum()) for segment in tree.segments)
        given = features_of(backbone, example.forest, tree.pictures)
        if (count := sum(len(rows) for rows in given)) != places:
            wrong.append(f"record {record.record_id}: {count} for {places}")
        wrong += [f"record {record.record_id}: width {rows.shape[-1]}, and words have {words}" for rows in given[:1] if rows.shape[-1] != words]
    return wrong


@torch.no_grad()
def features_of(backbone: Backbone, forest: Forest, keys: Sequence[str]) -> list[Tensor]:
    """What the tower gives for pictures, as rows of features."""
    pictures = {key: {name: value.to(backbone.device) for name, value in forest.pictures[key].items()} for key in dict.fromkeys(keys)}
    found = encode(backbone, pictures)
    return [tensor.flatten(0, -2) for key in keys for tensor in leaves({key: {"pooler_output": found[key]["pooler_output"]}})]


PROBES = (
    Probe(
        "opens",
        "the directory opens as a model with tokenizer and image processor",
        opens,
        "the message names the file; copy it from the base model, or give the directory that holds config.json",
    ),
    Probe(
        "data",
        "the data holds preference pairs that this model can read",
        material,
        "run `veridical inspect` on the data; name its format with format=..., the pictures' folder with media_root=...",
    ),
    Probe(
        "picture tokens",
        "each placeholder stands for one feature of the tower",
        picture_tokens,
        "image processor and model do not belong together: copy preprocessor_config.json and processor_config.json of the base model",
    ),
)
