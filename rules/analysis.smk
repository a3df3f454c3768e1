"""Analysis: what is wrong with the film, shot by shot, and which stages that suggests."""


rule analyse:
    input:
        frames=section_ingested,
        neighbours=beside_ingested,
        parts=ancient("results/{film}/parts.json"),
    output:
        measures="results/{film}/analyse/{section}.npz",
        record="results/{film}/analyse/{section}.json",
    log:
        "logs/{film}/analyse/{section}.log",
    benchmark:
        "benchmarks/{film}/analyse/{section}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        label=section_label,
    message:
        "{wildcards.film}: analyse {params.label}"
    script:
        "../scripts/analyse.py"


rule analysis:
    input:
        measures=each_section("results/{film}/analyse/{section}.npz"),
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


rule suggest:
    input:
        analysis="results/{film}/analysis.json",
    output:
        "results/{film}/stages.yaml",
    log:
        "logs/{film}/suggest.log",
    benchmark:
        "benchmarks/{film}/suggest.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        editions=SETTINGS["editions"],
        stages=SETTINGS["stages"],
        matte=lambda wildcards: bool(FILMS[wildcards.film].matte),
        removed=lambda wildcards: [
            region.keys[0][0]
            for region in decided(wildcards.film).regions
            if region.what == "remove"
        ],
    message:
        "{wildcards.film}: resolve stages: auto"
    script:
        "../scripts/suggest.py"
