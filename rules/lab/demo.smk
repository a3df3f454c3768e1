"""Demo: a short damaged film that the workflow makes itself, with known truth, and its sheet."""


rule demo_film:
    output:
        film="demo/film.mkv",
        clean="demo/clean.mkv",
        truth="demo/truth.npz",
        sheet="demo/demo.tsv",
        cast=directory("demo/cast"),
    log:
        "logs/demo/demo_film.log",
    conda:
        "../../envs/demo.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        seed=1895,
    message:
        "make the demo film"
    script:
        "../../scripts/demo_film.py"
