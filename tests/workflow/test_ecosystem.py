"""What tools around Snakemake find here: a test folder, a report, a rule graph, a catalog entry, profiles."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from answerprint.lab import rulegraph
from answerprint.runtime.errors import FilmError
from places import REPOSITORY


def snakemake(folder: Path, *arguments: str) -> str:
    """What a successful run in that folder prints; the Snakefile is the one that the catalog looks for."""
    snakefile = str(REPOSITORY / "workflow" / "Snakefile")
    command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--directory", str(folder), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of .test in which the workflow has run."""
    folder = tmp_path_factory.mktemp("run") / "test"
    for name in ("film.mkv", "config/config.yaml", "config/films.tsv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / ".test" / name, folder / name)
    snakemake(folder, "--cores", "2")
    return folder


def test_the_test_folder_runs_without_any_other_setting(restored: Path) -> None:
    assert json.loads((restored / "results/film/restored/check.json").read_text())["passed"]
    assert "Nothing to be done" in snakemake(restored, "--cores", "1")


def test_snakemakes_report_holds_the_key_results_and_no_print(restored: Path) -> None:
    snakemake(restored, "--report", "report.zip")
    with zipfile.ZipFile(restored / "report.zip") as report:
        names = {Path(name).name for name in report.namelist() if "/data/raw/" in name}
        page = report.read("report/report.html").decode()
    small = {"report.html", "recipe.yaml", "analysis.json", "check.json", "transcript.csv", "transcript.srt"}
    assert names == small | {"timeline.otio", "shots.html", "prints.html", "before and after, restored.jpg"}
    # Results stand in the category of their film, with captions in words.
    assert '"film": {' in page and "restoration report" in page and "recorded every pixel" in page
    assert "The frame of film that changed most" in page and "how many of their checks they passed" in page


def test_the_rule_graph_shows_rules_that_exist() -> None:
    picture = (REPOSITORY / "images" / "rulegraph.svg").read_text()
    drawn = set(re.findall(r">(\w+)</text>", picture))
    existing = {
        name
        for path in REPOSITORY.glob("rules/*.smk")
        for name in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
    }
    assert {"ingest", "stabilise", "clean", "interpolate", "encode", "report"} <= drawn <= existing | {"all"}


def test_a_rule_is_left_out_of_the_graph_with_its_arrows() -> None:
    all_, clean, ingest = '\t0[label = "all"];', '\t1[label = "clean"];', '\t11[label = "ingest"];'
    graph = ["digraph {", all_, clean, ingest, "\t1 -> 0", "\t11 -> 1", "\t11 -> 0", "}"]
    assert rulegraph.without("\n".join(graph), ("clean",)).split("\n") == [graph[0], all_, ingest, "\t11 -> 0", "}"]


def test_without_graphviz_the_rule_graph_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FilmError, match="needs Graphviz"):
        rulegraph.draw(REPOSITORY / "Snakefile", tmp_path / "film.mkv")


def test_the_catalog_finds_what_it_reads() -> None:
    for name in ("README.md", "LICENSE", "config/README.md", "workflow/Snakefile", ".test/config/config.yaml"):
        assert (REPOSITORY / name).exists(), name
    entry = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(entry) <= {"mandatory-flags", "software-stack-deployment", "report"} and entry["report"] is True


@pytest.mark.parametrize("folder", ["profiles/default", "workflow/profiles/slurm"])
def test_a_profile_has_the_name_that_snakemake_looks_for(folder: str) -> None:
    assert [path.name for path in (REPOSITORY / folder).iterdir()] == ["profile.yaml"]


@pytest.mark.parametrize("editions", ["[restored]", "[restored,enhanced,presented]"])
def test_a_cluster_can_plan_a_film_with_all_that_is_made_of_it(tmp_path: Path, editions: str) -> None:
    profile = str(REPOSITORY / "workflow" / "profiles" / "slurm")
    film = f"film={REPOSITORY / '.test' / 'film.mkv'}"
    said = snakemake(tmp_path, "--dry-run", "--workflow-profile", profile, "--config", film, f"editions={editions}")
    assert "package" in said and "bundle" in said


def test_the_catalogs_snakefile_passes_snakemakes_lint(tmp_path: Path) -> None:
    assert "good condition" in snakemake(tmp_path, "--lint")
