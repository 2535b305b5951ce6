"""What a judge reads and says: where scores are heard, what is asked, what directories keep."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from veridical.models.assemble import Ready, make_policy
from veridical.models.encoder import EncodeError, Encoder
from veridical.models.judging import Judge, load_judge
from veridical.models.judging.critique import asked_why
from veridical.models.judging.example import comparisons, judged
from veridical.models.judging.facts import critique_of, known_facts, question
from veridical.models.judging.file import HEAD, TOLD, Told, write_reward
from veridical.models.judging.form import Bench
from veridical.models.judging.forms import FORMS, form_of
from veridical.models.judging.heads import Latent, make_head
from veridical.models.judging.judge import make_judge, make_reader
from veridical.models.judging.measure import accuracy
from veridical.models.judging.module import Assessor
from veridical.models.judging.process import claimed_steps, separated_steps
from veridical.models.judging.speak import number_in
from veridical.models.judging.use import Asked
from veridical.models.judging.verdict import number_of, opponents
from veridical.models.load import ModelError
from veridical.models.planting import messages
from veridical.models.policy import evaluating
from veridical.models.small.build import Small, build
from veridical.recipe import Judging
from veridical.records.picture import open_picture
from veridical.records.record import Claim, Fact, Pair, Record, Response, Span, text_parts
from veridical.world import CHECKPOINT
from veridical.world.records import pairs


@pytest.fixture(scope="module")
def ready() -> Ready:
    """The world's model."""
    torch.set_num_threads(1)
    return make_policy(CHECKPOINT, executor="state")


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Three pairs of the world."""
    return pairs(3)


@pytest.fixture(scope="module")
def judge(ready: Ready) -> Callable[..., Judge]:
    """A judge with these settings and a read-out that has learnt nothing."""

    def made(**given: object) -> Judge:
        judging = Judging(**given)
        return make_judge(ready.policy, ready.encoder, assessor(ready, judging), Told(judging=judging))

    return made


def assessor(ready: Ready, judging: Judging) -> Assessor:
    return Assessor(ready.policy, make_head(judging, 192))


def texts(records: list[Record]) -> list[list[str]]:
    return [[response.text for response in record.responses] for record in records]


def stock(ready: Ready, record: Record, ids: Tensor) -> Tensor:
    """Hidden state of the last of these tokens by the model's own forward pass."""
    picture = ready.encoder.prompt(messages(record.prompt), [open_picture(record, "image")], ["image"]).inputs["image"]
    with torch.no_grad(), evaluating(ready.policy):
        return ready.policy.backbone.inner(input_ids=ids[None], **picture).last_hidden_state[0, -1]


def path_ids(example, number: int) -> Tensor:  # noqa: ANN001
    """Tokens of a spot's branch with its root, without the one after the last that is read."""
    place = example.spots[number].place
    segments = example.forest.trees[place.tree].segments
    return torch.cat([segments[0].ids, segments[place.segment].ids])[:-1]


@pytest.mark.parametrize("given", [{}, {"turn": "Is it right?{facts}", "facts": True, "opening": "It is"}], ids=["response", "question"])
def test_a_score_is_read_at_the_last_token_as_the_models_own_forward_pass_has_it(given: dict, ready: Ready, records: list[Record]) -> None:
    judging = Judging(heads=2, **given)
    model, reader = assessor(ready, judging), make_reader(ready.encoder, judging)
    example = form_of("score").example(reader, records[0], False, 0)
    (forest, moved, heard), *_ = Bench(reader, model, torch.mean).heard([example])
    found = judged(moved, forest, heard)
    assert found.scores.shape == (2, 2) and (found.win.tolist(), found.lose.tolist()) == ([0], [1])
    for number in range(2):
        ids = path_ids(example, number)
        torch.testing.assert_close(found.scores[number], model.head(stock(ready, records[0], ids)[None]).scores[0], atol=2e-4, rtol=0)
        said = ready.encoder.tokenizer.decode(ids)
        assert said.endswith("It is" if given else records[0].responses[number].text + "</s>")


