"""Analysis: what is wrong with the film, shot by shot, and which stages that suggests."""


rule analyse:
    input:
        frames=lambda wildcards: frames_of(
            wildcards.film, "source", "ingest", wildcards.part
        ),
        neighbours=beside_source,
        parts=ancient("results/{film}/parts.json"),
    output:
        "results/{film}/analyse/{part}.npz",
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
        measures=lambda wildcards: [
            f"results/{wildcards.film}/analyse/{part}.npz"
            for part in part_names(wildcards.film)
        ],
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
