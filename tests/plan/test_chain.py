"""The chain closes over what is left out, and an edition claims no lower class than its stages have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from answerprint.engines import models
from answerprint.plan import chain
from answerprint.plan.chain import Chain
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import sha256

STAGES: dict[str, dict[str, Any]] = {
    "stabilise": {"engine": "path"},
    "clean": {"engine": "motion"},
    "denoise": {"engine": "motion"},
    "upscale": {"engine": "lanczos", "scale": 2},
    "interpolate": {"engine": "flow", "rate": "2x"},
}
REPAIRED = {"from": "source", "class": "repair", "stages": ["stabilise", "clean", "denoise"]}
LARGER = {"from": "restored", "class": "enhance", "stages": ["upscale"]}
SMOOTH = {"from": "larger", "class": "generate", "stages": ["interpolate"]}


def resolve(**editions: dict[str, Any]) -> Chain:
    return chain.resolve(editions, STAGES)


@pytest.fixture
def whole() -> Chain:
    return resolve(restored=REPAIRED, larger=LARGER, smooth=SMOOTH)


def test_an_edition_grows_from_its_parent(whole: Chain) -> None:
    assert whole.lineage("larger") == [
        ("source", "ingest"),
        *[("restored", stage) for stage in ("stabilise", "clean", "denoise")],
        ("larger", "upscale"),
    ]
    assert whole.before("larger", "upscale") == ("restored", "denoise")
    assert whole.before("restored", "stabilise") == ("source", "ingest")
    assert whole.end("smooth") == ("smooth", "interpolate")


def test_a_stage_left_out_leaves_no_gap() -> None:
    found = resolve(restored=REPAIRED | {"stages": ["stabilise", "denoise"]})
    assert found.before("restored", "denoise") == ("restored", "stabilise")


def test_an_edition_without_stages_shows_its_parent() -> None:
    found = resolve(restored=REPAIRED, copy={"from": "restored", "class": "repair", "stages": []})
    assert found.end("copy") == ("restored", "denoise")


def _times(resolved: Chain, edition: str) -> int:
    """How many times as high as the source an edition's frames are."""
    height, width = 10, 20
    for step in resolved.enlargements(edition):
        height, width = step.size(height, width)
    assert width == 2 * height
    return height // 10


def test_an_edition_of_a_given_height_has_it_whatever_the_source() -> None:
    found = chain.resolve(
        {"restored": REPAIRED, "larger": LARGER}, {**STAGES, "upscale": {"engine": "lanczos", "to": 2160}}
    )
    (step,) = found.enlargements("larger")
    assert step.size(480, 640) == (2160, 2880) and step.size(576, 721) == (2160, 2704)
    with pytest.raises(FilmError, match="to must be the same for the whole film"):
        found.stages["upscale"].changed({"to": 1080})


def test_a_height_below_that_of_the_source_is_refused_at_once() -> None:
    found = chain.resolve(
        {"restored": REPAIRED, "larger": LARGER}, {**STAGES, "upscale": {"engine": "lanczos", "to": 480}}
    )
    found.require_larger("restored", 576)
    found.require_larger("larger", 480)
    with pytest.raises(FilmError, match="to is 480, but frames are 576 pixels high"):
        found.require_larger("larger", 576)


def test_scale_and_rate_are_known_before_anything_runs(whole: Chain) -> None:
    assert [_times(whole, edition) for edition in ("restored", "larger", "smooth")] == [1, 2, 2]
    assert whole.retiming("larger") is None
    assert whole.retiming("smooth") == whole.stages["interpolate"] and whole.stages["interpolate"].rate == "2x"


def test_an_in_between_frame_is_made_with_the_next_frame(whole: Chain) -> None:
    assert whole.stages["interpolate"].radius >= 1
    assert whole.radius() >= 2


def test_options_of_one_shot_are_laid_over_and_checked(whole: Chain) -> None:
    assert whole.stages["clean"].changed({"strength": 0.25}).strength == 0.25
    with pytest.raises(FilmError, match="strength"):
        whole.stages["clean"].changed({"strenth": 0.25})


@pytest.mark.parametrize(("stage", "option"), [("upscale", {"scale": 3}), ("interpolate", {"rate": "3x"})])
def test_no_shot_has_a_size_or_rate_of_its_own(whole: Chain, stage: str, option: dict[str, Any]) -> None:
    with pytest.raises(FilmError, match="must be the same for the whole film"):
        whole.stages[stage].changed(option)


