"""Frames to colour are few, cover the film, and come in the order of their use."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from answerprint.stages import key_frames
from films import texture


def scene(seed: int, count: int) -> np.ndarray:
    """A shot that pans slowly over a texture of its own: uint8 (count, 72, 128)."""
    wide = texture(72, 128 + count, 1, np.random.default_rng(seed))[..., 0]
    wide = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), 4)
    wide = (wide - wide.min()) / np.ptp(wide) * 255
    return np.stack([wide[:, t : t + 128] for t in range(count)]).astype(np.uint8)


def test_the_longest_shot_comes_first_and_a_shot_seen_again_needs_no_second_picture(tmp_path: Path) -> None:
    long, short = scene(1, 40), scene(2, 12)
    lumas = np.concatenate([short, long, short[::-1]])
    chosen = key_frames.choose(lumas, [(0, 12), (12, 52), (52, 64)])
    assert chosen[0].shot == 12 and 20 <= chosen[0].frame < 44
    assert len({one.shot for one in chosen} - {12}) == 1
    assert sum(one.adds for one in chosen) > 0.95
    assert [one.adds for one in chosen] == sorted((one.adds for one in chosen), reverse=True)
    key_frames.write(tmp_path / "sheets", chosen, lambda index: lumas[index][..., None] / np.float32(255))
    rows = (tmp_path / "sheets" / "sheets.tsv").read_text().splitlines()
    first = cv2.imread(str(tmp_path / "sheets" / rows[1].split("\t")[4]), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(first, lumas[chosen[0].frame]) and len(rows) == len(chosen) + 1
