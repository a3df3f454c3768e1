"""Upscale: more pixels.

Reads the stage before it in the edition; writes results/<film>/<edition>/upscale/<part>.zip, the pixels that
changed, and a record.
"""


rule upscale:
    input:
        frames=previous("upscale"),
        neighbours=neighbours("upscale"),
        measures=measures("upscale"),
        weights=weights("upscale"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/upscale/{part}.zip"),
        changes=working("results/{film}/{edition}/upscale/{part}.changes.zip"),
        record="results/{film}/{edition}/upscale/{part}.json",
    log:
        "logs/{film}/{edition}/upscale/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/upscale/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("upscale"),
        mem_mb=megabytes("upscale"),
        runtime=minutes("upscale"),
        disk_mb=disk("upscale"),
    params:
        fingerprint=stage_fingerprint("upscale"),
        label=label,
    message:
        "{wildcards.film}: resolution, {wildcards.edition} {params.label}"
    script:
        "../scripts/upscale.py"
