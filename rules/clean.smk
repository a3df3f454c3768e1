"""Clean: dirt, hairs and scratches found and repaired from neighbouring frames.

Reads the stage before it in the edition; writes results/<film>/<edition>/clean/<part>.zip, the pixels that
changed, and a record.
"""


rule clean:
    input:
        unpack(marks("clean")),
        unpack(elements_read("clean")),
        frames=previous("clean"),
        neighbours=neighbours("clean"),
        measures=measures("clean"),
        weights=weights("clean"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/clean/{part}.zip"),
        changes=working("results/{film}/{edition}/clean/{part}.changes.zip"),
        record="results/{film}/{edition}/clean/{part}.json",
    log:
        "logs/{film}/{edition}/clean/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/clean/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("clean"),
        mem_mb=megabytes("clean"),
        runtime=minutes("clean"),
        disk_mb=disk("clean"),
    params:
        fingerprint=stage_fingerprint("clean"),
        label=label,
    message:
        "{wildcards.film}: dirt and scratches, {wildcards.edition} {params.label}"
    script:
        "../scripts/clean.py"
