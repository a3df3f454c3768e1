"""Give each line its speaker."""

from job import job

with job(snakemake):
    from answerprint.film.facts import read_film
    from answerprint.film.sound import first_audible
    from answerprint.runtime.files import read_json, write_json
    from answerprint.speech.transcript import transcript
    from answerprint.speech.visible_face import VisibleFace

    files, output = snakemake.input, snakemake.output
    rate = read_film(files.facts).facts.rate
    lines, people = transcript(
        read_json(files.heard),
        [VisibleFace.from_json(face) for face in read_json(files.seen)],
        first_audible(list(files.get("sounds", []))),
        rate,
        cuts=[float(shot["start"] / rate) for shot in read_json(files.shots)][1:],
    )
    write_json(output.lines, lines)
    write_json(output.people, people)
