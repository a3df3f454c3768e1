"""Give each line its speaker."""

from job import job

with job(snakemake):
    from answerprint import engines
    from answerprint.film import sound
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import read_json, write_json, write_text
    from answerprint.speech.speaking_turns import rttm, turns
    from answerprint.speech.transcript import listen, transcript
    from answerprint.speech.visible_face import VisibleFace

    files, output, params = snakemake.input, snakemake.output, snakemake.params
    facts = read_film(files.facts).facts
    heard = read_json(files.heard)
    lines, people, spoken = [], [], []
    if heard["voice"] or heard["words"]:
        name, options = params.voices
        engine = engines.load("voices", name, device=params.device, **options)
        hearing = listen(heard, sound.heard(list(files.get("sounds", [])), facts), engine)
        lines, people = transcript(
            heard,
            [VisibleFace.from_json(face) for face in read_json(files.seen)],
            hearing,
            facts.rate,
            cuts=[float(shot["start"] / facts.rate) for shot in read_json(files.shots)][1:],
        )
        spoken = turns(lines, hearing)
    write_json(output.lines, lines)
    write_json(output.people, people)
    write_text(output.turns, rttm(spoken, snakemake.wildcards.film))
