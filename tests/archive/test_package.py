"""The package says what each file is, what was done to make it and by whom, valid against the published schemas."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint import __version__
from answerprint.archive import agents, mets, package, premis, provenance
from answerprint.archive.provenance import Restoration
from answerprint.film.facts import Colour
from answerprint.plan import chain, deciders, decisions
from answerprint.plan.film_sheet import FilmRow
from answerprint.prints import content_credentials, encode, labels
from answerprint.prints.content_credentials import Claim
from answerprint.prints.encode import Look, Run
from answerprint.runtime.files import write_json
from certificates import self_signed
from media import print_of, stored_film
from places import REPOSITORY

SCHEMAS = REPOSITORY / "tests" / "schemas"
CHAIN = chain.resolve(
    {
        "restored": {"class": "repair", "stages": ["clean", "denoise"]},
        "presented": {"from": "restored", "class": "generate", "stages": ["interpolate"]},
    },
    {"clean": {"engine": "motion"}, "denoise": {"engine": "motion"}, "interpolate": {"engine": "flow"}},
)
SOURCE: dict[str, Any] = {
    "film": "roof",
    "title": "Roof <on> fire",
    "path": "/nowhere/ro\x1b[31mof\x00.mov",
    "sha256": "9f" * 32,
    "width": 16,
    "height": 12,
    "rate": "18/1",
    "frames": 8,
    "grey": True,
    "working_depth": 10,
    "repeated": [3],
    "dropped": [],
}
DECISIONS = """
shots:
- {at: 2, clean: {strength: 0.2}, by: B. Holm, why: it snows}
cuts:
  strike: [{frame: 4, why: a flash}]
