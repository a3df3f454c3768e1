"""Upscale: more pixels.

Reads the stage before it in the edition; writes results/<film>/<edition>/upscale/<part>.zip, the pixels that
changed, and a record. `measure_tile`, asked for by name, measures how large pieces the network can see here.
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


rule measure_tile:
    input:
        weights=lambda wildcards: weights_read_by("upscale", []),
    output:
        "results/measure_tile/tile.yaml",
    log:
        "logs/measure_tile.log",
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("upscale"),
        mem_mb=8000,
        runtime=30,
    params:
        engine=lambda wildcards: CHAIN.stages["upscale"].engine,
        options=lambda wildcards: dataclasses.asdict(CHAIN.stages["upscale"].options),
        device=SETTINGS["device"],
        jobs=lambda wildcards: workflow.cores,
    message:
        "measure the memory of the network that enlarges"
    script:
        "../scripts/measure_tile.py"
