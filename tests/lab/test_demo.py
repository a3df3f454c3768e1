"""The demo film has what the workflow demonstrates: shots, damage of known truth, a face and a voice."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("skimage", "espeakng_loader")),
    reason="scikit-image and espeakng-loader are not installed",
)

from answerprint.lab.damage import Truth  # noqa: E402
from answerprint.lab.demo import film as demo  # noqa: E402
from answerprint.lab.demo import scenes  # noqa: E402

FIRST, SECOND, THIRD = demo.SHOTS
FACE = slice(FIRST, FIRST + SECOND)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    demo.make(made)
    return made


@pytest.fixture(scope="module")
def film(folder: Path) -> np.ndarray:
    return _pictures(folder / "film.mkv")


@pytest.fixture(scope="module")
def clean(folder: Path) -> np.ndarray:
    return _pictures(folder / "clean.mkv")


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return demo.truth(folder)


def _pictures(path: Path) -> np.ndarray:
    import av

    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == demo.RATE
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])


def _sound(path: Path) -> np.ndarray:
    """The sound track at 16 kHz, float32, mono."""
    import av
    from scipy.signal import resample_poly

    with av.open(str(path)) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert len(samples) == sum(demo.SHOTS) * demo.SOUND_RATE // demo.RATE
    return resample_poly(samples / 32768, 1, 3).astype(np.float32)


def test_picture_truth_and_sound_are_equally_long(film: np.ndarray, clean: np.ndarray, truth: Truth) -> None:
    shape = (sum(demo.SHOTS), scenes.HEIGHT, scenes.WIDTH)
    assert film.shape == clean.shape == truth.mask.shape == shape
    assert len(truth.weave) == len(truth.tilt) == len(truth.gain) == sum(demo.SHOTS)


def test_the_mask_marks_where_the_film_is_dirty(film: np.ndarray, clean: np.ndarray, truth: Truth) -> None:
    import cv2

    height, width = film.shape[1:]
    inside, outside = [], []
    for t in range(0, len(film), 6):
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -float(truth.tilt[t]), 1.0)
        turn[:, 2] += truth.weave[t]
        expected = truth.gain[t] * cv2.warpAffine(clean[t].astype(np.float32), turn, (width, height))
        # The middle of the picture, where lens and gate cast no shadow.
        error = np.abs(film[t] - expected)[60:-60, 80:-80] / 255
        mask = truth.mask[t, 60:-60, 80:-80]
        inside.append(error[mask])
        outside.append(error[~mask])
    assert np.concatenate(inside).mean() > 5 * np.concatenate(outside).mean()
    assert np.concatenate(outside).mean() < 0.05
    assert 0.003 < truth.mask.mean() < 0.03


def test_shots_meet_in_hard_cuts_and_move_smoothly_in_between(clean: np.ndarray) -> None:
    change = np.abs(np.diff(clean.astype(np.float32), axis=0)).mean(axis=(1, 2))
    cuts = {FIRST - 1, FIRST + SECOND - 1}
    assert set(np.argsort(change)[-2:].tolist()) == cuts
    others = np.delete(change, sorted(cuts))
    assert others.min() > 0 and others.max() < 0.4 * change[sorted(cuts)].min()


def test_a_face_is_found_in_the_damaged_portrait(film: np.ndarray) -> None:
    import torch

    from answerprint.runtime import torchvision_shim

    torchvision_shim.prepare()
    from facenet_pytorch import MTCNN

    torch.set_num_threads(1)
    finder = MTCNN(keep_all=True, min_face_size=60)
    for t in (FACE.start + 2, FACE.start + 30, FACE.stop - 3):
        boxes, sure = finder.detect(np.repeat(film[t][..., None], 3, axis=2))
        assert boxes is not None and len(boxes) == 1 and sure[0] > 0.95
        left, top, right, bottom = boxes[0]
        assert 90 < left < 150 and 30 < top < 80 and 220 < right < 280 and 190 < bottom < 250


def test_the_voice_is_heard_where_its_lines_are(folder: Path) -> None:
    import torch
    from silero_vad import get_speech_timestamps, load_silero_vad

    torch.set_num_threads(1)
    heard = get_speech_timestamps(torch.from_numpy(_sound(folder / "film.mkv")), load_silero_vad(), return_seconds=True)
    assert [part["start"] for part in heard] == pytest.approx([start for start, _ in demo.LINES], abs=0.2)


def test_the_mouth_moves_with_the_voice(folder: Path, clean: np.ndarray) -> None:
    sound = _sound(folder / "film.mkv")
    starts = np.arange(len(clean) + 1) * len(sound) // len(clean)
    loud = np.array([sound[a:b].std() for a, b in pairwise(starts)])[FACE]
    dark = (clean[FACE, 170:206, 160:216] < 60).sum(axis=(1, 2))
    assert np.corrcoef(loud, dark)[0, 1] > 0.8


def test_the_same_seed_gives_the_same_film(tmp_path: Path, film: np.ndarray, folder: Path) -> None:
    demo.make(tmp_path)
    assert np.array_equal(_pictures(tmp_path / "film.mkv"), film)
    assert np.array_equal(_sound(tmp_path / "film.mkv"), _sound(folder / "film.mkv"))
    assert (tmp_path / "film.mkv").read_bytes() == (folder / "film.mkv").read_bytes()


def test_the_sheet_names_existing_files(folder: Path) -> None:
    header, row = (folder / "demo.tsv").read_text(encoding="utf-8").splitlines()
    named = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert (folder / named["source"]).is_file()
    assert [path.stem for path in (folder / named["cast"]).iterdir()] == [demo.PLAYER]
