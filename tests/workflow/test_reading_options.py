"""A reading option surveys only those sources again that it concerns."""

from __future__ import annotations

import re

import pytest

import films
from runs import PLAIN, Run

pytestmark = pytest.mark.workflow
SURVEYS = [f"results/{name}/survey/facts.json" for name in ("video", "torn", "scans", "gaps")]


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A video, a torn copy of it, a folder of frames and one that lacks some, surveyed."""
    folder = tmp_path_factory.mktemp("sources")
    frames = films.moving_texture(12, 32, 48)
    video = films.write_video(folder / "video.mkv", frames, rate=18).read_bytes()
    (folder / "torn.mkv").write_bytes(video[: 2 * len(video) // 3])
    films.write_frames(folder / "scans", frames)
    films.write_frames(folder / "gaps", frames)
    (folder / "gaps" / "0005.png").unlink()
    rows = ["film\tsource\trate", "video\tvideo.mkv\t", "torn\ttorn.mkv\t", "scans\tscans\t18", "gaps\tgaps\t18"]
    (folder / "films.tsv").write_text("\n".join(rows) + "\n")
    run = Run(folder / "run", PLAIN, films=folder / "films.tsv", accept_damaged="true", missing="hold")
    run.succeed(*SURVEYS)
    return run


@pytest.mark.parametrize(
    ("option", "value", "concerned"),
    [
        ("accept_damaged", "true", set()),
        ("accept_damaged", "false", {"torn"}),
        ("missing", "black", {"gaps"}),
        ("time_stamps", "follow", {"video", "torn"}),
    ],
)
def test_only_the_sources_that_it_concerns_are_surveyed_again(
    option: str, value: str, concerned: set[str], surveyed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(surveyed.values, option, value)
    said = surveyed.succeed("--dry-run", *SURVEYS)
    assert set(re.findall(r"^Job \d+: (\S+): survey", said, re.MULTILINE)) == concerned
