"""Recognise the speech of a film, or align its own subtitles with the voice; a silent film has none."""

from job import job, paths

with job(snakemake):
    from answerprint import engines
    from answerprint.film.facts import read_film
    from answerprint.film.languages import AUTO, UNKNOWN
    from answerprint.film.sound import heard
    from answerprint.runtime.files import write_json
    from answerprint.runtime.progress import heartbeat
    from answerprint.speech import existing_subtitles
    from answerprint.speech.recognise import recognise, silence

    files, params = snakemake.input, snakemake.params
    samples = heard(list(files.get("sounds", [])), read_film(files.facts).facts)
    subtitles = paths(params, "subtitles")
    if subtitles:
        language = UNKNOWN if params.language == AUTO else params.language
        recognised = existing_subtitles.recognised(existing_subtitles.read(subtitles[0]), samples, language)
    elif not files.get("sounds"):
        recognised = silence()
    else:
        name, options = params.engine
        engine = engines.load("speech", name, device=params.device, **options)
        with heartbeat(f"{snakemake.wildcards.film} recognise speech"):
            recognised = recognise(samples, engine, params.language, params.vocabulary)
    write_json(snakemake.output[0], recognised)
