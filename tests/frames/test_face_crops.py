"""Faces are cut out square or upright."""

from __future__ import annotations

import cv2
import numpy as np

from answerprint.frames.face_crops import crop_square, crop_upright
from drawn_faces import drawn_face


def test_a_tilted_face_is_cut_out_upright():
    upright = drawn_face()
    turn = cv2.getRotationMatrix2D((120, 120), 25, 0.8)
    tilted = cv2.warpAffine(upright, turn, (240, 240), borderValue=0.35)[..., None]
    points = np.array([[102, 114], [138, 114], [120, 134], [106, 154], [134, 154]], np.float64)
    moved = points @ turn[:, :2].T + turn[:, 2]
    target = points - [72, 90]
    cut = [crop_upright(f, p, target, 96, 80)[8:-8, 8:-8] for f, p in ((upright, points), (tilted, moved))]
    assert np.abs(cut[0] - cut[1]).mean() < 0.02


def test_a_square_crop_may_reach_past_the_edge_of_the_frame():
    cut = crop_square(np.full((20, 30, 3), 0.5, np.float32), np.array([-10, -10, 10, 14]), 16, margin=0.2)
    assert cut.shape == (16, 16, 3) and np.allclose(cut, 0.5)
