"""Several models side by side: their numbers, their standing, the radar, the falls, the page."""

import base64
import hashlib
import json
import re
import shutil

import pytest
from made_results import chair, picture, pope, save
from several_results import folders, mmstar
from test_page import HOSTILE, Reader

from veridical.evaluate.centred import standing
from veridical.evaluate.uncertainty import holm
from veridical.records.result import Result
from veridical.report.across.cards import falls
from veridical.report.across.entrants import entrants
from veridical.report.across.numbers import across, rank
from veridical.report.across.page import write
from veridical.report.across.radar import HEIGHT, RADIUS, WIDTH, radar
from veridical.report.across.standings import Difference, on_scale
from veridical.report.folders import ReportError
from veridical.report.summary import summary
from veridical.report.wording import plain


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Three folders of results."""
    return folders(tmp_path_factory.mktemp("several"))


@pytest.fixture(scope="module")
def numbers(places):
    """Of the three."""
    return across(places)


@pytest.fixture(scope="module")
def made(places, tmp_path_factory):
    """Their page, and a reader of it."""
    out, _ = write(tmp_path_factory.mktemp("page") / "x.html", places)
    return out, ScriptedReader(out.read_text())


class ScriptedReader(Reader):
    """A reader that does not take the page's program for words."""

    def handle_data(self, data):
        if "script" not in self.open:
            super().handle_data(data)


def test_each_models_numbers_are_those_of_its_result_and_its_changes_those_of_the_pair(places, numbers):
    pair = summary(places[0], places[1])["benchmarks"]["chair"]["metrics"]["chair_i"]
    found = numbers["benchmarks"]["chair"]["models"]
    assert found["base"]["metrics"]["chair_i"]["value"] == pytest.approx(50) and found["moved"]["metrics"]["chair_i"]["value"] == pytest.approx(100 / 6)
    keys = ("difference", "low", "high", "p", "test", "n")
    assert {key: found["moved"]["metrics"]["chair_i"][key] for key in keys} == {key: pair[key] for key in keys}
    assert found["base"]["metrics"]["chair_i"]["difference"] is None and found["same"]["metrics"]["chair_i"]["difference"] == 0


def test_p_is_corrected_over_every_metric_of_every_model_of_a_benchmark(numbers):
    models = numbers["benchmarks"]["mmstar"]["models"]
    tested = {(label, name): one for label in ("moved", "same") for name, one in models[label]["metrics"].items() if one["p"] is not None}
    adjusted = holm({str(key): one["p"] for key, one in tested.items()})
    assert len({label for label, _ in tested}) == 2 and all(one["adjusted"] == adjusted[str(key)] for key, one in tested.items())
    assert models["moved"]["metrics"]["accuracy"]["verdict"] == "worse" and models["same"]["metrics"]["accuracy"]["verdict"] == "no evidence"


def test_the_numbers_are_json_in_the_order_of_the_dimensions(numbers):
    assert list(numbers["benchmarks"]) == ["mmstar", "chair", "pope"] and rank("") > rank("text") > rank("alignment") > rank("general")
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers


def test_dimensions_are_the_means_of_centred_headlines(places, numbers):
    results = [Result.load(file) for file in sorted(places[1].glob("*.json"))]
    expected = standing(results)
    found = numbers["standing"]
    assert found["of"] == ["general", "hallucination"] and found["mean"]["moved"]["value"] == pytest.approx(expected.six.value)
    # mmstar: 15 of 60 are right, which is chance
    assert found["dimensions"]["general"]["moved"]["value"] == pytest.approx(0) and found["dimensions"]["general"]["base"]["value"] == pytest.approx(100 * (75 - 25) / 75)


def test_a_change_of_a_dimension_is_the_mean_of_its_headlines_paired_changes_on_the_common_scale(numbers):
    """CHAIR's headline counts from 100 (nothing true) to 0, mmstar's from 25 (chance) to 100, POPE's F1 from 66.7 (who always says yes) to 100."""
    moved = {name: entry["models"]["moved"]["metrics"][entry["headline"]] for name, entry in numbers["benchmarks"].items()}
    found = numbers["standing"]["changes"]
    general = found["dimensions"]["general"]["moved"]
    assert (general["value"], general["low"]) == pytest.approx((moved["mmstar"]["difference"] / 0.75, moved["mmstar"]["low"] / 0.75))
    # of CHAIR_i, less is better: 50% to 16.7%; POPE stays
    hallucination = found["dimensions"]["hallucination"]["moved"]
    assert hallucination["value"] == pytest.approx((100 / 3 + 0) / 2) and hallucination["low"] < hallucination["value"] < hallucination["high"]
    assert found["mean"]["moved"]["value"] == pytest.approx((general["value"] + hallucination["value"]) / 2)
    assert found["mean"]["moved"]["value"] == pytest.approx(numbers["standing"]["mean"]["moved"]["value"] - numbers["standing"]["mean"]["base"]["value"])


