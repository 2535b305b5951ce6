"""The page in a real browser: two people compare, rank, correct and mark, one by keyboard and one by mouse; the export is what they did.

Needs the package playwright and a Chromium on the path. VERIDICAL_SCREENSHOTS names a folder for photographs of the page.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from annotate_process import Serving

from veridical.records.load import load, save
from veridical.records.pairing import apply_edits
from veridical.records.record import Media, Part, Record, Response, Turn, text_parts

pytest.importorskip("playwright.sync_api", reason="the package playwright drives the browser")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")]
SHARED = Path(os.environ.get("VERIDICAL_SHARED", Path(__file__).parents[3] / "shared" / "data"))
SCRIPT = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
GUIDE = "Prefer the response that says only what the pictures show.\n\nMark every stretch that names something that is not there, and correct it where you can.\nA response is not better because it is longer."


def item(name: str, question: str, media: tuple[Media, ...], *texts: str) -> Record:
    """A record that nobody has judged."""
    parts = tuple(Part(type="video" if one.kind in ("video", "frames") else one.kind, media_id=one.media_id) for one in media)
    responses = tuple(Response(response_id=f"r{number}", parts=text_parts(text), model=f"model-{number}") for number, text in enumerate(texts))
    return Record(record_id=name, kind="prompt_only", media=media, prompt=(Turn(role="user", parts=(*parts, Part(text=question))),), responses=responses)


def pictures(source: str, folder: Path) -> list[Path]:
    """Six pictures: photographs, or the world's."""
    if source == "photographs":
        found = sorted((SHARED / "rlaif_v_examples" / "imgs_qa").glob("*.jpg"))[:6]
        if len(found) < 6:
            pytest.skip(f"no photographs in {SHARED}; set VERIDICAL_SHARED to their folder")
        return found
    from veridical.world.draw import draw
    from veridical.world.scene import scene

    for seed in range(6):
        draw(scene(seed + 2), 480).save(folder / f"{seed}.png")
    return [folder / f"{seed}.png" for seed in range(6)]


def described(source: str) -> tuple[str, str, str]:
    """Three descriptions of the first picture, of which the second and third are wrong."""
    if source == "photographs":
        return "A person 🙂 is outside on a clear day.", "A person 🙂 is outside with a purple elephant on a clear day.", "Two robots are asleep."
    from veridical.world.records import pairs

    (record,) = pairs(1, 2)
    return tuple(record.response(name).text for name in ("chosen", "rejected", "third"))


def data(source: str, folder: Path) -> list[Record]:
    """A comparison, a ranking over several pictures, one response, and a clip of frames with markup in a response."""
    files, texts = pictures(source, folder), described(source)
    media = [Media(media_id=f"m{number}", path=str(path.absolute())) for number, path in enumerate(files)]
    clip = folder / "clip"
    clip.mkdir()
    for number, path in enumerate(files[2:6]):
        shutil.copy(path, clip / f"{number}{path.suffix}")
    records = [
        item("compare", "Describe the picture.", (media[0],), *texts[:2]),
        item("rank", "What is in the first of these pictures?", tuple(media[:3]), *texts),
        item("alone", "Describe the picture.", (media[0],), texts[1]),
        item("markup", "What happens?", (Media(media_id="clip", kind="frames", path=str(clip)),), SCRIPT, "Nothing."),
    ]
    drawn = item("drawn", "Draw a picture.", (), "Here it is.", "Here it is, again.")
    mine = tuple(one.replace(media_id=f"own{number}") for number, one in enumerate(media[:2]))
    responses = tuple(one.replace(parts=(Part(type="image", media_id=f"own{number}"), *one.parts)) for number, one in enumerate(drawn.responses))
    records.append(drawn.replace(media=mine, responses=responses))
    if source == "photographs":
        records.append(item("sound", "What is said?", (Media(media_id="sound", kind="audio", path=str(SHARED / "clips" / "speech.wav")),), "A sentence.", "Two sentences."))
        records.append(item("film", "What is seen?", (Media(media_id="film", kind="video", path=str(SHARED / "clips" / "demo.mp4")),), "People.", "Nobody."))
    return records


