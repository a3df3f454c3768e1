"""Join the analysis of all sections and say what each shot needs."""

from job import job, paths

with job(snakemake):
    import numpy as np

    from answerprint.film import tints
    from answerprint.film.facts import read_film
    from answerprint.runtime.files import read_json, write_text
    from answerprint.stages import analysis, measures

    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.shots)]
    film = read_film(snakemake.input.facts)
    tinted = tints.of_shots(film.facts, np.load(snakemake.input.proxy), shots) if film.tinted else ()
    analysed = analysis.analyse(measures.read(paths(snakemake.input, "measures")), shots, tinted)
    write_text(snakemake.output[0], analysis.to_json(analysed))
