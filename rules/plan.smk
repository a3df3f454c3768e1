"""Plan: what a run will cost in jobs, hours, memory and disk, before it runs.

snakemake --cores 1 plan --config film=PATH
"""


rule plan:
    log:
        "logs/plan.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        rows=lambda wildcards: forecast(),
        discard=discards(),
    message:
        "what this will cost"
    script:
        "../scripts/plan.py"
