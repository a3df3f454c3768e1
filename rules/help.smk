"""Help: what can be asked for by name.

snakemake --cores 1 help
"""


rule help:
    log:
        "logs/help.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    message:
        "what can be asked for"
    script:
        "../scripts/help.py"
