"""What is wrong with a tape is named with numbers, shot by shot; film is called neither shifted nor flashing."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import films
import soiled
from answerprint.engines import Clip
from answerprint.engines.video.signal import moved_back
from answerprint.lab.tape import from_tape
from answerprint.stages import analysis
from answerprint.stages.analysis import ShotAnalysis
from answerprint.stages.video_faults import _chroma_shift


def film(count: int = 13) -> np.ndarray:
    return soiled.still(count)


def shots(frames: np.ndarray, *cuts: int) -> list[ShotAnalysis]:
    frames = np.clip(frames, 0, 1).astype(np.float32)
    edges = [0, *cuts, len(frames)]
    measures = analysis.measure(Clip(frames=frames, core=slice(0, len(frames))))
    return analysis.analyse(measures, list(pairwise(edges)))


def options(shot: ShotAnalysis, stage: str) -> dict[str, Any] | None:
    return next((one.options for one in shot.suggests if one.stage == stage), None)


def test_undamaged_film_needs_no_repair_of_video() -> None:
    (shot,) = shots(film())
    assert options(shot, "video") is None and "dropouts" not in (options(shot, "clean") or {})
    assert (shot.chroma_shift, shot.red_offset, shot.blue_offset) == (0, (0, 0), (0, 0))
    assert (shot.cross_colour, shot.signal, shot.line_jitter, shot.torn_lines, shot.dropouts) == (0, "", 0, 0, 0)


def test_noise_is_no_fault_of_the_signal() -> None:
    noisy = film() + np.random.default_rng(0).normal(0, 0.02, film().shape)
    assert options(shots(noisy)[0], "video") is None and not shots(noisy)[0].line_jitter


def test_everything_that_is_wrong_with_a_tape_is_named() -> None:
    (shot,) = shots(from_tape(film(), dropouts=3, switching=5, jitter=0.5))
    assert shot.dropouts > 1 and (options(shot, "clean") or {})["dropouts"] is True
    assert shot.torn_lines == 5 and abs(shot.line_jitter - 0.5) < 0.1
    asked = options(shot, "video") or {}
    assert asked["time_base"] is True and asked["torn"] == 5


def test_a_composite_signal_suggests_its_comb() -> None:
    for system in ("ntsc", "pal"):
        (shot,) = shots(from_tape(film(), system=system, noise=0.004))
        assert shot.signal == system and (options(shot, "video") or {})["comb"] == system


def test_a_drawn_test_picture_is_not_taken_for_a_composite_signal(tmp_path: Path) -> None:
    path = tmp_path / "drawn.mkv"
    drawn = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=24", "-frames:v", 40)
    films.ffmpeg(*drawn, "-pix_fmt", "yuv420p", "-c:v", "ffv1", path)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24").astype(np.float32) / 255 for frame in container.decode(video=0)]
    (shot,) = shots(np.stack(frames))
    assert shot.cross_colour > 0.03 and shot.signal == "" and "comb" not in (options(shot, "video") or {})


def test_where_colour_lies_is_judged_over_the_film_and_a_sound_shot_is_left_alone() -> None:
    sound = film()[:, ::-1, ::-1]
    tape = np.concatenate([from_tape(film(), chroma_shift=3.0), sound, from_tape(film(), chroma_shift=3.0)])
    first, between, last = shots(tape, 13, 26)
    assert abs(first.chroma_shift - 3) < 0.6 and first.chroma_shift == last.chroma_shift
    assert between.chroma_shift == 0 and options(between, "video") is None
    place = (options(first, "video") or {})["chroma"]
    assert abs(place[0] - 3) < 0.6 and place[1] == 0


@pytest.mark.parametrize(("second", "moved"), [(0.0, True), (0.9, False)])
def test_colour_that_lies_on_both_sides_of_its_edges_is_not_moved(second: float, moved: bool) -> None:
    place = np.arange(-8, 9)
    valleys = np.maximum(np.exp(-(((place + 2) / 1.5) ** 2)), second * np.exp(-(((place - 3) / 1.5) ** 2)))
    shift = _chroma_shift(5 - valleys)
    assert (abs(shift + 2) < 0.2) if moved else shift == 0


def test_records_that_lie_apart_suggest_how_to_lay_them_together() -> None:
    apart = film()
    for frame in apart:
        frame[..., 0] = moved_back(frame[..., 0], (-1.4, 0.8))
    (shot,) = shots(apart)
    across, down = (options(shot, "video") or {})["red"]
    assert abs(across - 1.4) < 0.1 and abs(down + 0.8) < 0.1
    assert shot.blue_offset == (0, 0)
    # The colour that this leaves at edges is taken for nothing else.
    assert set(options(shot, "video") or {}) == {"red"}
