"""Analysis: what is wrong with the film, shot by shot, and which stages that suggests."""


rule analyse:
    input:
        frames=ingested,
        neighbours=beside_ingested,
        parts=ancient("results/{film}/parts.json"),
    output:
        measures="results/{film}/analyse/{part}.npz",
        record="results/{film}/analyse/{part}.json",
    log:
        "logs/{film}/analyse/{part}.log",
    benchmark:
        "benchmarks/{film}/analyse/{part}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        label=label,
    message:
        "{wildcards.film}: analyse {params.label}"
    script:
        "../scripts/analyse.py"


rule analysis:
    input:
        measures=each_part("results/{film}/analyse/{part}.npz"),
        shots="results/{film}/shots.json",
    output:
        "results/{film}/analysis.json",
    log:
        "logs/{film}/analysis.log",
    benchmark:
        "benchmarks/{film}/analysis.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    message:
        "{wildcards.film}: analysis"
    script:
        "../scripts/analysis.py"
