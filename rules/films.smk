"""Films: how far each film of a run is, the time left and the disk it takes.

snakemake --cores 1 films --config films=SHEET
"""


rule films:
    log:
        "logs/films.log",
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        states=lambda wildcards: film_states(),
    message:
        "how far the films are"
    script:
        "../scripts/films.py"
