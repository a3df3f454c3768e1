"""Recognise the speech of a film; a silent film has none."""

from job import job

with job(snakemake):  # noqa: F821
    from answerprint import engines, voice
    from answerprint.files import write_json

    language = snakemake.params.language  # noqa: F821
    heard = {"language": language, "spans": [], "words": []}
    for sound in snakemake.input.get("sounds", []):  # noqa: F821
        name, options = snakemake.params.engine  # noqa: F821
        device = snakemake.params.device if engines.find("speech", name).card.gpu else "cpu"  # noqa: F821
        engine = engines.load("speech", name, device=device, **options)
        heard = voice.recognise(voice.load_audio(sound), engine, language)
    write_json(snakemake.output[0], heard)  # noqa: F821
