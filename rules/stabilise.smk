"""Stabilise: gate weave and jump removed; the camera's own movement is kept.

Reads the stage before it in the edition; writes results/<film>/<edition>/stabilise/<part>.zip, the pixels that
changed, and a record.
"""


rule stabilise:
    input:
        frames=previous("stabilise"),
        neighbours=neighbours("stabilise"),
        measures=measures("stabilise"),
        weights=weights("stabilise"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/stabilise/{part}.zip"),
        changes=working("results/{film}/{edition}/stabilise/{part}.changes.zip"),
        record="results/{film}/{edition}/stabilise/{part}.json",
    log:
        "logs/{film}/{edition}/stabilise/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/stabilise/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("stabilise"),
        mem_mb=megabytes("stabilise"),
        runtime=minutes("stabilise"),
        disk_mb=disk("stabilise"),
    params:
        fingerprint=stage_fingerprint("stabilise"),
        label=label,
    message:
        "{wildcards.film}: gate weave, {wildcards.edition} {params.label}"
    script:
        "../scripts/stabilise.py"
