"""The label of an edition says whether its picture was corrected, or partly made by algorithms or trained ones."""

from __future__ import annotations

from typing import Any

import pytest

from answerprint.plan import chain
from answerprint.plan.decisions import Decisions, ShotDecision
from answerprint.prints import labels

NOTHING = Decisions()


def label(stages: list[str], kind: str, decided: Decisions = NOTHING, **engines: dict[str, Any]) -> str:
    edition: dict[str, Any] = {"class": kind, "stages": stages}
    return labels.source_type(chain.resolve({"restored": edition}, engines), "restored", decided)


def test_what_is_repaired_or_enlarged_is_corrected_by_algorithm() -> None:
    assert label(["clean"], "repair", clean={"engine": "motion"}) == labels.CORRECTED
    assert label(["clean"], "repair", clean={"engine": "learned"}) == labels.CORRECTED
    assert label(["upscale"], "enhance", upscale={"engine": "lanczos"}) == labels.CORRECTED


def test_what_is_invented_is_synthetic_and_generated_where_a_trained_network_does_it() -> None:
    assert label(["interpolate"], "generate", interpolate={"engine": "flow"}) == labels.PARTLY_SYNTHETIC
    rife = {"engine": "rife", "weights": "rife-4.6"}
    assert label(["interpolate"], "generate", interpolate=rife) == labels.PARTLY_GENERATED


def test_weights_that_invent_in_one_shot_label_the_whole_edition() -> None:
    mild = {"engine": "spandrel", "weights": "span-x2-ch48"}
    assert label(["upscale"], "generate", upscale=mild) == labels.CORRECTED
    once = ShotDecision(at=3, options={"upscale": {"weights": "realesrgan-x4plus"}}, why="unreadable")
    assert label(["upscale"], "generate", Decisions(shots=(once,)), upscale=mild) == labels.PARTLY_GENERATED


def test_an_edition_without_stages_is_what_its_source_is() -> None:
    assert label([], "repair") == ""


@pytest.mark.parametrize("uri", labels.MEANINGS)
def test_labels_are_addresses_of_the_published_vocabulary(uri: str) -> None:
    assert uri.startswith("http://cv.iptc.org/newscodes/digitalsourcetype/")
