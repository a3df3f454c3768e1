"""The workflow by its command line: the same pixels however it runs, no needless work, mistakes in one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

import films
import media
from answerprint.runtime.files import read_json
from runs import EDITIONS, ONE_PRINT, PLAIN, SNAKEFILE, Run, decoded, ended

FIRST = """
cuts:
  add: [{frame: 31, why: PySceneDetect wants longer shots}]
shots:
  - {at: 18, colorize: {references: ["18=REFERENCE"]}, why: a coloured postcard of the scene}
"""
SECOND = """
cuts:
  add: [{frame: 31, why: PySceneDetect wants longer shots}]
shots:
  - {at: 3, stabilise: {strength: 0.5}, why: the camera stood on a ship}
  - {at: 18, colorize: {references: ["18=REFERENCE"]}, why: a coloured postcard of the scene}
  - {at: 34, colorize: {hints: ["34:0.5,0.5,#a03020"]}, why: the coat is in the museum}
"""


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three grainy shots, odd-sized, grey and silent, and a coloured picture of frame 18."""
    folder = tmp_path_factory.mktemp("reel")
    shots = [films.moving_texture(n, 34, 57, seed=s) * g for n, s, g in ((16, 1, 1.0), (15, 2, 0.6), (15, 3, 0.9))]
    frames = np.concatenate(shots)
    grain = np.random.default_rng(0).normal(0, 0.02, frames.shape)
    frames = np.clip(frames + grain, 0, 1).astype(np.float32)
    films.write_video(folder / "reel.mkv", frames, rate=18)
    cv2.imwrite(str(folder / "postcard.png"), (frames[18] * (120, 180, 255)).astype(np.uint8))
    return folder / "reel.mkv"


def decided(text: str, reel: Path) -> str:
    return text.replace("REFERENCE", str(reel.with_name("postcard.png")))


MASTERS = [f"results/reel/{edition}/master.mkv" for edition in EDITIONS]


