"""The index of papers is what the declarations and facts give today."""

from pathlib import Path

from veridical.objectives.find import aliases, find, methods
from veridical.objectives.published import Finding, Published
from veridical.study.methods import address, everything, finding, main, page, telling

PAGE = Path(__file__).parents[2] / "docs" / "methods.md"
FACTS = {
    "title": "Mine", "objective": {"where": "a note", "verified": False}, "code": "none found", "follows": "The note.", "data": "Any pairs.", "gaps": ["The rate."],
    "settings": [
        {"name": "beta", "key": "beta", "value": 0.1, "source": "script"},
        {"name": "beta", "key": "beta", "value": 0.5, "source": "paper", "verified": False, "followed": False},
        {"name": "learning rate", "value": 5e-7, "of": "a | b", "source": "script"},
    ],
}  # fmt: skip


def own_section(text, name):
    """One method's part of a page."""
    return text.split(f"\n## {name}\n")[1].split("\n## ")[0]


def test_the_page_is_what_make_methods_writes(tmp_path):
    main([str(tmp_path / "methods.md")])
    assert (tmp_path / "methods.md").read_text() == PAGE.read_text(), "docs/methods.md is not up to date; run make methods"


def test_every_method_has_one_section_with_its_formula():
    text = everything()
    for name in (*methods(), *aliases()):
        assert text.count(f"\n## {name}\n") == 1
        assert f"\n    {find(name).formula}\n" in own_section(text, name)


def test_a_section_shows_our_numbers_beside_the_published_ones_and_marks_what_is_not_verified():
    text = own_section(page({"dpo": find("dpo")}, {}, {"dpo": Published.model_validate(FACTS)}), "dpo")
    assert "| beta | 0.1 | 0.1 |  | script |" in text
    assert "| beta | 0.1 | 0.5 (*not verified*); not followed |  | paper |" in text
    assert "| learning rate |  | 5e-7 | a \\| b | script |" in text
    assert "- Objective: a note (*not verified*)" in text and "- Code: none found" in text and "- Not known: The rate." in text
    assert "Corruption" not in text and "benchmark" not in text


def test_an_alias_names_the_method_whose_objective_it_has():
    text = page({"silkie": find("silkie")}, {"silkie": "dpo"}, {"silkie": Published.model_validate(FACTS)})
    assert "0 objectives; 1 published methods share one of them" in text
    assert "[`silkie`](#silkie) | Mine | [arXiv:2312.10665](https://arxiv.org/abs/2312.10665) | yes | chosen, rejected | [`dpo`](#dpo) |" in text


def test_numbers_are_named_by_place_only_where_the_bare_name_is_not_enough():
    assert telling(find("mdpo")) == {"beta": 0.1}
    assert telling(find("mm_dpo")) == {"beta": 0.1, "strength": 0.5, "rate": 0.5, "terms.1.weight": 0.25}
    assert telling(find("simpo")) == {"relative": False, "mean": True, "beta": 2.0, "margin": 1.0}
    assert telling(find("povid2_paper"))["terms.0.sides.1.coefficient"] == -0.5


def test_a_result_shows_where_it_began_and_which_way_is_better():
    row = finding(Finding(benchmark="MMHal-Bench hallucination rate", of="Bunny", start="DPO", before=0.56, after=0.42, better="lower", source="page", verified=False))
    assert row == ["MMHal-Bench hallucination rate ↓", "Bunny", "DPO: 0.56", "0.42", "page (*not verified*)"]
    assert finding(Finding(benchmark="POPE", change="+3 points", source="page"))[2:4] == ["", "+3 points"]


def test_papers_are_linked_where_they_have_an_address():
    assert address("asked by the survey arXiv:2503.14504") == "asked by the survey [arXiv:2503.14504](https://arxiv.org/abs/2503.14504)"
    assert address("openreview:Y4iaDU4yMi") == "[openreview:Y4iaDU4yMi](https://openreview.net/forum?id=Y4iaDU4yMi)"
    assert address("ericmitchell.ai/cdpo.pdf") == "[ericmitchell.ai/cdpo.pdf](https://ericmitchell.ai/cdpo.pdf)"
    assert address("ICLR 2025 submission") == "ICLR 2025 submission"
