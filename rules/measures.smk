"""Measures: what a stage has to know of a whole shot before it touches a frame, and what stages say of each part.

A section (up to five parts) is measured in results/<film>/<edition>/measure_section/<stage>/<section>.npz. The measures of
all sections are joined in results/<film>/<edition>/join_measures/<stage>.zip, from which each part's job plans the shots
that it touches. `join_records` joins the records of a stage's parts.
"""


rule measure_section:
    input:
        frames=measured_frames,
        neighbours=measured_neighbours,
        weights=measuring_weights,
        known=known,
    output:
        measures="results/{film}/{edition}/measure_section/{stage}/{section}.npz",
        record="results/{film}/{edition}/measure_section/{stage}/{section}.json",
    log:
        "logs/{film}/{edition}/measure_section/{stage}/{section}.log",
    benchmark:
        "benchmarks/{film}/{edition}/measure_section/{stage}/{section}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        gpu=measure_gpu,
        mem_mb=measure_megabytes,
        runtime=measure_minutes,
    params:
        fingerprint=measure_fingerprint,
        label=section_label,
    message:
        "{wildcards.film}: measure for {wildcards.stage}, {wildcards.edition} {params.label}"
    script:
        "../scripts/measure_section.py"


rule join_measures:
    input:
        each_section("results/{film}/{edition}/measure_section/{stage}/{section}.npz"),
    output:
        "results/{film}/{edition}/join_measures/{stage}.zip",
    log:
        "logs/{film}/{edition}/join_measures/{stage}.log",
    benchmark:
        "benchmarks/{film}/{edition}/join_measures/{stage}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=20,
    message:
        "{wildcards.film}: join the measures for {wildcards.stage}, {wildcards.edition}"
    script:
        "../scripts/join_measures.py"


rule join_records:
    input:
        each_part("results/{film}/{edition}/{stage}/{part}.json"),
    output:
        "results/{film}/{edition}/join_records/{stage}.json",
    log:
        "logs/{film}/{edition}/join_records/{stage}.log",
    benchmark:
        "benchmarks/{film}/{edition}/join_records/{stage}.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=20,
    message:
        "{wildcards.film}: join the records of {wildcards.stage}, {wildcards.edition}"
    script:
        "../scripts/join_records.py"
