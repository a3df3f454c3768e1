"""The demo film: six seconds, three shots, a voice, and damage whose truth is known.

`make` writes, into one folder, what a restorer would have (the film, a portrait of its player, a sheet that names both)
and what only a test has (the undamaged film, and where the damage is). Nothing is downloaded: photographs come from
scikit-image's wheel, the voice from espeakng-loader's.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ...runtime.files import atomic_write, write_text
from ..damage import Damage, Truth, damage
from . import scenes, voice

RATE = 24
SHOTS = (30, 66, 48)
"""Frames of the meadow, the portrait and the table: 6 s."""
SOUND_RATE = 48000
LINES = ((1.4, "What was lost can be found again."), (4.15, "It was a long time ago."))
"""Start in seconds and text of each line: the first spoken by the face on screen, the second over the table."""
PLAYER = "Ada Brennan"
"""An invented name: the portrait is NASA's of Eileen Collins, who never said these lines."""
WEAR = Damage(
    dirt=4, dust=9, hairs=0.3, lint=0.6, blotches=0.25, scratches=2.2, weave=0.9, tilt=0.05, flicker=0.05,
    grain=0.03, vignette=0.12, gate_shadow=0.35,
)  # fmt: skip


def make(folder: Path, seed: int = 1895) -> None:
    """Write film.mkv, demo.tsv, cast/, and the truth: clean.mkv and truth.npz, which `truth` reads.

    Both films are 384x288, grey, 24 frames a second, FFV1. The same seed gives the same frames and samples. Raises
    FilmError when scikit-image or espeakng-loader is not installed.
    """
    (folder / "cast").mkdir(parents=True, exist_ok=True)
    sound = _sound()
    clean = _frames(sound)
    damaged, done = damage(clean, WEAR, seed)
    with atomic_write(folder / "film.mkv") as path:
        _write(path, damaged, _hissing(sound, seed))
    with atomic_write(folder / "clean.mkv") as path:
        _write(path, clean)
    with atomic_write(folder / "truth.npz") as path:
        packed = np.packbits(done.mask, axis=2)
        np.savez_compressed(path, mask=packed, weave=done.weave, tilt=done.tilt, gain=done.gain)
    cv2.imwrite(str(folder / "cast" / f"{PLAYER}.png"), scenes.photograph("astronaut.png")[20:240, 110:330])
    note = "Made from CC0 and public-domain pictures; the name is invented, the voice synthetic."
    rows = ["film\tsource\tcast\ttitle\tyear\tnotes", f"demo\tfilm.mkv\tcast\tWhat Was Lost\t2026\t{note}"]
    write_text(folder / "demo.tsv", "\n".join(rows) + "\n")


def truth(folder: Path) -> Truth:
    """What was done to each frame of the demo film in `folder`."""
    with np.load(folder / "truth.npz") as stored:
        mask = np.unpackbits(stored["mask"], axis=2, count=scenes.WIDTH).astype(bool)
        return Truth(mask=mask, weave=stored["weave"], tilt=stored["tilt"], gain=stored["gain"])


def _sound() -> np.ndarray:
    """The film's lines, each at its time: float32, mono, 48 kHz, as long as the film."""
    from scipy.signal import resample_poly

    ratio = Fraction(SOUND_RATE, voice.RATE)
    track = np.zeros(sum(SHOTS) * SOUND_RATE // RATE, np.float32)
    for (start, _), spoken in zip(LINES, voice.speak([line for _, line in LINES]), strict=True):
        sound = resample_poly(spoken, ratio.numerator, ratio.denominator)
        first = round(start * SOUND_RATE)
        sound = sound[: len(track) - first]
        track[first : first + len(sound)] = 0.6 * sound / np.abs(sound).max()
    return track


def _hissing(sound: np.ndarray, seed: int) -> np.ndarray:
    """The sound track with the hiss of an old print, 45 dB below full scale."""
    hiss = np.random.default_rng([seed, *b"hiss"]).standard_normal(len(sound), np.float32)
    return sound + 10 ** (-45 / 20) * hiss


def _frames(sound: np.ndarray) -> np.ndarray:
    """The undamaged film, its mouth moving with the sound: float32 (n, 288, 384, 1)."""
    first, second, third = SHOTS
    power = (sound.reshape(sum(SHOTS), -1) ** 2).mean(axis=1) ** 0.5
    loudness = np.convolve(power, [0.25, 0.5, 0.25], "same")[first : first + second]
    mouth = np.clip(loudness / np.percentile(loudness, 95), 0, 1)
    return np.concatenate([scenes.meadow(first), scenes.portrait(mouth), scenes.table(third)])[..., None]


def _write(path: Path, frames: np.ndarray, sound: np.ndarray | None = None) -> None:
    """Write grey frames (n, h, w, 1), 0..1, as FFV1 of 8 bits, and mono sound, -1..1, as PCM of 16 bits."""
    import av

    # Without a random identifier or the writer's version, so that a seed always gives the same file.
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        picture = container.add_stream("ffv1", rate=RATE, options={"level": "3", "slicecrc": "1"})
        picture.width, picture.height, picture.pix_fmt = frames.shape[2], frames.shape[1], "gray"
        picture.codec_context.color_range = 2  # full range
        picture.codec_context.flags |= av.codec.context.Flags.bitexact
        track = container.add_stream("pcm_s16le", rate=SOUND_RATE, layout="mono") if sound is not None else None
        for i, frame in enumerate(frames):
            levels = np.clip(np.rint(frame[..., 0] * 255), 0, 255).astype(np.uint8)
            image = av.VideoFrame.from_ndarray(levels, format="gray")
            image.pts, image.time_base = i, Fraction(1, RATE)
            container.mux(picture.encode(image))
            if track is not None and sound is not None:
                share = SOUND_RATE // RATE
                samples = np.clip(np.rint(sound[i * share : (i + 1) * share] * 32767), -32768, 32767).astype(np.int16)
                piece = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = SOUND_RATE, i * share, Fraction(1, SOUND_RATE)
                container.mux(track.encode(piece))
        for stream in (picture, track):
            if stream is not None:
                container.mux(stream.encode(None))
