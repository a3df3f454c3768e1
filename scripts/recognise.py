"""Recognise the speech of a film; a silent film has none."""

from job import job

with job(snakemake):
    from answerprint import engines, voice
    from answerprint.files import write_json

    language = snakemake.params.language
    heard = {"language": language, "spans": [], "words": []}
    for sound in snakemake.input.get("sounds", []):
        name, options = snakemake.params.engine
        device = snakemake.params.device if engines.find("speech", name).card.gpu else "cpu"
        engine = engines.load("speech", name, device=device, **options)
        heard = voice.recognise(voice.load_audio(sound), engine, language)
    write_json(snakemake.output[0], heard)
