"""Fingerprints are kept for a run, made anew when a decision is, and waited for until the film is cut."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from answerprint.film.parts import Part
from answerprint.film.shots import from_starts
from answerprint.plan import chain, film_cut
from answerprint.plan.fingerprint_cache import FingerprintCache, Given
from answerprint.runtime import files
from answerprint.runtime.errors import FilmError

EDITIONS = {"restored": {"class": "repair", "stages": ["clean"]}}
CHAIN = chain.resolve(EDITIONS, {"clean": {"engine": "motion"}})
DETECTED = from_starts({8: "cut", 15: "cut"}, 22)
PARTS = tuple(Part(first=a, stop=b) for a, b in ((0, 8), (8, 12), (12, 22)))


def write_cut(folder: Path) -> None:
    facts = dict.fromkeys(film_cut.PIXEL_FACTS, "same") | {
        "rate": "18/1",
        "frames": 22,
        "working_depth": 10,
        "height": 48,
        "width": 64,
    }
    files.write_json(folder / film_cut.FACTS, facts)
    files.write_json(folder / film_cut.PARTS, [dataclasses.asdict(part) for part in PARTS])
    files.write_json(folder / film_cut.DETECTED, [dataclasses.asdict(shot) for shot in DETECTED])


def test_the_cache_waits_for_the_last_small_file_and_notices_a_new_decision(tmp_path: Path) -> None:
    cache, decision = FingerprintCache(CHAIN), tmp_path / "film.yaml"
    given = Given(folder=str(tmp_path), decisions=decision, parts=len(PARTS))
    decision.write_text("")
    with pytest.raises(FileNotFoundError) as caught:
        cache.of(given)
    assert caught.value.filename == f"{tmp_path}/{film_cut.SHOTS}"
    write_cut(tmp_path)
    first = cache.of(given)
    assert cache.of(given) is first
    decision.write_text("shots: [{at: 3, clean: false, why: titles}]")
    assert cache.of(given).stage("restored", "clean", 0) != first.stage("restored", "clean", 0)
    decision.write_text("cuts: {strike: [{frame: 9, why: a flash}]}")
    with pytest.raises(FilmError, match=r"film\.yaml: The decisions strike a cut at frame 9"):
        cache.of(given)


def test_the_cache_waits_where_the_film_is_to_be_cut_into_another_number_of_parts(tmp_path: Path) -> None:
    write_cut(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        FingerprintCache(CHAIN).of(Given(folder=str(tmp_path), parts=len(PARTS) + 1))
    assert caught.value.filename == f"{tmp_path}/{film_cut.SHOTS}"