def test_a_fall_of_what_should_be_low_is_a_rise_with_its_ends_exchanged():
    moved = on_scale(chair([1] * 4), Difference(-10.0, -14.0, -5.0, 4))
    assert (moved.value, moved.low, moved.high) == (10, 5, 14) and on_scale(chair([1] * 4), Difference()) is None


@pytest.mark.parametrize(("rows", "reach"), [(100, 3 / 100 * 100 / 0.75), (2, 100 / 0.75)])
def test_no_change_on_few_rows_is_no_certainty(rows, reach):
    """mmstar counts from 25 to 100: a point of it is 4/3 of a point of the scale."""
    moved = on_scale(mmstar([True] * 4), Difference(0.0, 0.0, 0.0, rows))
    assert (moved.value, moved.low, moved.high) == pytest.approx((0, -reach, reach))


def test_a_headline_that_is_undefined_for_one_model_counts_for_none(tmp_path):
    one = pope([True] * 6)
    lost = one.replace(metrics={name: metric.replace(n=0) if name == "f1" else metric for name, metric in one.metrics.items()})
    found = across([save(tmp_path / "a", pope=one, mmstar=mmstar([True] * 4)), save(tmp_path / "b", pope=lost, mmstar=mmstar([True] * 4))])["standing"]
    assert found["over"] == ["mmstar"] and found["left_out"] == {"pope": "b: pope: f1 was not measured"}


def test_a_benchmark_that_a_model_lacks_counts_for_none(tmp_path):
    first, second = save(tmp_path / "a", chair=chair([1] * 6), pope=pope([True] * 6)), save(tmp_path / "b", pope=pope([True] * 6))
    found = across([f"a={first}", f"b={second}"])
    assert found["standing"]["over"] == ["pope"] and found["standing"]["left_out"] == {"chair": "not measured for b"}
    assert list(found["benchmarks"]["chair"]["models"]) == ["a"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data": "other"}, "convention or data differ"), ({"settings": {"judge": "x"}}, "settings that move the number differ (judge: 'not said' and 'x')"),
        ({"dimension": ""}, ""),
    ],
)  # fmt: skip
def test_results_that_were_made_otherwise_are_not_averaged(changes, reason, tmp_path):
    first, second = save(tmp_path / "a", pope=pope([True] * 6)), save(tmp_path / "b", pope=pope([True] * 6, **changes))
    found = across([f"a={first}", f"b={second}"])["standing"]
    assert reason in found["left_out"].get("pope", "") and ("pope" in found["over"]) == (not reason)


@pytest.mark.parametrize("settings", [{"attack": "pgd"}, {"blind": True}])
def test_questions_under_attack_or_without_pictures_are_not_averaged(settings, tmp_path):
    place = save(tmp_path / "a", pope=pope([True] * 6, settings=settings))
    assert across([place])["standing"]["left_out"] == {"pope": f"asked otherwise ({next(iter(settings))})"}


def test_a_benchmark_of_two_files_counts_once_by_the_file_that_bears_its_name(tmp_path):
    place = save(tmp_path / "a", a_again=pope([False] * 6), pope=pope([True] * 6))
    found = across([place])["standing"]
    assert found["over"] == ["pope"] and found["left_out"] == {"a_again": "pope counts once, as pope"}


def test_models_are_called_by_their_folders_or_as_the_user_says(tmp_path):
    one, two = save(tmp_path / "one", pope=pope([True] * 2, model="m")), save(tmp_path / "run" / "results", pope=pope([True] * 2, model="m"))
    assert [entrant.label for entrant in entrants([one, two])] == ["one", "run"] and [entrant.side.models for entrant in entrants([one, two])] == ["m", "m"]
    found = entrants([f"base={one}", two.parent])
    assert [entrant.label for entrant in found] == ["base", "run"] and len(found[1].side.results) == 1
    other = save(tmp_path / "x" / "one", pope=pope([True] * 2))
    assert [entrant.label for entrant in entrants([one, other])] == [str(one), str(other)]
    with pytest.raises(ReportError, match="two folders are called 'x'; name them apart"):
        entrants([f"x={one}", f"x={two}"])


