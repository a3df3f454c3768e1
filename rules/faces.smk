"""Faces: detail in faces, within guards.

Reads the stage before it in the edition; writes results/<film>/<edition>/faces/<part>.zip, the pixels that
changed, and a record.
"""


rule faces:
    input:
        frames=previous("faces"),
        neighbours=neighbours("faces"),
        measures=measures("faces"),
        weights=weights("faces"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/faces/{part}.zip"),
        changes=working("results/{film}/{edition}/faces/{part}.changes.zip"),
        record="results/{film}/{edition}/faces/{part}.json",
    log:
        "logs/{film}/{edition}/faces/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/faces/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("faces"),
        mem_mb=megabytes("faces"),
        runtime=minutes("faces"),
        disk_mb=disk("faces"),
    params:
        fingerprint=stage_fingerprint("faces"),
        label=label,
    message:
        "{wildcards.film}: faces, {wildcards.edition} {params.label}"
    script:
        "../scripts/faces.py"
