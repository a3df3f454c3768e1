"""Recognise the speech of a film, or lay its own subtitles on the voice; a silent film has none."""

from job import job

with job(snakemake):
    from answerprint import engines
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import write_json
    from answerprint.speech import existing_subtitles
    from answerprint.speech import recognise as voice

    files, params = snakemake.input, snakemake.params
    facts = read_film(files.facts).facts
    samples = voice.first_heard(list(files.get("sounds", [])), facts.frames / facts.rate)
    subtitles = list(files.get("subtitles", []))
    if subtitles:
        heard = existing_subtitles.heard(existing_subtitles.read(subtitles[0]), samples, params.language)
    else:
        name, options = params.engine
        device = params.device if engines.find("speech", name).card.gpu else "cpu"
        engine = engines.load("speech", name, device=device, **options)
        heard = voice.recognise(samples, engine, params.language)
    write_json(snakemake.output[0], heard)