def test_the_picture_is_read_once_for_all_responses_of_a_record(ready: Ready, records: list[Record]) -> None:
    example = form_of("score").example(make_reader(ready.encoder, Judging(turn="Is it right?")), records[0], True, 0)
    assert len(example.forest.trees) == 1 and len(example.forest.trees[0].segments) == 1 + 4 and len(example.forest.pictures) == 1


def test_scores_depend_on_picture_and_response_alone(judge: Callable[..., Judge], records: list[Record]) -> None:
    one = judge()
    together, alone = one.scores(records, texts(records)), one.scores([records[1]], [[records[1].responses[2].text]])
    assert alone[0][0] == pytest.approx(together[1][2], abs=1e-4)
    other = records[1].replace(media=records[0].media)
    assert abs(one.scores([other], [[records[1].responses[2].text]])[0][0] - alone[0][0]) > 1e-3


def test_what_cannot_be_judged_is_not_scored_and_says_why_and_costs_the_others_nothing(judge: Callable[..., Judge], records: list[Record]) -> None:
    one, gone = judge(), records[1].replace(media=(records[1].media[0].replace(data=b"not a picture"), *records[1].media[1:]))
    found = one.opinions([records[0], gone], [["a <image> here", "A tree.", ""], ["A tree."]])
    assert [opinion.score is None for own in found for opinion in own] == [True, False, False, True]
    assert "<image>" in found[0][0].why and records[1].record_id in found[1][0].why
    assert found[0][1].score == pytest.approx(one.opinions([records[0]], [["A tree."]])[0][0].score, abs=1e-5)


def test_a_response_that_is_too_long_loses_its_end_and_never_the_question(ready: Ready, records: list[Record]) -> None:
    judging = Judging(turn="Is it right?")
    short = replace(ready.encoder, max_tokens=60)
    example = form_of("score").example(make_reader(short, judging), records[0], False, 0)
    whole = form_of("score").example(make_reader(ready.encoder, judging), records[0], False, 0)
    ids = path_ids(example, 0)
    assert example.cut == 2 and whole.cut == 0 and len(ids) == 59 < len(path_ids(whole, 0))
    assert ids[-7:].tolist() == path_ids(whole, 0)[-7:].tolist()
    with pytest.raises(EncodeError, match="step.max_tokens"):
        form_of("score").example(make_reader(replace(ready.encoder, max_tokens=22), judging), records[0], False, 0)


def test_each_read_out_learns_from_its_own_share_of_the_pairs() -> None:
    record = pairs(1)[0]
    found = [comparisons(record.replace(record_id=str(number)), record.responses, Judging(heads=3, share=0.6))[0].weights for number in range(200)]
    assert all(110 < sum(own) < 130 for own in zip(*found, strict=True)) and len(set(zip(*found, strict=True))) == 3
    assert comparisons(record, record.responses, Judging(heads=3))[0].weights == (1.0, 1.0, 1.0)


def test_facts_are_captions_else_objects_in_an_order_of_the_record_and_its_use() -> None:
    record = pairs(1)[0]
    objects = known_facts(record)
    assert len(objects) > 1 and set(objects) == {fact.text for fact in record.facts if fact.kind == "object"}
    captioned = record.replace(facts=(*record.facts, *(Fact(kind="caption", text=f"caption {number}") for number in range(5))))
    judging = Judging(facts=True, turn="Right?{facts}", known="\n", bullet="* {fact}\n")
    orders = {question(judging, captioned, draw) for draw in range(20)}
    assert len(orders) > 5 and orders == {question(judging, captioned, draw) for draw in range(20)}
    assert all(set(order.splitlines()) == {"Right?", *(f"* caption {number}" for number in range(5))} for order in orders)
    assert question(judging, record.replace(facts=())) == "Right?" == question(judging.model_copy(update={"facts": False}), record)
    with pytest.raises(EncodeError, match="{facts}"):
        question(Judging(facts=True, turn="Right?"), record)


