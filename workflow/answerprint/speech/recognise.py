"""A film's sound as the recognisers want it, where in it somebody speaks, and what is said there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..runtime.errors import FilmError

RATE = 16000
"""Samples a second of everything here."""
WINDOW = 512
"""Samples that Silero VAD judges at a time, 32 ms."""
DROPOUT = 0.1
"""Seconds that a frame's time stamp may stray from the sound before it before silence is put there."""
SILENT = 1e-3
"""Largest sample, -60 dB, of a stream in which there is nothing to hear."""
DOUBTED = 0.3
"""Mean confidence under which the words of a stretch of sound count only if the voice detector is certain. Confidence
alone decides nothing: PocketSphinx gives 0.1 to 0.6 to what it hears in music, and 0.25 to speech on a telephone."""
CERTAIN = 0.85
"""Mean probability of speech that is believed whatever the recogniser thinks; real speech gives 0.9 to 0.99."""

Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word as a recogniser heard it."""

    start: float
    """Seconds from the film's first frame."""
    end: float
    text: str
    confidence: float
    """The recogniser's own probability, 0..1."""


class Recogniser(Protocol):
    """An engine of the stage speech."""

    def transcribe(self, samples: np.ndarray, spans: Spans, language: str) -> list[Word]:
        """Words spoken within `spans` (seconds) of `samples` (float32, mono, 16 kHz)."""


def load_audio(path: str | Path, stream: int = 0) -> np.ndarray:
    """Sound of a film, mono at 16 kHz, float32 (n,) -1..1, sample 0 at the film's first frame; empty if it has none.

    Decoded and reduced frame by frame: what stays in memory is 64 kB a second, 230 MB an hour.
    Raises FilmError when the file cannot be read or has fewer audio streams.
    """
    import av

    try:
        with av.open(str(path)) as container:
            streams = container.streams.audio
            if not streams and stream == 0:
                return np.zeros(0, np.float32)
            if stream >= len(streams):
                raise FilmError(f"{path} has {len(streams)} audio streams, so there is no stream {stream}.")
            blocks = list(_blocks(container, streams[stream]))
    except (av.error.FFmpegError, OSError) as error:
        raise FilmError(
            f"The sound of {path} cannot be read: {error}.", "Is it a complete film or audio file?"
        ) from error
    return np.concatenate([*blocks, np.zeros(0, np.float32)])


def first_heard(paths: Sequence[str | Path], longest: float = np.inf) -> np.ndarray:
    """Sound of the first file that is not silent throughout, mono at 16 kHz, cut at `longest` seconds.

    The samples of the first file when all are silent; empty without files.
    """
    first = np.zeros(0, np.float32)
    for number, path in enumerate(paths):
        samples = load_audio(path)
        samples = samples[: round(min(longest * RATE, len(samples)))]
        if len(samples) and np.abs(samples).max() > SILENT:
            return samples
        first = first if number else samples
    return first


def _blocks(container: Any, stream: Any) -> Iterator[np.ndarray]:
    """Sound in pieces at 16 kHz, with silence where the time stamps leave a gap."""
    import av

    picture = next(iter(container.streams.video), None)
    leader = picture if picture is not None and picture.start_time is not None else stream
    origin = (leader.start_time or 0) * (leader.time_base or Fraction(0))
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    done, early = 0, 0
    for frame in container.decode(stream):
        # Samples already given out against where this frame belongs; the resampler holds back a few dozen.
        ahead = done - early - round((frame.pts * frame.time_base - origin) * RATE) if frame.pts is not None else 0
        if ahead < -DROPOUT * RATE:
            yield np.zeros(-ahead, np.float32)
            done -= ahead
        elif done == 0 and ahead > 0:
            early = ahead
        frame.pts = None
        for piece in resampler.resample(frame):
            samples = piece.to_ndarray().ravel()
            # Sound from before the first picture has no place in the film.
            cut, early = min(early, len(samples)), max(0, early - len(samples))
            done += len(samples) - cut
            yield samples[cut:]
    for piece in resampler.resample(None):
        yield piece.to_ndarray().ravel()[early:]


