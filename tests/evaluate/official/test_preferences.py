"""Arena-Hard and AlpacaEval beside their official programs, on judgments made by a seeded script: side by side where those are installed, else against what they printed."""

import made
import numpy as np
import pytest

from veridical.evaluate.preference.bootstrap import printed
from veridical.evaluate.preference.bradley_terry import Battle, ratings, rounds, star, win_probability
from veridical.evaluate.preference.length_controlled import Gamed, length_controlled
from veridical.evaluate.preference.stopped_early import published_rounds
from veridical.evaluate.preference.style import densities, ratios
from veridical.evaluate.preference.style_control import Games, first_scorer, second_scorer
from veridical.evaluate.preference.verdict import LEADS, points, weight

SEED = 7
FIRST = {
    "models": ["even", "gpt-4-0314", "strong", "weak"], "score": [46.06, 50.0, 96.03, 7.98], "low": [41.52, 50.0, 94.76, 6.54], "high": [49.68, 50.0, 97.19, 9.43],
    "ratings": {"strong": 1553.2688187137082, "gpt-4-0314": 1000.0, "even": 972.5907291501624, "weak": 575.218062215993},
    "styled": {"strong": 95.94199215998235, "even": 46.47736313038325, "weak": 7.996713858329099}, "style": [-0.06586493082910583, 0.16534564045565778, -0.017580971820483432, -0.005064666276046095],
}  # fmt: skip
"""Printed by e4248e0 with scikit-learn 1.5.2."""
SECOND = {
    "plain": {"mean": {"even": 0.4610159010600707, "strong": 0.96028125, "weak": 0.08266106442577031}, "low": {"even": 0.4345848056537102, "strong": 0.94996875, "weak": 0.06929271708683474},
              "high": {"even": 0.4956272084805654, "strong": 0.96878125, "weak": 0.09387254901960784}},
    "styled": {"mean": {"even": 0.4607868939638138, "strong": 0.9601428210735321, "weak": 0.07961640506982803}, "low": {"even": 0.43499974012374876, "strong": 0.9497189104557038, "weak": 0.06754969358444214},
               "high": {"even": 0.4925039902329445, "strong": 0.9688586801290512, "weak": 0.09385386183857918}},
    "order": ["weak", "strong", "even"],
}  # fmt: skip
"""Printed by 196f6b8 with torch 2.13."""
RAW = {"win_rate": 36.36056109130212, "standard_error": 0.9724549461744719, "discrete_win_rate": 31.568877551020407, "n_draws": 17.0, "n_total": 784.0}
ALPACA = {
    "length_controlled_v1": {**RAW, "length_controlled_winrate": 40.29922996776148, "lc_standard_error": 0.2393330362317701},
    "length_controlled_noreg": {**RAW, "length_controlled_winrate": 39.67663564552562, "lc_standard_error": 0.25838122055883594},
    "length_controlled_minimal": {**RAW, "length_controlled_winrate": 39.65721302661282, "lc_standard_error": 0.0},
}
"""Printed by alpaca_eval 0.6.6 with scikit-learn 1.5.2 and numpy 2.4.6."""


def leads(rows, whole):
    """(row, by how much the model leads) of every game, second game first where rows count as a whole, as the programs list them."""
    for row in rows:
        scores = [game["score"] for game in row["games"]]
        seen = [(1 if place else -1) * LEADS[score] if score else None for place, score in enumerate(scores)]
        if not whole or None not in seen:
            yield from ((row, lead) for lead in (seen[::-1] if whole else seen) if lead is not None)


def games(found, seed, differences):
    """Games with their differences of style."""
    styles, found = made.styles(seed=seed), list(found)
    sides = [np.array([styles[name(row)][row["uid"]] for row, _ in found], dtype=float) for name in (lambda row: row["model"], lambda row: made.BASELINE)]
    return Games([row["model"] for row, _ in found], np.array([points(lead) for _, lead in found]), np.array([weight(lead) for _, lead in found]), differences(*sides))


def compare_first(there, seed):
    """Everything that the first program prints."""
    rows = made.judgments(seed=seed)
    battles = [Battle(made.BASELINE, row["model"], 1 - points(lead), weight(lead)) for row, lead in leads(rows, False)]
    found = ratings(battles, made.BASELINE)
    assert found == pytest.approx(there["ratings"], abs=1e-4)
    scores = {name: 100 * win_probability(rating, found[made.BASELINE]) for name, rating in found.items()}
    # the program rounds scores to two decimals
    assert scores == pytest.approx(dict(zip(there["models"], there["score"])), abs=0.00501)
    assert {name: 100 * share for name, share in star(battles, made.BASELINE).items()} == pytest.approx({name: scores[name] for name in made.SKILL}, abs=1e-6)
    drawn = rounds(battles, made.BASELINE)
    for name, low, high in zip(there["models"], there["low"], there["high"]):
        ends = [100 * win_probability(float(np.percentile(drawn[name], each)), 1000) for each in (2.5, 97.5)]
        assert ends == pytest.approx([low, high], abs=0.01)
    styled = first_scorer(games(leads(rows, False), seed, ratios))
    assert {name: 100 * share for name, share in styled.win.items()} == pytest.approx({name: there["styled"][name] for name in styled.win}, abs=0.01)
    # the program has the baseline as player a
    assert styled.style == pytest.approx(there["style"], abs=2e-3)


