"""Scenes, what is drawn of them, and what is said of them."""

import numpy as np
import pytest

from veridical.world.draw import PICTOGRAMS, RGB, STROKES, draw
from veridical.world.scene import COLOURS, DIGITS, NAMES, PARTNERS, PLACES, SIZES, Scene, Thing, belongs, scene
from veridical.world.talk import QUESTIONS, caption, named, phrase, questions, told

TREE, HOUSE = Thing("tree", "red", "small", 0), Thing("house", "blue", "large", 8)


def test_train_and_test_scenes_are_disjoint():
    train, test = ({scene(seed, split).key for seed in range(400)} for split in ("train", "test"))
    assert not train & test and len(train) > 390
    assert all(belongs(scene(seed, "test")) == "test" for seed in range(50))


def test_a_seed_gives_the_same_scene_and_the_same_pixels():
    assert scene(7) == scene(7) != scene(8)
    assert draw(scene(7)).tobytes() == draw(scene(7)).tobytes()


def test_everything_that_can_be_named_can_be_drawn():
    assert set(PICTOGRAMS) == set(NAMES) and set(RGB) == set(COLOURS) and set(STROKES) == set(DIGITS)


def test_no_two_objects_share_a_place():
    for seed in range(300):
        one = scene(seed)
        places = [thing.place for thing in one.things] + ([one.digit_place] if one.digit else [])
        assert len(places) == len(set(places)) and all(0 <= place < 9 for place in places)


def test_an_object_is_drawn_in_its_colour_and_its_cell():
    picture = np.asarray(draw(Scene((Thing("ball", "blue", "large", 4),)))).astype(int)
    assert np.abs(picture[30, 30] - np.array(RGB["blue"])).max() < 4
    for place in set(range(9)) - {4}:
        cell = picture[place // 3 * 20 + 2 : place // 3 * 20 + 18, place % 3 * 20 + 2 : place % 3 * 20 + 18]
        assert (cell > 200).all()


def test_a_true_caption_names_all_that_is_there_and_nothing_else():
    for seed in range(200):
        one = scene(seed)
        assert set(named(caption(one, np.random.default_rng(0), bias=0.0))) == set(one.names)


def test_a_biased_caption_adds_the_missing_partners_and_says_that_they_are_false():
    one = Scene((TREE,))
    assert one.missing_partners == ("house",)
    said = told(one, np.random.default_rng(0), bias=1.0)
    assert [true for _, true in said] == [True, False]
    assert named(caption(one, np.random.default_rng(0), bias=1.0)) == ["tree", "house"]
    assert caption(Scene((TREE, HOUSE)), np.random.default_rng(0), bias=1.0) == "There is a small red tree at the top left and a large blue house at the bottom right."


@pytest.mark.parametrize("kind", QUESTIONS)
def test_every_kind_of_question_can_be_asked_and_has_an_answer(kind):
    rng = np.random.default_rng(0)
    said = [answer for seed in range(60) if (answer := QUESTIONS[kind](scene(seed), rng))]
    assert len(said) > 20 and all(one.question and one.answer and one.truth for one in said)


def test_answers_are_true_by_hand():
    one, rng = Scene((TREE, HOUSE), "4", 5), np.random.default_rng(3)
    truths = {said.question: said.truth for _ in range(200) for kind in QUESTIONS if (said := QUESTIONS[kind](one, rng))}
    expected = {
        "What colour is the tree?": "red", "Is the house small or large?": "large", "Where is the house?": "bottom right", "How many trees are there?": "1",
        "Which number is written in the image?": "4", "Is the tree to the left of the house?": "yes", "Is the tree above the house?": "yes",
        "Is the house above the tree?": "no", "Is there a tree in the image?": "yes", "Give the box of the house.": "<box> 7 7 10 10 </box>",
    }  # fmt: skip
    assert {question: truths.get(question) for question in expected} == expected


def test_questions_are_half_yes_so_that_no_answer_wins_by_itself():
    yes = no = 0
    for seed in range(600):
        for said in questions(scene(seed), np.random.default_rng(seed), 8):
            if said.kind in ("existence", "state", "number", "judgement"):
                yes, no = yes + (said.truth == "yes"), no + (said.truth == "no")
    assert 0.46 < yes / (yes + no) < 0.54


def test_a_phrase_says_size_colour_name_and_place():
    assert phrase(TREE) == "a small red tree at the top left"
    assert len(PLACES) == 9 and len(SIZES) == 2 and set(PARTNERS.values()).isdisjoint(PARTNERS)
