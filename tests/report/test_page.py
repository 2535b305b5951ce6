"""The whole page."""

import json
import re
from html.parser import HTMLParser

import pytest
from made_results import chair, described, picture, pope, result, save

from veridical.report import page, summary
from veridical.report.folders import ReportError
from veridical.report.wording import bounds, chance, plain, signed

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Every tag with its attributes, the text that is seen, and whether tags are closed in order."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(content)
        self.text = re.sub("[ \n]+", " ", " ".join(self.words)).strip()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if not {"style", "title", "svg"} & set(self.open):
            self.words.append(data)

    def of(self, tag: str) -> list[dict]:
        """Attributes of all tags of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


RUN = {
    "recipe.yaml": "method: dpo\n", "versions.json": '{"torch": "2.13"}', "data.json": '[{"records": 90}]',
    "first_batch.html": "<table><tr><td>a batch</td></tr></table>",
}  # fmt: skip


def run_directory(folder, lines: str = "", **files: str):
    """What a training run of five steps leaves, with more lines behind its own."""
    folder.mkdir(parents=True)
    steps = [{"step": step, "time": 0, "loss": 1 / (step + 1), "loss/chosen > rejected": 0.5 / (step + 1), "accuracy/chosen > rejected": 0.5} for step in range(5)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(one) + "\n" for one in steps) + lines)
    for name, content in {**RUN, **files}.items():
        (folder / name).write_text(content)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folders of results, a run, and the page of them."""
    root = tmp_path_factory.mktemp("page")
    path = picture(root / "pictures" / "there.png")
    shots = [described(f"{n}.png", "a cup and a spoon", ("spoon",), picture=str(path) if n < 10 else "gone/away.png") for n in range(20)]
    clear = [row.replace(response="a cup", wrong=(), value=1.0, counts={**row.counts, "hallucinated": 0.0}) for row in shots]
    before = save(root / "before", chair=result("chair", shots), pope=pope([True, False] * 10))
    after = save(root / "after", chair=result("chair", clear), pope=pope([True, False] * 10))
    out = page.write(root / "out" / "report.html", before, after, run_directory(root / "run"), title="A title", note="A note")
    return before, after, out, Reader(out.read_text())


def test_the_page_is_well_formed_and_needs_nothing_from_outside(made):
    reader = made[3]
    assert reader.open == [] and not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in reader.tags}
    addresses = [value for _, attributes in reader.tags for name, value in attributes.items() if name in ("src", "href", "srcset", "action", "data")]
    assert addresses and all(value.startswith(("data:image/", "#")) for value in addresses)
    assert "url(" not in made[2].read_text() and "@import" not in made[2].read_text()


def test_every_metric_stands_there_with_both_intervals_change_and_p(made):
    text = made[3].text
    metrics = [metric for entry in summary.summary(made[0], made[1])["benchmarks"].values() for metric in entry["metrics"].values()]
    assert len(metrics) > 10
    for metric in metrics:
        numbers = [f"{plain(metric[side])}{'%' if metric['unit'] == '%' else ''} {bounds(metric[f'{side}_interval'])}" for side in ("before", "after")]
        change = f"{signed(metric['difference'])} {bounds((metric['low'], metric['high']), change=True)}"
        assert f"{' '.join(numbers)} {change} {metric['verdict']} {chance(metric['adjusted'])} " in text or metric["difference"] is None


def test_the_headline_is_the_summarys_sentence(made):
    assert summary.summary(made[0], made[1])["headline"].replace("CHAIR_i", "CHAIR i") in made[3].text
    assert made[3].text.startswith("A title CHAIR i fell from 33.3%") and "A note" in made[3].text


def test_pictures_are_embedded_with_words_and_a_missing_one_is_named(made):
    images = made[3].of("img")
    assert images and all(image["alt"] for image in images)
    assert "gone/away.png: no such file" in made[3].text


def test_tables_have_headers_and_plots_can_be_heard(made):
    assert all(header.get("scope") in ("col", "row", "rowgroup") for header in made[3].of("th"))
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in made[3].of("svg"))


def test_curves_first_batch_recipe_and_versions_are_there(made):
    for words in ("5 steps logged", "a batch", "method: dpo", "torch 2.13", '"records": 90', "Loss the terms of the objective"):
        assert words in made[3].text
    assert "accuracy/chosen > rejected 0.5" in made[3].text or "Accuracy of each comparison" in made[3].text