class Browser:
    """A Chromium of its own, killed like a process that hangs. Life cycle: `open` until `kill`."""

    def __init__(self, playwright, folder: Path) -> None:
        self.playwright, self.folder = playwright, folder

    def open(self):
        """A page of a new process with the storage of the last."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--remote-debugging-port={port}",
            f"--user-data-dir={self.folder}",
            "--window-size=1360,900",
            "about:blank",
        ]
        self.process = subprocess.Popen([CHROMIUM, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(300):
            try:
                self.browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
                break
            except Exception:  # noqa: BLE001 - it is not up yet
                time.sleep(0.1)
        page = self.browser.contexts[0].pages[0]
        page.set_viewport_size({"width": 1360, "height": 860})
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" and "Failed to load resource" not in message.text else None)
        page.set_default_timeout(15000)
        return page

    def kill(self) -> None:
        """Signal 9 to all of its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture
def browser(playwright, tmp_path):
    found = Browser(playwright, tmp_path / "profile")
    yield found
    found.kill()


def photograph(page, name: str) -> None:
    """A screenshot, where a folder for them is named."""
    if folder := os.environ.get("VERIDICAL_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")


def shown(page, number: int = 0) -> str:
    """The text of a card."""
    return page.locator(".card .text").nth(number).inner_text()


def place_of(page, text: str) -> int:
    """Which card holds a text."""
    return [shown(page, number) for number in range(page.locator(".card").count())].index(text)


def visit(page, address: str) -> None:
    """Open a link as from a message."""
    page.goto("about:blank")
    page.goto(address)


