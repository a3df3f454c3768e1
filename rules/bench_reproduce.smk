"""Bench of reproduction: one film made again twenty times, in other parts, on other cores, in another order, interrupted."""


rule bench_reproduce:
    input:
        film=bench_source,
    output:
        "bench/reproduce.md",
    log:
        "logs/bench/reproduce.log",
    conda:
        "../envs/pixels.yaml"
    threads: workflow.cores or 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        workflow=str(workflow.main_snakefile),
    message:
        "make a film again twenty times"
    script:
        "../scripts/bench_reproduce.py"
