"""Colorize: colour from references and hints, carried through each shot.

Reads the stage before it in the edition; writes results/<film>/<edition>/colorize/<part>.zip, the pixels that
changed, small maps of how certain the colour is, and a record.
"""


rule colorize:
    input:
        frames=previous("colorize"),
        neighbours=neighbours("colorize"),
        measures=measures("colorize"),
        weights=weights("colorize"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/colorize/{part}.zip"),
        changes=working("results/{film}/{edition}/colorize/{part}.changes.zip"),
        confidence=working("results/{film}/{edition}/colorize/{part}.confidence.zip"),
        record="results/{film}/{edition}/colorize/{part}.json",
    log:
        "logs/{film}/{edition}/colorize/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/colorize/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("colorize"),
        mem_mb=megabytes("colorize"),
        runtime=minutes("colorize"),
        disk_mb=disk("colorize"),
    params:
        fingerprint=stage_fingerprint("colorize"),
        label=label,
    message:
        "{wildcards.film}: colour, {wildcards.edition} {params.label}"
    script:
        "../scripts/colorize.py"