def until(page, expression: str, seconds: float = 20.0) -> None:
    """Wait until something holds. The browser's own waiting would evaluate a string in the page, which the page forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}; the page says: {page.inner_text('body')[:500]}"
        time.sleep(0.05)


def settled(page, done: int) -> None:
    """Wait until so many items are done and everything is kept."""
    until(page, f"document.querySelector('#count').textContent.startsWith('{done} ') && document.querySelector('#state').className === '' && !page.busy")


def loaded(page) -> None:
    """Wait until every picture that can be seen is there."""
    until(page, "[...document.querySelectorAll('#prompt img')].filter((one) => !one.hidden).every((one) => one.complete && one.naturalWidth > 0)")


@pytest.mark.parametrize("source", ["photographs", "world"])
def test_two_people_compare_rank_correct_and_mark(playwright, browser, tmp_path, source):
    records, texts = data(source, tmp_path), described(source)
    save(records, tmp_path / "data.jsonl")
    (tmp_path / "guide.txt").write_text(GUIDE)
    options = [
        "--people",
        "ann,bo",
        "--each",
        "2",
        "--aspects",
        "helpfulness,faithfulness,ethics",
        "--guide",
        str(tmp_path / "guide.txt"),
        *(["--media", str(SHARED)] if source == "photographs" else []),
    ]
    with Serving(tmp_path, str(tmp_path / "data.jsonl"), *options) as site:
        page = browser.open()
        ann = by_keyboard(page, site, texts, source)
        bo = by_mouse(page, site, texts, source)
        visit(page, f"{site.url}/#{site.tokens['owner']}")
        page.wait_for_selector("#owner table")
        assert "Krippendorff" in page.inner_text("#owner") and "ann" in page.inner_text("#owner")
        photograph(page, f"{source}-owner")
        assert browser.wrong == [] and page.title() != "broken"
        site.run("--export", str(tmp_path / "out.jsonl"))
        wrong_token(page, site)
    out = {record.record_id: record for record in load(str(tmp_path / "out.jsonl")).records}
    compared = out["compare"]
    (pair,) = [pair for pair in compared.pairs if pair.rule == "people"]
    assert (pair.chosen, pair.rejected, pair.relation, pair.probability) == ("r0", "r1", ">", 1.0)
    assert [(span.text, span.annotator, texts[1][span.start : span.end]) for span in compared.response("r1").spans] == [
        (ann["marked"], "ann", ann["marked"]),
        (bo["marked"], "bo", bo["marked"]),
    ]
    assert compared.response("r1-by-ann").text == ann["corrected"] and compared.response("r1-by-bo").text == bo["corrected"]
    for one in (pair for pair in compared.pairs if pair.rule == "corrected"):
        assert apply_edits(texts[1], compared.response(one.chosen).text, one.edits) == compared.response(one.chosen).text != texts[1]
    assert {response.response_id: response.rank for response in out["rank"].responses} == {"r0": 1, "r1": 2, "r2": 3} and len(out["rank"].pairs) == 3
    assert {(aspect.annotator, aspect.name, aspect.score) for aspect in compared.response("r0").aspects} == {
        (name, aspect, score) for name, score in (("ann", 5.0), ("bo", 4.0)) for aspect in ("helpfulness", "faithfulness", "ethics")
    }
    told = {one["person"]: one for one in json.loads(out["alone"].extra)["annotation"]}
    assert (told["ann"]["comment"], told["ann"]["flag"], told["bo"]["flag"]) == ("not sure", True, False)
    assert [(pair.relation, pair.probability) for pair in out["markup"].pairs] == [("=", 0.5)]


def by_keyboard(page, site: Serving, texts, source: str) -> dict[str, str]:
    """Everything with keys alone."""
    visit(page, f"{site.url}/#{site.tokens['ann']}")
    page.wait_for_selector("dialog[open]")
    assert site.tokens["ann"] not in page.url and "Mark every stretch" in page.inner_text("#guide-text")
    photograph(page, f"{source}-guide")
    key = page.keyboard.press
    key("Enter")
    loaded(page)
    wrong = place_of(page, texts[1])
    key("Enter")  # nothing is judged yet: it says what is missing
    assert "Say first which response is better" in page.inner_text("#problem")
    for _ in range((wrong - int(page.locator(".card.active").get_attribute("data-place"))) % 2):
        key("ArrowRight")
    marked = mark_by_keys(page, texts)
    key("e")
    page.wait_for_selector("textarea.correction")
    corrected = texts[0] if source == "world" else texts[1].replace(f" {marked} elephant", "")
    page.locator("textarea.correction").fill(corrected)
    key("Escape")
    assert page.locator("del mark").count() >= 1 and marked.split()[0] in "".join(page.locator("del").all_inner_texts())
    key("1" if wrong else "2")
    for mark in "425555" if wrong == 0 else "555425":
        key(mark)
    photograph(page, f"{source}-compare")
    key("Enter")
    settled(page, 1)
    loaded(page)
    ranks = {text: number + 1 for number, text in enumerate(texts)}
    for number in range(3):
        key(str(ranks[shown(page, number)]))
    for _ in range(9):
        key("3")
    photograph(page, f"{source}-rank")
    key("Enter")
    settled(page, 2)
    key("a")
    for mark in "343":
        key(mark)
    key("c")
    page.keyboard.type("not sure")
    key("Escape")
    key("f")
    key("Enter")
    settled(page, 3)
    assert page.locator(".card img").count() == 0 and SCRIPT in (shown(page, 0), shown(page, 1))
    key("0")
    for _ in range(6):
        key("3")
    loaded(page)
    page.locator(".frames button").click()
    key("Enter")
    settled(page, 4)
    rest(page, source)
    return {"marked": marked, "corrected": corrected}


def rest(page, source: str) -> None:
    """Responses that are pictures; the sound and the film."""
    until(page, "document.querySelectorAll('.card img').length === 2 && [...document.querySelectorAll('.card img')].every((one) => one.naturalWidth > 0)")
    page.keyboard.press("0")
    for _ in range(6):
        page.keyboard.press("3")
    page.keyboard.press("Enter")
    settled(page, 5)
    for number, kind in ((6, "audio"), (7, "video")) if source == "photographs" else ():
        until(page, f"document.querySelector('{kind}') && document.querySelector('{kind}').readyState > 0")
        assert page.evaluate(f"document.querySelector('{kind}').duration") > 0
        page.keyboard.press("1")
        for _ in range(6):
            page.keyboard.press("3")
        page.keyboard.press("Enter")
        settled(page, number)
    until(page, "document.querySelector('#message h2') && !document.querySelector('#message').hidden")


def mark_by_keys(page, texts) -> str:
    """Mark the first words in which the wrong response differs, with h, arrows and Enter."""
    right, wrong = texts[0].split(), texts[1].split()
    first = next(number for number, (one, other) in enumerate(zip(right, wrong, strict=False)) if one != other)
    page.keyboard.press("h")
    while not wrong[first].startswith(page.locator(".cursor").inner_text()) or page.evaluate("page.cursor.start") < len(" ".join(wrong[:first])):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    marked = page.locator(".cursor").inner_text()
    page.keyboard.press("Enter")
    assert page.locator("mark").inner_text() == marked
    page.keyboard.press("Escape")
    return marked


def by_mouse(page, site: Serving, texts, source: str) -> dict[str, str]:
    """Everything with the mouse, in Chinese and back."""
    visit(page, f"{site.url}/#{site.tokens['bo']}")
    page.wait_for_selector("dialog[open]")
    page.click("#guide-close")
    page.click("#language")
    assert page.inner_text("#task") == "哪个回答更好？" and page.inner_text("#next") == "保存并继续"
    photograph(page, f"{source}-chinese")
    page.click("#language")
    wrong = page.locator(".card").nth(place_of(page, texts[1]))
    place = int(wrong.get_attribute("data-place"))
    marked = texts[1].split()[1]
    start = texts[1].index(marked)
    wrong.locator("header").click()
    page.evaluate(
        """([place, start, end]) => { page.active = place; draw(); const node = document.querySelector(`[data-place="${place}"] .text`).firstChild;
        const range = document.createRange(); range.setStart(node, start); range.setEnd(node, end); getSelection().removeAllRanges(); getSelection().addRange(range); }""",
        [place, start, start + len(marked)],
    )
    page.locator(".card").nth(place).get_by_role("button", name="Mark: hallucination").click()
    assert page.locator("mark").inner_text() == marked
    page.locator(".card").nth(place).get_by_role("button", name="Correct").click()
    corrected = f"{texts[1]} That is all."
    page.locator("textarea.correction").fill(corrected)
    page.locator(".card").nth(place).get_by_role("button", name="Done").click()
    page.locator(".card").nth(1 - place).get_by_role("button", name="Better").click()
    for number in range(2):
        for aspect in ("helpfulness", "faithfulness", "ethics"):
            page.locator(".card").nth(number).get_by_label(f"{aspect} 4").click()
    page.click("#next")
    settled(page, 1)
    for text, rank in zip(texts, (1, 2, 3), strict=True):
        page.locator(".card").nth(place_of(page, text)).locator(".ranks button").nth(rank - 1).click()
    for number in range(3):
        for aspect in ("helpfulness", "faithfulness", "ethics"):
            page.locator(".card").nth(number).get_by_label(f"{aspect} 2").click()
    page.click("#next")
    settled(page, 2)
    for aspect in ("helpfulness", "faithfulness", "ethics"):
        page.locator(".card").get_by_label(f"{aspect} 2").click()
    page.click("#next")
    settled(page, 3)
    page.click("#tie")
    for number in range(2):
        for aspect in ("helpfulness", "faithfulness", "ethics"):
            page.locator(".card").nth(number).get_by_label(f"{aspect} 1").click()
    page.click("#next")
    settled(page, 4)
    rest(page, source)
    return {"marked": marked, "corrected": corrected}


def wrong_token(page, site: Serving) -> None:
    """A forged link opens nothing."""
    visit(page, f"{site.url}/#{'x' * 32}")
    until(page, "document.querySelector('#message').textContent.includes('needs an invitation')")
    assert page.locator("main").is_hidden() and "A person" not in page.inner_text("body")


def test_neither_a_killed_server_nor_a_killed_browser_loses_a_judgement(browser, tmp_path):
    records = [item(f"i{number}", f"Question {number}?", (), f"yes {number}", f"no {number}") for number in range(6)]
    save(records, tmp_path / "data.jsonl")
    with Serving(tmp_path, str(tmp_path / "data.jsonl"), "--people", "ann") as site:
        page = browser.open()
        visit(page, f"{site.url}/#{site.tokens['ann']}")
        judged = [better(page, 0)]
        settled(page, 1)
        site.kill()
        judged.append(better(page, 1))
        until(page, "document.querySelector('#state').className === 'wrong'")
        assert "to be sent: 1" in page.inner_text("#state")
        photograph(page, "offline")
        site.start()  # the page sends by itself
        settled(page, 2)
        until(page, "document.querySelector('#prompt').textContent.includes('Question 2')")
        page.locator(".card").first.get_by_role("button", name="Correct").click()
        page.locator("textarea.correction").fill("half a sentence that is not fin")
        site.kill()
        page.locator("textarea.correction").press("Control+Enter")
        assert "Say first" in page.inner_text("#problem")
        judged.append(better(page, 2))
        until(page, "document.querySelector('#count').textContent.startsWith('3 ')")  # what the page says is done is on disk
        browser.kill()
        site.start()
        page = browser.open()
        page.goto(site.url)
        settled(page, 3)
        until(page, "document.querySelector('#prompt').textContent.includes('Question 3')")
        page.locator("#comment-button").click()
        page.locator("#comment").fill("a draft")
        time.sleep(0.3)
        browser.kill()
        page = browser.open()
        page.goto(site.url)
        until(page, "document.querySelector('#comment').value === 'a draft'")
        site.run("--export", str(tmp_path / "out.jsonl"))
    out = load(str(tmp_path / "out.jsonl")).records
    assert [record.response(record.pairs[0].chosen).text for record in out] == judged
    assert [response.text for response in out[2].responses if response.origin == "corrected"] == ["half a sentence that is not fin"]


def better(page, number: int) -> str:
    """Prefer the first of an item's responses; its text."""
    until(page, f"document.querySelector('#prompt').textContent.includes('Question {number}')")
    texts = [key["text"] for key in page.evaluate("page.item.responses")]
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    return texts[0]


