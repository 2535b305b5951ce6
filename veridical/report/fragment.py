"""An HTML fragment that another program wrote, made safe to stand in the page: known tags, no links, no scripts, small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

from veridical.report.picture import lighter

KEPT = frozenset("table thead tbody tr th td p div span i b u em strong figure figcaption ul ol li pre code h3 h4".split())
"""Tags that stay, without their attributes."""
SILENT = frozenset("style script template title head".split())
"""Tags whose content goes with them."""


def cleaned(fragment: str) -> Markup:
    """The fragment without anything that could run, load or leave the page; every other text stays, escaped."""
    reader = Cleaner()
    reader.feed(fragment)
    reader.close()
    return Markup("".join(reader.out) + "".join(f"</{tag}>" for tag in reversed(reader.open)))


class Cleaner(HTMLParser):
    """Writes what it keeps into `out`, closing what was left open."""

    def __init__(self) -> None:
        """Nothing read yet."""
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Keep a known tag; a picture stays when it lies inside the page."""
        if tag in SILENT:
            self.silent += 1
        elif not self.silent and tag == "img":
            self.out.append(image(dict(attrs)))
        elif not self.silent and tag == "br":
            self.out.append("<br>")
        elif not self.silent and tag in KEPT:
            self.open.append(tag)
            self.out.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        """Close a tag that is open, and what was left open inside it."""
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif not self.silent and tag in self.open:
            while (last := self.open.pop()) != tag:
                self.out.append(f"</{last}>")
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self.silent:
            self.out.append(escape(data))


def image(attributes: dict[str, str | None]) -> str:
    """A picture that the fragment carries, or its words."""
    words, source = attributes.get("alt") or "picture", lighter(attributes.get("src") or "")
    return f'<img alt="{escape(words)}" src="{source}">' if source else f"<span>[{escape(words)}]</span>"
