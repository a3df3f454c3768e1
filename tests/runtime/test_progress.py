"""A job that works in silence says now and then that it is at work."""

from __future__ import annotations

import io
import re
import threading

from answerprint.runtime.progress import heartbeat


class Said(io.StringIO):
    """A terminal that tells when something was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def write(self, text: str) -> int:
        count = super().write(text)
        if text.endswith("\n"):
            self.told.set()
        return count


def test_a_heart_beats_while_the_work_lasts_and_not_after() -> None:
    said = Said()
    with heartbeat("reel find shots", every=0.01, stream=said):
        assert said.told.wait(10)
    lines = said.getvalue().splitlines()
    assert lines and all(re.fullmatch(r"  reel find shots: at work for \d+ s", line) for line in lines)
    said.told.clear()
    assert not said.told.wait(0.1)
