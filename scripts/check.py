"""Check the prints of an edition against the ledger, the source and the working files."""

from fractions import Fraction
from pathlib import Path

from job import job

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.plan import fingerprint
    from answerprint.prints import concatenate, prints, verify
    from answerprint.prints.framemd5 import FrameMD5
    from answerprint.runtime.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    film = read_film(files.source)
    records = [read_json(record) for record in files.get("records", [])]
    desk = fingerprint.Desk(params.chain, params.device)
    briefs = desk.of(str(Path(files.source).parent), params.decisions, params.matte, params.resolved)
    fingerprint.require(briefs, records)
    sounds = [read_json(Path(sound).with_suffix(".json")) for sound in files.get("sounds", [])]
    found = []
    for codec, path in zip(params.codecs, files.prints, strict=True):
        expected = prints.expected(
            codec,
            film,
            records=records,
            stages=params.stages,
            scale=params.scale,
            rate=params.rate,
            sounds=len(sounds),
            sound_lengths=tuple(Fraction(sound["samples"], sound["rate"]) for sound in sounds),
            subtitles=concatenate.has_words(Path(files.subtitles)),
            chapters=len(prints.chapters(film, files.shots)),
        )
        if codec == "master":
            with FrameMD5(snakemake.output.framemd5, expected.look.rate) as sums:
                found += verify.examine(Path(path), expected, sums.add)
        else:
            found += verify.examine(Path(path), expected)
    Path(snakemake.log[0]).write_text("\n".join(map(str, found)) + "\n")
    verify.require(found, film.title)
    write_json(snakemake.output.checks, verify.to_json(found))
