"""Video: colour and records moved back to their places; what a composite signal left taken out.

Reads the stage before it in the edition; writes results/<film>/<edition>/video/<part>.zip, the pixels that
changed, and a record.
"""


rule video:
    input:
        frames=previous("video"),
        neighbours=neighbours("video"),
        measures=measures("video"),
        weights=weights("video"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/video/{part}.zip"),
        changes=working("results/{film}/{edition}/video/{part}.changes.zip"),
        record="results/{film}/{edition}/video/{part}.json",
    log:
        "logs/{film}/{edition}/video/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/video/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("video"),
        mem_mb=megabytes("video"),
        runtime=minutes("video"),
        disk_mb=disk("video"),
    params:
        fingerprint=stage_fingerprint("video"),
        label=label,
    message:
        "{wildcards.film}: video signal, {wildcards.edition} {params.label}"
    script:
        "../scripts/video.py"