def test_one_goes_back_changes_ones_mind_and_learns_of_a_refusal(browser, tmp_path):
    records = [item(f"i{number}", f"Question {number}?", (), f"yes {number} of 🙂 all", f"no {number} of 🙂 all") for number in range(4)]
    save(records, tmp_path / "data.jsonl")
    with Serving(tmp_path, str(tmp_path / "data.jsonl"), "--people", "ann") as site:
        page = browser.open()
        visit(page, f"{site.url}/#{site.tokens['ann']}")
        first = better(page, 0)
        settled(page, 1)
        page.keyboard.press("s")
        settled(page, 2)
        page.keyboard.press("Backspace")  # to the skipped one, then to the first
        until(page, "document.querySelector('#prompt').textContent.includes('Question 1') && !page.busy")
        page.keyboard.press("Backspace")
        until(page, "document.querySelector('#prompt').textContent.includes('Question 0') && !page.busy")
        assert page.locator(".card.best .text").inner_text() == first
        page.keyboard.press("2")
        page.keyboard.press("h")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert page.locator(".cursor").inner_text() == "🙂"
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        settled(page, 2)
        page.keyboard.press("Backspace")
        until(page, "document.querySelector('#prompt').textContent.includes('Question 1') && !page.busy")
        page.keyboard.press("Backspace")
        until(page, "document.querySelector('#prompt').textContent.includes('Question 0') && !page.busy")
        assert page.locator("mark").inner_text() == "🙂", "what the server counts in code points comes back to its place"
        site.run("--export", str(tmp_path / "out.jsonl"))
        refused(page, site)
    (out,) = load(str(tmp_path / "out.jsonl")).records
    assert out.record_id == "i0" and out.response(out.pairs[0].rejected).text == first
    (span,) = [span for response in out.responses for span in response.spans]
    assert span.text == "🙂" and out.response(out.pairs[0].chosen).text[span.start : span.end] == "🙂"


def refused(page, site: Serving) -> None:
    """A judgement that the server does not accept stays in the browser, and the page says so."""
    page.evaluate("enqueue({ client_id: 'a-wrong-one', item: 'of-nobody', seconds: 1 })")
    until(page, "document.querySelector('#state').className === 'wrong'")
    assert "no such item of yours" in page.inner_text("#state")
    page.reload()
    until(page, "names('refused:').length === 1 && names('queue:').length === 0")
