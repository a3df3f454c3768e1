"""Grade: exposure and colour as decided, at the end.

Reads the stage before it in the edition; writes results/<film>/<edition>/grade/<part>.zip, the pixels that
changed, and a record.
"""


rule grade:
    input:
        frames=previous("grade"),
        neighbours=neighbours("grade"),
        measures=measures("grade"),
        weights=weights("grade"),
        known=known,
    output:
        frames=working("results/{film}/{edition}/grade/{part}.zip"),
        changes=working("results/{film}/{edition}/grade/{part}.changes.zip"),
        record="results/{film}/{edition}/grade/{part}.json",
    log:
        "logs/{film}/{edition}/grade/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/grade/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=gpu("grade"),
        mem_mb=megabytes("grade"),
        runtime=minutes("grade"),
        disk_mb=disk("grade"),
    params:
        fingerprint=stage_fingerprint("grade"),
        label=label,
    message:
        "{wildcards.film}: grade, {wildcards.edition} {params.label}"
    script:
        "../scripts/grade.py"
