"""The published network is built from its checkpoint alone, and tells the talker from the listener."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from answerprint.engines import load
from answerprint.engines.speaking import light_asd
from answerprint.engines.speaking._mfcc import mfcc
from answerprint.runtime.errors import FilmError
from places import MEDIA, SHARED


def checkpoint(path: Path, seed: int = 0) -> Path:
    """Random weights of the true shapes under the true names."""
    import torch

    torch.manual_seed(seed)
    state = {}

    def convolution(prefix: str, name: str, shape: tuple[int, ...]) -> None:
        state[f"{prefix}.{name}.weight"] = 0.3 * torch.randn(shape) / np.sqrt(np.prod(shape[1:]))
        for part, value in {"weight": 1.0, "bias": 0.1, "running_mean": 0.0, "running_var": 1.0}.items():
            state[f"{prefix}.bn_{name}.{part}"] = torch.full(shape[:1], value) + 0.05 * torch.rand(shape[0])

    for block, (inside, out) in enumerate([(1, 32), (32, 64), (64, 128)], 1):
        visual, audio = (f"model.{name}Encoder.block{block}" for name in ("visual", "audio"))
        for k in (3, 5):
            convolution(visual, f"s_{k}", (out, inside, 1, k, k))
            convolution(visual, f"t_{k}", (out, out, k, 1, 1))
            convolution(audio, f"m_{k}", (out, inside, k, 1))
            convolution(audio, f"t_{k}", (out, out, 1, k))
        convolution(visual, "last", (out, out, 1, 1, 1))
        convolution(audio, "last", (out, out, 1, 1))
    for name in ("gru_forward", "gru_backward"):
        for part, shape in {"weight_ih_l0": (384, 128), "weight_hh_l0": (384, 128)}.items():
            state[f"model.GRU.{name}.{part}"] = 0.1 * torch.randn(shape)
        for part in ("bias_ih_l0", "bias_hh_l0"):
            state[f"model.GRU.{name}.{part}"] = torch.zeros(384)
    state["lossAV.FC.weight"], state["lossAV.FC.bias"] = torch.randn(2, 128), torch.zeros(2)
    torch.save(state, path)
    return path


def film(frames: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random((frames, 112, 112), np.float32), rng.normal(0, 0.1, frames * 640).astype(np.float32)


def test_scores_do_not_depend_on_how_a_track_is_cut_into_pieces(tmp_path, monkeypatch):
    engine = load("speaking", "light_asd", weights=str(checkpoint(tmp_path / "asd.pth")))
    crops, sound = film(40)
    whole = engine.score(crops, sound, 25.0)
    monkeypatch.setattr(light_asd, "PIECE", 9)
    assert whole.shape == (40,) and whole.std() > 1e-4
    assert np.abs(engine.score(crops, sound, 25.0) - whole).max() < 1e-4


@pytest.mark.parametrize(("frames", "rate"), [(1, 25.0), (2, 18.0), (24, 24000 / 1001), (36, 50.0)])
def test_films_at_any_rate_get_one_score_a_frame(tmp_path, frames, rate):
    engine = load("speaking", "light_asd", weights=str(checkpoint(tmp_path / "asd.pth")))
    crops, _ = film(frames)
    scores = engine.score(crops, np.zeros(round(frames / rate * 16000), np.float32), rate)
    assert scores.shape == (frames,) and np.isfinite(scores).all()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    import torch

    torch.save({"model.something": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(FilmError, match="not a checkpoint of Light-ASD"):
        load("speaking", "light_asd", weights=str(tmp_path / "other.pth"))


def test_cepstra_follow_their_definition():
    tone = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000) * 0.5
    cepstra = mfcc(tone, 98)
    # Energy of half a 16-bit scale's sine after pre-emphasis, over 400 samples: 400 / 2 * (16384 g)^2, summed over half
    # of the transform's bins.
    gain = abs(1 - 0.97 * np.exp(-2j * np.pi * 1000 / 16000))
    assert cepstra.shape == (98, 13)
    assert cepstra[5, 0] == pytest.approx(np.log(400 / 2 * (16384 * gain) ** 2 / 2), abs=0.05)
    assert np.isfinite(mfcc(np.zeros(10, np.float32), 8)).all()
    assert np.abs(mfcc(np.tile(tone, 12), 1150)[1000] - cepstra[0 + 1]).max() < 2


def test_the_published_weights_tell_the_talker_from_the_listener():
    weights, folder = SHARED / "weights" / "light_asd_ava.pth", MEDIA / "dialogue"
    if not weights.is_file() or not folder.is_dir():
        pytest.skip("the shared weights and dialogue are not here")
    import av

    from answerprint.film.sound import load_audio
    from answerprint.frames.face_detection import detect_section, join_sections
    from answerprint.frames.face_tracks import track_faces

    engine = load("speaking", "light_asd", weights=str(weights))
    with av.open(str(folder / "grid_split.mkv")) as video:
        frames = [f.to_ndarray(format="rgb24") for f, _ in zip(video.decode(video=0), range(74), strict=False)]
    looks = join_sections([detect_section(lambda a, b: np.stack(frames[a:b]) / np.float32(255), 0, 74, every=6)])
    first, second = sorted(track_faces(looks), key=lambda track: float(track.boxes[:, 0].mean()))
    sound = load_audio(folder / "grid_split.mkv")[: 74 * 640]
    truth = json.loads((folder / "grid_split.json").read_text())[0]
    scores = []
    for track in (first, second):
        at = track.frames
        crops = [engine.crop(frames[n] / np.float32(255), track.boxes[i], None) for i, n in enumerate(at)]
        scores.append(engine.score(np.stack(crops), sound[at[0] * 640 : (at[-1] + 1) * 640], 25.0)[25:50].mean())
    talker = truth["visible"].index(truth["speaker"])
    assert scores[talker] > 1.0 and scores[1 - talker] < -1.0
