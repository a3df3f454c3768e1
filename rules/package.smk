"""Package: everything worth keeping of a film as a BagIt bag, with a PREMIS record."""


rule package:
    input:
        source="results/{film}/source.json",
        kept=kept,
        records=film_records,
        decisions=decisions_to_keep,
        corrections=corrections_input,
    output:
        "results/{film}/package/bagit.txt",
    log:
        "logs/{film}/package.log",
    benchmark:
        "benchmarks/{film}/package.tsv"
    conda:
        "../envs/media.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=240,
    params:
        chain=CHAIN,
    message:
        "{wildcards.film}: package"
    script:
        "../scripts/package.py"
