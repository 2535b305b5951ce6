"""The counting of the speed benchmark against hand arithmetic. TRL is not needed."""

from __future__ import annotations

import torch
from counting import Work, token_bound
from step_models import SHAPES, Sample, make_samples, make_tokenizer, words
from torch import nn
from torch.nn.functional import linear, scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

VOCABULARY = 100


def test_a_projection_costs_two_operations_per_weight_and_row_and_as_many_again_for_each_gradient() -> None:
    hidden, weight = torch.randn(3, 7, 16, requires_grad=True), torch.randn(VOCABULARY, 16, requires_grad=True)
    with Work(VOCABULARY) as work:
        linear(hidden, weight).sum().backward()
    assert work.operations == {"vocabulary": 3 * (2 * 21 * 16 * VOCABULARY)}
    assert work.counts["rows"] == 21


def test_a_projection_that_is_computed_again_in_backward_counts_its_rows_again() -> None:
    hidden, weight = torch.randn(5, 16, requires_grad=True), torch.randn(VOCABULARY, 16)
    with Work(VOCABULARY) as work:
        checkpoint(lambda rows: linear(rows, weight).exp(), hidden, use_reentrant=False).sum().backward()
    assert work.counts["rows"] == 10
    assert work.operations["vocabulary"] == 3 * (2 * 5 * 16 * VOCABULARY)


def test_a_product_added_in_place_costs_what_it_costs_alone() -> None:
    with Work(VOCABULARY) as work:
        torch.zeros(7, 16).addmm_(torch.ones(7, VOCABULARY), torch.ones(VOCABULARY, 16))
    assert work.operations == {"vocabulary": 2 * 7 * VOCABULARY * 16}
    assert work.counts["rows"] == 0


def test_attention_costs_two_products_forward_and_five_backward_masked_or_not() -> None:
    product = 2 * (2 * 4) * 50 * 50 * 16
    for settings in ({"is_causal": True}, {"attn_mask": torch.ones(2, 1, 50, 50, dtype=torch.bool)}):
        inputs = [torch.randn(2, 4, 50, 16, requires_grad=True) for _ in range(3)]
        with Work(VOCABULARY) as work:
            scaled_dot_product_attention(*inputs, **settings).sum().backward()
        assert work.operations == {"language": 7 * product}


def test_a_layer_costs_its_language_model_or_its_tower_where_it_ran() -> None:
    tower, language = nn.Linear(8, 16), nn.Linear(16, 16)
    with Work(VOCABULARY, [tower], language) as work:
        with torch.no_grad():
            features = tower(torch.randn(3, 9, 8))
        language(features).sum().backward()
    assert work.operations == {"tower": 2 * 27 * 8 * 16, "language": 2 * (2 * 27 * 16 * 16)}
    assert work.counts == {"pieces": 3, "positions": 27}


def test_nothing_is_counted_after_the_block() -> None:
    tower = nn.Linear(8, 8)
    with Work(VOCABULARY, [tower]) as work:
        pass
    tower(torch.randn(1, 2, 8))
    assert not work.operations
    assert not work.counts


def test_the_bound_of_a_shared_prefix_is_positions_over_positions() -> None:
    assert token_bound(600, 100, 2) == 1400 / 800
    assert token_bound(600, 100, 8) == 5600 / 1400
    assert token_bound(0, 100, 8) == 1.0


def test_every_word_of_a_response_is_one_token_and_the_end_of_turn_is_one_more() -> None:
    import numpy as np

    tokenizer = make_tokenizer()
    ids = tokenizer(words(np.random.default_rng(0), 99) + "<end>", add_special_tokens=False)["input_ids"]
    assert len(ids) == 100
    assert tokenizer.unk_token_id not in ids


def test_both_sides_are_given_the_same_picture_and_words() -> None:
    sample: Sample = make_samples(SHAPES["llava"], 10, 1)[0]
    assert sample.row["images"][0]["bytes"] == sample.record.media[0].data
    assert [turn["content"][0]["text"] for name in ("chosen", "rejected") for turn in sample.row[name]] == [one.text for one in sample.record.responses]
    assert sample.row["prompt"][0]["content"][1]["text"] == sample.record.prompt[0].text
