"""Measure and plan: what a stage has to know of a whole shot before it touches a frame.

A part is measured in results/<film>/<edition>/measure/<stage>/<part>.npz; the measures of all parts are joined in
results/<film>/<edition>/plan/<stage>.npz, from which each part's job plans the shots it touches.
"""


rule measure:
    input:
        frames=previous(),
        neighbours=measured_neighbours,
        shots=ancient("results/{film}/shots.json"),
    output:
        measures="results/{film}/{edition}/measure/{stage}/{part}.npz",
        record="results/{film}/{edition}/measure/{stage}/{part}.json",
    log:
        "logs/{film}/{edition}/measure/{stage}/{part}.log",
    benchmark:
        "benchmarks/{film}/{edition}/measure/{stage}/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        brief=measure_brief,
        label=label,
    message:
        "{wildcards.film}: measure for {wildcards.stage}, {wildcards.edition} {params.label}"
    script:
        "../scripts/measure.py"


rule plan:
    input:
        each_part("results/{film}/{edition}/measure/{stage}/{part}.npz"),
    output:
        "results/{film}/{edition}/plan/{stage}.npz",
    log:
        "logs/{film}/{edition}/plan/{stage}.log",
    benchmark:
        "benchmarks/{film}/{edition}/plan/{stage}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    message:
        "{wildcards.film}: join the measures for {wildcards.stage}, {wildcards.edition}"
    script:
        "../scripts/plan.py"
