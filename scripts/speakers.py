"""Give each line its speaker."""

from job import job

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech import recognise
    from answerprint.speech import transcript as speakers

    files, output = snakemake.input, snakemake.output
    rate = read_film(files.facts).facts.rate
    lines, people = speakers.transcript(
        read_json(files.heard),
        read_json(files.seen),
        recognise.first_heard(list(files.get("sounds", []))),
        rate,
        cuts=[float(shot["start"] / rate) for shot in read_json(files.shots)][1:],
    )
    write_json(output.lines, lines)
    write_json(output.people, people)
