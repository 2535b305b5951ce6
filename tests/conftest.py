"""For tests of several packages: a server of models in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest


@pytest.fixture
def serve() -> Iterator[Callable[..., Any]]:
    """Start a server of a model directory, with its ways of going wrong (`serving.Serving`); all end with the test."""
    from serving import Serving

    with ExitStack() as open_:
        yield lambda *given, **named: open_.enter_context(Serving(*given, **named))