def test_a_critique_is_the_annotators_else_the_marked_phrases_else_the_reason() -> None:
    response = Response(response_id="a", parts=text_parts("A cat and a dog."))
    pair = Pair(chosen="b", rejected="a", chosen_reason="fine", rejected_reason="no dog")
    record = Record(record_id="r", prompt=pairs(1)[0].prompt, responses=(response, response.replace(response_id="b")), pairs=(pair,))
    assert (critique_of(record, response), critique_of(record, record.responses[1])) == ("no dog", "fine")
    assert critique_of(record, response.replace(spans=(Span(start=10, end=15, label="hallucination"),))) == "Not there: a dog."
    assert critique_of(record, response.replace(claims=(Claim(text="a cat", label="true"),))) == "All of it is there."
    assert critique_of(record, response.replace(critique="Wrong animal.")) == "Wrong animal."
    assert critique_of(record.replace(pairs=()), response) == ""


def test_words_of_a_critique_are_scored_and_the_response_is_not(ready: Ready, records: list[Record]) -> None:
    judging = Judging(form="critique", turn="Is it right?")
    reader = make_reader(ready.encoder, judging)
    example = form_of("critique").example(reader, records[0], False, 0)
    for spot, response in zip(example.spots, records[0].responses, strict=False):
        segment = example.forest.trees[spot.place.tree].segments[spot.place.segment]
        assert ready.encoder.tokenizer.decode(segment.ids[segment.scored][: spot.words]) == critique_of(records[0], response) + "</s>"
        assert int(segment.scored.sum()) == spot.words + 1 and ready.encoder.tokenizer.decode(segment.ids[~segment.scored]).startswith(response.text)


def test_a_drawn_critique_is_followed_by_the_score_that_is_read_after_it(ready: Ready, records: list[Record]) -> None:
    judging = Judging(form="critique", turn="Is it right?", temperature=0, max_new_tokens=5)
    model, reader = assessor(ready, judging), make_reader(ready.encoder, judging)
    response = records[0].responses[0]
    opinion = make_judge(ready.policy, ready.encoder, model, Told(judging=judging)).opinions([records[0]], [[response.text]])[0][0]
    before = asked_why(reader, Asked(records[0], response, reader.look(records[0])), 5)
    ids = torch.cat([before.root.ids, before.ids])
    said = ready.policy.backbone
    for _ in range(5):  # greedy, by the stock forward pass
        token = int(said.logits(stock(ready, records[0], ids)[None])[0].argmax())
        ids = torch.cat([ids, torch.tensor([token])])
        if token == ready.encoder.tokenizer.eos_token_id:
            break
    assert opinion.score == pytest.approx(float(model.head(stock(ready, records[0], ids)[None]).scores[0, 0].detach()), abs=3e-4)
    assert opinion.why == ready.encoder.tokenizer.decode(ids[len(before.root.ids) + len(before.ids) :], skip_special_tokens=True).strip()


def test_drawn_critiques_are_averaged_and_do_not_depend_on_what_else_is_judged(judge: Callable[..., Judge], records: list[Record]) -> None:
    three = judge(form="critique", turn="Is it right?", votes=3, max_new_tokens=4)
    one = three.opinions(records[:1], [texts(records)[0][:1]])[0][0]
    many = three.opinions(records, texts(records))
    assert many[0][0].score == pytest.approx(one.score, abs=1e-4) and one.spread > 0 and many[0][0].why == one.why


def test_steps_are_cut_after_claims_or_separators_and_lose_no_text() -> None:
    response = Response(
        response_id="a", parts=text_parts("There is a cat, a dog and a cow."),
        claims=(Claim(text="a cat", label="true"), Claim(text="a dog", p_yes=0.3, p_no=0.1), Claim(text="an owl", label="false"), Claim(text="a cow", label="false")),
    )  # fmt: skip
    steps = claimed_steps(response)
    assert [(step.text, step.worth) for step in steps] == [("There is a cat", 1.0), (", a dog", pytest.approx(0.75)), (" and a cow.", 0.0)]
    assert "".join(step.text for step in separated_steps("One.\n\n\nTwo.\n\nThree", r"\n\n+")) == "One.\n\n\nTwo.\n\nThree"
    assert len(separated_steps("One.\n\n\nTwo.\n\nThree", r"\n\n+")) == 3 and len(separated_steps("", "x")) == 1


