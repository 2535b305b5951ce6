"""The facts about methods: all there, equal to our numbers where we follow them, and read with errors that name the place."""

import json
import subprocess
import sys

import pytest
from preference_batch import GOLDEN, close, golden_batch

from veridical.objectives.find import aliases, find, methods
from veridical.objectives.published import PublishedError, ours, published, read

FACTS = published()
GOOD = """\
mine:
  title: Mine
  objective: {where: a note}
  code: none found
  follows: The note.
  data: Any pairs.
"""


def numeric(name):
    """Settings of a method that are numbers of our value, with ours."""
    return [(one, ours(find(name), one.key)) for one in FACTS[name].settings if one.key and not isinstance(one.value, str)]


def test_every_method_and_every_alias_has_facts_and_nothing_else_has():
    assert set(FACTS) == set(methods()) | set(aliases())


def test_every_key_of_a_setting_is_a_number_of_the_method():
    unknown = [(name, one.name, one.key) for name, facts in FACTS.items() for one in facts.settings if one.key and not ours(find(name), one.key)]
    assert unknown == []


def test_a_verified_setting_that_we_follow_is_our_default():
    wrong = [(name, one.name, one.value, here) for name in FACTS for one, here in numeric(name) if one.verified and one.followed and set(here.values()) != {one.value}]
    assert wrong == []


def test_a_setting_that_we_do_not_follow_is_another_number():
    same = [(name, one.name, one.value) for name in FACTS for one, here in numeric(name) if not one.followed and one.value in here.values()]
    assert same == []


def test_the_defaults_of_well_known_methods_are_stated_as_verified():
    stated = {(name, one.key): one.value for name in ("mdpo", "simpo", "ddpo", "sppo", "povid2") for one, _ in numeric(name) if one.verified and one.followed}
    assert stated[("mdpo", "beta")] == 0.1 and stated[("simpo", "beta")] == 2.0 and stated[("ddpo", "changed")] == 1.1
    assert stated[("sppo", "margin.beta")] == 0.001 and stated[("povid2", "corruption.t")] == 500


def test_a_number_of_the_paper_alone_is_never_stated_as_verified():
    # the papers themselves could not be read: their numbers are known from code, documentation and abstracts
    said = [(name, one) for name, facts in FACTS.items() for one in (*facts.settings, *facts.results) if one.source == "paper" and one.verified]
    assert said == []


def test_a_method_without_code_says_what_is_not_known_or_follows_its_paper():
    bare = [name for name, facts in FACTS.items() if facts.code == "none found" and not facts.gaps and facts.objective.verified]
    assert bare == []


@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if facts.golden])
def test_the_golden_numbers_are_what_the_method_gives_for_the_golden_pairs(name):
    for one in FACTS[name].golden:
        method, batch = find(name).with_settings(one.settings), golden_batch()
        close(method(batch).loss, one.mean)
        close(sum(term.weight * term(batch) for term in method.active), list(one.pairs))


def test_every_golden_number_of_a_method_is_among_the_facts():
    content = json.loads((GOLDEN / "preference.json").read_text())
    known = [(name, {}, content["mean"][name]) for name in content["per_pair"] if name in methods()]
    known += [(case["method"], case["settings"], case["mean"]) for case in content["cases"] if case["per_pair"] and "memory" not in case]
    assert [case for case in known if (case[1], case[2]) not in [(one.settings, one.mean) for one in FACTS[case[0]].golden]] == []


def test_a_key_means_all_numbers_that_end_in_it():
    assert ours(find("sppo"), "margin.beta") == {"terms.0.margin.beta": 0.001, "terms.1.margin.beta": 0.001}
    assert ours(find("povid2"), "terms.1.weight") == {"terms.1.weight": 0.5}
    assert ours(find("token_tpo"), "corruption.t") == {"corruption.t": 500}
    assert ours(find("dpo"), "eta") == {}


def test_facts_are_read_without_torch():
    code = "import sys, veridical.objectives.published as facts; facts.published(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "  settings: [{name: beta, value: 0.1}]\n", r"mine.yaml: mine: settings.0.source: Field required"),
        (GOOD + "  settings: [{name: rate, value: 1e-6, source: script}]\n", r"mine.yaml: mine: settings.0: .*write a number as 1.0e-6"),
        (GOOD + "  results: [{benchmark: POPE, source: README}]\n", r"mine.yaml: mine: results.0: .*neither `after` nor `change`"),
        (GOOD + "  gap: [one]\n", r"mine.yaml: mine: gap: Extra inputs"),
        (GOOD.replace("none found", "lost"), r"mine.yaml: mine: code"),
        ("mine: 3\n", r"mine.yaml: mine: the method: "),
        ("- mine\n", r"mine.yaml: expected names of methods, found list"),
        ("mine: [\n", r"mine.yaml: not YAML"),
    ],
)
def test_facts_that_cannot_be_read_name_file_method_and_field(tmp_path, text, expected):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(PublishedError, match=expected):
        read(tmp_path)


def test_a_method_that_two_files_describe_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    with pytest.raises(PublishedError, match=r"b.yaml: mine: is described in .*a.yaml too"):
        read(tmp_path)
    (tmp_path / "b.yaml").unlink()
    assert read(tmp_path)["mine"].title == "Mine"
