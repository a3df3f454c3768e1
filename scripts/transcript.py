"""Give each line its speaker, and write the subtitles."""

from job import job

with job(snakemake):
    import numpy as np

    from answerprint import ingest, speakers, subtitles, voice
    from answerprint.files import read_json, whole, write_json

    files, output = snakemake.input, snakemake.output
    film = ingest.film(files.source)
    heard = read_json(files.heard)
    sounds = [voice.load_audio(sound) for sound in files.get("sounds", [])]
    lines = speakers.transcript(
        heard,
        read_json(files.seen),
        sounds[0] if sounds else np.zeros(0, np.float32),
        film.facts.rate,
        decisions=snakemake.params.speakers,
        cuts=[float(shot["start"] / film.facts.rate) for shot in read_json(files.shots)][1:],
    )
    write_json(output.json, lines)
    for path in (output.srt, output.vtt, output.ttml):
        with whole(path) as temporary:
            subtitles.write(temporary, lines, language=heard["language"], title=film.title)
