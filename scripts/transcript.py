"""Apply a person's corrections to the lines, and write transcript and subtitles."""

from job import job, paths

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import atomic_write, read_json, write_json, write_text
    from answerprint.speech import corrections, subtitles

    files, output, params = snakemake.input, snakemake.output, snakemake.params
    film, language = read_film(files.source), read_json(files.heard)["language"]
    length = float(film.facts.frames / film.facts.rate)
    lines = corrections.apply_decisions(read_json(files.lines), params.speakers)
    removed = []
    for sheet in paths(params, "sheet"):
        rows = corrections.read_sheet(sheet)
        lines = corrections.apply_sheet(lines, rows)
        removed += corrections.removed(rows)
    write_json(output.json, lines)
    write_text(output.csv, corrections.as_sheet(lines, removed))
    for path in (output.srt, output.vtt, output.ttml):
        with atomic_write(path) as temporary:
            subtitles.write(temporary, lines, until=length, language=language, title=film.title)
