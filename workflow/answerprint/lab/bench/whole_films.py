"""Dialogues run as a whole, from pictures and sound to lines: nothing is known but frames and samples."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...engines import load
from ...engines.hearing import VoiceEngine
from ...film.footage import Footage
from ...film.proxies import PROXY
from ...film.sound import Recogniser, load_audio
from ...frames.face_detection import detect_section, join_sections
from ...frames.face_tracks import track_faces
from ...runtime.errors import FilmError
from ...runtime.files import read_json
from ...speech import active_speakers, appearance
from ...speech.recognise import recognise
from ...speech.transcript import listen, transcript
from ...speech.voice_activity import speech_spans
from .dialogue_clips import FPS, Copy, copied
from .dialogue_films import Studio
from .dialogue_scores import TrueTurn
from .dialogue_table import truth
from .dialogues import KINDS


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Pictures and sound whose speakers are known."""

    frames: np.ndarray
    """uint8 (n, h, w, c), 25 a second."""
    samples: np.ndarray
    truth: list[TrueTurn]


def from_file(path: Path, *, poor: bool = False) -> Scene:
    """A film beside whose file a JSON of the same name says who speaks when. Raises FilmError without it."""
    import av

    if not path.is_file():
        raise FilmError(f"{path.name} is not in {path.parent}.")
    with av.open(str(path)) as container:
        frames = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
    turns = [(turn["start"], turn["end"], turn["speaker"]) for turn in read_json(path.with_suffix(".json"))]
    return Scene(frames=copied(frames, Copy(poor=poor), seed=0), samples=load_audio(path), truth=turns)


def generated(studio: Studio, kind: str) -> Scene:
    """A generated dialogue of a kind."""
    dialogue, copy = KINDS[kind](sorted(studio.people)), Copy()
    sound = studio.whole_sound(dialogue, copy)
    return Scene(frames=studio.picture(dialogue, copy), samples=sound, truth=truth(dialogue, copy))


class WholeFilm:
    """One scene with its cuts, tracked faces and recognised speech."""

    def __init__(self, scene: Scene, recogniser: Recogniser, identity: Any) -> None:
        self.scene, self.identity = scene, identity
        self.seconds = len(scene.frames) / FPS
        began = time.process_time()
        self.voice = speech_spans(scene.samples)
        self.heard: Mapping[str, Any] = recognise(scene.samples, recogniser)
        proxy = np.stack([cv2.resize(_colour(frame), PROXY, interpolation=cv2.INTER_AREA) for frame in scene.frames])
        self.shots = [(shot.start, shot.stop) for shot in load("shots", "witnesses").shots(proxy)]
        looks = join_sections([detect_section(self.read, 0, len(scene.frames), shots=self.shots)])
        self.tracks = appearance.describe(self.read, track_faces(looks, 0, self.shots), identity)
        self.before = time.process_time() - began
        self.worked = self.before

    def read(self, start: int, stop: int) -> np.ndarray:
        """Frames as float32."""
        return self.scene.frames[start:stop].astype(np.float32) / 255

    def lines(self, speaking: Any, voices: VoiceEngine, cast: Path) -> list[dict[str, Any]]:
        """The lines in the transcript of the workflow."""
        began = time.process_time()
        footage = Footage(read=self.read, samples=self.scene.samples, rate=Fraction(FPS))
        faces = active_speakers.detect(footage, self.tracks, speaking, self.identity, cast)
        cuts = [start / FPS for start, _ in self.shots[1:]]
        hearing = listen(self.heard, self.scene.samples, voices)
        lines = transcript(self.heard, faces, hearing, FPS, cuts=cuts)[0]
        self.worked = self.before + time.process_time() - began
        return lines


def _colour(frame: np.ndarray) -> np.ndarray:
    """A frame with three channels."""
    return np.repeat(frame, 3, axis=2) if frame.shape[2] == 1 else frame
