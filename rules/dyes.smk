"""Dyes: faded colour given back its density.

Reads the stage before it in the edition; writes results/<film>/<edition>/dyes/<part>.zip, the pixels that
changed, and a record.
"""


rule dyes:
    input:
        frames=previous("dyes"),
        neighbours=neighbours("dyes"),
        measures=measures("dyes"),
        weights=weights("dyes"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/dyes/{part}.zip"),
        changes=working("results/{film}/{edition}/dyes/{part}.changes.zip"),
        record="results/{film}/{edition}/dyes/{part}.json",
    log:
        "logs/{film}/{edition}/dyes/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/dyes/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("dyes"),
        mem_mb=megabytes("dyes"),
        runtime=minutes("dyes"),
        disk_mb=disk("dyes"),
    params:
        fingerprint=stage_fingerprint("dyes"),
        label=label,
    message:
        "{wildcards.film}: dyes, {wildcards.edition} {params.label}"
    script:
        "../scripts/dyes.py"
