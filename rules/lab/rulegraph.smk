"""Rule graph: the rules that restore a film as a picture, for the documentation; it needs Graphviz."""


rule rulegraph:
    input:
        film=bench_source,
    output:
        "images/rulegraph.svg",
    log:
        "logs/rulegraph.log",
    conda:
        "../../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        workflow=str(REPOSITORY / "Snakefile"),
    message:
        "draw the rule graph"
    script:
        "../../scripts/rulegraph.py"
