"""Check the prints of an edition against the ledger, the source and the working files."""

from fractions import Fraction
from pathlib import Path

from job import job, paths

with job(snakemake):
    from answerprint.film import shots
    from answerprint.film.facts import read_film
    from answerprint.plan import film_fingerprints
    from answerprint.prints import concatenate, prints, verify
    from answerprint.prints.framemd5 import FrameMD5
    from answerprint.runtime.files import read_json, write_json

    files, params = snakemake.input, snakemake.params
    film, edition = read_film(files.source), prints.Edition(**params.edition)
    records = [record for path in paths(files, "records") for record in read_json(path)]
    film_fingerprints.require(params.fingerprints, records)
    sounds = [read_json(path) for path in paths(files, "sound_facts")]
    extras = prints.Extras(
        sound_lengths=tuple(Fraction(sound["samples"], sound["rate"]) for sound in sounds),
        subtitles=sum(map(concatenate.has_words, [Path(files.subtitles), *paths(files, "own_subtitles")])),
        chapters=len(prints.chapters(film, shots.from_json(read_json(files.shots)))),
    )
    checks = []
    for codec, path in zip(params.codecs, paths(files, "prints"), strict=True):
        expected = prints.expected(codec, film, edition, extras, records)
        if codec == "master":
            with FrameMD5(snakemake.output.framemd5, expected.look.rate) as sums:
                checks += verify.examine(path, expected, sums.add)
        else:
            checks += verify.examine(path, expected)
    Path(snakemake.log[0]).write_text("\n".join(map(str, checks)) + "\n")
    verify.require(checks, film.title, Path(snakemake.output.checks).parent)
    write_json(snakemake.output.checks, verify.to_json(checks))
