"""Interpolate: another rate, with frames in between; never across a cut.

Reads the stage before it in the edition; writes results/<film>/<edition>/interpolate/<part>.zip, the pixels that
changed, and a record.
"""


rule interpolate:
    input:
        frames=previous("interpolate"),
        neighbours=neighbours("interpolate"),
        measures=measures("interpolate"),
        weights=weights("interpolate"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/interpolate/{part}.zip"),
        changes=working("results/{film}/{edition}/interpolate/{part}.changes.zip"),
        record="results/{film}/{edition}/interpolate/{part}.json",
    log:
        "logs/{film}/{edition}/interpolate/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/interpolate/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("interpolate"),
        mem_mb=megabytes("interpolate"),
        runtime=minutes("interpolate"),
        disk_mb=disk("interpolate"),
    params:
        fingerprint=stage_fingerprint("interpolate"),
        label=label,
    message:
        "{wildcards.film}: in-between frames, {wildcards.edition} {params.label}"
    script:
        "../scripts/interpolate.py"
