"""Deflicker: pumping of brightness and contrast removed; fades are kept.

Reads the stage before it in the edition; writes results/<film>/<edition>/deflicker/<part>.zip, the pixels that
changed, and a record.
"""


rule deflicker:
    input:
        frames=previous("deflicker"),
        neighbours=neighbours("deflicker"),
        measures=measures("deflicker"),
        weights=weights("deflicker"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/deflicker/{part}.zip"),
        changes=working("results/{film}/{edition}/deflicker/{part}.changes.zip"),
        record="results/{film}/{edition}/deflicker/{part}.json",
    log:
        "logs/{film}/{edition}/deflicker/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/deflicker/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("deflicker"),
        mem_mb=megabytes("deflicker"),
        runtime=minutes("deflicker"),
        disk_mb=disk("deflicker"),
    params:
        fingerprint=stage_fingerprint("deflicker"),
        label=label,
    message:
        "{wildcards.film}: flicker, {wildcards.edition} {params.label}"
    script:
        "../scripts/deflicker.py"