def test_no_text_of_others_becomes_html(tmp_path):
    rows = [described(f"{HOSTILE}{n}", f"{HOSTILE} a spoon {HOSTILE}", ("spoon", HOSTILE if n else "onerror"), prompt=HOSTILE, gold=HOSTILE, picture=HOSTILE) for n in range(3)]
    one = result("chair", rows, model=HOSTILE, data=HOSTILE, settings={HOSTILE: HOSTILE})
    before, after = save(tmp_path / "b", chair=one), save(tmp_path / "a", chair=one)
    line = json.dumps({"step": 0, f"loss/{HOSTILE}": 1.0, HOSTILE: 2.0, f"held_out/{HOSTILE}": 3.0}) + "\n"
    files = {"recipe.yaml": HOSTILE, "versions.json": json.dumps({HOSTILE: HOSTILE}), "data.json": json.dumps([HOSTILE]), "first_batch.html": HOSTILE}
    run = run_directory(tmp_path / "run", line, **files)
    reader = Reader(page.write(tmp_path / "x.html", before, after, run, title=HOSTILE, note=HOSTILE).read_text())
    assert reader.open == [] and not reader.of("script")
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert all(image["src"].startswith("data:image/") for image in reader.of("img"))


def test_a_cut_last_line_loses_one_line_and_says_so(tmp_path):
    run = run_directory(tmp_path / "run", '{"step": 5, "lo{"step": 5, "loss": 1.0}\n[1]\n{"step": 6, "loss": 0.1', **{"versions.json": "{cut"})
    reader = Reader(page.write(tmp_path / "x.html", None, save(tmp_path / "a", chair=chair([1] * 4)), run).read_text())
    assert "5 steps logged" in reader.text and "metrics.jsonl: 3 lines cannot be read" in reader.text and "versions.json: cannot be read" in reader.text


@pytest.mark.parametrize("training", [True, False])
def test_nothing_measured_is_a_page_that_says_so(training, tmp_path):
    (tmp_path / "a").mkdir()
    run = run_directory(tmp_path / "run") if training else None
    text = Reader(page.write(tmp_path / "x.html", None, tmp_path / "a", run).read_text()).text
    assert "Nothing was measured" in text and ("5 steps logged" in text) == training


def test_results_of_one_side_and_results_that_differ_in_settings_are_told(tmp_path):
    before = save(tmp_path / "b", chair=chair([1] * 4, settings={"max_new_tokens": 9}), pope=pope([True] * 4))
    reader = Reader(page.write(tmp_path / "x.html", before, save(tmp_path / "a", chair=chair([1] * 4))).read_text())
    assert "Not compared: chair: settings that move the number differ (max_new_tokens: 9 and 'not said')" in reader.text
    assert "Measured before only." in reader.text and reader.open == []


def test_the_bootstrap_is_done_once_or_not_at_all_when_the_numbers_are_given(made, tmp_path, monkeypatch):
    calls, compare = [], summary.compare
    monkeypatch.setattr(summary, "compare", lambda *given, **named: calls.append(given) or compare(*given, **named))
    numbers = summary.summary(made[0], made[1])
    assert len(calls) == 2
    page.write(tmp_path / "x.html", made[0], made[1], numbers=numbers)
    assert len(calls) == 2
    page.write(tmp_path / "x.html", made[0], made[1])
    assert len(calls) == 4


def test_the_same_input_gives_the_same_page(made, tmp_path):
    again = page.write(tmp_path / "again.html", made[0], made[1], made[2].parent.parent / "run", title="A title", note="A note")
    assert again.read_text() == made[2].read_text()


def test_many_rows_make_no_heavy_page(tmp_path):
    many = pope([number % 3 > 0 for number in range(3000)])
    out = page.write(tmp_path / "x.html", None, save(tmp_path / "a", pope=many))
    cards = re.search(r"Drawn at random.*?(\d+) of (\d+)", out.read_text(), re.DOTALL)
    assert (cards[1], cards[2]) == ("6", "3000") and out.stat().st_size < 100_000


def test_a_run_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReportError, match="absent: no such run directory"):
        page.write(tmp_path / "x.html", None, save(tmp_path / "a", chair=chair([1] * 4)), tmp_path / "absent")
