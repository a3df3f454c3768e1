"""Denoise: noise and grain reduced along motion.

Reads the stage before it in the edition; writes results/<film>/<edition>/denoise/<part>.zip, the pixels that
changed, and a record.
"""


rule denoise:
    input:
        frames=previous("denoise"),
        neighbours=neighbours("denoise"),
        measures=measures("denoise"),
        weights=weights("denoise"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/denoise/{part}.zip"),
        changes=working("results/{film}/{edition}/denoise/{part}.changes.zip"),
        record="results/{film}/{edition}/denoise/{part}.json",
    log:
        "logs/{film}/{edition}/denoise/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/denoise/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("denoise"),
        mem_mb=megabytes("denoise"),
        runtime=minutes("denoise"),
        disk_mb=disk("denoise"),
    params:
        fingerprint=stage_fingerprint("denoise"),
        label=label,
    message:
        "{wildcards.film}: noise, {wildcards.edition} {params.label}"
    script:
        "../scripts/denoise.py"
