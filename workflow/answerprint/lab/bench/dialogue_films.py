"""Dialogues put together: the faces and words that the workflow would find, and films to run as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...engines.hearing import VoiceEngine
from ...film.sound import RATE, Recogniser, Spans, Word
from ...frames.face_tracks import FaceTrack
from ...speech.people import identify
from ...speech.recognise import recognise
from ...speech.transcript import listen, transcript
from ...speech.visible_face import VisibleFace
from .dialogue_clips import FPS, Copy, Person, copied
from .dialogue_looks import Looks
from .dialogues import Dialogue, Heard, Seat, Shot


@dataclass(kw_only=True)
class Studio:
    """Composes dialogues from what was seen and heard in their clips; each shot is worked out once."""

    people: Mapping[str, Person]
    looks: Looks
    words: Mapping[str, Sequence[Word]]
    """The words of each person's sentence as a recogniser hears it alone: every shot has those of its voices."""
    portraits: Mapping[str, np.ndarray]
    music: np.ndarray
    """Samples laid under speech."""
    voices: VoiceEngine
    heard: dict[Any, Mapping[str, Any]] = field(default_factory=dict)
    scored: dict[Any, np.ndarray] = field(default_factory=dict)

    def lines(
        self, dialogue: Dialogue, copy: Copy, engine: str, recognised: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """The lines of the transcript, with an engine of who speaks.

        `recognised` are words heard in the whole sound; None: those of the sentences, each heard alone.
        """
        tracks: list[FaceTrack] = []
        scores: list[np.ndarray] = []
        first, cuts = 0, []
        for shot in dialogue.shots:
            cuts.append(first / copy.rate)
            for seat in shot.seats:
                track = self._track(seat, len(shot.seats), copy, len(tracks), first)
                if track is not None:
                    tracks.append(track)
                    scores.append(self._scores(shot, seat, copy, engine))
            first += shot.frames * copy.rate // FPS
        portraits = {name: faces for name, faces in self.portraits.items() if name not in dialogue.without_portrait}
        faces = self._faces(tracks, scores, portraits)
        heard = self.sentences(dialogue, copy) if recognised is None else recognised
        hearing = listen(heard, self.whole_sound(dialogue, copy), self.voices)
        return transcript(heard, faces, hearing, copy.rate, cuts=cuts[1:])[0]

    def whole_sound(self, dialogue: Dialogue, copy: Copy) -> np.ndarray:
        """The sound of a dialogue."""
        return np.concatenate([self.sound(shot, copy) for shot in dialogue.shots])

    def sentences(self, dialogue: Dialogue, copy: Copy) -> dict[str, Any]:
        """The words of a dialogue, each sentence heard alone."""
        recognised: dict[str, Any] = {"language": "en", "voice": [], "spans": [], "words": []}
        first = 0
        for shot in dialogue.shots:
            _append(recognised, self._recognised(shot, copy, self.sound(shot, copy)), first / copy.rate)
            first += shot.frames * copy.rate // FPS
        return recognised

    def listened(self, dialogue: Dialogue, copy: Copy, recogniser: Recogniser, vocabulary: str) -> dict[str, Any]:
        """The words of a dialogue, heard in its whole sound as in the workflow."""
        return recognise(self.whole_sound(dialogue, copy), recogniser, "en", vocabulary)

    def voice(self, dialogue: Dialogue, copy: Copy) -> list[tuple[float, float]]:
        """Where somebody is heard, in seconds."""
        return [(start, end) for start, end in self.sentences(dialogue, copy)["voice"]]

    def sound(self, shot: Shot, copy: Copy) -> np.ndarray:
        """The sound of a shot, float32, as long as its frames."""
        count = shot.frames * copy.rate // FPS
        samples = np.zeros(round(count / copy.rate * RATE), np.float32)
        for heard in shot.heard:
            start, stop = (frame * RATE // FPS for frame in heard.frames)
            piece, at = self.people[heard.name].samples[start:stop], heard.at * RATE // FPS
            piece = piece[: max(0, len(samples) - at)]
            samples[at : at + len(piece)] += piece
        loud = float(np.sqrt(np.mean(samples**2))) + 1e-9
        if shot.music:
            under = self.music[: len(samples)]
            # 12 dB below the speech.
            samples[: len(under)] += under * (0.25 * loud / (float(np.sqrt(np.mean(under**2))) + 1e-9))
        return samples if shot.level == 1.0 else samples * np.float32(shot.level / loud)

    def _recognised(self, shot: Shot, copy: Copy, sound: np.ndarray) -> Mapping[str, Any]:
        key = (shot.heard, shot.music, shot.level, len(sound))
        if key not in self.heard:
            words = [word for heard in shot.heard for word in _words_of(self.words[heard.name], heard)]
            self.heard[key] = recognise(sound, _Known(words=sorted(words, key=lambda word: word.start)), "en")
        return self.heard[key]

    def _parts(self, seat: Seat, seats: int, copy: Copy) -> list[tuple[Any, int, int]] | None:
        """The look and frames of each clip of a seat, None if one has no face."""
        parts = []
        for pose, start, stop in seat.clips:
            look = self.looks.at(seat.name, pose, replace(copy, side_by_side=seats))
            if look is None:
                return None
            a, b = (frame * copy.rate // FPS - look.first for frame in (start, stop))
            parts.append((look, max(0, a), b))
        return parts

    def _track(self, seat: Seat, seats: int, copy: Copy, number: int, first: int) -> FaceTrack | None:
        """A seat as a followed face; where it is in the frame does not matter any more."""
        parts = self._parts(seat, seats, copy)
        if not parts:
            return None
        count = sum(len(look.mouths["lips"][a:b]) for look, a, b in parts)
        return FaceTrack(
            id=number,
            frames=np.arange(first, first + count),
            boxes=np.zeros((count, 4), np.float32),
            landmarks=np.zeros((count, 5, 2), np.float32),
            scores=np.ones(count, np.float32),
            descriptor=np.mean([look.descriptor for look, _, _ in parts], axis=0),
        )

    def _scores(self, shot: Shot, seat: Seat, copy: Copy, engine: str) -> np.ndarray:
        key = (shot, seat, copy, engine)
        if key not in self.scored:
            parts = self._parts(seat, len(shot.seats), copy) or []
            crops = np.concatenate([look.mouths[engine][a:b] for look, a, b in parts])
            sound = self.sound(shot, copy)
            need = round(len(crops) / copy.rate * RATE)
            sound = np.pad(sound, (0, max(0, need - len(sound))))[:need]
            self.scored[key] = self.looks.speaking[engine].score(crops, sound, float(copy.rate))
        return self.scored[key]

    def _faces(
        self, tracks: Sequence[FaceTrack], scores: Sequence[np.ndarray], portraits: Mapping[str, np.ndarray]
    ) -> list[VisibleFace]:
        identity = self.looks.identity
        people = identify(tracks, identity, portraits)
        return [
            VisibleFace(
                track=track.id,
                first=int(track.frames[0]),
                scores=[round(float(score), 2) for score in of_track],
                speaker=people[track.id][0],
                distance=people[track.id][1],
                limit=identity.limit(portraits),
            )
            for track, of_track in zip(tracks, scores, strict=True)
        ]

    def picture(self, dialogue: Dialogue, copy: Copy) -> np.ndarray:
        """The frames of a dialogue, uint8 (n, h, w, c); narrower shots are filled up with their edge."""
        shots: list[np.ndarray] = []
        for shot in dialogue.shots:
            seats = []
            for seat in shot.seats:
                clips = [self.people[seat.name].frames[pose][a:b] for pose, a, b in seat.clips]
                seats.append(copied(np.concatenate(clips), copy, seed=len(shots)))
            shots.append(np.concatenate(seats, axis=2))
        width = max(shot.shape[2] for shot in shots)
        return np.concatenate(
            [np.pad(shot, ((0, 0), (0, 0), (0, width - shot.shape[2]), (0, 0)), mode="edge") for shot in shots]
        )


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A recogniser that knows the words; where a voice is heard is still found in the sound."""

    words: list[Word]

    def detect_language(self, samples: np.ndarray, spans: Spans) -> str:
        """English."""
        return "en"

    def transcribe(self, samples: np.ndarray, spans: Spans, language: str, vocabulary: str = "") -> list[Word]:
        """The words, whatever the sound."""
        return self.words


def _words_of(words: Sequence[Word], heard: Heard) -> list[Word]:
    """The words of the part of a sentence that is heard, in the time of the shot."""
    start, stop = (frame / FPS for frame in heard.frames)
    later = heard.at / FPS - start
    return [
        replace(word, start=word.start + later, end=word.end + later)
        for word in words
        if start <= (word.start + word.end) / 2 < stop
    ]


def _append(whole: dict[str, Any], part: Mapping[str, Any], at: float) -> None:
    """Add what was recognised in a shot that begins at `at` seconds."""
    for key in ("voice", "spans"):
        whole[key] += [[round(a + at, 3), round(b + at, 3)] for a, b in part[key]]
    whole["words"] += [{**word, "start": word["start"] + at, "end": word["end"] + at} for word in part["words"]]
