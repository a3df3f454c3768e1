"""One part at one stage, as a job gets it: what determines its pixels, the files to read and write, and its engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import engines
from ..engines import PixelEngine
from ..plan.fingerprint import Span, StageFingerprint


@dataclass(frozen=True, kw_only=True)
class StageJob:
    """One part at one stage: what determines its pixels, and the files to read and write."""

    fingerprint: StageFingerprint
    film: str
    label: str
    frames: Sequence[Path]
    """Part files of the part and of the neighbouring parts that the stage reads, in order."""
    output: Path
    changes: Path
    record: Path
    confidence: Path | None = None
    """Where small maps go of how sure the engine is of what it added, for a stage whose engine says that."""
    measures: Path | None = None
    """The film's measures, for a stage that plans over the shot."""
    matte: Path | None = None
    regions: Path | None = None
    carried: Sequence[Path] = ()
    """Measures of the earlier stages that move the picture."""
    elements: Sequence[Sequence[Path]] = ()
    """The part files of each other element of the film, for the same parts as `frames`."""


def load(fingerprint: StageFingerprint) -> PixelEngine:
    """The engine of a job, loaded with the options of the first shot that the stage is not left out of."""
    options = next((span.options for span in fingerprint.spans if span.options is not None), None)
    kind = engines.find(fingerprint.stage, fingerprint.engine)
    engine: Any = kind(options_of(fingerprint, options) if options is not None else None, device=fingerprint.device)
    if options is not None:
        engine.load()
    return engine


def options_of(fingerprint: StageFingerprint, values: dict[str, Any]) -> Any:
    """The engine's options for those values."""
    return engines.options.read(engines.find(fingerprint.stage, fingerprint.engine), values)


def for_span(engine: PixelEngine, fingerprint: StageFingerprint, span: Span) -> Any:
    """The engine with the options of a shot; None where the stage is left out."""
    return engine.with_options(options_of(fingerprint, span.options)) if span.options is not None else None
