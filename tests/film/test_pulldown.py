"""Film comes out of pulldown as it went in, in every kind of pixel."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from answerprint.film import planes, pulldown
from films import moving_texture

RATE = Fraction(30000, 1001)
PATTERN = ((0, 0), (1, 1), (1, 2), (2, 3), (3, 3))
"""Of four film frames, those whose upper and lower fields each of five frames of video shows."""


def drawn(film: np.ndarray, name: str) -> list[av.VideoFrame]:
    """Film frames (n, h, w) as pictures in a format; each plane gets the brightness, dimmer from plane to plane."""
    frames = []
    for picture in film:
        frame = av.VideoFrame(film.shape[2], film.shape[1], name)
        component = frame.format.components[0]
        item = np.uint16 if component.bits > 8 else np.uint8
        for index, plane in enumerate(frame.planes):
            rows = np.zeros((plane.height, plane.line_size // np.dtype(item).itemsize), item)
            small = picture[:: film.shape[1] // plane.height, :: film.shape[2] // plane.width]
            rows[:, : plane.width] = np.rint(small / (index + 1) * ((1 << component.bits) - 1))
            plane.update(rows.tobytes())
        frames.append(frame)
    return frames


def samples(frame: av.VideoFrame) -> list[np.ndarray]:
    return planes.of(frame).samples


def woven(upper: av.VideoFrame, lower: av.VideoFrame) -> av.VideoFrame:
    made = av.VideoFrame(upper.width, upper.height, upper.format.name)
    for plane, top, bottom in zip(made.planes, upper.planes, lower.planes, strict=True):
        rows = np.frombuffer(top, np.uint8).reshape(plane.height, -1).copy()
        rows[1::2] = np.frombuffer(bottom, np.uint8).reshape(plane.height, -1)[1::2]
        plane.update(rows.tobytes())
    return made


@pytest.mark.parametrize(
    "name", ["gray", "gray10le", "gray16le", "gbrp", "gbrp12le", "rgb24", "nv12", "yuv420p", "yuv422p10le"]
)
def test_pulldown_is_undone_bit_for_bit(name: str) -> None:
    film = drawn(0.2 + 0.6 * moving_texture(20, 64, 96, step=(0.0, 3.0))[..., 0], name)
    video = [woven(film[first + up], film[first + down]) for first in range(0, 20, 4) for up, down in PATTERN]
    undone = [frame for _, frame in pulldown.film_frames(RATE, "tff", enumerate(video))]
    assert len(undone) == len(film) and {frame.format.name for frame in undone} == {name}
    for made, true in zip(undone, film, strict=True):
        for values, expected in zip(samples(made), samples(true), strict=True):
            np.testing.assert_array_equal(values, expected)


def test_a_frame_whose_other_field_is_missing_is_made_of_one_field_in_its_own_depth() -> None:
    film = drawn(0.2 + 0.6 * moving_texture(20, 64, 96, step=(0.0, 6.0))[..., 0], "gray10le")
    lone = [woven(film[2 * k], film[2 * k + 1]) for k in range(10)]
    undone = [frame for _, frame in pulldown.film_frames(RATE, "tff", enumerate(lone), decimate=False)]
    assert len(undone) == 10 and {frame.format.name for frame in undone} == {"gray10le"}
    for k in range(2, 8):
        made, true, combed = (samples(frame)[0].astype(float) for frame in (undone[k], film[2 * k], lone[k]))
        np.testing.assert_array_equal(made[::2], true[::2])
        assert np.abs(made - true).mean() < 0.5 * np.abs(combed - true).mean()