def test_the_radar_puts_each_value_at_its_share_of_the_radius():
    """Three axes: up, and 120 degrees to both sides."""
    values = {"general": 50.0, "hallucination": 100.0, "safety": -20.0}
    drawn = str(radar({"of": list(values), "dimensions": {name: {"m": {"value": value}} for name, value in values.items()}}, ["m"]))
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    assert dots[0] == (WIDTH / 2, HEIGHT / 2 - RADIUS / 2)
    assert dots[1] == pytest.approx((WIDTH / 2 + RADIUS * 3**0.5 / 2, HEIGHT / 2 + RADIUS / 2), abs=0.06)
    assert dots[2] == (WIDTH / 2, HEIGHT / 2) and "m: general 50.0, hallucination 100.0, safety −20.0" in drawn
    assert drawn.count('class="side"') == 3


def test_a_dimension_that_was_not_measured_breaks_the_line_and_two_dimensions_make_no_radar():
    three = {"general": {"m": {"value": 1.0}}, "hallucination": {"m": None}, "safety": {"m": {"value": 2.0}}}
    drawn = str(radar({"of": list(three), "dimensions": three}, ["m"]))
    assert drawn.count('class="side"') == 1 and drawn.count("<circle") == 2 and "hallucination –" in drawn
    assert radar({"of": ["general", "safety"], "dimensions": {}}, ["m"]) == ""


def test_the_deepest_falls_come_first_and_each_is_a_row_that_became_worse(places, numbers):
    found = falls(entrants(places), numbers)
    # mmstar: of every four rows two became wrong; chair: every row became better
    assert (found.worse, found.better) == ({"moved": 30, "same": 0}, {"moved": 24, "same": 0})
    worse = [fall for fall in found.shown if fall.kind == "worse"]
    assert len(worse) == 12 and all((fall.benchmark, fall.label, fall.change) == ("mmstar", "moved", "1 → 0") for fall in worse)
    assert {int(fall.card.record_id) % 4 for fall in worse} == {1, 2} and found.shown[: len(worse)] == tuple(worse)
    assert {fall.category for fall in worse} == {"coarse perception", "math"} and {fall.shape for fall in found.shown} == {"answered", "described"}


def test_models_that_must_not_be_compared_have_no_falls(tmp_path):
    places = [save(tmp_path / "a", pope=pope([True] * 6, model="a")), save(tmp_path / "b", pope=pope([False] * 6, model="b", data="other"))]
    assert falls(entrants(places), across(places)).shown == ()


def test_the_page_is_well_formed_and_its_only_program_is_its_own(made):
    reader, text = made[1], made[0].read_text()
    assert reader.open == [] and len(reader.of("script")) == 1 and not {"link", "iframe", "object", "base"} & {tag for tag, _ in reader.tags}
    policy = next(one["content"] for one in reader.of("meta") if one.get("http-equiv"))
    script = text.partition("<script>")[2].partition("</script>")[0]
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy and "default-src 'none'" in policy
    addresses = [value for _, attributes in reader.tags for name, value in attributes.items() if name in ("src", "href", "srcset", "action", "data")]
    assert addresses and all(value.startswith(("data:image/", "#")) for value in addresses) and "fetch(" not in script and "import" not in script


def test_every_number_of_every_model_stands_on_the_page(made, numbers):
    text = made[1].text
    for entry in numbers["benchmarks"].values():
        for model in entry["models"].values():
            for name, one in model["metrics"].items():
                if one["value"] is not None:
                    assert f"{plain(one['value'])}{'%' if entry['metrics'][name]['unit'] == '%' else ''}" in text
    assert f"base {plain(numbers['standing']['mean']['base']['value'])}, moved" in text


