"""Join the analysis of all sections and say what each shot needs."""

from job import job, paths

with job(snakemake):
    from answerprint.runtime.files import read_json, write_text
    from answerprint.stages import analysis, measures

    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.shots)]
    analysed = analysis.analyse(measures.read(paths(snakemake.input, "measures")), shots)
    write_text(snakemake.output[0], analysis.to_json(analysed))
