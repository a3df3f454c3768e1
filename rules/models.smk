"""Models: published weights, fetched to their checksum, from where they are published or from a mirror.

`snakemake --cores 1 fetch_models` with the configuration of a run fetches all that the run needs, so that it can
then work without internet.
"""


rule fetch_model:
    output:
        str(answerprint.engines.models.folders()[0] / "{file}"),
    log:
        "logs/models/{file}.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
        network=1,
    params:
        mirror=SETTINGS["models"]["mirror"],
        accepted=SETTINGS["models"]["accept_licences"],
    message:
        "fetch {wildcards.file}"
    script:
        "../scripts/fetch_model.py"


rule fetch_models:
    input:
        all_weights,
