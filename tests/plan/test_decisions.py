"""Decisions are read to the last key, each has a why, and what cannot be understood is named with its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerprint.film.lost_frames import LostFrames
from answerprint.plan import chain, decisions
from answerprint.plan.decisions import Decisions
from answerprint.runtime.errors import FilmError

CHAIN = chain.resolve(
    {"restored": {"class": "enhance", "stages": ["clean", "denoise", "upscale"]}},
    {"clean": {"engine": "motion"}, "denoise": {"engine": "motion"}, "upscale": {"engine": "lanczos", "scale": 2}},
)


def read(folder: Path, text: str) -> Decisions:
    path = folder / "film.yaml"
    path.write_text(text)
    return decisions.read(path)


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert decisions.read(None) == decisions.read(tmp_path / "film.yaml") == Decisions()
    assert read(tmp_path, "# nothing yet\n") == Decisions()


def test_cuts_shots_and_speakers_are_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
cuts:
  add: [{frame: 120, transition: dissolve, why: joined}, {frame: 130, why: joined}]
  move: [{from: 200, to: 202, why: later}]
  strike: [{frame: 88, why: a flash}]
shots:
  - {at: 130, clean: {strength: 0.4}, denoise: false, why: snow}
speakers: {names: {Person 1: Anna}}
""",
    )
    assert found.cuts.add == ((120, "dissolve"), (130, "cut"))
    assert (found.cuts.move, found.cuts.strike) == (((200, 202),), (88,))
    assert found.shots[0].options == {"clean": {"strength": 0.4}, "denoise": None}
    assert found.speakers == {"names": {"Person 1": "Anna"}}
    assert [row["why"] for row in found.rows] == ["joined", "joined", "later", "a flash", "snow", ""]
    assert found.rows[-2]["denoise"] is False and found.rows[-1]["what"] == "Person 1 is Anna"


def test_regions_are_read_and_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
protect:
  - {polygon: {130: [[1, 2], [30.5, 2], [30, 40]]}, why: sequins}
remove:
  - {polygon: {60: [[1, 2], [3, 4], [5, 6]], 40: [[0, 2], [3, 4], [5, 6]]}, from: 36, to: 70, follow: none, why: wire}
