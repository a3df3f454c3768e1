"""Analysis: what is wrong with the film, shot by shot, and which stages that suggests."""


rule analyse_section:
    input:
        frames=section_ingested,
        neighbours=beside_ingested,
        parts=ancient("results/{film}/cut_parts/parts.json"),
    output:
        measures="results/{film}/analyse_section/{section}.npz",
        record="results/{film}/analyse_section/{section}.json",
    log:
        "logs/{film}/analyse_section/{section}.log",
    benchmark:
        "benchmarks/{film}/analyse_section/{section}.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        code=digest_of("stages.analysis", "stages.measure"),
        label=section_label,
    message:
        "{wildcards.film}: analyse {params.label}"
    script:
        "../scripts/analyse_section.py"


rule analyse_film:
    input:
        measures=each_section("results/{film}/analyse_section/{section}.npz"),
        shots="results/{film}/shots.json",
        facts="results/{film}/survey/facts.json",
        proxy="results/{film}/survey/proxy.npy",
    output:
        in_report("results/{film}/analysis.json", "analysis", "analysis"),
    log:
        "logs/{film}/analyse_film.log",
    benchmark:
        "benchmarks/{film}/analyse_film.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=analysis_megabytes,
        runtime=20,
    params:
        code=digest_of("stages.analysis", "film.tints"),
    message:
        "{wildcards.film}: analysis"
    script:
        "../scripts/analyse_film.py"


rule suggest_stages:
    input:
        analysis="results/{film}/analysis.json",
    output:
        "results/{film}/stages.yaml",
    log:
        "logs/{film}/suggest_stages.log",
    benchmark:
        "benchmarks/{film}/suggest_stages.tsv"
    conda:
        "../envs/pixels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=digest_of("plan.auto_decisions"),
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
        "../scripts/suggest_stages.py"