def test_each_step_is_read_at_its_tag_and_a_tag_in_the_response_is_taken_out(ready: Ready, judge: Callable[..., Judge], records: list[Record]) -> None:
    judging = Judging(form="process", tag="<verdict>", separator=r",| and ", aggregate="mean")
    model, reader = assessor(ready, judging), make_reader(ready.encoder, judging)
    example = form_of("process").example(reader, records[0], False, 0)
    segment = example.forest.trees[0].segments[example.spots[1].place.segment]
    tag = ready.encoder.tokens("<verdict>")
    assert (segment.ids[:-1][segment.scored[1:]] == tag).all() and int(segment.scored.sum()) == example.spots[1].reads == len(records[0].responses[1].claims)
    assert 0.0 in example.spots[1].worth and set(example.spots[0].worth) == {1.0}
    said = ("a cat, a dog", "a cat,<verdict> a <verdict>dog")
    scores = [make_judge(ready.policy, ready.encoder, model, Told(judging=judging)).scores([records[0]], [[text]])[0][0] for text in said]
    assert scores[0] == scores[1] and 0 < scores[0] < 1
    with pytest.raises(EncodeError, match="one token"):
        form_of("process").example(make_reader(ready.encoder, Judging(form="process", tag="two words")), records[0], False, 0)


def test_steps_become_one_number_by_the_worst_the_product_the_last_or_the_mean(judge: Callable[..., Judge], records: list[Record]) -> None:
    given, ways = {"form": "process", "tag": "<verdict>", "separator": ","}, ("min", "product", "last", "mean")
    found = {way: judge(aggregate=way, **given).scores(records[:1], [["a cat, a dog, a cow"]])[0][0] for way in ways}
    assert found["product"] < found["min"] <= min(found["last"], found["mean"]) and found["mean"] > found["min"]


def test_a_judge_of_steps_says_where_each_ends_and_how_likely_it_is_right(judge: Callable[..., Judge], records: list[Record]) -> None:
    """The score is the mean of what it says of the steps; the last step ends with the text."""
    text = "a cat, a dog, a cow"
    (opinion,) = judge(aggregate="mean", form="process", tag="<verdict>", separator=",").opinions(records[:1], [[text]])[0]
    assert [end for end, _ in opinion.steps] == [6, 13, len(text)] and opinion.score == pytest.approx(sum(right for _, right in opinion.steps) / 3, abs=1e-5)


def test_a_choice_is_learnt_in_both_orders_with_the_right_verdict_first(ready: Ready, records: list[Record]) -> None:
    reader = make_reader(ready.encoder, Judging(form="choice", turn=" 1: {first} 2: {second} Which?", verdict="<verdict>{verdict}</verdict>"))
    orders = set()
    for draw in range(8):
        example = form_of("choice").example(reader, records[0], False, draw)
        (root, right, wrong), decode = example.forest.trees[0].segments, ready.encoder.tokenizer.decode
        chosen, rejected = records[0].responses[0].text, records[0].responses[1].text
        asked = decode(root.ids)
        first = asked.index(f"1: {chosen if asked.index(chosen) < asked.index(rejected) else rejected}") > 0 and asked.index(chosen) < asked.index(rejected)
        assert decode(right.ids) == f"<verdict>{1 if first else 2}</verdict></s>" and decode(wrong.ids) == f"<verdict>{2 if first else 1}</verdict></s>"
        assert right.scored.all() and (example.comparisons[0].win, example.comparisons[0].lose) == (0, 1)
        orders.add(first)
    assert orders == {True, False}


def answering(said: Callable[[str], str]) -> Callable:
    """In place of drawing: each prompt's texts, said by a function of it."""

    def draw(policy: object, encoder: Encoder, prompts: list, inputs: dict, seeds: list, how: object) -> list[list[SimpleNamespace]]:
        return [[SimpleNamespace(text=said(encoder.tokenizer.decode(ids))) for _ in own] for (ids, _), own in zip(prompts, seeds, strict=True)]

    return draw


