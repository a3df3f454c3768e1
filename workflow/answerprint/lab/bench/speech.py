"""The speech bench: measures speech, voices and names on real footage with known truth, as one table."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ...engines import load
from ...engines.hearing import VoiceEngine
from ...film.sound import RATE, Recogniser, Word, load_audio
from ...runtime.errors import FilmError
from ...speech.recognise import recognise
from ...speech.speaking_turns import turns
from ...speech.transcript import listen, transcript
from . import dialogue_table, speech_scores
from .dialogue_clips import people
from .dialogue_films import Studio
from .dialogue_looks import Looks
from .dialogue_scores import attribution
from .dialogues import KINDS
from .whole_films import WholeFilm, from_file, generated

FILMS = ("reverse", "split", "offscreen")
JFK = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"

GRID = (
    "bin, lay, place, set; blue, green, red, white; at, by, in, with; "
    "A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, X, Y, Z; "
    "zero, one, two, three, four, five, six, seven, eight, nine; again, now, please, soon."
)
"""All words of the corpus of the dialogues (Cooke et al., JASA 120(5), 2006)."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is measured, and with which recogniser."""

    shared: Path
    """A folder with media/ and weights/."""
    speech: tuple[str, Mapping[str, Any]] = ("whisper", {})
    """The engine that hears the words, and its options."""
    voices: tuple[str, Mapping[str, Any]] = ("pyannote", {})
    """The engine that tells voices apart, and its options."""

    @property
    def media(self) -> Path:
        """The folder of clips."""
        return self.shared / "media"

    def recogniser(self) -> Recogniser:
        """The recogniser, ready to work."""
        name, options = self.speech
        return load("speech", name, **options)

    def listener(self) -> VoiceEngine:
        """The engine of voices, ready to work."""
        name, options = self.voices
        engine: VoiceEngine = load("voices", name, **options)
        return engine

    def speaking(self) -> dict[str, Any]:
        """The engines of who speaks whose weights are here, by name."""
        weights = self.shared / "weights" / "light_asd_ava.pth"
        published = {"light_asd": load("speaking", "light_asd", weights=str(weights))} if weights.is_file() else {}
        return {"lips": load("speaking", "lips"), **published}

    def studio(self) -> Studio:
        """What generated dialogues are composed of."""
        from ...frames.face_detection import Detector

        cast, identity, recogniser = people(self.media), load("identity", "dlib"), self.recogniser()
        heard = {name: recognise(person.samples, recogniser, "en")["words"] for name, person in cast.items()}
        looks = Looks(people=cast, speaking=self.speaking(), identity=identity, detector=Detector())
        return Studio(
            people=cast,
            looks=looks,
            words={name: [Word(**word) for word in words] for name, words in heard.items()},
            portraits=identity.portraits(self.media / "dialogue" / "gallery"),
            music=load_audio(self.media / "film" / "chaplin.mp4"),
            voices=self.listener(),
        )

    def recognisers(self) -> dict[str, Recogniser]:
        """The recogniser, and beside it the one that needs no weights."""
        return {self.speech[0]: self.recogniser(), "pocketsphinx": load("speech", "pocketsphinx")}


def table(material: Material) -> str:
    """The tables as Markdown; rows without footage or weights on this machine are skipped with a reason."""
    rows = [row for part in (_names, _voices, _words, _invented) for row in _skipping(part, material)]
    more, tables = _dialogues(material)
    text = "\n".join(f"| {what} | {least} | {aim} | {score} |" for what, least, aim, score in [*rows, *more])
    where = f"{date.today():%d %B %Y}, {os.cpu_count()} cores, {platform.machine()}, no GPU, one thread a step"
    return f"Measured {where}.\n\n| what | at least | aim | found |\n|---|---|---|---|\n{text}\n\n{tables}\n"


def _dialogues(material: Material) -> tuple[list[Row], str]:
    """Word errors with names over the generated dialogues, and their tables."""
    try:
        studio = material.studio()
    except (FilmError, FileNotFoundError) as error:
        return [], f"Generated dialogues skipped: {error}"
    engines = list(studio.looks.speaking)
    rows = list(_whole(material, studio))
    for engine in engines:
        for vocabulary in ("", GRID):
            found = dialogue_table.word_errors(studio, engine, material.recogniser(), vocabulary)
            given = "with the corpus' words as vocabulary" if vocabulary else "no vocabulary"
            rows.append((f"tcpWER with names, generated dialogues, {engine}, {given}", "15 %", "8 %", found))
    curves = [f"{engine}:\n\n{dialogue_table.confidence_table(studio, engine)}" for engine in engines]
    return rows, "\n\n".join([dialogue_table.table(studio, engines), *curves])


def _whole(material: Material, studio: Studio) -> Iterator[Row]:
    """Right and wrong names in generated dialogues that are run as a whole."""
    recogniser = material.recogniser()
    for kind in KINDS:
        film = WholeFilm(generated(studio, kind), recogniser, studio.looks.identity)
        for name, speaking in material.speaking().items():
            lines = film.lines(speaking, studio.voices, material.media / "dialogue" / "gallery")
            right, wrong = attribution(lines, film.scene.truth, film.voice, set(studio.people)).shares()
            what = f"right / wrong name in a whole film, {kind}, {name}"
            yield what, "", "", f"{100 * right:.0f} / {100 * wrong:.0f} %"


Row = tuple[str, str, str, str]


def _skipping(part: Callable[[Material], Iterator[Row]], material: Material) -> Iterator[Row]:
    try:
        yield from part(material)
    except (FilmError, FileNotFoundError) as error:
        yield part.__name__.strip("_"), "", "", f"skipped: {error}".replace("\n", " ")