""",
    )
    protect, remove = found.regions
    assert (protect.what, protect.keys) == ("protect", ((130, ((1, 2), (30.5, 2), (30, 40))),))
    assert (protect.first, protect.last, protect.follow, protect.stages) == (None, None, "inside", ("clean",))
    assert [frame for frame, _ in remove.keys] == [40, 60]
    assert (remove.first, remove.last, remove.follow) == (36, 70, "none")
    assert [(row["what"], row["at"], row["holds"], row["why"]) for row in found.rows] == [
        ("protect a region", 130, "in its shot", "sequins"),
        ("remove a region", 40, "from 36 to 70", "wire"),
    ]


def test_names_that_were_copied_from_a_mac_are_those_that_were_typed(tmp_path: Path) -> None:
    copied = "Zoe\u0308"
    text = f"speakers: {{names: {{{copied}: {copied} M.}}, lines: [{{at: 1, speaker: {copied}}}]}}\n"
    found = read(tmp_path, f"{text}faces: [{{person: {copied}, do: leave, why: soft}}]")
    assert found.speakers == {"names": {"Zo\u00eb": "Zo\u00eb M."}, "lines": [{"at": 1, "speaker": "Zo\u00eb"}]}
    assert found.people[0].person == "Zo\u00eb"


def test_decisions_on_speakers_are_told(tmp_path: Path) -> None:
    text = "speakers: {names: {Person 1: Anna}, lines: [{at: 12.4, speaker: Ben, why: she only listens}]}"
    assert read(tmp_path, text).rows == (
        {"what": "Person 1 is Anna", "why": ""},
        {"what": "the line at 12.4 s", "speaker": "Ben", "why": "she only listens"},
    )


def test_an_edited_file_is_read_anew(tmp_path: Path) -> None:
    assert read(tmp_path, "cuts: {strike: [{frame: 8, why: a}]}").cuts.strike == (8,)
    assert read(tmp_path, "cuts: {strike: [{frame: 19, why: a}]}").cuts.strike == (19,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cut: {}", "'cut'.*'cuts'"),
        ("- a", "not a table of decisions"),
        ("cuts: [1]", "not a table of decisions"),
        ("cuts: {ad: []}", "'ad'.*'add'"),
        ("cuts: {add: {frame: 3}}", "not a list"),
        ("cuts: {add: [{fram: 3, why: x}]}", "at which frame"),
        ("cuts: {add: [{frame: yes, why: x}]}", "at which frame"),
        ("cuts: {add: [{frame: 3, trans: cut, why: x}]}", "'trans'"),
        ("cuts: {add: [{frame: 3, transition: wipe, why: x}]}", "'wipe'"),
        ("cuts: {move: [{from: 3, why: x}]}", "at which frame"),
        ("cuts: {strike: [{frame: 3}]}", "no why"),
        ("shots: [{at: 3, clean: {}}]", "no why"),
        ("shots: [{at: 3, clean: {}, why: ' '}]", "no why"),
        ("shots: [{clean: {}, why: x}]", "which frame"),
        ("shots: [{at: -1, upscale: {strength: 0.5}, why: x}]", "at which frame"),
        ("cuts: {strike: [{frame: -3, why: x}]}", "at which frame"),
        ("reviews: [{at: -1, verdict: accepted, why: x}]", "at which frame"),
        ("lost: [{after: -1, frames: 2, sound: leave, why: x}]", "does not say which"),
        ("remove: [{polygon: {-3: [[1, 2], [3, 4], [5, 6]]}, why: x}]", "at which frame"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, from: -2, why: x}]", "which is not a frame"),
        ("shots: [{at: 3, why: x}]", "names no stage"),
        ("shots: [{at: 3, claen: {}, why: x}]", "'claen'.*'clean'"),
        ("shots: [{at: 3, clean: 5, why: x}]", "Give options"),
        ("shots: {at: 3}", "not a list"),
        ("remove: {polygon: {}}", "not a list"),
        ("remove: [3]", "not a table"),
        ("remove: [{why: x}]", "at which frame"),
        ("remove: [{polygon: [[1, 2], [3, 4], [5, 6]], why: x}]", "at which frame"),
        ("remove: [{polygon: {a: [[1, 2], [3, 4], [5, 6]]}, why: x}]", "at which frame"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4]]}, why: x}]", "at frame 3, which is not a polygon"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5]]}, why: x}]", "at frame 3, which is not a polygon"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, .nan]]}, why: x}]", "at frame 3, which is not a polygon"),
        (
            "remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]], 9: [[1, 2], [3, 4], [5, 6], [7, 8]]}, why: x}]",
            "more corners",
        ),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}}]", "no why"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, form: 2, why: x}]", "'form'.*'from'"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, from: 4, why: x}]", "outside its own frames"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, to: 2, why: x}]", "outside its own frames"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, to: end, why: x}]", "which is not a frame"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, follow: arround, why: x}]", "'arround'.*'around'"),
        ("remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, stages: [clean], why: x}]", "'stages'"),
        ("protect: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, stages: clean, why: x}]", "as a list"),
        ("protect: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, stages: [upscale], why: x}]", "'upscale'"),
        ("speakers: {nmes: {}}", "'nmes'.*'names'"),
        ("speakers: {names: [Anna]}", "not a table of decisions"),
        ("speakers: {names: {Person 1: }}", "the name ''"),
        ("speakers: {lines: {at: 3}}", "not a list"),
        ("speakers: {lines: [{speaker: Ben}]}", "which second"),
        ("speakers: {lines: [{at: 12.4, speker: Ben}]}", "'speker'.*'speaker'"),
        ("speakers: {lines: [{at: 12.4, why: x}]}", "neither a speaker nor a text"),
        ("shots: [", "not valid YAML"),
    ],
)
def test_what_cannot_be_understood_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FilmError, match=said) as caught:
        read(tmp_path, text)
    assert "film.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("shot", "said"),
    [
        ("{at: 3, clean: {strenth: 1}, why: x}", "at frame 3: Unknown option.*'strength'"),
        ("{at: 3, clean: {strength: big}, why: x}", "must be a number"),
        ("{at: 3, upscale: {scale: 3}, why: x}", "upscale.scale must be the same for the whole film"),
        ("{at: 3, upscale: false, why: x}", "every shot or in none"),
        ("{at: 3, colorize: {}, why: x}", "no edition has that stage"),
    ],
)
def test_what_the_stages_do_not_have_is_told_before_anything_runs(tmp_path: Path, shot: str, said: str) -> None:
    read(tmp_path, f"shots: [{shot}]")
    with pytest.raises(FilmError, match=said):
        decisions.check(tmp_path / "film.yaml", CHAIN)


def test_a_missing_picture_is_told_before_anything_runs(tmp_path: Path) -> None:
    table, text = tmp_path / "print.cube", "shots: [{{at: 3, grade: {{cubes: ['print={}']}}, why: x}}]"
    graded = chain.resolve({"presented": {"class": "generate", "stages": ["grade"]}}, {"grade": {"engine": "cdl"}})
    read(tmp_path, text.format(table))
    with pytest.raises(FilmError, match=r"at frame 3: grade is to use the file .*print\.cube, but there is none"):
        decisions.check(tmp_path / "film.yaml", graded)
    table.touch()
    decisions.check(tmp_path / "film.yaml", graded)
    named = {"grade": {"engine": "cdl", "cubes": [f"print={tmp_path / 'other.cube'}"]}}
    configured = chain.resolve({"presented": {"class": "generate", "stages": ["grade"]}}, named)
    with pytest.raises(FilmError, match=r"other\.cube, but there is none"):
        configured.require_pictures(["presented"])


def test_a_region_for_a_stage_that_no_edition_has_is_told_before_anything_runs(tmp_path: Path) -> None:
    read(tmp_path, "remove: [{polygon: {3: [[1, 2], [3, 4], [5, 6]]}, why: x}]")
    decisions.check(tmp_path / "film.yaml", CHAIN)
    bare = chain.resolve({"restored": {"stages": ["denoise"]}}, {"denoise": {"engine": "motion"}})
    with pytest.raises(FilmError, match="no edition has the stage clean"):
        decisions.check(tmp_path / "film.yaml", bare)


def test_weights_that_a_decision_names_are_known(tmp_path: Path) -> None:
    found = read(tmp_path, "shots: [{at: 3, upscale: {weights: w.pth}, why: x}, {at: 9, clean: false, why: x}]")
    assert decisions.weights(found, "upscale") == ["w.pth"] and decisions.weights(found, "clean") == []


def test_names_and_lines_stay_text(tmp_path: Path) -> None:
    text = (
        "speakers: {names: {Person 1: No, 2: 007}, lines: [{at: 1:30, text: 1.10, speaker: Off}, {at: 9, text: yes}]}"
    )
    assert read(tmp_path, text).speakers == {
        "names": {"Person 1": "No", "2": "007"},
        "lines": [{"at": 90.0, "text": "1.10", "speaker": "Off"}, {"at": 9, "text": "yes"}],
    }


def test_a_stage_is_left_out_by_any_word_for_no(tmp_path: Path) -> None:
    assert read(tmp_path, "shots: [{at: 3, clean: no, denoise: off, why: x}]").shots[0].options == {
        "clean": None,
        "denoise": None,
    }


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_decisions_are_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "film.yaml").write_bytes("cuts: {strike: [{frame: 3, why: K\u00f6nig}]}".encode(encoding))
    assert decisions.read(tmp_path / "film.yaml").rows[0]["why"] == "K\u00f6nig"


def test_decisions_written_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="'cuts' twice, at line 1 and at line 2"):
        read(tmp_path, "cuts: {strike: [{frame: 3, why: a}]}\ncuts: {add: [{frame: 5, why: b}]}\n")


def test_the_decisions_of_a_recipe_are_those_that_it_holds(tmp_path: Path) -> None:
    text = "configuration: {}\nframes: {}\ndecisions: {cuts: {strike: [{frame: 3, why: a}]}}\n"
    assert read(tmp_path, text).cuts.strike == (3,)


GENERATING = {"engine": "spandrel", "weights": "span-x2-ch48", "scale": 2}


@pytest.mark.parametrize("weights", ["realesrgan-x4plus", "RealESRGAN_x4plus", "4x-UltraSharp", "realesr-general-x4v3"])
def test_weights_of_one_shot_need_an_edition_that_may_claim_them(tmp_path: Path, weights: str) -> None:
    path = tmp_path / "film.yaml"
    path.write_text(f"shots: [{{at: 7, upscale: {{weights: {weights}}}, why: a close-up}}]\n")
    for kind in ("enhance", "generate"):
        other = chain.resolve({"larger": {"class": kind, "stages": ["upscale"]}}, {"upscale": GENERATING})
        if kind == "generate":
            decisions.check(path, other)
            continue
        with pytest.raises(FilmError, match=f"at frame 7: Edition larger has class enhance, .* with {weights}"):
            decisions.check(path, other)


def test_weights_of_one_shot_count_in_every_edition_with_the_stage(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_text("shots: [{at: 7, upscale: {weights: RealESRGAN_x2plus}, why: a close-up}]\n")
    editions = {name: {"class": kind, "stages": ["upscale"]} for name, kind in (("a", "generate"), ("b", "enhance"))}
    with pytest.raises(FilmError, match="Edition b has class enhance"):
        decisions.check(path, chain.resolve(editions, {"upscale": GENERATING}))


def test_a_review_and_who_took_a_decision_are_told_and_change_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
shots: [{at: 130, denoise: false, by: B. Holm, why: grain}]
reviews:
- {at: 130, verdict: accepted, by: B. Holm, why: like the print}
- {at: 12, verdict: rejected, stage: clean, why: eats the snow}
""",
    )
    assert found.shots[0].by == "B. Holm" and found.shots[0].options == {"denoise": None}
    assert [(row["what"], row.get("by")) for row in found.rows] == [
        ("shot options", "B. Holm"),
        ("shot accepted", "B. Holm"),
        ("clean rejected", None),
    ]