@pytest.mark.parametrize(
    ("said", "scores"),
    [
        (lambda prompt: "1", [0.5, 0.5]),  # always the first place: both orders cancel
        (lambda prompt: "I say 2", [0.5, 0.5]),
        (lambda prompt: "1" if prompt.index("good") < prompt.index("bad") else "2", [1.0, 0.0]),
        (lambda prompt: "both", [None, None]),
        (lambda prompt: "1" if prompt.index("good") < prompt.index("bad") else "?", [None, None]),
    ],
)
def test_verdicts_of_both_orders_leave_no_advantage_to_a_place(
    said: Callable, scores: list, judge: Callable[..., Judge], records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("veridical.models.judging.speak.draw", answering(said))
    found = judge(form="choice", turn=" 1: {first} 2: {second} Which?", votes=2).opinions(records[:1], [["good", "bad"]])[0]
    assert [opinion.score for opinion in found] == scores


def test_a_response_meets_the_next_one_and_one_that_is_alone_the_best_known(records: list[Record]) -> None:
    def asked(*said: str) -> list[Asked]:
        return [Asked(records[0], Response(response_id=str(number), parts=text_parts(text)), ([], [])) for number, text in enumerate(said)]

    assert opponents(asked("a", "b", "c")) == ["b", "c", "a"] and opponents(asked("a", "a")) == [records[0].responses[3].text] * 2
    bare = records[0].replace(responses=(), pairs=())
    assert opponents([replace(asked("a")[0], record=bare)]) == [None]


def test_a_number_is_the_mean_of_those_that_could_be_read(judge: Callable[..., Judge], records: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["7", "I give 5 of 9: 3", "12", "none", "x", "y", "z", "11"])
    monkeypatch.setattr("veridical.models.judging.speak.draw", answering(lambda prompt: next(said)))
    found = judge(form="rate", turn="How good, 0 to {top}?", votes=4).opinions(records[:1], [["a", "b"]])[0]
    assert found[0].score == pytest.approx((7 + 3) / 2 / 9) and found[1].score is None and "0 to 9" in found[1].why
    assert number_in("99999999999999", range(10)) is None


def test_the_number_to_learn_comes_from_score_rank_or_preference(records: list[Record]) -> None:
    record, (chosen, rejected, *_) = records[0], records[0].responses
    assert number_of(record, chosen, 9) == 9 and number_of(record, rejected, 9) == round(9 * rejected.score)
    ranked = [response.replace(score=None) for response in record.responses]
    assert [number_of(record.replace(responses=tuple(ranked)), response, 9) for response in ranked] == [9, 4, 0, 9]
    assert number_of(record.replace(responses=()), chosen.replace(score=None, rank=None), 9) == 9
    with pytest.raises(EncodeError, match="no rank and no pair"):
        number_of(record.replace(pairs=()), chosen.replace(score=None, rank=None), 9)


def test_an_ensemble_takes_the_mean_the_worst_or_a_cautious_score(ready: Ready, records: list[Record], tmp_path: Path) -> None:
    for number in range(3):
        directory = tmp_path / str(number)
        directory.mkdir()
        (directory / "model").symlink_to(CHECKPOINT)
        judging = Judging(seed=number)
        write_reward(directory, make_head(judging, 192), Told(judging=judging))
    paths, said = [str(tmp_path / str(number)) for number in range(3)], texts(records[:1])
    each = torch.tensor([load_judge(path, executor="state").scores(records[:1], said)[0] for path in paths])
    for way, expected in (("mean", each.mean(0)), ("min", each.amin(0)), ("cautious", each.mean(0) - 2 * each.var(0, unbiased=False))):
        found = load_judge(paths, way, 2.0, executor="state")
        torch.testing.assert_close(torch.tensor(found.scores(records[:1], said)[0]), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.tensor(found.uncertainty(records[:1], said)[0]), each.std(0), atol=1e-5, rtol=0)
    heads = make_judge(ready.policy, ready.encoder, assessor(ready, Judging(heads=3)), Told(judging=Judging(heads=3)))
    assert min(heads.uncertainty(records[:1], said)[0]) > 0


def test_a_latent_far_from_the_training_cloud_is_an_outlier_by_mahalanobis_distance() -> None:
    head, cloud = Latent(8, 1, 2), torch.randn(4000, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([2.0, 0.5]) + torch.tensor([1.0, -1.0])
    head.settle(cloud)
    found = head.outlier(torch.tensor([[1.0, -1.0], [5.0, -1.0], [1.0, 1.0]]))
    torch.testing.assert_close(found, torch.tensor([0.0, 2.0, 4.0]), atol=0.2, rtol=0)


def test_a_directory_says_what_was_saved_and_a_broken_one_what_is_wrong(ready: Ready, judge: Callable[..., Judge], records: list[Record], tmp_path: Path) -> None:
    judging = Judging(latent=4, heads=2, seed=3, turn="Is it right?{facts}", facts=True)
    head, final = make_head(judging, 192), tmp_path / "final"
    final.mkdir()
    (final / "model").symlink_to(CHECKPOINT)
    head.settle(torch.randn(20, 4))
    told = Told(method="inform", judging=judging, mean=2.0, deviation=4.0, sign=-1)
    write_reward(final, head, told)
    loaded = load_judge(tmp_path, executor="state")  # a run's directory will do
    plain = make_judge(ready.policy, ready.encoder, Assessor(ready.policy, head), Told(judging=judging))
    for ours, theirs in zip(loaded.opinions(records[:1], texts(records[:1]))[0], plain.opinions(records[:1], texts(records[:1]))[0], strict=True):
        assert ours.score == pytest.approx(-(theirs.score - 2) / 4, abs=1e-5) and ours.spread == pytest.approx(theirs.spread / 4, abs=1e-5)
        assert ours.outlier == pytest.approx(theirs.outlier, abs=1e-4)
    (final / TOLD).write_text(told.model_copy(update={"judging": Judging(heads=3)}).model_dump_json())
    with pytest.raises(ModelError, match=HEAD):
        load_judge(tmp_path, executor="state")
    (final / TOLD).write_text('{"version": 99}')
    with pytest.raises(ModelError, match="version 99"):
        load_judge(tmp_path)
    shutil.rmtree(final)
    with pytest.raises(ModelError, match="reward.json: missing"):
        load_judge(tmp_path)
    with pytest.raises(ValueError, match="mean, min, cautious"):
        load_judge(tmp_path, "median")


def test_agreement_counts_equal_scores_half_and_unjudged_ones_as_wrong(records: list[Record]) -> None:
    values = iter([1.0, 0.0, 0.0, 1.0, 2.0, 2.0])
    fake = Judge(lambda records_, responses: [[SimpleNamespace(score=next(values), spread=0.0) for _ in own] for own in responses], Told())
    assert accuracy(fake, records)["accuracy"] == pytest.approx(1.5 / 3)
    unjudged = Judge(lambda records_, responses: [[SimpleNamespace(score=None, spread=0.0) for _ in own] for own in responses], Told())
    assert accuracy(unjudged, records) == {"accuracy": 0.0, "pairs": 3, "responses": 6, "unjudged": 6, "spread": 0.0}


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """A small Qwen2.5-VL: another template, another way to place pictures."""
    small: Small = build("qwen2_5_vl")
    return make_policy(small.save(tmp_path_factory.mktemp("qwen") / "model"), executor="state")


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_reads_and_judges_with_another_family(form: str, qwen: Ready, records: list[Record]) -> None:
    given = {"choice": {"turn": "{first}\n{second}"}, "process": {"tag": "a", "separator": ","}}.get(form, {"turn": "Right?"})
    judging = Judging(form=form, max_new_tokens=3, temperature=0, **given)
    model = Assessor(qwen.policy, make_head(judging, qwen.policy.backbone.head.weight.shape[1]))
    example = form_of(form).example(make_reader(qwen.encoder, judging), records[0], False, 0)
    assert example.spots
    found = make_judge(qwen.policy, qwen.encoder, model, Told(judging=judging)).opinions(records[:2], [["a cat, a dog", "a cow"], ["a tree"]])
    assert [len(own) for own in found] == [2, 1]
    assert form in ("choice", "rate") or all(opinion.score is not None for own in found for opinion in own)
