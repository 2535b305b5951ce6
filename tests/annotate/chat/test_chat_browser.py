"""The page of a chat in a real browser: asked by mouse and by keyboard, voted on, continued; markup that a model writes stays text.

Needs the package playwright and a Chromium on the path.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time

import pytest
from PIL import Image

from veridical.annotate.chat.app import application
from veridical.annotate.chat.room import Model
from veridical.study.chat import Chat

pytest.importorskip("playwright.sync_api", reason="the package playwright drives the browser")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")]
SCRIPT = "<img src=x onerror=\"document.title='broken'\">"


@pytest.fixture
def room(tmp_path):
    """A room behind an address, with two models that repeat the question and sign it."""
    import uvicorn

    Image.new("RGB", (60, 40), "red").save(tmp_path / "a.png")
    chat = Chat(("models/old", "models/new"), (tmp_path / "a.png",), str(tmp_path / "chat.db"))
    found = chat.room(open_=lambda name, how: Model(name, lambda records: [f"{record.prompt_text} {name[-3:]}" for record in records]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(found), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield found, f"http://127.0.0.1:{port}/#{found.store.invite('ann')}"
    server.should_exit = True
    thread.join()


def until(page, expression: str, seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}; the page says: {page.inner_text('body')[:500]}"
        time.sleep(0.05)


def test_one_asks_votes_and_goes_on(room):
    from playwright.sync_api import sync_playwright

    found, address = room
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page, wrong = browser.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        until(page, "document.querySelector('#picture img')?.naturalWidth === 60")
        page.fill("#text", SCRIPT)
        page.click("#send")
        until(page, "document.querySelectorAll('.card').length === 2")
        assert page.locator(".who").all_inner_texts() == ["", ""] and page.title() == "veridical" and page.is_disabled("#send")
        left = page.locator(".card .words").first.inner_text()
        page.locator("nav button").first.click()
        until(page, "document.querySelectorAll('.card.best').length === 1")
        assert page.locator(".card.best .who").inner_text() == f"models/{left[-3:]}" and left.startswith(SCRIPT)
        page.fill("#text", "More?")
        page.press("#text", "Enter")
        until(page, "document.querySelectorAll('.card').length === 4")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("x")
        until(page, "document.querySelector('#state').textContent.endsWith('2')")
        assert not wrong and "#" not in page.url
        browser.close()
    first, second = sorted(found.voted(), key=lambda record: len(record.prompt))
    assert first.pairs[0].relation == ">" and first.response(first.pairs[0].chosen).text == left
    assert second.tags == ("both bad",) and [turn.text for turn in second.prompt] == [SCRIPT, left, "More?"]
