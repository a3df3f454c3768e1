"""Engines of tests under the names that jobs find them by."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from answerprint import engines
from answerprint.engines import PixelEngine


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[PixelEngine]], None]:
    """Let jobs find an engine under the stage and name on its card."""
    real = engines.find

    def register(kind: type[PixelEngine]) -> None:
        names = kind.card.stage, kind.card.name
        monkeypatch.setattr(engines, "find", lambda *wanted: kind if wanted == names else real(*wanted))

    return register