@pytest.fixture(scope="module")
def three_parts(reel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The reel in three parts on two cores, all of its results, with the first decisions."""
    run = Run(tmp_path_factory.mktemp("three"), film=reel, parts=3)
    run.decide("reel", decided(FIRST, reel))
    run.succeed()
    return run


def test_a_second_run_does_nothing(three_parts: Run) -> None:
    assert "Nothing to be done" in three_parts.succeed()


def test_everything_that_is_promised_is_there(three_parts: Run) -> None:
    results = three_parts.folder / "results" / "reel"
    names = (
        "source.json",
        "analysis.json",
        "shots.json",
        "transcript.json",
        "transcript.srt",
        "report.html",
        "recipe.yaml",
    )
    assert all((results / name).stat().st_size or name == "transcript.srt" for name in names)
    assert (results / "package" / "bagit.txt").exists()
    assert [row["start"] for row in read_json(results / "shots.json")] == [0, 16, 31]
    assert [row["first"] for row in read_json(results / "cut_parts" / "parts.json")] == [0, 16, 31]
    assert all(read_json(results / edition / "check.json")["passed"] for edition in EDITIONS)


def test_options_of_one_shot_run_again_from_their_stage_on_in_its_part(three_parts: Run, reel: Path) -> None:
    three_parts.decide("reel", decided(FIRST, reel) + "  - {at: 17, clean: {strength: 0.2}, why: it snows}\n")
    jobs = three_parts.would_do()
    parted = {job for job in jobs if "part" in job or "section" in job}
    assert parted == {
        "dirt and scratches, restored part 2 of 3",
        "measure for denoise, restored section 1 of 1",
        "noise, restored part 2 of 3",
        "resolution, enhanced part 2 of 3",
        "measure for faces, enhanced section 1 of 1",
        "faces, enhanced part 2 of 3",
        "measure for colorize, presented section 1 of 1",
        "colour, presented part 2 of 3",
        "tint, presented part 2 of 3",
        "grade, presented part 2 of 3",
        "in-between frames, presented part 2 of 3",
        *(f"prints of {edition}, part 2 of 3" for edition in EDITIONS),
    }
    assert {"report", "recipe", "package"} < jobs
    assert not jobs & {"survey of the source", "find shots", "shots as decided", "analysis"}


def test_a_title_is_written_without_touching_a_frame(three_parts: Run, reel: Path) -> None:
    three_parts.decide("reel", decided(FIRST, reel))
    three_parts.values["title"] = "Homecoming"
    jobs = three_parts.would_do()
    del three_parts.values["title"]
    assert "facts of the source" in jobs and not [job for job in jobs if "part" in job or "survey" in job]


def test_another_number_of_parts_cuts_the_film_anew(three_parts: Run, reel: Path) -> None:
    three_parts.decide("reel", decided(FIRST, reel))
    three_parts.values["parts"] = 2
    jobs = three_parts.would_do()
    three_parts.values["parts"] = 3
    assert {"cut into 2 parts", *(f"dirt and scratches, restored part {part} of 2" for part in (1, 2))} <= jobs
    assert not jobs & {"survey of the source", "find shots", "shots as decided"}


def test_a_reference_picture_counts_by_its_content(three_parts: Run, reel: Path) -> None:
    three_parts.decide("reel", decided(FIRST, reel))
    picture = reel.with_name("postcard.png")
    before = picture.read_bytes()
    os.utime(picture)
    assert three_parts.would_do() == set()
    cv2.imwrite(str(picture), cv2.imread(str(picture))[..., ::-1])
    jobs = three_parts.would_do()
    picture.write_bytes(before)
    assert "colour, presented part 2 of 3" in jobs
    assert not [job for job in jobs if "noise" in job or ("colour" in job and "part 2" not in job)]


def test_pixels_do_not_depend_on_parts_cores_or_how_decisions_came(
    three_parts: Run, reel: Path, tmp_path: Path
) -> None:
    """One film in three parts with decisions taken in two steps, in two on one core, and in one with two kills."""
    three_parts.decide("reel", decided(SECOND, reel))
    log = three_parts.succeed()
    # Two independent decisions at once, one on the first stage of the first shot, one on a late stage of the last.
    assert "gate weave, restored part 1 of 3" in log and "colour, presented part 3 of 3" in log
    assert "gate weave, restored part 2 of 3" not in log and "noise, restored part 3 of 3" not in log

    two = Run(tmp_path / "two", film=reel, parts=2)
    two.decide("reel", decided(SECOND, reel))
    beside = two.start(*MASTERS, cores=1)

    whole = Run(tmp_path / "whole", film=reel, parts=1)
    whole.decide("reel", decided(SECOND, reel))
    results = whole.folder / "results" / "reel"
    run, job = whole.catch("clean", *MASTERS)
    os.kill(job, signal.SIGKILL)
    assert run.wait(timeout=60) == 1
    assert not list((results / "restored" / "clean").glob("[!.]*"))
    run, job = whole.catch("denoise", *MASTERS)
    run.kill()
    run.wait()
    assert ended(job), "a job outlives its workflow"
    assert "--unlock" in whole.do(*MASTERS).stdout
    whole.succeed("--unlock")
    whole.succeed(*MASTERS, "--rerun-incomplete", cores=1)
    hidden = {path.name for path in results.rglob(".*")}
    assert hidden <= {".snakemake_timestamp", ".made"}, "leftovers of killed jobs"

    assert beside.wait(timeout=300) == 0
    for edition in EDITIONS:
        assert three_parts.master("reel", edition) == two.master("reel", edition) == whole.master("reel", edition)
    presented = decoded(three_parts.folder / "results" / "reel" / "presented" / "master.mkv")
    assert presented[1:] == (92, (114, 68))


MARKED = """
cuts: {add: [{frame: 16, why: PySceneDetect wants longer shots}]}
protect: [{polygon: {2: [[4, 4], [20, 4], [20, 20], [4, 20]]}, why: sequins}]
remove: [{polygon: {18: [[30, 0], [33, 0], [33, 33], [30, 33]]}, from: 17, to: 20, why: a wire}]
"""


def test_mattes_and_regions_reach_the_pixels_and_run_again_only_what_they_touch(tmp_path: Path) -> None:
    frames = np.concatenate([films.moving_texture(16, 34, 57, seed=s) for s in (1, 2)])
    mask = np.zeros_like(frames)
    mask[:, 24:27, 40:43] = 1
    film = films.write_video(tmp_path / "film.mkv", np.where(mask > 0, 0.02, frames), rate=18)
    matte = films.write_video(tmp_path / "matte.mkv", 0.9 - 0.8 * mask, rate=18)
    settings = PLAIN + ONE_PRINT + "mattes: {defects: dark}\n"
    run = Run(tmp_path / "run", settings, film=film, matte=matte, editions="restored", parts=2)
    run.decide("film", MARKED)
    run.succeed()
    assert "Nothing to be done" in run.succeed()
    results = run.folder / "results" / "film"
    records = [read_json(results / "restored" / "clean" / f"{part:03d}.json") for part in range(2)]
    marked = [share for record in records for share in record["statistics"]["marked"]]
    assert min(marked) > 9 / (34 * 57) and [share > 0.05 for share in marked] == [17 <= t <= 20 for t in range(32)]
    assert "a wire" in (results / "report.html").read_text() and "matte.mkv" in (results / "report.html").read_text()
    assert "defects: dark" in (results / "recipe.yaml").read_text()
    run.decide("film", MARKED.replace("[4, 4]", "[5, 4]"))
    parted = {job for job in run.would_do() if "part" in job}
    touched = {row for row, part in enumerate(read_json(results / "cut_parts" / "parts.json"), 1) if part["first"] < 16}
    assert {job for job in parted if "dirt" in job} == {f"dirt and scratches, restored part {n} of 2" for n in touched}
    assert len(touched) < 2 and not any("ingest" in job or "weave" in job for job in parted)


def test_a_sheet_of_tiny_odd_films_makes_each_films_editions_and_discards_working_files(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    films.write_video(shelf / "one.mkv", films.moving_texture(1, 33, 35), rate=18)
    sound = 0.1 * np.sin(np.arange(2000) / 9).astype(np.float32)
    wide = {"codec": "libx264", "sample_aspect": Fraction(16, 15)}
    films.write_video(shelf / "two.mkv", films.moving_texture(2, 34, 38, 3), rate=25, audio=sound, **wide)
    films.write_frames(shelf / "three", films.moving_texture(3, 35, 33), bits=16, extension="tif")
    (shelf / "films.tsv").write_text(
        "film\tsource\trate\teditions\none\tone.mkv\t\tpresented\ntwo\ttwo.mkv\t\tenhanced\nthree\tthree\t16\trestored\n"
    )
    run = Run(tmp_path / "run", PLAIN + ONE_PRINT + "working_files: discard\n", films=shelf / "films.tsv")
    run.succeed()
    results = run.folder / "results"
    found = {str(path.parent.relative_to(results)): decoded(path)[1:] for path in results.glob("*/*/master.mkv")}
    assert found == {"one/presented": (2, (70, 66)), "two/enhanced": (2, (76, 68)), "three/restored": (3, (33, 35))}
    assert read_json(results / "two" / "enhanced" / "check.json")["passed"]
    frames = [path for path in results.rglob("*.zip") if path.parent.name != "join_measures"]
    assert not frames and not list(results.rglob("*.piece"))
    assert "Nothing to be done" in run.succeed()


def test_pixels_that_are_not_square_are_made_so_where_asked(tmp_path: Path) -> None:
    reel = tmp_path / "reel.mkv"
    films.write_video(reel, films.moving_texture(4, 48, 72), rate=18, codec="libx264", sample_aspect=Fraction(8, 9))
    settings = ONE_PRINT + "editions: {enhanced: {stages: [upscale, faces]}}\n"
    settings += "stages: {upscale: {engine: lanczos, square_pixels: true}}\n"
    run = Run(tmp_path / "run", PLAIN + settings, film=reel, editions="restored,enhanced", parts=1)
    run.succeed()
    shapes = []
    for edition in ("restored", "enhanced"):
        _, stream = media.frames_of(run.folder / f"results/reel/{edition}/master.mkv")
        shapes.append((stream.width, stream.height, stream.sample_aspect_ratio))
        assert read_json(run.folder / f"results/reel/{edition}/check.json")["passed"]
    assert shapes == [(72, 48, Fraction(8, 9)), (128, 96, 1)]
    (still, *_) = read_json(run.folder / "results/reel/enhanced/encode/stills/000/index.json")
    assert [picture["stage"] for picture in still["pictures"] if picture.get("difference")] == ["upscale"]


def test_a_mistake_is_one_sentence_and_leaves_nothing(reel: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "letter.mp4").write_text("Dear archive, please find the film attached.")
    mistakes: dict[str, dict[str, object]] = {
        "does not exist": {"film": "nothing.mkv"},
        "is empty": {"film": tmp_path / "empty.mp4"},
        "not a film": {"film": tmp_path / "letter.mp4"},
        "'fimls'": {"fimls": reel},
        "There is no film": {},
        "into 30 parts": {"film": reel, "parts": 30},
    }
    for number, (said, values) in enumerate(mistakes.items()):
        run = Run(tmp_path / str(number), PLAIN, **values)
        done = run.do()
        assert done.returncode == 1 and said in done.stdout
        assert "Traceback" not in done.stdout and len(done.stdout.strip().splitlines()) <= 6, done.stdout
        assert not (run.folder / "results").exists()


def test_a_wrong_decision_is_named_before_anything_runs(reel: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", film=reel)
    run.decide("reel", "shots: [{at: 3, clean: {strenth: 1}, why: x}]")
    assert "reel.yaml at frame 3: Unknown option of clean/mixed 'strenth'" in run.fail("--dry-run")


@pytest.mark.parametrize("kind", ["truncated", "sizes", "parts"])
def test_what_only_a_job_can_find_ends_the_run_with_a_sentence(kind: str, reel: Path, tmp_path: Path) -> None:
    film, values = tmp_path / "film.mkv", {}
    if kind == "truncated":
        film.write_bytes(reel.read_bytes()[: reel.stat().st_size // 2])
    elif kind == "sizes":
        film, values = films.write_frames(tmp_path / "film", films.moving_texture(3, 32, 40)), {"rate": 18}
        films.write_frames(film, films.moving_texture(1, 32, 36), first=2)
    else:
        film, values = reel, {"parts": 10}
    run = Run(tmp_path / "run", film=film, **values)
    said = {"truncated": "is damaged", "sizes": "is 36x32, the first one is 40x32", "parts": "into 10 parts"}
    assert said[kind] in run.fail()
    left = {path.name.removesuffix(".sha256") for path in (run.folder / "results").rglob("*") if path.is_file()}
    left -= {"device.yaml"}
    assert not left - {
        "facts.json",
        "ledger.npz",
        "proxy.npy",
        "source.json",
        "shots.json",
        "words.json",
    }
    assert kind == "parts" or not left


def test_the_workflow_passes_snakemakes_lint_without_a_film(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE), "--lint"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "good condition" in done.stdout + done.stderr


def test_an_undamaged_film_is_left_as_it_is_by_default(tmp_path: Path) -> None:
    film = films.write_video(tmp_path / "calm.mkv", films.moving_texture(16, 64, 96, step=(1.0, 0.0)), rate=24)
    settings = "shots: {engine: pyscenedetect}\nspeech: {engine: pocketsphinx}\n" + ONE_PRINT
    run = Run(tmp_path / "run", settings, film=film, editions="restored")
    run.succeed()
    results = run.folder / "results" / "calm"
    decided = yaml.safe_load((results / "stages.yaml").read_text())["shots"]
    assert [next(iter(options for key, options in row.items() if key not in ("at", "why"))) for row in decided] == [
        False
    ] * 7
    changed = [read_json(path)["changed"] for path in (results / "restored").glob("*/000.json")]
    assert len(changed) == 6 and not any(map(any, changed))
