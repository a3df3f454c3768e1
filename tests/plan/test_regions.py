"""Regions follow what a person pointed at, keep or clear exactly what lies in them, and rerun only their shot."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import films
from answerprint.film.parts import Part
from answerprint.film.shots import from_starts
from answerprint.frames import optical_flow, part_file
from answerprint.frames.window import FrameWindow
from answerprint.plan import chain, decisions, regions
from answerprint.plan.decisions import ShotDecision
from answerprint.plan.film_cut import FilmCut
from answerprint.plan.film_fingerprints import Fingerprints
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import read_json
from answerprint.stages import masks, track_regions
from answerprint.stages.run import run
from answerprint.stages.stage_job import StageJob
from part_files import write_part, write_parts

SQUARE = [[40, 40], [80, 40], [80, 76], [40, 76]]
CHAIN = chain.resolve(
    {"restored": {"class": "repair", "stages": ["stabilise", "clean", "denoise"]}},
    {"stabilise": {"engine": "path"}, "clean": {"engine": "motion"}, "denoise": {"engine": "motion"}},
)
SHOTS = from_starts({12: "cut"}, 24)
PARTS = tuple(Part(first=a, stop=b) for a, b in ((0, 6), (6, 12), (12, 24)))


@pytest.fixture(scope="module")
def pan() -> np.ndarray:
    """A ground that moves by (1.3, -0.4) and a disc before it that moves by (0.9, 0.3), with grain: uint8 (n, h, w)."""
    frames = films.moving_texture(40, 120, 180, step=(1.3, -0.4), object_step=(0.9, 0.3))
    return optical_flow.eight_bits(frames[..., 0] + np.random.default_rng(0).normal(0, 0.02, frames.shape[:3]))


def followed(frames: np.ndarray, keys: dict[int, Any], follow: str) -> np.ndarray:
    task = {"keys": [[k, v] for k, v in keys.items()], "first": 0, "last": len(frames), "follow": follow}
    return track_regions.follow(lambda frame: frames[frame], task)


@pytest.mark.parametrize(
    ("corners", "follow", "step"),
    [
        ([[10, 70], [40, 70], [40, 100], [10, 100]], "around", (1.3, -0.4)),
        ([[10, 70], [40, 70], [40, 100], [10, 100]], "inside", (1.3, -0.4)),
        ([[78, 48], [102, 48], [102, 72], [78, 72]], "inside", (0.9, 0.3)),
    ],
)
def test_a_region_stays_on_its_thing_both_ways_from_where_it_was_drawn(
    pan: np.ndarray, corners: Any, follow: str, step: tuple[float, float]
) -> None:
    drawn = np.array(corners, float) + 20 * np.array(step)
    way = followed(pan, {20: drawn.tolist()}, follow)
    expected = drawn + (np.arange(40) - 20)[:, None, None] * np.array(step)
    assert np.abs(way - expected).max() < 0.6
    assert np.array_equal(way[20], drawn)


def test_a_region_drawn_roughly_round_a_thing_follows_the_thing_and_not_what_is_behind_it() -> None:
    frames = optical_flow.eight_bits(
        films.moving_texture(16, 120, 180, step=(1.0, 0.0), object_step=(1.0, 0.0))[..., 0]
    )
    middle = np.array([90.0, 60.0])
    for t in range(16):
        # A black hat over a pale face, measured before more detail than it has itself.
        x, y = (int(v) for v in middle + np.array([-3, 2]) * t)
        cv2.ellipse(frames[t], (x, y + 10), (14, 20), 0, 0, 360, 230, -1)
        cv2.ellipse(frames[t], (x, y - 10), (20, 14), 0, 0, 360, 10, -1)
    square = middle + np.array([[-24, -30], [24, -30], [24, 34], [-24, 34]])
    way = followed(frames, {0: square.tolist()}, "inside")
    assert np.abs(way - square - np.arange(16)[:, None, None] * np.array([-3, 2])).max() < 2.5


def test_a_region_that_follows_nothing_stays_and_moves_straight_between_its_drawings(pan: np.ndarray) -> None:
    assert (followed(pan, {7: SQUARE}, "none") == np.array(SQUARE)).all()
    moved = (np.array(SQUARE) + 10).tolist()
    way = followed(pan, {5: SQUARE, 15: moved}, "none")
    assert np.allclose(way[[0, 5, 10, 15, 39]], np.array(SQUARE) + np.array([0, 0, 5, 10, 10])[:, None, None])


def test_every_drawing_is_met_exactly(pan: np.ndarray) -> None:
    drawn = np.array(SQUARE, float)
    keys = {k: (drawn + np.array(by)).tolist() for k, by in ((4, (0, 0)), (12, (14, 3)), (30, (30, -9)))}
    way = followed(pan, keys, "around")
    assert all(np.array_equal(way[frame], corners) for frame, corners in keys.items())


def test_blank_and_tiny_pictures_are_followed_by_standing_still() -> None:
    for blank in (np.full((4, 120, 180), 90, np.uint8), np.zeros((3, 20, 24), np.uint8)):
        corners = [[2, 2], [9, 2], [9, 9]]
        assert (followed(blank, {1: corners}, "inside") == np.array(corners)).all()


def test_a_region_drawn_outside_the_picture_is_refused(pan: np.ndarray) -> None:
    with pytest.raises(FilmError, match=r"frame 3 lies outside the picture.*180x120"):
        followed(pan, {3: [[500, 500], [510, 500], [505, 520]]}, "inside")


def fingerprints(folder: Path, text: str, resolved: Sequence[ShotDecision] = (), **changes: Any) -> Fingerprints:
    """The fingerprints of 24 frames: two shots, the first of them in two parts."""
    path = folder / "film.yaml"
    path.write_text(text)
    cut = FilmCut(frames=24, rate=Fraction(18), depth=16, origin="o", parts=PARTS, shots=SHOTS)
    return Fingerprints(dataclasses.replace(cut, **changes), CHAIN, decisions.read(path), resolved=resolved)


def protect(frame: int, corners: Any = SQUARE, why: str = "sequins") -> str:
    return f"protect: [{{polygon: {{{frame}: {json.dumps(corners)}}}, why: {why}}}]\n"


def remove(frame: int, corners: Any = SQUARE, extra: str = "follow: none, ") -> str:
    return f"remove: [{{polygon: {{{frame}: {json.dumps(corners)}}}, {extra}why: a wire}}]\n"


def changed(folder: Path, before: str, after: str, **changes: Any) -> set[tuple[str, int]]:
    old, new = (
        {(s, p): made.stage("restored", s, p) for s in ("stabilise", "clean", "denoise") for p in range(3)}
        for made in (fingerprints(folder, before), fingerprints(folder, after, **changes))
    )
    return {key for key in old if old[key] != new[key]}


@pytest.mark.parametrize("decided", [protect, remove])
def test_a_region_runs_clean_and_what_follows_again_in_the_parts_of_its_shot(tmp_path: Path, decided: Any) -> None:
    assert changed(tmp_path, "", decided(3)) == {(s, p) for s in ("clean", "denoise") for p in (0, 1)}
    assert changed(tmp_path, decided(3), decided(3) + "# measured\n") == set()
    moved = [[x + 1, y] for x, y in SQUARE]
    assert changed(tmp_path, decided(20), decided(20, moved)) == {("clean", 2), ("denoise", 2)}


def test_another_why_runs_no_pixels_again(tmp_path: Path) -> None:
    assert changed(tmp_path, protect(3), protect(3, why="rain")) == set()


def test_a_matte_runs_clean_again_everywhere(tmp_path: Path) -> None:
    assert changed(tmp_path, "", "", matte="m") == {(s, p) for s in ("clean", "denoise") for p in range(3)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (remove(24), "names frame 24, outside the film"),
        (remove(3, extra="from: 2, to: 14, "), "frame 2 reaches over the cut at frame 12"),
        (f"remove: [{{polygon: {{3: {SQUARE}, 14: {SQUARE}}}, why: x}}]", "reaches over the cut at frame 12"),
        (remove(3) + "shots: [{at: 5, clean: false, why: none}]", "lies in a shot that leaves out clean"),
    ],
)
def test_a_region_never_reaches_over_a_cut_or_beyond_the_film(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FilmError, match=said):
        fingerprints(tmp_path, text)


@pytest.mark.parametrize("what", ["remove", "protect"])
def test_a_region_is_the_same_after_a_recipe_which_has_text_for_keys(tmp_path: Path, what: str) -> None:
    drawn = {"polygon": {3: SQUARE, 11: SQUARE}, "from": 2, "follow": "none", "why": "a wire"}
    plain = json.loads(json.dumps(drawn))
    assert list(plain["polygon"]) == ["3", "11"]
    path = tmp_path / "film.yaml"
    assert regions.read(path, what, plain) == regions.read(path, what, drawn)
    with pytest.raises(FilmError, match="at which frame"):
        regions.read(path, what, {**plain, "polygon": {"-3": SQUARE}})


def test_what_the_analysis_left_out_refuses_no_region_to_remove(tmp_path: Path) -> None:
    # It is decided anew for the region; until then its file is of the run before.
    left_out = (ShotDecision(at=0, options={"clean": None}, why="no dirt"),)
    for text in (remove(3), remove(3) + "shots: [{at: 5, clean: {strength: 0.4}, why: snow}]"):
        assert fingerprints(tmp_path, text, resolved=left_out).stage("restored", "clean", 0).marks
    with pytest.raises(FilmError, match="leaves out clean"):
        fingerprints(tmp_path, remove(3) + "shots: [{at: 5, clean: false, why: none}]", resolved=left_out)


def cleaned(folder: Path, frames: np.ndarray, text: str, parts: tuple[Part, ...], matte: Path | None = None) -> Any:
    """The frames that clean makes of a film cut into those parts, with the decisions in `text`."""
    folder.mkdir()
    only_clean = chain.resolve({"restored": {"stages": ["clean"]}}, {"clean": {"engine": "motion"}})
    decisions_file = folder / "film.yaml"
    decisions_file.write_text(text)
    cut = FilmCut(
        frames=24, rate=Fraction(18), depth=16, origin="o", parts=parts, shots=SHOTS, matte="m" if matte else ""
    )
    planned = Fingerprints(cut, only_clean, decisions.read(decisions_file))
    bounds = [(part.first, part.stop) for part in parts]
    paths = write_parts(folder, frames, bounds, depth=16)
    window = FrameWindow(paths, bounds)
    track_regions.write(planned.regions(), window, folder / "regions.json", "test")
    pieces = []
    for index in range(len(parts)):
        fingerprint = planned.stage("restored", "clean", index)
        output = folder / f"clean-{index}.zip"
        run(
            StageJob(
                fingerprint=fingerprint,
                film="film",
                label="test",
                frames=[path for path, bound in zip(paths, bounds, strict=True) if bound in fingerprint.bounds],
                output=output,
                changes=folder / f"changes-{index}.zip",
                record=folder / f"clean-{index}.json",
                matte=matte,
                regions=folder / "regions.json",
            )
        )
        reader = part_file.Reader(output)
        pieces.append(reader.integers(0, len(reader)))
    return np.concatenate(pieces)


@pytest.fixture(scope="module")
def dirty() -> np.ndarray:
    """Two shots of moving ground with a white square of dirt a frame, and a black wire that moves with the ground."""
    shots = [films.moving_texture(12, 96, 120, step=(1.0, 0.0), object_step=(1.0, 0.0), seed=s) for s in (1, 2)]
    frames = np.concatenate(shots)
    for t in range(24):
        x, y = 20 + (37 * t) % 80, 20 + (23 * t) % 60
        frames[t, y : y + 5, x : x + 5] = 1
        frames[t, :, 60 + t % 12 : 63 + t % 12] = 0
    return frames


WIRE = [[59.5, 0], [62.5, 0], [62.5, 96], [59.5, 96]]
DECIDED = (
    protect(0, [[0, 0], [119, 0], [119, 40], [0, 40]])
    + f"remove: [{{polygon: {{0: {WIRE}}}, from: 0, to: 6, why: a wire}}]\n"
)


def test_pixels_do_not_depend_on_parts_where_regions_and_a_matte_mark_them(dirty: np.ndarray, tmp_path: Path) -> None:
    mattes = np.zeros((24, 96, 120), np.uint8)
    mattes[::2, 50:53, 10:13] = 1
    write_part(tmp_path / "m.zip", mattes[:, None], depth=8)
    whole = (Part(first=0, stop=24),)
    one = cleaned(tmp_path / "one", dirty, DECIDED, whole, tmp_path / "m.zip")
    edges = ((0, 5), (5, 8), (8, 15), (15, 24))
    cut = tuple(Part(first=a, stop=b) for a, b in edges)
    assert np.array_equal(one, cleaned(tmp_path / "four", dirty, DECIDED, cut, tmp_path / "m.zip"))
    assert read_json(tmp_path / "one" / "clean-0.json")["statistics"]["marked"][2] > 0.01


def test_what_is_protected_comes_out_to_the_bit_and_only_there(dirty: np.ndarray, tmp_path: Path) -> None:
    stored = part_file.to_integers(dirty, 16)
    free = cleaned(tmp_path / "free", dirty, "", PARTS)
    kept = cleaned(tmp_path / "kept", dirty, protect(0, [[0, 0], [119, 0], [119, 40], [0, 40]]), PARTS)
    assert (free[:12, :, :36] != stored[:12, :, :36]).any()
    assert np.array_equal(kept[:12, :, :36], stored[:12, :, :36])
    assert np.array_equal(kept[:12, :, 48:], free[:12, :, 48:])
    assert np.array_equal(kept[12:], free[12:])


def test_what_is_removed_is_gone_in_all_of_its_frames_and_no_other(dirty: np.ndarray, tmp_path: Path) -> None:
    free = part_file.to_floats(cleaned(tmp_path / "free", dirty, "", PARTS), 16)
    done = part_file.to_floats(cleaned(tmp_path / "done", dirty, DECIDED.split("\n", 1)[1], PARTS), 16)
    for t in range(24):
        wire = (slice(60, 90), slice(60 + t % 12, 63 + t % 12))
        # Beyond frame 6 the wire still hangs there: it may not be copied from frame 7.
        assert (done[t][wire].mean() > 0.2) == (t <= 6), t
        assert t <= 6 or np.array_equal(done[t], free[t])


def test_a_polygon_covers_its_pixels_and_its_edge() -> None:
    mask = masks.polygon_mask(np.array([[2, 1], [5, 1], [5, 3], [2, 3]], float), 6, 8)
    assert mask.sum() == 12 and mask[1:4, 2:6].all()
    assert not masks.polygon_mask(np.array([[1e9, 1e9], [2e9, 1e9], [1e9, 2e9]]), 6, 8).any()


def test_only_stages_that_move_the_picture_carry_marks() -> None:
    assert regions.carriers(CHAIN, "restored", "denoise") == [("restored", "stabilise")]
    assert regions.carriers(CHAIN, "restored", "stabilise") == []
