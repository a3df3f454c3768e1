"""Shots: where they begin and end, and how the film is cut into parts.

`detect_shots` finds them, `cut_parts` lays the parts by them, `apply_cut_decisions` adds what a person decided about cuts.
"""


rule detect_shots:
    input:
        proxy="results/{film}/survey/proxy.npy",
    output:
        "results/{film}/detect_shots/shots.json",
    log:
        "logs/{film}/detect_shots.log",
    benchmark:
        "benchmarks/{film}/detect_shots.tsv"
    conda:
        "../envs/networks.yaml"
    threads: 2
    resources:
        gpu=gpus_for(device_of("shots")),
        mem_mb=2000,
        runtime=120,
    params:
        engine=PROJECT.engine("shots"),
        device=device_of("shots"),
        code=engine_code("shots"),
    message:
        "{wildcards.film}: find shots"
    script:
        "../scripts/detect_shots.py"


rule cut_parts:
    input:
        detected="results/{film}/detect_shots/shots.json",
        facts="results/{film}/survey/facts.json",
    output:
        "results/{film}/cut_parts/parts.json",
    log:
        "logs/{film}/cut_parts.log",
    benchmark:
        "benchmarks/{film}/cut_parts.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        number=lambda wildcards: len(part_names(wildcards.film)),
        least=lambda wildcards: PATHS.shortest_part(wildcards.film),
    message:
        "{wildcards.film}: cut into {params.number} parts"
    script:
        "../scripts/cut_parts.py"


rule apply_cut_decisions:
    input:
        detected="results/{film}/detect_shots/shots.json",
    output:
        "results/{film}/shots.json",
    log:
        "logs/{film}/apply_cut_decisions.log",
    benchmark:
        "benchmarks/{film}/apply_cut_decisions.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        cuts=lambda wildcards: dataclasses.asdict(decided(wildcards.film).cuts),
    message:
        "{wildcards.film}: shots as decided"
    script:
        "../scripts/apply_cut_decisions.py"