def compare_second_plain(there, seed):
    """What the second program prints without style: the same draws."""
    scores: dict[str, list[float]] = {}
    for row, lead in leads(made.judgments(seed=seed), True):
        scores.setdefault(row["model"], []).extend([points(lead)] * int(weight(lead)))
    found = printed(scores, seed=0)
    for end in ("mean", "low", "high"):
        assert {name: getattr(one, end) for name, one in found.items()} == pytest.approx(there["plain"][end], abs=1e-9)


def styled_games(there, seed):
    """Games in the order in which the program read the models' files."""
    rows = made.judgments(seed=seed)
    return games(leads([row for name in there["order"] for row in rows if row["model"] == name], True), seed, densities)


def compare_second_styled(there, seed):
    """What the second program prints with style."""
    found = published_rounds(styled_games(there, seed), seed=0)
    for end, share in (("mean", 0.5), ("low", 0.05), ("high", 0.95)):
        assert {name: 100 * np.quantile(each, share) for name, each in found.items()} == pytest.approx({name: 100 * there["styled"][end][name] for name in found}, abs=0.01)


def compare_alpaca(there, seed, within=0.01):
    """The length-controlled win rate of each kind of fit."""
    rows = made.annotations(seed=seed)
    preference = np.array([np.nan if one is None else one - 1 for one in rows["preference"]])
    difference, gamed = np.array(rows["baseline"]) - np.array(rows["model"]), np.array(rows["gamed"])
    difficulty, brief_and_verbose = np.array(rows["difficulty"]), Gamed(gamed[:, 0], gamed[:, 2], gamed[:, 3])
    kinds = {"length_controlled_v1": (difficulty, brief_and_verbose), "length_controlled_noreg": (difficulty,), "length_controlled_minimal": ()}
    for kind, beside in kinds.items():
        found = length_controlled(preference, difference, *beside).predicted
        assert 100 * found.mean() == pytest.approx(there[kind]["length_controlled_winrate"], abs=within)
        assert 100 * found.std(ddof=1) / np.sqrt(len(found)) == pytest.approx(there[kind]["lc_standard_error"], abs=within / 10)
        assert 100 * np.nanmean(preference) == pytest.approx(there[kind]["win_rate"], abs=1e-9)


def test_the_first_scorer_of_arena_hard_gives_what_its_program_printed():
    compare_first(FIRST, SEED)


def test_the_second_scorer_of_arena_hard_gives_what_its_program_printed():
    compare_second_plain(SECOND, SEED)


def test_the_finished_fit_with_style_is_near_what_the_unfinished_one_printed():
    found = second_scorer(styled_games(SECOND, SEED)).win
    for name, share in found.items():
        assert 100 * share == pytest.approx(100 * SECOND["styled"]["mean"][name], abs=0.5)
    # the program stops before it has arrived: nearer to a half than the fit is
    assert abs(found["strong"] - 0.5) > abs(SECOND["styled"]["mean"]["strong"] - 0.5)


def test_the_length_controlled_win_rate_is_what_alpaca_eval_printed():
    compare_alpaca(ALPACA, SEED, within=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED, 20, 300])
def test_the_first_scorer_agrees_with_the_program_beside_it(seed, official):
    compare_first(official("run_arena_first.py", "FOLDER/arena-hard-auto", str(seed), needs="arena-hard-auto"), seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED, 20, 300])
def test_the_second_scorer_agrees_with_the_program_beside_it(seed, official):
    there = official("run_arena_second.py", "FOLDER/arena-hard-auto", str(seed), needs="arena-hard-auto")
    compare_second_plain(there, seed)
    compare_second_styled(there, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SEED, 20, 300])
def test_the_length_controlled_win_rate_agrees_with_alpaca_eval_beside_it(seed, official):
    compare_alpaca(official("run_alpaca.py", str(seed)), seed)


@pytest.mark.slow
def test_the_unfinished_fit_with_style_gives_what_the_program_printed():
    compare_second_styled(SECOND, SEED)