def _names(material: Material) -> Iterator[Row]:
    """Names on and off screen in whole films, on good and poor copies, with both detectors of who speaks; speed."""
    folder, recogniser, identity = material.media / "dialogue", material.recogniser(), load("identity", "dlib")
    films = {
        (name, poor): WholeFilm(from_file(folder / f"grid_{name}.mkv", poor=poor), recogniser, identity)
        for name in FILMS
        for poor in (False, True)
    }
    limits = {"light_asd": ("98 / 95 / 90 %", "100 / 98 / 97 %"), "lips": ("97 / 92 / 88 %", "100 / 97 / 95 %")}
    changes: list[float] = []
    voices = material.listener()
    for name, speaking in material.speaking().items():
        spoken = {
            key: speech_scores.turns(film.lines(speaking, voices, folder / "gallery")) for key, film in films.items()
        }
        for poor in (False, True):
            shares = [
                speech_scores.attribution(found, films[key].scene.truth, films[key].voice)
                for key, found in spoken.items()
                if key[1] is poor
            ]
            what = f"right name in whole films, {name}" + (", grey, grainy, half-size copies" if poor else "")
            yield what, *(("5 points less", "2") if poor else limits[name]), _shares(shares)
        changes += [
            speech_scores.changes_found(found, films[key].scene.truth) for key, found in spoken.items() if not key[1]
        ]
    yield "speaker changes within 0.25 s", "90 %", "97 %", f"{100 * np.mean(changes):.0f} %"
    fast = [film.seconds / film.worked for (_, poor), film in films.items() if not poor]
    rates = " / ".join(f"{one:.1f}" for one in fast)
    yield "speed: seconds of film a second of one core", "1", "2", f"{rates} (the second is 720 pixels wide)"


def _shares(values: Sequence[float]) -> str:
    return " / ".join(f"{100 * value:.0f}" for value in values) + " %"


def _voices(material: Material) -> Iterator[Row]:
    """Voices told apart without faces, from the sound to the lines of the transcript."""
    recordings: Mapping[str, tuple[str, str]] = {
        "pyannote_sample": ("pyannote_sample.rttm", ""),
        "ami_dev00": ("ami_debug.development.rttm", "dev00"),
    }
    media, recogniser = material.media, material.recogniser()
    listeners = {material.voices[0]: material.listener(), "cepstra": load("voices", "cepstra")}
    for name, (file, recording) in recordings.items():
        samples = load_audio(media / "speech" / f"{name}.wav")[: 30 * RATE]
        truth = speech_scores.read_rttm(media / "speech" / file, recording)
        heard = recognise(samples, recogniser)
        for engine, listener in listeners.items():
            hearing = listen(heard, samples, listener)
            lines = transcript(heard, [], hearing, 25)[0]
            found = turns(lines, hearing)
            whole, inner = (speech_scores.diarization_error(found, truth, collar)["error"] for collar in (0.0, 0.25))
            of_lines = speech_scores.diarization_error(speech_scores.turns(lines), truth)["error"]
            limits = ("15 %", "10 %" if name.startswith("py") else "8 %")
            yield (
                f"diarization error, {name}, no faces, {engine}",
                *limits,
                f"{100 * whole:.1f} % ({100 * inner:.1f} % collar 0.25 s); of the lines {100 * of_lines:.1f} %",
            )


def _words(material: Material) -> Iterator[Row]:
    """Word error rate and cost of the recognisers on read and historic speech."""
    folder = material.media / "speech"
    texts = {path.with_suffix(".wav"): path.read_text().strip() for path in folder.glob("sense*.txt")}
    limits = {"pocketsphinx": ("30 %", "25 %")}
    for name, recogniser in material.recognisers().items():
        wrong = count = 0
        seconds, began = 0.0, time.process_time()
        for path, text in sorted({**texts, folder / "jfk.flac": JFK}.items()):
            samples = load_audio(path)
            heard = recognise(samples, recogniser)["words"]
            words, truth = _letters(" ".join(word["text"] for word in heard)), _letters(text)
            wrong, count = wrong + speech_scores.word_errors(words, truth), count + len(truth)
            seconds += len(samples) / RATE
        cost = (time.process_time() - began) / max(1e-9, seconds)
        share = f"{100 * wrong / max(1, count):.1f} % of {count}; {cost:.2f} CPU seconds a second"
        yield f"word error rate, {name}, read and historic clips", *limits.get(name, ("3 %", "1.5 %")), share


def _letters(text: str) -> list[str]:
    """The words of a text without what a reader does not hear."""
    return "".join(sign for sign in text.lower().replace("-", " ") if sign.isalnum() or sign in " '").split()


def _invented(material: Material) -> Iterator[Row]:
    """Words invented where nobody speaks: on music, in silence, in noise."""
    noise = np.random.default_rng(0).normal(0, 0.1, 30 * RATE).astype(np.float32)
    # The trailer's first 11 seconds are music; then somebody speaks.
    trailer = load_audio(material.media / "clean" / "sintel_trailer_480p_52s.mp4")[: 11 * RATE]
    sounds = {"chaplin": load_audio(material.media / "film" / "chaplin.mp4"), "sintel": trailer}
    sounds |= {"silence": np.zeros_like(noise), "noise": noise}
    for name, recogniser in material.recognisers().items():
        counts = {sound: len(recognise(samples, recogniser)["words"]) for sound, samples in sounds.items()}
        told = ", ".join(f"{sound} {count}" for sound, count in counts.items())
        yield f"words invented on music, silence and noise, {name}", "0", "0", told