def speech_probability(samples: np.ndarray) -> np.ndarray:
    """How likely somebody speaks in each 32 ms of `samples`: float32 (n,), by Silero VAD (MIT, github snakers4).

    The network hears the film in order and remembers a fixed amount, so memory does not grow with its length.
    """
    import torch
    from silero_vad import load_silero_vad

    network = load_silero_vad(onnx=False)
    network.reset_states()
    # Faint sound is raised up to tenfold: of a meeting heard from afar 27 % stayed unheard, so raised 23 %.
    loud = float(np.percentile(np.abs(samples[:: 1 + len(samples) // 1_000_000]), 99.5)) if len(samples) else 0.0
    gain = float(np.clip(0.3 / max(loud, 1e-3), 1.0, 10.0))
    found = np.zeros(-(-len(samples) // WINDOW), np.float32)
    with torch.no_grad():
        for i in range(len(found)):
            window = samples[i * WINDOW : (i + 1) * WINDOW]
            window = np.clip(gain * np.pad(window, (0, WINDOW - len(window))), -1, 1).astype(np.float32)
            found[i] = network(torch.from_numpy(window), RATE).item()
    return found


def activity(
    samples: np.ndarray,
    *,
    probability: np.ndarray | None = None,
    threshold: float = 0.5,
    shortest: float = 0.25,
    pause: float = 0.25,
    margin: float = 0.1,
) -> list[tuple[float, float]]:
    """Where somebody speaks: (start, end) in seconds, in order, without overlap.

    `probability` is what `speech_probability` says, if it has been asked already. A span starts above `threshold` and
    ends after `pause` seconds below threshold - 0.15; `margin` is added at both ends, since soft consonants begin
    before the network is sure. Music without singing stays under the threshold.
    """
    found: list[tuple[float, float]] = []
    begun, last = -1.0, -1.0
    step = WINDOW / RATE
    probability = speech_probability(samples) if probability is None else probability
    for i, likely in enumerate([*probability, 0.0]):
        now = i * step
        if likely >= threshold or (begun >= 0 and likely >= threshold - 0.15):
            begun, last = (now if begun < 0 else begun), now + step
        elif begun >= 0 and (now - last >= pause or now + step >= len(samples) / RATE):
            if last - begun >= shortest:
                found.append((begun, last))
            begun = -1.0
    end = len(samples) / RATE
    joined: list[tuple[float, float]] = []
    for start, stop in found:
        start, stop = max(0.0, start - margin), min(end, stop + margin)
        if joined and start <= joined[-1][1]:
            start = joined.pop()[0]
        joined.append((round(start, 3), round(stop, 3)))
    return joined


def recognise(samples: np.ndarray, engine: Recogniser, language: str = "en") -> dict[str, Any]:
    """What is said, as JSON: {"language", "voice": [[start, end]], "spans": [[start, end]], "words": [{"start", "end",
    "text", "confidence"}]}, seconds.

    `voice` is where somebody speaks, `spans` where it was understood. Words outside every span are dropped, and so is
    a span whose words the recogniser itself doubts (music, noise).
    """
    probability = speech_probability(samples)
    spans = activity(samples, probability=probability)
    words = engine.transcribe(samples, spans, language) if spans else []
    inside: list[list[Word]] = [[] for _ in spans]
    for word in words:
        shared = [min(end, word.end) - max(start, word.start) for start, end in spans]
        # A recogniser's ends are coarse: up to 0.1 s beside a span still belongs to it.
        if max(shared) > -0.1:
            inside[int(np.argmax(shared))].append(word)
    kept = [
        (span, said)
        for span, said in zip(spans, inside, strict=True)
        if said and (np.mean([w.confidence for w in said]) >= DOUBTED or _mean_within(probability, span) >= CERTAIN)
    ]
    return {
        "language": language,
        "voice": [list(span) for span in spans],
        "spans": [list(span) for span, _ in kept],
        "words": [asdict(word) for _, said in kept for word in said],
    }


def _mean_within(probability: np.ndarray, span: tuple[float, float]) -> float:
    """Mean of the upper three quarters of a span's probabilities: its margins are not speech."""
    within = np.sort(probability[int(span[0] * RATE / WINDOW) : max(1, int(span[1] * RATE / WINDOW))])
    return float(within[len(within) // 4 :].mean()) if len(within) else 0.0
