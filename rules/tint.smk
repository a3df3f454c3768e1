"""Tint: the tints and tones of silent film, laid on again.

Reads the stage before it in the edition; writes results/<film>/<edition>/tint/<part>.zip, the pixels that
changed, and a record.
"""


rule tint:
    input:
        frames=previous("tint"),
        neighbours=neighbours("tint"),
        measures=measures("tint"),
        weights=weights("tint"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/tint/{part}.zip"),
        changes=working("results/{film}/{edition}/tint/{part}.changes.zip"),
        record="results/{film}/{edition}/tint/{part}.json",
    log:
        "logs/{film}/{edition}/tint/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/tint/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("tint"),
        mem_mb=megabytes("tint"),
        runtime=minutes("tint"),
        disk_mb=disk("tint"),
    params:
        fingerprint=stage_fingerprint("tint"),
        label=label,
    message:
        "{wildcards.film}: tint, {wildcards.edition} {params.label}"
    script:
        "../scripts/tint.py"
