"""A film's timeline opens in editing programs, and the notes that people leave there come back as decisions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
import yaml

from answerprint.film.shots import from_starts
from answerprint.plan import decisions, edit_notes, edit_timeline
from answerprint.plan.edit_timeline import Edited
from answerprint.runtime.errors import FilmError

EDITED = Edited(
    title="Sunrise: A Song",
    rate=Fraction(24),
    shots=from_starts({8: "cut", 20: "dissolve"}, 30, {8: 0.62}),
    media="restored/mezzanine.mov",
    timecode=None,
    decisions=(
        {"what": "shot options", "at": 22, "clean": {"strength": 0.4}, "by": "B. Holm", "why": "it snows"},
        {"what": "strike cut", "frame": 4, "why": "a flash"},
        {"what": "Person 1 is Anna", "why": ""},
    ),
    warnings=("No speech was found in the sound.",),
)


def written(folder: Path, edited: Edited = EDITED) -> Path:
    edit_timeline.write(folder / "timeline.otio", edited)
    return folder / "timeline.otio"


def noted(path: Path, *notes: tuple[int, str], edit: str = "clip") -> Path:
    """A copy of the timeline in which a person has put notes at film frames, as an editing program saves it."""
    timeline = otio.adapters.read_from_file(str(path))
    for frame, text in notes:
        clip = next(
            c for c in timeline.find_clips() if c.range_in_parent().start_time.value + c.duration().value > frame
        )
        offset = frame - clip.range_in_parent().start_time.value
        time = clip.source_range.start_time if edit == "clip" else clip.range_in_parent().start_time
        rate = time.rate
        marked = otio.opentime.TimeRange(
            time + otio.opentime.RationalTime(offset, rate), otio.opentime.RationalTime(1, rate)
        )
        marker = otio.schema.Marker(name="Marker 1", marked_range=marked, comment=text)
        (clip if edit == "clip" else timeline.tracks).markers.append(marker)
    otio.adapters.write_to_file(timeline, str(path.with_name("edited.otio")))
    return path.with_name("edited.otio")


@pytest.mark.parametrize("timecode", [None, "10:00:00:12"])
def test_shots_are_clips_of_the_print_and_what_is_known_of_them_is_marked(tmp_path: Path, timecode: str | None) -> None:
    timeline = otio.adapters.read_from_file(str(written(tmp_path, replace(EDITED, timecode=timecode))))
    clips = list(timeline.find_clips())
    origin = 0 if timecode is None else (10 * 3600 * 24 + 12)
    assert [(c.source_range.start_time.value - origin, c.duration().value) for c in clips] == [
        (0, 8),
        (8, 12),
        (20, 10),
    ]
    assert {clip.media_reference.target_url for clip in clips} == {"restored/mezzanine.mov"}
    marks = [[(m.name, m.marked_range.start_time.value - origin, m.comment) for m in clip.markers] for clip in clips]
    assert marks == [
        [("strike cut", 4, "a flash")],
        [("Cut in doubt (62%)", 8, "")],
        [("shot options", 22, "clean: {'strength': 0.4}. it snows (B. Holm)")],
    ]
    assert [marker.name for marker in timeline.tracks[0].markers] == ["No speech was found in the sound."]


@pytest.mark.parametrize("timecode", [None, "10:00:00:12"])
@pytest.mark.parametrize("edit", ["clip", "timeline"])
def test_notes_come_back_as_decisions(tmp_path: Path, timecode: str | None, edit: str) -> None:
    path = noted(
        written(tmp_path, replace(EDITED, timecode=timecode)),
        (3, "accepted: looks like the print"),
        (12, "rejected clean: it eats the snow"),
        (13, "strike: a flash and not a cut"),
        (21, "clean strength=0.4 smallest=3: snow is not dirt"),
        (22, "denoise off: its own grain"),
        (25, "cut: two takes joined"),
        edit=edit,
    )
    found = edit_notes.decisions(path, by="B. Holm")
    by = {"by": "B. Holm"}
    assert found == {
        "reviews": [
            {"at": 3, "verdict": "accepted", "why": "looks like the print", **by},
            {"at": 12, "verdict": "rejected", "stage": "clean", "why": "it eats the snow", **by},
        ],
        "cuts": {
            "strike": [{"frame": 8, "why": "a flash and not a cut", **by}],
            "add": [{"frame": 25, "transition": "cut", "why": "two takes joined", **by}],
        },
        "shots": [
            {"at": 21, "clean": {"strength": 0.4, "smallest": 3}, "why": "snow is not dirt", **by},
            {"at": 22, "denoise": False, "why": "its own grain", **by},
        ],
    }
    # And they are what the next run reads.
    (tmp_path / "film.yaml").write_text(yaml.safe_dump(found))
    read = decisions.read(tmp_path / "film.yaml")
    assert read.cuts.strike == (8,) and read.cuts.add == ((25, "cut"),) and len(read.rows) == 6


def test_what_was_written_here_is_no_new_decision(tmp_path: Path) -> None:
    assert edit_notes.decisions(written(tmp_path)) == {}


def test_new_decisions_follow_the_old_ones(tmp_path: Path) -> None:
    old = {"cuts": {"strike": [{"frame": 4, "why": "a flash"}]}, "speakers": {"names": {"Person 1": "Anna"}}}
    new = edit_notes.decisions(noted(written(tmp_path), (13, "strike: a flash"), (3, "accepted: fine")))
    laid = edit_notes.laid_over(old, new)
    assert [row["frame"] for row in laid["cuts"]["strike"]] == [4, 8]
    assert laid["speakers"] == old["speakers"] and laid["reviews"][0]["at"] == 3


@pytest.mark.parametrize("text", ["looks odd", "clean: no options", "clean strength: why", "cut:", "smooth off: why"])
def test_a_note_that_is_no_decision_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(FilmError, match="frame 5"):
        edit_notes.decisions(noted(written(tmp_path), (5, text)))


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"OTIO_SCHEMA": "Clip.2"}', '{"OTIO_SCHEMA": "Timeline.1"'])
def test_a_file_that_is_no_timeline_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.otio").write_text(content)
    with pytest.raises(FilmError, match="not an OpenTimelineIO"):
        edit_notes.decisions(tmp_path / "a.otio")
