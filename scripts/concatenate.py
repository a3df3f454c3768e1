"""Join the pieces of one print, with sound, subtitles, chapters and tags."""

from pathlib import Path

from job import job, optional_path, paths

with job(snakemake):
    from answerprint.film import shots
    from answerprint.film.facts import read_film
    from answerprint.prints import prints
    from answerprint.prints.content_credentials import Credentials
    from answerprint.runtime.files import read_json

    files, params = snakemake.input, snakemake.params
    sound_facts = [read_json(path) for path in paths(files, "sound_facts")]
    signing = paths(files, "signing")
    print_job = prints.PrintJob(
        codec=params.codec,
        edition=prints.Edition(**params.edition),
        film=read_film(files.source),
        shots=shots.from_json(read_json(files.shots)),
        pieces=tuple(paths(files, "pieces")),
        sounds=tuple(paths(files, "sounds")),
        sound_languages=tuple(sound["language"] for sound in sound_facts),
        sound_layouts=tuple(sound.get("layout", "") for sound in sound_facts),
        subtitles=optional_path(files, "subtitles"),
        own_subtitles=tuple(paths(files, "own_subtitles")),
        language=read_json(heard)["language"] if (heard := optional_path(files, "heard")) else "und",
        year=params.year,
        credentials=Credentials(certificate=signing[0], key=signing[1]) if signing else None,
    )
    prints.join_print(print_job, Path(snakemake.output[0]))