@pytest.mark.parametrize(
    ("review", "said"),
    [
        ("{verdict: accepted, why: fine}", "which frame"),
        ("{at: 3, verdict: fine, why: fine}", "verdict"),
        ("{at: 3, verdict: accepted}", "no why"),
        ("{at: 3, verdict: accepted, stage: cleen, why: fine}", "cleen"),
        ("{at: 3, verdict: accepted, who: me, why: fine}", "who"),
    ],
)
def test_what_is_no_review_is_refused(tmp_path: Path, review: str, said: str) -> None:
    with pytest.raises(FilmError, match=said):
        read(tmp_path, f"reviews: [{review}]\n")


RETIMED = chain.resolve(
    {"whole": {"class": "generate", "stages": ["interpolate"]}}, {"interpolate": {"engine": "flow", "rate": "1x"}}
)
LOST = "lost: [{after: 120, frames: 3, sound: silence, why: a splice}]"


def test_lost_frames_are_read_and_stand_in_the_report(tmp_path: Path) -> None:
    found = read(tmp_path, LOST)
    assert found.lost == (LostFrames(after=120, frames=3, sound="silence"),)
    (row,) = found.rows
    assert row == {"what": "lost frames", "after": 120, "frames": 3, "sound": "silence", "why": "a splice"}
    decisions.check(tmp_path / "film.yaml", RETIMED)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{frames: 3, sound: leave, why: x}", "does not say which"),
        ("{after: 120, frames: 7, sound: leave, why: x}", "7 frames are lost after frame 120"),
        ("{after: 120, frames: 3, why: x}", "what becomes of the sound"),
        ("{after: 120, frames: 3, sound: music, why: x}", "what becomes of the sound"),
        ("{after: 120, frames: 3, sound: leave}", "no why"),
        ("{after: 120, frame: 3, frames: 3, sound: leave, why: x}", "frame"),
    ],
)
def test_lost_frames_that_are_not_clear_are_refused(tmp_path: Path, item: str, message: str) -> None:
    with pytest.raises(FilmError, match=message):
        read(tmp_path, f"lost: [{item}]")


def test_lost_frames_need_an_edition_that_draws_them(tmp_path: Path) -> None:
    read(tmp_path, LOST)
    with pytest.raises(FilmError, match="no edition has a stage that draws them") as caught:
        decisions.check(tmp_path / "film.yaml", CHAIN)
    assert "rate: 1x" in (caught.value.hint or "")
