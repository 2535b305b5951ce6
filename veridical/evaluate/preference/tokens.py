"""How long a text is in tokens, for style control."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from veridical.grade.grade import NotInstalled


def counter(name: str) -> Callable[[str], int]:
    """A function that counts tokens: of a tokenizer's directory where there is one of that name, else of an encoding of tiktoken ("o200k_base" is gpt-4o's).

    Errors: NotInstalled where neither is at hand.
    """
    if Path(name).is_dir():
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(name)
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False))
    advice = "; or name a tokenizer's directory, as --set tokens=DIR, whose counts differ a little"
    try:
        import tiktoken

        return partial(counted, tiktoken.get_encoding(name))
    except ImportError as error:
        raise NotInstalled(f"style control counts tokens with tiktoken: pip install tiktoken{advice}") from error
    except Exception as error:  # noqa: BLE001 - tiktoken fetches its file with whatever client, which raises whatever it likes
        raise NotInstalled(f"tiktoken has no encoding {name!r} at hand ({type(error).__name__}: {str(error)[:200]}); it is fetched once, with a network{advice}") from error


def counted(encoding: object, text: str) -> int:
    """Tokens of an encoding; special ones are ordinary text."""
    return len(encoding.encode(text, disallowed_special=()))  # type: ignore[attr-defined]
