"""An engine that works in turn is given a part at once, and asks for its frames one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.engines import Clip, Result
from answerprint.frames import window
from answerprint.plan.fingerprint import Marks
from answerprint.runtime.files import write_json
from tiny_stage import FRAMES, HEIGHT, WAYS_TO_CUT, WIDTH, Tiny, averaged, card, film_of


@pytest.mark.parametrize("marked", [False, True])
def test_an_engine_that_works_in_turn_is_given_the_frames_of_a_part_and_shot_at_once(
    tmp_path: Path, use: Any, monkeypatch: pytest.MonkeyPatch, marked: bool
) -> None:
    lengths: list[int] = []

    def in_turn(engine: Tiny, clip: Clip) -> Iterator[Result]:
        lengths.append(len(clip.indices))
        for i in clip.indices:
            mean = np.mean([clip.frames[j] for j in range(max(0, i - 2), min(len(clip.frames), i + 3))], axis=0)
            yield Result(frames=mean[None], statistics={"light": np.array([mean.mean()])})

    monkeypatch.setattr(window, "LARGEST_BLOCK", 2)
    kind = type("Turns", (Tiny,), {"card": card(radius=2, in_turn=True), "in_turn": in_turn})
    use(kind)
    everywhere = {"corners": [[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT]]] * 15, "first": 0, "start": 0, "stop": 15}
    write_json(tmp_path / "regions.json", {"all": everywhere})
    region = {"marks": Marks(matte="", remove=("all",), protect=(), carriers=()), "regions": tmp_path / "regions.json"}
    made = film_of(tmp_path, kind, WAYS_TO_CUT[2], **(region if marked else {}))
    np.testing.assert_allclose(made.frames, averaged(), atol=64)
    assert len(made.numbers("light")) == FRAMES and min(made.numbers("light")) > 0
    # Marks are held for a whole block, and so there are more of them.
    assert lengths == ([2, 2, 2, 2, 1, 2, 1, 2, 1] if marked else [2, 2, 2, 3, 2, 1, 3])
