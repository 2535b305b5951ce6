"""A record read under views: what is planted where, which words are marked, and where the same token stands under a worse picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from PIL import Image

from veridical.models.collate import collate, facts, scores, twins
from veridical.models.encoder import EncodeError, Encoder
from veridical.models.read import Companions, Reading, reads
from veridical.models.shown import Shown
from veridical.models.small.build import Small
from veridical.objectives.find import find
from veridical.objectives.view import AUXILIARY, CHOSEN, GOLD, OTHER, REJECTED, View
from veridical.records.corrupt import corrupt, default_corruption
from veridical.records.picture import open_picture
from veridical.records.record import Record, Span
from veridical.world.records import conversations, pairs

DAMAGED, BLANK = View("chosen", "corrupted"), View("chosen", "blank")


@pytest.fixture(scope="module")
def encoder(small: Callable[[str], Small]) -> Encoder:
    return small("llava").encoder()


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return pairs(3)


def reading(encoder: Encoder, *views: View, opened: list[str] | None = None, **more: object) -> Reading:
    """A reading that notes what it opens."""

    def open_(record: Record, media_id: str) -> Image.Image:
        if opened is not None:
            opened.append(f"{record.record_id}/{media_id}")
        return open_picture(record, media_id)

    return Reading(encoder, views, Shown(open_, corrupt, default_corruption({"op": "black"})), **more)


def said(encoder: Encoder, example, pair, view: View) -> str:
    """The text of a view's branch."""
    place = pair.views[view]
    return encoder.tokenizer.decode(example.forest.trees[place.tree].segments[place.segment].ids, skip_special_tokens=True)


def test_each_view_is_its_response_under_its_picture_and_responses_of_one_picture_share_the_prompt(encoder, records):
    example = reading(encoder, CHOSEN, REJECTED, DAMAGED, BLANK, GOLD)(records[0])
    (pair,) = example.pairs
    trees = {str(view): place.tree for view, place in pair.views.items()}
    assert trees["chosen"] == trees["rejected"] == trees["gold"] and len({trees["chosen"], trees["chosen@corrupted"], trees["chosen@blank"]}) == 3
    for view in (CHOSEN, REJECTED, DAMAGED, GOLD):
        assert said(encoder, example, pair, view).split() == records[0].response(view.response).text.split()


def test_the_pictures_of_a_record_are_opened_once_for_each_variant(encoder, records):
    opened: list[str] = []
    reading(encoder, CHOSEN, REJECTED, GOLD, DAMAGED, opened=opened)(records[0])
    assert len(opened) == 2  # once as it is, once to be made worse


def test_companions_bring_the_next_records_response_to_this_prompt_and_an_auxiliary_answer_to_its_own(encoder, records):
    talk = conversations(1)[0]
    example = reading(encoder, CHOSEN, OTHER, AUXILIARY)(records[0], Companions(records[1], talk))
    (pair,) = example.pairs
    assert said(encoder, example, pair, OTHER).split() == records[1].response("chosen").text.split()
    assert said(encoder, example, pair, AUXILIARY).split() == talk.prompt[-1].text.split()
    assert pair.views[OTHER].tree == pair.views[CHOSEN].tree != pair.views[AUXILIARY].tree


def test_words_inside_spans_of_a_label_are_marked_and_no_others(encoder, records):
    record = records[0]
    rejected = record.response("rejected")
    words = rejected.text.split()
    start = rejected.text.index(words[3])
    spans = (Span(start=start, end=start + len(words[3]), label="image"), Span(start=0, end=len(words[0]), label="severity 2"))
    marked = record.replace(responses=tuple(one.replace(spans=spans) if one.response_id == "rejected" else one.replace(spans=()) for one in record.responses))
    (pair,) = reading(encoder, CHOSEN, REJECTED, labels=("image", "severity 2", "unused"))(marked).pairs
    ids = encoder.response([{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": record.prompt_text}]}], rejected.text)
    for label, word in (("image", words[3]), ("severity 2", words[0])):
        mask = pair.marks["rejected"][label]
        assert len(mask) == len(ids) and encoder.tokenizer.decode(ids[mask]).strip() == word
    assert not pair.marks["rejected"]["unused"].any() and "chosen" not in pair.marks


def test_a_twin_is_the_same_token_of_the_same_response_under_the_worse_picture(encoder, records):
    forest, found = collate([reading(encoder, CHOSEN, REJECTED, DAMAGED)(record) for record in records[:2]])
    where = twins(forest, found)
    at = forest.split(torch.arange(len(where)))
    for pair in found:
        clean, damaged, rejected = (at[pair.views[view].tree][pair.views[view].segment] for view in (CHOSEN, DAMAGED, REJECTED))
        assert torch.equal(where[clean], damaged) and torch.equal(where[damaged], damaged) and torch.equal(where[rejected], rejected)
        assert torch.equal(forest.targets[clean], forest.targets[damaged])


def test_a_side_that_unpaired_data_lacks_has_no_tokens(encoder, records):
    alone = records[0].replace(pairs=(), responses=(records[0].response("chosen").replace(label=1),))
    forest, found = collate([reading(encoder, CHOSEN, REJECTED)(one) for one in (alone, records[1])])
    values = torch.arange(len(forest.targets), dtype=torch.float32)
    read = scores(forest, found, (CHOSEN, REJECTED), values)
    assert read[REJECTED].lengths.tolist()[0] == 0 and read[REJECTED].lengths.tolist()[1] > 0 and (read[CHOSEN].lengths > 0).all()


def test_a_margin_is_the_pairs_own_else_the_difference_of_scores_and_is_asked_for_where_a_method_needs_it(encoder, records):
    record = records[0]
    own = record.replace(pairs=(record.pairs[0].replace(margin=0.75, probability=None),))
    derived = record.replace(pairs=(record.pairs[0].replace(margin=None),))
    bare = derived.replace(responses=tuple(one.replace(score=None) for one in record.responses))
    read = reads(find("mm_dpo"), encoder, Shown(open_picture, corrupt))
    numbers = facts([read(one).pairs[0] for one in (own, derived)], torch.zeros(1))
    assert numbers["margin"].tolist() == pytest.approx([0.75, record.response("chosen").score - record.response("rejected").score])
    assert numbers["probability"].isnan().tolist() == [True, False]
    with pytest.raises(EncodeError, match=f"record {record.record_id}: the method reads a pair's margin"):
        read(bare)