def test_what_can_be_filtered_says_what_it_is_of(made, numbers):
    rows = [attributes for tag, attributes in made[1].tags if tag == "tr" and "data-item" in attributes]
    metrics = sum(len(entry["metrics"]) for entry in numbers["benchmarks"].values())
    assert len(rows) == metrics + len(numbers["benchmarks"]) + len(numbers["standing"]["dimensions"])
    assert {row["data-dimension"] for row in rows} == {"general", "hallucination"} and any("worse" in row.get("data-verdict", "").split("|") for row in rows)
    cells = [attributes["data-model"] for tag, attributes in made[1].tags if tag == "td" and "data-model" in attributes]
    assert set(cells) == {"base", "moved", "same"} and len(set(map(cells.count, ("base", "moved", "same")))) == 1
    options = [one["value"] for one in made[1].of("option")]
    assert {"general", "hallucination", "chair", "mmstar", "pope", "better", "worse", "no evidence", "math"} <= set(options)


def test_no_text_of_others_becomes_html_or_a_program(tmp_path):
    hostile = mmstar([True, False] * 3, model=HOSTILE, settings={HOSTILE: HOSTILE})
    texts = dict.fromkeys(("prompt", "response", "gold", "picture"), HOSTILE)
    rows = tuple(row.replace(record_id=f"{HOSTILE}{n}", counts={f"label:{HOSTILE}={HOSTILE}": 1.0}, **texts) for n, row in enumerate(hostile.rows))
    worse = tuple(row.replace(value=0.0) for row in rows)
    places = [save(tmp_path / name, mmstar=hostile.replace(rows=some, model=HOSTILE + name)) for name, some in (("a", rows), ("b", worse))]
    out, _ = write(tmp_path / "x.html", places, title=HOSTILE, note=HOSTILE)
    reader = ScriptedReader(out.read_text())
    assert reader.open == [] and len(reader.of("script")) == 1 and len(reader.of("article")) > 1
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)


def test_pictures_of_falls_are_embedded_and_a_missing_one_is_named(tmp_path):
    shot = str(picture(tmp_path / "there.png"))
    places = []
    for name, right in (("a", True), ("b", False)):
        one = mmstar([right] * 4, model=name)
        places.append(save(tmp_path / name, mmstar=one.replace(rows=tuple(row.replace(picture=shot if row.record_id != "3" else "gone.png") for row in one.rows))))
    reader = ScriptedReader(write(tmp_path / "x.html", places)[0].read_text())
    assert len(reader.of("img")) == 3 and "gone.png: no such file" in reader.text


def test_nothing_measured_is_a_page_that_says_so_and_one_model_is_a_page(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "Nothing was measured" in ScriptedReader(write(tmp_path / "x.html", [tmp_path / "empty"])[0].read_text()).text
    alone = ScriptedReader(write(tmp_path / "y.html", [save(tmp_path / "a", pope=pope([True] * 4))])[0].read_text())
    assert "POPE , F1" in alone.text and alone.open == [] and "(baseline)" not in alone.text


def test_before_and_after_shows_the_dimensions_where_there_are_several(places, tmp_path):
    from veridical.report.page import write as write_pair

    text = Reader(write_pair(tmp_path / "x.html", places[0], places[1]).read_text()).text
    assert "Dimensions Each benchmark's headline between chance" in text and "General 66.7" in text
    one = save(tmp_path / "a", pope=pope([True] * 4))
    assert "Each benchmark's headline between chance" not in write_pair(tmp_path / "y.html", one, one).read_text()


def test_the_same_input_gives_the_same_page(places, made, tmp_path):
    assert write(tmp_path / "again.html", places)[0].read_text() == made[0].read_text()


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")
def test_a_browser_shows_what_the_filters_leave(made):
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright drives the browser")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM)
        page, troubles = browser.new_page(), []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.goto(made[0].as_uri())
        page.select_option("select[name=dimension]", "general")
        assert page.is_hidden("article#chair") and page.is_visible("article#mmstar") and page.locator(".fall:visible").count() == 12
        page.uncheck("input[name=model][value=moved]")
        assert page.locator(".fall:visible").count() == 0 and page.locator("td[data-model=moved]:visible").count() == 0
        page.reload()
        assert page.is_hidden("article#chair") and not page.is_checked("input[name=model][value=moved]")
        page.click("button[type=reset]")
        page.wait_for_function("document.querySelectorAll('article[hidden]').length === 0")
        page.fill("input[name=words]", "which math")
        assert page.is_hidden("article#chair") and 0 < page.locator(".fall:visible").count() < 12 and not troubles
        browser.close()
