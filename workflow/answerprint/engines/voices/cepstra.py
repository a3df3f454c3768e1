"""Voices by the shape of their spectrum and their pitch: no weights, and learnt anew from each film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...film.sound import Spans
from .. import Card
from ..hearing import Calibration, Hearing, Turns, Voice, VoiceEngine
from . import _cepstra, _mixtures

VECTORS = 100
"""Feature vectors a second."""


@dataclass(frozen=True, kw_only=True)
class CepstraOptions:
    """Nothing to set."""


class Cepstra(VoiceEngine):
    """Gaussians over mel-frequency cepstra, and mixtures of them for continuous speech."""

    card = Card(
        stage="voices",
        name="cepstra",
        summary="Gaussians over mel-frequency cepstra and pitch, learnt from the film itself.",
        paper="Reynolds, Quatieri and Dunn, Speaker Verification Using Adapted Gaussian Mixture Models, DSP 2000",
        licence="Apache-2.0",
    )
    Options = CepstraOptions

    def listen(self, samples: np.ndarray, spans: Spans) -> Hearing:
        """The voices of a film by their cepstra."""
        return CepstralHearing(_cepstra.features(samples), spans)


class CepstralHearing(Hearing):
    """The voices of a film, from its feature vectors (n, 20)."""

    # Over 1.5 s of a telephone call and a meeting, one voice is 2.5 to 10 from itself (median 4.5 and 6.1) and two
    # voices 6.3 to 12 (7.8 and 8.2) from each other; on 0.7 s, other words of the same person are 3 to 9 away, those of
    # another 7.8 to 15.
    calibration = Calibration(
        least=_cepstra.MIN_VECTORS / VECTORS,
        same=6.0,
        short=1.4,
        slope=0.7,
        steeper=1.0,
        enough=1.0,
        against=-4.0,
        mixed=2.0,
    )

    def __init__(self, features: np.ndarray, spans: Spans) -> None:
        self.features, self.spans = features, spans

    @cached_property
    def background(self) -> _cepstra.Gaussian | None:
        """The voice of the whole film, None with too little sound."""
        vectors = _cepstra.vectors_within(self.features, self.spans)
        return _cepstra.model_voice(vectors) if len(vectors) >= _cepstra.MIN_VECTORS else None

    def voice(self, spans: Spans) -> Voice:
        """The voice in some spans."""
        return self._modelled(_cepstra.vectors_within(self.features, spans))

    def together(self, voices: Sequence[Voice]) -> Voice:
        """One voice from all vectors of several."""
        return self._modelled(np.concatenate([voice.data[0] for voice in voices]))

    def distance(self, a: Voice, b: Voice) -> float:
        """Divergence of the cepstra and difference of the pitch."""
        return _cepstra.voice_distance(a.data[1], b.data[1])

    def pieces(self, spans: Spans) -> Turns:
        """`spans` divided where the voice changes."""
        return _mixtures.split_by_voice(self.features, spans)

    def turns(self) -> Turns:
        """Who speaks when, one at a time."""
        return self.pieces(self.spans)

    def _modelled(self, vectors: np.ndarray) -> Voice:
        enough = len(vectors) >= _cepstra.MIN_VECTORS
        model = _cepstra.model_voice(vectors, self.background) if enough else None
        return Voice(seconds=len(vectors) / VECTORS, data=(vectors, model))