reviews:
- {at: 2, verdict: rejected, stage: clean, by: A. Curator, why: the snow is gone}
"""
RECIPE: dict[str, Any] = {
    "answerprint": __version__,
    "engines": {
        "clean": {"engine": "motion", "class": "repair", "code": "c0de", "licence": "Apache-2.0"},
        "denoise": {"engine": "motion", "class": "repair", "weights": {"own-net": "77" * 32}},
        "interpolate": {"engine": "flow", "class": "generate"},
    },
    "configuration": {"shots": {"engine": "witnesses"}, "speech": {"engine": "whisper"}},
    "models": [
        {"name": "whisper-base", "use": "speech/whisper", "licence": "MIT", "sha256": "be" * 32},
        {"name": "Silero VAD", "use": "find voices", "licence": "MIT", "source": "within silero-vad 6.2.3"},
    ],
    "environment": {"python": "3.11.7", "snakemake": "9.27.1", "ffmpeg (libavcodec)": "62.28.102", "processor": "any"},
}
CHECK = {
    "passed": False,
    "checks": [
        {"name": "master.mkv: frames", "expected": "8", "found": "8", "passed": True},
        {"name": "master.mkv: rate", "expected": "18", "found": "17", "passed": False},
    ],
}


def record(edition: str, stage: str, engine: str, part: int = 0, **other: Any) -> dict[str, Any]:
    return {
        "edition": edition,
        "stage": stage,
        "part": part,
        "first": 4 * part,
        "frames": 4,
        "engine": {"name": engine, "kind": "repair"},
        "options": [{"start": 4 * part, "stop": 4 * part + 4, "options": {"threshold": 0.1}}],
        "changed": [0.1, 0.1, 0.2, 0.2],
        "finished": "2026-01-02T03:04:05+00:00",
    } | other


RECORDS = [
    record("restored", "clean", "motion"),
    record("restored", "clean", "motion", part=1),
    record("restored", "denoise", "motion", options=[{"start": 0, "stop": 8, "options": None}], changed=[0.0] * 4),
    record("presented", "interpolate", "flow"),
]


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """The package of a film of eight black frames with two editions."""
    return built(tmp_path)


def built(tmp_path: Path, elements: Sequence[Mapping[str, Any]] = ()) -> Path:
    """The package of such a film with these other elements."""
    results = tmp_path / "results"
    names = ["source.json", "shots.json", "analysis.json", "transcript.json", "transcript.srt", "report.html"]
    files = {name: results / name for name in [*names, "recipe.yaml", "decisions.yaml"]}
    for path in files.values():
        path.parent.mkdir(exist_ok=True)
        path.write_text(DECISIONS if path.name == "decisions.yaml" else "{}")
    look = Look(rate=Fraction(18), sar=Fraction(1), colour=Colour())
    for edition in CHAIN.editions:
        for name in ("master.mkv", "changes.mkv"):
            files[f"{edition}/{name}"] = path = results / edition / name
            path.parent.mkdir(exist_ok=True)
            encode.piece("master", [Run(frames=[np.zeros((1, 12, 16), np.uint16)] * 8)], path, look, 10)
    files["restored/check.json"] = results / "restored" / "check.json"
    write_json(files["restored/check.json"], CHECK)
    decided = decisions.read(files["decisions.yaml"])
    restored = Restoration(
        source=SOURCE,
        recipe=RECIPE,
        chain=CHAIN,
        records=RECORDS,
        decided=decided,
        agents=agents.of(RECIPE, deciders.people(decided.rows)),
        files=files,
        elements=elements,
        unchanged=("recipe.yaml", "restored/master.mkv"),
    )
    film = FilmRow(film="roof", source=Path("roof.mov"), year="1928", language="de", notes="Nitrate,\x07 one reel")
    package.build(tmp_path / "package", restored, film)
    return tmp_path / "package"


class Record:
    """The PREMIS record of a package, to be asked."""

    def __init__(self, folder: Path) -> None:
        self.root = xml.parse(folder / "premis.xml").getroot()

    def elements(self, path: str, under: xml.Element | None = None) -> list[xml.Element]:
        steps = "/".join(f"{{{premis.NAMESPACE}}}{step}" for step in path.split("/"))
        return (self.root if under is None else under).findall(steps)

    def texts(self, path: str, under: xml.Element | None = None) -> list[str]:
        return [element.text or "" for element in self.elements(path, under)]

    def event(self, kind: str, detail: str = "") -> xml.Element:
        (one,) = (
            event
            for event in self.elements("event")
            if self.texts("eventType", event) == [kind]
            and detail in self.texts("eventDetailInformation/eventDetail", event)[0]
        )
        return one

    def links(self, event: xml.Element, role: str) -> list[str]:
        return [
            self.texts("linkingObjectIdentifierValue", link)[0]
            for link in self.elements("linkingObjectIdentifier", event)
            if self.texts("linkingObjectRole", link) == [role]
        ]

    def agents(self, event: xml.Element) -> list[tuple[str, str]]:
        return [
            (self.texts("linkingAgentIdentifierValue", link)[0], self.texts("linkingAgentRole", link)[0])
            for link in self.elements("linkingAgentIdentifier", event)
        ]


def test_premis_is_valid_against_the_schema_that_the_library_of_congress_published(bag: Path) -> None:
    import xmlschema

    schema = xmlschema.XMLSchema(SCHEMAS / "premis-v3-0.xsd", allow="local")
    schema.validate(bag / "premis.xml")
    broken = (bag / "premis.xml").read_text().replace("premis:eventType", "premis:eventKind")
    assert not schema.is_valid(broken)


def test_another_element_is_a_source_with_fixity_that_clean_uses(tmp_path: Path) -> None:
    import xmlschema

    element = {"path": "/scans/second.mkv", "sha256": "ab" * 32, "offset": None, "share": 0.5, "runs": [[4, 0, 4]]}
    folder = built(tmp_path, [element])
    xmlschema.XMLSchema(SCHEMAS / "premis-v3-0.xsd", allow="local").validate(folder / "premis.xml")
    record = Record(folder)
    names = record.texts("object/objectIdentifier/objectIdentifierValue")
    digests = record.texts("object/objectCharacteristics/fixity/messageDigest")
    assert names[:2] == ["source", "element 1"] and digests[1] == "ab" * 32
    assert record.texts("object/originalName")[1] == "second.mkv"
    read = record.event("ingestion", "second.mkv, another element of the film; laid along the source by the pictures")
    assert record.links(read, "source") == ["source", "element 1"]
    cleaned = record.event("modification", "stage clean")
    assert record.links(cleaned, "source") == ["source", "element 1"]
    assert record.links(record.event("modification", "stage interpolate"), "source") == ["source"]


def test_mets_is_valid_against_its_published_schema(bag: Path) -> None:
    import xmlschema

    xlink = {"http://www.w3.org/1999/xlink": str(SCHEMAS / "xlink.xsd")}
    schema = xmlschema.XMLSchema(SCHEMAS / "mets.xsd", locations=xlink, allow="local")
    schema.validate(bag / "mets.xml")
    assert not schema.is_valid((bag / "mets.xml").read_text().replace("mets:fileGrp", "mets:group"))


def test_every_file_is_described_with_the_digests_of_the_manifests(bag: Path) -> None:
    record = Record(bag)
    names = record.texts("object/objectIdentifier/objectIdentifierValue")
    payload = {str(path.relative_to(bag)) for path in (bag / "data").rglob("*") if path.is_file()}
    assert names[0] == "source" and set(names[1:]) == payload and len(names) == len(payload) + 1
    digests = record.texts("object/objectCharacteristics/fixity/messageDigest")
    manifests = (bag / "manifest-sha256.txt").read_text() + (bag / "manifest-sha512.txt").read_text()
    assert digests[0] == SOURCE["sha256"] and all(digest in manifests for digest in digests[1:])
    assert record.texts("object/originalName")[0] == "ro[31mof.mov"


def test_engines_programs_and_people_are_agents_with_versions_and_weights(bag: Path) -> None:
    record = Record(bag)
    known = {
        record.texts("agentName", agent)[0]: (record.texts("agentType", agent)[0], record.texts("agentNote", agent))
        for agent in record.elements("agent")
    }
    assert known["clean/motion"] == ("software", ["class: repair", "digest of its code: c0de", "licence: Apache-2.0"])
    assert f"weights own-net: SHA-256 {'77' * 32}" in known["denoise/motion"][1]
    assert known["speech/whisper"][1] == [f"weights whisper-base: SHA-256 {'be' * 32}; licence: MIT"]
    assert known["find voices"][1] == ["weights Silero VAD: within silero-vad 6.2.3; licence: MIT"]
    assert {"answerprint", "Snakemake", "FFmpeg libavcodec", "bagit-python", "shots/witnesses"} <= set(known)
    assert [name for name, (kind, _) in known.items() if kind == "person"] == ["B. Holm", "A. Curator"]
    linked = record.texts("event/linkingAgentIdentifier/linkingAgentIdentifierValue")
    assert linked and set(linked) <= set(record.texts("agent/agentIdentifier/agentIdentifierValue"))


def test_each_step_from_ingest_to_fixity_is_an_event_that_says_how_it_ended(bag: Path) -> None:
    record = Record(bag)
    assert record.texts("event/eventType") == [
        "ingestion",
        *["metadata extraction"] * 3,
        *["decision"] * 2,
        *["modification"] * 2,
        *["creation"] * 2,
        "validation",
        *["creation"] * 2,
        "quality review",
        "fixity check",
        "message digest calculation",
        "information package creation",
    ]
    outcomes = record.texts("event/eventOutcomeInformation/eventOutcome")
    assert outcomes.count("success") == len(outcomes) - 2 and {"fail", "rejected"} <= set(outcomes)
    check = record.event("validation")
    (note,) = record.texts("eventOutcomeInformation/eventOutcomeDetail/eventOutcomeDetailNote", check)
    assert note == "1 of 2 checks passed; master.mkv: rate should be 18 and is 17"
    (note,) = record.texts(
        "eventOutcomeInformation/eventOutcomeDetail/eventOutcomeDetailNote", record.event("ingestion")
    )
    assert note == "8 frames, 16x12, 18/1 frames a second; 1 shown more than once, 0 not shown"


def test_the_fixity_check_names_the_results_that_are_as_their_jobs_left_them(bag: Path) -> None:
    record = Record(bag)
    check = record.event("fixity check")
    assert record.links(check, "source") == ["data/recipe.yaml", "data/restored/master.mkv"]
    (note,) = record.texts("eventOutcomeInformation/eventOutcomeDetail/eventOutcomeDetailNote", check)
    assert note == "2 files, all as they were made"


def test_a_stage_that_was_left_out_of_every_shot_is_no_event(bag: Path) -> None:
    details = Record(bag).texts("event/eventDetailInformation/eventDetail")
    assert any("stage clean" in detail for detail in details)
    assert not any("stage denoise" in detail for detail in details)


def test_a_stage_links_what_it_changed_its_engine_and_who_decided_on_it(bag: Path) -> None:
    record = Record(bag)
    cleaned = record.event("modification", "stage clean")
    note = "eventOutcomeInformation/eventOutcomeDetail/eventOutcomeDetailNote"
    assert record.texts(note, cleaned) == ["8 frames; mean share of pixels changed 0.150000"]
    assert '{"threshold": 0.1}' in record.texts("eventDetailInformation/eventDetail", cleaned)[0]
    # The presented edition shows what was done to the restored one, too.
    both = ["data/presented/changes.mkv", "data/presented/master.mkv"]
    assert sorted(record.links(cleaned, "outcome"))[:2] == both and len(record.links(cleaned, "outcome")) == 4
    assert sorted(record.links(record.event("modification", "stage interpolate"), "outcome")) == both
    engine = (f"clean/motion {__version__}", "executing program")
    assert record.agents(cleaned)[0] == engine and record.agents(cleaned)[-1] == ("B. Holm", "authorizer")


def test_a_file_links_what_it_derives_from_and_the_events_that_made_it(bag: Path) -> None:
    record = Record(bag)
    derived = {
        record.texts("objectIdentifier/objectIdentifierValue", one)[0]: (
            record.texts("relationship/relatedObjectIdentifier/relatedObjectIdentifierValue", one),
            record.texts("relationship/relatedEventIdentifier/relatedEventIdentifierValue", one),
        )
        for one in record.elements("object")
    }
    assert derived["data/restored/master.mkv"][0] == ["source"] and len(derived["data/restored/master.mkv"][1]) == 2
    assert set(derived["data/restored/check.json"][0]) == {"data/restored/master.mkv", "data/restored/changes.mkv"}
    events = set(record.texts("event/eventIdentifier/eventIdentifierValue"))
    assert all(set(made_by) <= events for _, made_by in derived.values()) and derived["source"] == ([], [])


def test_pictures_carry_their_class_and_digital_source_type_and_change_maps_none(bag: Path) -> None:
    record = Record(bag)
    said = {
        record.texts("objectIdentifier/objectIdentifierValue", one)[0]: dict(
            zip(
                record.texts("significantProperties/significantPropertiesType", one),
                record.texts("significantProperties/significantPropertiesValue", one),
                strict=True,
            )
        )
        for one in record.elements("object")
    }
    assert {name: values for name, values in said.items() if values} == {
        "data/restored/master.mkv": {"class": "repair", "IPTC digitalSourceType": labels.CORRECTED},
        "data/presented/master.mkv": {"class": "generate", "IPTC digitalSourceType": labels.PARTLY_SYNTHETIC},
    }


def test_mets_holds_the_sheets_words_and_what_mediainfo_says_of_each_print(bag: Path) -> None:
    root = xml.parse(bag / "mets.xml").getroot()
    described = {
        element.tag.rpartition("}")[2]: element.text for element in root.iter() if mets.DUBLIN_CORE in element.tag
    }
    assert (described["title"], described["date"]) == ("Roof <on> fire", "1928")
    assert (described["language"], described["description"]) == ("de", "Nitrate, one reel")
    text = (bag / "mets.xml").read_text()
    assert text.count("<mediainfo:Format>FFV1</mediainfo:Format>") == 4
    assert text.count("<mediainfo:Width>16</mediainfo:Width>") == 4 and str(bag.parent) not in text
    places = [link.get(f"{{{mets.XLINK}}}href") or "" for link in root.iter(f"{{{mets.NAMESPACE}}}FLocat")]
    assert len(places) == 13 and all((bag / place).is_file() for place in places)


def test_a_signed_print_is_an_event_that_names_who_signed_and_a_broken_signature_fails(tmp_path: Path) -> None:
    signed = print_of(tmp_path, "x264", stored_film(3))
    claim = Claim(
        title="Roof", source_type=labels.CORRECTED, edition="restored", kind="repair", steps=(), source_sha256="9f" * 32
    )
    content_credentials.sign(signed, claim, self_signed(tmp_path, organisation="Film Archive"))

    def signature() -> premis.Event:
        restored = Restoration(
            source=SOURCE,
            recipe=RECIPE,
            chain=CHAIN,
            records=[],
            decided=decisions.Decisions(),
            agents=agents.of(RECIPE, []),
            files={"source.json": signed, "restored/access.mp4": signed},
        )
        (one,) = (event for event in provenance.events(restored) if event.kind == "digital signature generation")
        return one

    assert "access.mp4 signed with a C2PA manifest by Film Archive" in signature().detail
    assert (signature().outcome, signature().uses) == ("success", ("restored/access.mp4",))
    content = bytearray(signed.read_bytes())
    content[content.index(b"mdat") + 100] ^= 1
    signed.write_bytes(content)
    assert signature().outcome == "fail"


def test_faces_are_counted_in_words_with_the_lowest_likeness() -> None:
    rows = [
        {"first": 0, "face": 1, "done": "detail", "likeness": 0.99},
        {"first": 0, "face": 2, "done": "left", "likeness": None},
        {"first": 9, "face": 1, "done": "detail", "likeness": 0.9712},
    ]
    said = provenance._faces(rows)
    assert said == "; faces followed through shots: 2 detail, 1 left; likeness before and after 0.9712 at least"
    assert provenance._faces([]) == ""