@pytest.mark.parametrize(
    ("editions", "said"),
    [
        ({"restored": REPAIRED | {"stages": ["upscale"]}}, "is of class enhance"),
        ({"restored": REPAIRED | {"stages": ["denoise", "clean"]}}, "out of order"),
        ({"restored": REPAIRED | {"stages": ["clean", "clean"]}}, "repeated"),
        ({"restored": REPAIRED | {"stages": ["claen"]}}, "'claen'"),
        ({"restored": REPAIRED | {"stages": ["faces"]}}, "no engine"),
        ({"restored": REPAIRED | {"from": "nothing"}}, "'nothing'"),
        ({"restored": LARGER | {"from": "larger"}, "larger": LARGER}, "grows from itself"),
        ({"source": REPAIRED}, "may not be called 'source'"),
        ({"package": REPAIRED}, "may not be called 'package'. results/<film>/package is another folder"),
        ({"restored": REPAIRED, "larger": LARGER, "small": LARGER | {"from": "larger", "class": "repair"}}, "lower"),
        ({"restored": REPAIRED, "larger": LARGER, "smooth": SMOOTH, "more": LARGER | {"from": "smooth"}}, "in-between"),
    ],
)
def test_what_cannot_be_is_refused(editions: dict[str, Any], said: str) -> None:
    with pytest.raises(FilmError, match=said):
        chain.resolve(editions, STAGES)


@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (["clean"], "Edition child has the stage clean, and so has restored, which it grows from. Leave it out of one"),
        (["stabilise", "upscale"], "has the stage stabilise, and so has restored"),
        (
            ["dyes"],
            "grows from restored, whose stage clean belongs after dyes. Let it grow from an edition without clean",
        ),
    ],
)
def test_stages_from_the_source_to_an_edition_are_in_order_and_none_is_there_twice(
    between: bool, stages: list[str], said: str
) -> None:
    """A change map has one bit for a stage, and options and decisions know it by its name."""
    engines = {**STAGES, "dyes": {"engine": "density"}}
    others = {"between": {"from": "restored", "class": "enhance", "stages": []}}
    child = {"from": "between" if between else "restored", "class": "enhance", "stages": stages}
    with pytest.raises(FilmError, match=said):
        chain.resolve({"restored": REPAIRED, **others, "child": child}, engines)
    side_by_side = {"restored": REPAIRED, "child": child | {"from": "source"}}
    assert chain.resolve(side_by_side, engines).lineage("child")[1:] == [("child", stage) for stage in stages]


INVENTING = ("realesrgan-x4plus", "RealESRGAN_x2plus", "RealESRGAN_x4plus", "4x-UltraSharp", "realesr-general-x4v3")


@pytest.mark.parametrize("weights", [*INVENTING, "realesr-animevideov3"])
def test_weights_that_invent_need_an_edition_that_says_so(weights: str) -> None:
    stages = {"upscale": {"engine": "spandrel", "weights": weights, "scale": 2}}
    with pytest.raises(FilmError, match=f"upscale/spandrel with {weights} is of class generate"):
        chain.resolve({"larger": {"class": "enhance", "stages": ["upscale"]}}, stages)
    assert (
        chain.resolve({"larger": {"class": "generate", "stages": ["upscale"]}}, stages).stages["upscale"].kind
        == "generate"
    )


def test_weights_of_the_registry_that_are_given_by_path_are_of_their_class_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "my-own-name.pth"
    path.write_bytes(b"published weights")
    published = models.Entry(
        name="inventing", engine="upscale/spandrel", kind="generate", licence="MIT", commercial=True, paper="none",
        sha256=sha256(path), size=path.stat().st_size, url="https://weights.invalid/inventing.pth",
    )  # fmt: skip
    monkeypatch.setattr(models, "registry", lambda: {"inventing": published})
    monkeypatch.setattr(models, "place", lambda name: Path(name))
    stages = {"upscale": {"engine": "spandrel", "weights": str(path), "scale": 2}}
    with pytest.raises(FilmError, match="is of class generate"):
        chain.resolve({"larger": {"class": "enhance", "stages": ["upscale"]}}, stages)


def test_an_edition_adds_to_the_nearest_one_that_is_made() -> None:
    editions = {
        "restored": {"stages": ["clean"]},
        "enhanced": {"from": "restored", "class": "enhance", "stages": ["upscale"]},
    }
    stages = {"clean": {"engine": "motion"}, "upscale": {"engine": "lanczos", "scale": 2}}
    made = chain.resolve(editions, stages)
    assert made.parent("enhanced", ["restored", "enhanced"]) == "restored"
    assert made.added("enhanced", ["restored", "enhanced"]) == [("enhanced", "upscale")]
    assert made.parent("enhanced", ["enhanced"]) == "source"
    assert made.added("enhanced", ["enhanced"]) == [("restored", "clean"), ("enhanced", "upscale")]


def test_portraits_are_files_that_measuring_reads_and_no_weights(tmp_path: Path) -> None:
    settings = {"faces": {"engine": "portrait", "portraits": ["Anna=a.jpg", "Ben=b.jpg"]}}
    stage = chain.resolve({"guessed": {"class": "generate", "stages": ["faces"]}}, settings).stages["faces"]
    assert stage.measuring_weights and all(isinstance(name, str) for name in stage.measuring_weights)
