"""Portraits lend poor faces detail: of the same person alone, where both agree, steadily, and only where asked to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from answerprint import engines
from answerprint.archive import recipe
from answerprint.engines import Clip, models
from answerprint.engines.faces import _sitters
from answerprint.engines.faces._likeness import Witness
from answerprint.engines.faces._patch import Patch, cut
from answerprint.engines.faces._portrait import Portrait, fitted, lent_detail, steps, view
from answerprint.engines.faces._seen import SHARES, Seen
from answerprint.engines.faces._sitters import PortraitOptions, sitter
from answerprint.engines.faces._steady_steps import steady_steps
from answerprint.film.parts import Part
from answerprint.film.shots import decided, from_starts
from answerprint.frames.face_crops import upright
from answerprint.frames.face_tracks import FaceTrack
from answerprint.plan import chain
from answerprint.plan.decisions import Decisions
from answerprint.plan.film_cut import FilmCut
from answerprint.plan.film_fingerprints import Fingerprints
from answerprint.runtime.errors import FilmError
from answerprint.runtime.files import sha256
from drawn_faces import drawn_face
from places import MEDIA

BOX = (76.0, 60.0, 164.0, 180.0)
LANDMARKS = np.array([(102, 114), (138, 114), (120, 134), (106, 154), (134, 154)], np.float64)
SOFT = 5.0
SHOTS = decided(from_starts({}, 22), Decisions().cuts)


def textured(mouth: float = 0.05) -> np.ndarray:
    """A drawn face with freckles: (h, w, 1)."""
    face = drawn_face(mouth=mouth)
    random = np.random.default_rng(4)
    for x, y in random.uniform((84, 90), (156, 170), (90, 2)):
        cv2.circle(face, (int(x), int(y)), 1, float(random.uniform(0.45, 0.95)), -1, cv2.LINE_AA)
    return face


def portrait(face: np.ndarray, person: str = "Anna") -> Portrait:
    """A larger, slightly turned and darker picture of a face."""
    matrix = np.hstack([1.5 * np.array([[0.995, -0.1], [0.1, 0.995]]), [[20], [-10]]])
    larger = 0.05 + 0.7 * cv2.warpAffine(face, matrix, (380, 380), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    points = LANDMARKS @ matrix[:, :2].T + matrix[:, 2]
    middle = (np.array(BOX[:2]) + BOX[2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = 0.75 * (np.array(BOX[2:]) - BOX[:2])
    box = (*(middle - half), *(middle + half))
    return Portrait(person=person, luma=larger.astype(np.float32), box=box, landmarks=points, blur=0.8)  # type: ignore[arg-type]


def worn(face: np.ndarray, seed: int = 1, soft: float = SOFT) -> np.ndarray:
    """A face out of focus, with grain: (h, w, 1)."""
    grain = np.random.default_rng(seed).normal(0, 0.01, face.shape)
    return np.asarray(cv2.GaussianBlur(face, (0, 0), soft)[..., None] + grain, np.float32)


def patch_of(frame: np.ndarray) -> Patch:
    patch = cut(frame, np.array(BOX), LANDMARKS)
    assert patch is not None
    return patch


def lent(one: Portrait, patch: Patch) -> np.ndarray:
    both = view(one, patch)
    flow, softening = fitted(both, one.softening(patch, 3.0) * both.scale)
    detail, trust = lent_detail(one, patch, softening / both.scale, flow)
    return trust * detail


def test_a_portrait_brings_a_soft_face_nearer_to_the_truth() -> None:
    truth = textured()
    patch = patch_of(worn(truth))
    missing = truth[patch.place][..., 0] - patch.luma
    change = lent(portrait(truth), patch)
    before, after = ((x[patch.inside > 0.5] ** 2).mean() for x in (missing, missing - change))
    assert after < 0.5 * before


@pytest.mark.parametrize("soft", [3.0, 5.0, 8.0])
def test_the_blur_of_a_face_is_found_beside_its_portrait(soft: float) -> None:
    truth = textured()
    patch, one = patch_of(worn(truth, soft=soft)), portrait(truth)
    both = view(one, patch)
    _, softening = fitted(both, 2.0)
    assert softening / both.scale == pytest.approx(soft, rel=0.2)


def test_open_eyes_are_not_lent_to_shut_ones() -> None:
    open_eyed, shut = textured(), textured()
    for x in (102, 138):
        cv2.ellipse(shut, (x, 114), (13, 9), 0, 0, 360, 0.75, -1, cv2.LINE_AA)
        cv2.line(shut, (x - 9, 118), (x + 9, 118), 0.3, 2, cv2.LINE_AA)
    patch = patch_of(worn(shut, soft=3.0))
    eyes = patch.eyes > 0.9
    right, wrong = (np.abs(lent(portrait(face), patch)[eyes]).max() for face in (shut, open_eyed))
    assert wrong < 0.1 * right


def test_what_only_the_portrait_shows_is_not_lent() -> None:
    truth, other = textured(), textured()
    cv2.rectangle(other, (85, 128), (112, 175), 0.1, -1)
    patch, one = patch_of(worn(truth)), portrait(other)
    both = view(one, patch)
    detail, trust = lent_detail(one, patch, SOFT, steps(both, SOFT * both.scale))
    left, top = patch.place[1].start, patch.place[0].start
    edge = np.s_[140 - top : 165 - top, 108 - left : 117 - left]
    assert np.abs(detail[edge]).max() > 0.1 and np.abs(trust * detail)[edge].max() < 0.03


def test_the_way_to_the_portrait_trembles_less_than_from_frame_to_frame() -> None:
    truth = textured()
    one, blur = portrait(truth), SOFT
    frames = [np.roll(worn(truth, seed), seed, axis=1) for seed in range(7)]
    random = np.random.default_rng(2)
    patches = []
    for seed, frame in enumerate(frames):
        patch = cut(
            frame, np.add(BOX, (seed, 0, seed, 0)), np.add(LANDMARKS, (seed, 0)) + random.normal(0, 0.7, (5, 2))
        )
        assert patch is not None
        patches.append(patch)

    def ends(patch: Patch, flow: np.ndarray) -> np.ndarray:
        """Where the middle of the face lies in the portrait, by the landmarks and the flow."""
        both = view(one, patch)
        middle = np.array([120.0 + patches.index(patch) - patch.place[1].start, 130.0 - patch.place[0].start])
        x, y = (round(v * both.scale) for v in middle)
        back = cv2.invertAffineTransform(upright(one.landmarks, patch.landmarks))
        at = middle + flow[y, x] / both.scale
        return np.asarray(back[:, :2] @ at + back[:, 2])

    single, steady = [], []
    for i in range(2, 5):
        both = view(one, patches[i])
        single.append(ends(patches[i], steps(both, one.softening(patches[i], blur) * both.scale)))
        near = {offset: patches[i + offset] for offset in range(-2, 3)}
        around = {offset: frames[i + offset] for offset in near}
        steady.append(ends(patches[i], steady_steps(one, around, near, blur)))
    assert np.ptp(steady, axis=0).max() < np.ptp(single, axis=0).max()


def looks(**values: Any) -> Seen:
    """A track of six looks, blurred by 4 of 80 pixels, with what is given measured beside portraits of Anna and Ben."""
    count = 6
    box = np.array([10.0, 10, 90, 110], np.float32)
    usual = {
        "portrait": 0,
        "distance": 0.2,
        "next_distance": 0.6,
        "alike": 0.95,
        "bent": 0.2,
        "soft": 4.0,
        "blur": 3.0,
        **values,
    }
    measures = {name: np.broadcast_to(np.asarray(value), (count,)).reshape(count, 1) for name, value in usual.items()}
    measures |= {"boxes": np.tile(np.append(box, 0.99), (count, 1, 1)).astype(np.float32)}
    measures |= {"likeness": np.ones((count, 1, 2, len(SHARES))), "grain": np.zeros((count, 1, 7))}
    track = FaceTrack(
        id=0, frames=np.arange(count), boxes=np.tile(box, (count, 1)),
        landmarks=np.zeros((count, 5, 2), np.float32), scores=np.ones(count, np.float32),
    )  # fmt: skip
    return Seen(track, measures)


OPTIONS = PortraitOptions(portraits=("Anna=a.png", "Ben=b.png"))


def test_the_whole_track_must_be_the_person_of_the_portrait() -> None:
    chosen = sitter(looks(), OPTIONS, 80)
    assert (chosen.number, chosen.person, chosen.file, chosen.blur) == (0, "Anna", "a.png", 4.0)
    refused: dict[str, dict[str, Any]] = {
        "no portrait is of this person": {"distance": 0.32},
        "equally near": {"next_distance": 0.24},
        "another side": {"alike": 0.6},
        "nearest throughout": {"portrait": [0, 1, 0, 1, 0, 1]},
        "not compared": {"portrait": -1},
    }
    for why, values in refused.items():
        chosen = sitter(looks(**values), OPTIONS, 80)
        assert chosen.number == -1 and why in chosen.why
    assert "another side" in sitter(looks(bent=0.8), OPTIONS, 80).why
    assert "too small" in sitter(looks(), OPTIONS, 30).why
    assert sitter(looks(), PortraitOptions(), 80).number == -1, "there are no portraits"


def test_the_more_blurred_a_face_the_nearer_it_must_be() -> None:
    assert sitter(looks(distance=0.2, soft=4.0), OPTIONS, 80).number == 0
    assert sitter(looks(distance=0.2, soft=7.0), OPTIONS, 80).number == -1


def test_portraits_come_from_files_or_folders(tmp_path: Path) -> None:
    (tmp_path / "cast" / "Ben").mkdir(parents=True)
    # A Mac writes the dots of an umlaut apart.
    for name in ("Anna.png", "Ben/1.jpg", "Ben/2.jpg", "Zoe\u0308.png"):
        (tmp_path / "cast" / name).touch()
    engine = engines.find("faces", "portrait")
    options = engines.options.read(engine, {"portraits": [str(tmp_path / "cast"), "Carl=c.png"]})
    assert [name for name, _ in options.people()] == ["Anna", "Ben", "Ben", "Zo\u00eb", "Carl"]
    assert len(engines.options.files(engine, options, {"portraits"})) == 5
    with pytest.raises(FilmError, match="neither NAME=path nor a folder"):
        engines.options.read(engine, {"portraits": [str(tmp_path / "nowhere")]})


def test_a_portrait_that_cannot_lend_is_refused_by_name(tmp_path: Path) -> None:
    face = textured()
    pictures = {"gone.png": None, "empty.png": np.full((80, 80, 1), 0.5), "two.png": np.hstack([face, face])}
    pictures |= {"blurred.png": cv2.GaussianBlur(drawn_face(), (0, 0), 4)}
    witness = Witness()
    says = ("cannot be read", "shows 0 faces", "shows 2 faces", "no detail to lend")
    for (name, picture), message in zip(pictures.items(), says, strict=True):
        if picture is not None:
            cv2.imwrite(str(tmp_path / name), np.asarray(255 * picture, np.uint8))
        with pytest.raises(FilmError, match=message):
            _sitters.read(PortraitOptions(portraits=(f"Anna={tmp_path / name}",)), witness)


def test_only_editions_that_invent_may_borrow_from_portraits() -> None:
    stages = {"faces": {"engine": "portrait", "portraits": ["Anna=a.png"]}}
    with pytest.raises(FilmError, match="class generate"):
        chain.resolve({"enhanced": {"class": "enhance", "stages": ["faces"]}}, stages)
    resolved = chain.resolve({"drawn": {"class": "generate", "stages": ["faces"]}}, stages)
    stage = resolved.stages["faces"]
    assert stage.pictures == ["a.png"] and set(stage.measured_files) == {"a.png", str(models.place("faces-detail"))}
    with pytest.raises(FilmError, match="same for the whole film"):
        stage.changed({"portraits": ["Ben=b.png"]})


def test_without_portraits_faces_are_cleared_as_by_detail() -> None:
    frames = worn(textured(), soft=2.5)[None]
    plain, borrowed = (engines.load("faces", name) for name in ("detail", "portrait"))
    assert np.array_equal(borrowed(frames), plain(frames))


GALLERY = MEDIA / "dialogue/gallery"


def blurred_clip(name: str) -> np.ndarray:
    """Three frames of a person in a film, so blurred that 20 blurs lie across the face."""
    first = {"Ben": 10, "Anna": 90, "Emma": 315}[name]
    film = cv2.VideoCapture(str(MEDIA / "dialogue/grid_reverse.mkv"))
    frames = [film.read()[1] for _ in range(first + 3)][first:]
    random = np.random.default_rng(3)
    soft = [cv2.GaussianBlur(frame[..., 1].astype(np.float32) / 255, (0, 0), 5.5) for frame in frames]
    return np.stack([x + random.normal(0, 0.01, x.shape) for x in soft])[..., None].astype(np.float32)


def first_frame(frames: np.ndarray, plan: engines.Measures) -> Clip:
    return Clip(frames=frames[:1], core=slice(0, 1), plan={name: values[:1] for name, values in plan.items()})


@pytest.mark.skipif(not GALLERY.is_dir(), reason="the film of people who speak in turn is not on this machine")
def test_a_persons_portrait_lends_and_anothers_is_refused() -> None:
    frames = blurred_clip("Emma")
    whole = Clip(frames=frames, core=slice(0, len(frames)))
    for name, done in (("Emma", "portrait"), ("Dora", "detail"), ("Ben", "detail")):
        engine = engines.load("faces", "portrait", portraits=[f"{name}={GALLERY / name}.png"])
        measured = engine.measure(whole)
        (row,) = engine.decided(measured, first=0)
        assert row["done"] == done, row["reason"]
        if done == "portrait":
            assert row["portrait"]["person"] == "Emma" and row["portrait"]["file"] == "Emma.png"
            assert row["likeness"] >= 0.96 - 1e-4
            result = engine.run(first_frame(frames, engine.plan(measured, first=0)))
            assert result.statistics["texture"][0] >= 0.999 and result.statistics["teeth"][0] <= 1.01
            assert result.statistics["iris"][0] < 0.012
        else:
            assert row["portrait"] is None and f"{name} is" in row["reason"]


def test_the_limit_is_wider_for_sharper_faces_up_to_a_point() -> None:
    assert _sitters.limit(100, 2) == _sitters.limit(100, 5) > _sitters.limit(100, 8)


def test_another_picture_of_the_same_name_is_another_portrait(tmp_path: Path) -> None:
    picture = tmp_path / "Anna.png"
    stages = {"faces": {"engine": "portrait", "portraits": [f"Anna={picture}"]}}
    whole = chain.resolve({"drawn": {"class": "generate", "stages": ["faces"]}}, stages)
    cut = FilmCut(frames=22, rate=Fraction(18), depth=10, origin="o", parts=(Part(first=0, stop=22),), shots=SHOTS)

    def now() -> tuple[Any, ...]:
        film = Fingerprints(cut, whole, Decisions())
        return film.measure("drawn", "faces", 0), film.stage("drawn", "faces", 0), recipe._engine(whole, "faces")

    rows = []
    for content in (b"one", b"two"):
        picture.write_bytes(content)
        rows.append(now())
    assert all(one != other for one, other in zip(*rows, strict=True))
    assert rows[1][2]["pictures"] == {f"{tmp_path.name}/Anna.png": sha256(picture)}
